"""Sign-in by the union's own identity provider, against one that runs here."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup
from joserfc.jwk import OctKey
from pydantic import SecretStr
from sqlmodel import func, select

from app.audit.service import COMMAND_LINE
from app.core.settings import Settings
from app.main import create_app
from app.security.access import SESSION_COOKIE
from app.security.identity import IdentityTaken, bind_identity, unbind_identity
from app.security.models import Role, StaffAccount, StaffSession
from app.security.service import UnknownStaff, disable_account
from tests.support.client import AppClient
from tests.support.identity import CLIENT, CLIENT_SECRET, Provider, key_called
from tests.support.one_database import ON_ONE_DATABASE, one_case_on_both
from tests.support.staff import NOON, PASSWORD, events_of, given_account

SUBJECT = "officer-7"


@pytest.fixture(scope="module")
def running():
    with Provider().open() as provider:
        yield provider


@pytest.fixture
def provider(running, clock):
    """A provider that no other test has spoken to: the server alone is the same."""
    clock.now = NOON
    running.begin_anew(clock)
    return running


@pytest.fixture
def settings(settings: Settings, provider):
    return settings.model_copy(
        update={
            "oidc_issuer": provider.issuer,
            "oidc_client_id": CLIENT,
            "oidc_client_secret": SecretStr(CLIENT_SECRET),
            "second_factor": "optional",
        }
    )


@pytest.fixture
def anna(database, provider):
    given_account(database, "anna")
    bind(database, provider, "anna")


def bind(database, provider, name, *, subject=SUBJECT):
    with database.writing() as session:
        bind_identity(
            session, name, issuer=provider.issuer, subject=subject, actor=COMMAND_LINE, now=NOON
        )


def leave(client, provider, *, onward="/staff"):
    """Go to the provider, sign in there, and return the address to come back to."""
    gone = client.get(f"/sign-in/identity?next={onward}")
    assert gone.status_code == 303, gone.text
    back = provider.sign_in(gone.headers["location"])
    assert back.startswith("http://testserver/sign-in/identity/back?")
    return back.removeprefix("http://testserver")


def is_signed_in(client):
    return client.get("/staff").status_code == 200


def sessions_in(database):
    with database.reading() as session:
        return session.exec(select(func.count()).select_from(StaffSession)).one()


def test_whoever_is_bound_is_signed_in_and_led_on(client, database, provider, anna):
    back = client.get(leave(client, provider, onward="/hq/roll"))
    assert (back.status_code, back.headers["location"]) == (303, "/hq/roll")
    assert is_signed_in(client)
    [event] = [each for each in events_of(database) if each.action == "StaffSignedIn"]
    assert (event.actor, event.details) == ("anna", {"by": "identity provider"})


@ON_ONE_DATABASE
def test_the_browser_is_asked_for_no_more_than_it_needs(client, provider, anna):
    gone = client.get("/sign-in/identity")
    asked = {
        name: value for name, [value] in parse_qs(urlsplit(gone.headers["location"]).query).items()
    }
    assert asked["response_type"] == "code"
    assert asked["scope"] == "openid"
    assert asked["code_challenge_method"] == "S256"
    parts = [asked[part] for part in ("state", "nonce", "code_challenge")]
    assert len(set(parts)) == 3
    assert all(len(part) == 43 for part in parts)
    cookie = gone.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert all(part.lower() not in cookie for part in parts)


def test_nobody_is_let_in_whom_nobody_bound(client, database, provider):
    given_account(database, "anna")
    refused = client.get(leave(client, provider))
    assert refused.status_code == 403
    assert SUBJECT in refused.text
    assert not is_signed_in(client)
    assert sessions_in(database) == 0
    with database.reading() as session:
        assert session.exec(select(StaffAccount.name)).all() == ["anna"]


def test_a_colleague_whom_nobody_bound_does_not_get_in_as_one_who_is(
    client, database, provider, anna
):
    provider.subject = "somebody else"
    assert client.get(leave(client, provider)).status_code == 403
    assert sessions_in(database) == 0


def test_a_closed_account_stays_closed(client, database, provider, anna):
    with database.writing() as session:
        disable_account(session, "anna", actor=COMMAND_LINE, now=NOON)
    assert client.get(leave(client, provider)).status_code == 403
    assert not is_signed_in(client)


def other_key(provider):
    provider.signs_with = key_called(provider.key.kid, is_ours=False)


def shared_key(provider):
    provider.header = {"alg": "HS256"}
    provider.signs_with = OctKey.import_key(CLIENT_SECRET)


@one_case_on_both(
    "twist",
    [
        pytest.param({"nonce": "of another sign-in"}, id="another nonce"),
        pytest.param({"nonce": None}, id="no nonce"),
        pytest.param({"aud": "another client"}, id="another audience"),
        pytest.param({"aud": [CLIENT, "another client"]}, id="two audiences and no party"),
        pytest.param({"azp": "another client"}, id="another party"),
        pytest.param({"iss": "https://id.elsewhere.example"}, id="another issuer"),
        pytest.param({"exp": int(NOON.timestamp()) - 61}, id="expired"),
        pytest.param({"exp": None}, id="for ever"),
        pytest.param({"iat": int(NOON.timestamp()) + 3600}, id="of the future"),
        pytest.param({"sub": None}, id="nobody"),
        pytest.param({"sub": ""}, id="an empty name"),
        pytest.param({"sub": 7}, id="a number"),
        pytest.param({"amr": "mfa"}, id="methods that are no list"),
    ],
)
def test_a_token_that_is_not_for_this_sign_in_opens_nothing(
    client, database, provider, anna, twist
):
    provider.twist = twist
    refused = client.get(leave(client, provider))
    assert refused.status_code == 401
    assert "in a way that counts" in refused.text
    assert not is_signed_in(client)
    assert sessions_in(database) == 0


@one_case_on_both(
    "forge",
    [
        pytest.param(lambda provider: provider.header.update(alg="none"), id="not signed"),
        pytest.param(other_key, id="signed with another key of that name"),
        pytest.param(shared_key, id="signed with what both know"),
        pytest.param(lambda provider: provider.header.update(kid="unknown"), id="an unknown key"),
    ],
)
def test_a_token_that_the_provider_did_not_sign_opens_nothing(
    client, database, provider, anna, forge
):
    forge(provider)
    assert client.get(leave(client, provider)).status_code == 401
    assert sessions_in(database) == 0


def test_a_sign_in_that_was_begun_elsewhere_opens_nothing(client, settings, clock, provider, anna):
    """A stranger's own way back, sent to an officer's browser, signs nobody in as the stranger."""
    back = leave(client, provider)
    with AppClient(create_app(settings, clock=clock)) as other:
        assert other.get(back).status_code == 401
        leave(other, provider)
        assert other.get(back).status_code == 401
        assert not is_signed_in(other)
    assert provider.asked["/token"] == 0


@one_case_on_both(
    "change",
    [
        pytest.param(lambda back: back.replace("state=", "state=x"), id="another state"),
        pytest.param(lambda back: back.replace("&state=", "&was="), id="no state"),
        pytest.param(lambda back: back.replace("iss=http", "iss=https"), id="another issuer"),
        pytest.param(lambda back: back.replace("code=", "was="), id="no code"),
    ],
)
def test_an_address_that_was_changed_on_the_way_back_opens_nothing(client, provider, anna, change):
    assert client.get(change(leave(client, provider))).status_code == 401
    assert provider.asked["/token"] == 0


def test_a_way_back_works_once_and_not_for_ever(client, clock, provider, anna):
    back = leave(client, provider)
    assert client.get(back).status_code == 303
    client.forget_cookies()
    assert client.get(back).status_code == 401
    late = leave(client, provider)
    clock.now += timedelta(minutes=10)
    assert client.get(late).status_code == 401


def test_a_code_is_of_no_use_in_another_sign_in(client, provider, anna):
    stolen = parse_qs(urlsplit(leave(client, provider)).query)["code"][0]
    mine = leave(client, provider)
    code = parse_qs(urlsplit(mine).query)["code"][0]
    assert client.get(mine.replace(code, stolen)).status_code == 401


@one_case_on_both(
    ("counts", "said", "step"),
    [
        pytest.param(
            (), {"amr": ["pwd", "mfa"]}, "/staff/factors/new", id="none counts unless set"
        ),
        pytest.param(("mfa",), {"amr": ["pwd", "mfa"]}, "/staff", id="the method counts"),
        pytest.param(("gold",), {"acr": "gold"}, "/staff", id="the class counts"),
        pytest.param(("mfa",), {"amr": ["pwd"]}, "/staff/factors/new", id="none was used"),
        pytest.param(("mfa",), {}, "/staff/factors/new", id="nothing is said of it"),
    ],
)
def test_the_providers_second_factor_counts_where_a_setting_says_so(
    settings, clock, provider, anna, counts, said, step
):
    strict = settings.model_copy(
        update={"second_factor": "required", "oidc_second_factors": counts}
    )
    provider.twist = said
    with AppClient(create_app(strict, clock=clock)) as client:
        assert client.get(leave(client, provider)).headers["location"] == step
        assert is_signed_in(client) is (step == "/staff")


def test_while_the_provider_is_away_name_and_password_work(client, provider, anna):
    provider.is_away = True
    away = client.get("/sign-in/identity")
    assert away.status_code == 503
    assert "Sign in with your name and password" in away.text
    assert client.post("/sign-in", data={"name": "anna", "password": PASSWORD}).status_code == 303
    assert is_signed_in(client)


def test_what_goes_away_in_the_middle_says_so(client, provider, anna):
    back = leave(client, provider)
    provider.is_away = True
    assert client.get(back).status_code == 503
    assert not is_signed_in(client)


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    "description",
    [
        pytest.param({"issuer": "https://id.elsewhere.example"}, id="another issuer"),
        pytest.param({"authorization_endpoint": "javascript:alert(1)"}, id="no address"),
        pytest.param({"authorization_endpoint": None}, id="none"),
    ],
)
def test_a_description_that_does_not_fit_is_not_followed(client, provider, description):
    provider.description = description
    assert client.get("/sign-in/identity").status_code == 503


def test_what_the_provider_publishes_is_asked_for_once_an_hour(client, clock, provider, anna):
    for _ in range(3):
        assert client.get(leave(client, provider)).status_code == 303
    published = ("/.well-known/openid-configuration", "/keys")
    assert [provider.asked[path] for path in published] == [1, 1]
    clock.now += timedelta(hours=1)
    assert client.get(leave(client, provider)).status_code == 303
    assert [provider.asked[path] for path in published] == [2, 2]


def test_a_new_key_of_the_provider_is_found_at_once_and_asked_for_seldom(
    client, clock, provider, anna
):
    assert client.get(leave(client, provider)).status_code == 303
    provider.new_key("second")
    clock.now += timedelta(minutes=1)
    assert client.get(leave(client, provider)).status_code == 303
    provider.header = {"kid": "unknown"}
    for _ in range(3):
        assert client.get(leave(client, provider)).status_code == 401
    assert provider.asked["/keys"] == 2


def test_too_many_failures_from_one_network_wait(settings, clock, provider, anna):
    few = settings.model_copy(update={"failures_allowed": 2})
    provider.twist = {"nonce": None}
    with AppClient(create_app(few, clock=clock)) as client:
        answers = [client.get(leave(client, provider)).status_code for _ in range(3)]
        assert answers == [401, 401, 429]
        assert client.post("/sign-in", data={"name": "anna", "password": PASSWORD}).is_redirect


def test_whoever_signs_out_is_offered_the_same_at_the_provider(client, provider, anna):
    client.get(leave(client, provider))
    out = client.post("/sign-out")
    assert out.headers["location"] == "/sign-in?left=identity"
    page = BeautifulSoup(client.get(out.headers["location"]).text, "html.parser")
    [there] = page.select(f"a[href^='{provider.issuer}/leave?']")
    asked = parse_qs(urlsplit(there["href"]).query)
    assert asked["post_logout_redirect_uri"] == ["http://testserver/sign-in"]
    assert not is_signed_in(client)


def test_whoever_came_by_password_is_not_led_to_the_provider(client, provider, anna):
    client.post("/sign-in", data={"name": "anna", "password": PASSWORD})
    assert client.post("/sign-out").headers["location"] == "/sign-in"
    assert provider.issuer not in client.get("/sign-in?left=identity").text


@ON_ONE_DATABASE
def test_without_a_provider_there_is_no_such_door(settings, clock, database):
    off = settings.model_copy(update={"oidc_issuer": None})
    with AppClient(create_app(off, clock=clock)) as client:
        assert client.get("/sign-in/identity").status_code == 404
        assert client.get("/sign-in/identity/back?code=x&state=y").status_code == 404
        assert "/sign-in/identity" not in client.get("/sign-in").text


@ON_ONE_DATABASE
def test_no_way_onward_leads_elsewhere(client, provider, anna):
    back = client.get(leave(client, provider, onward="https://evil.example"))
    assert back.headers["location"] == "/staff"


def test_an_identity_opens_one_account_and_an_account_has_one(database, provider, anna):
    given_account(database, "bo", role=Role.BRANCH, branch="Leeds")
    for name, subject in (("bo", SUBJECT), ("anna", "another")):
        with pytest.raises(IdentityTaken):
            bind(database, provider, name, subject=subject)
    with pytest.raises(UnknownStaff):
        bind(database, provider, "nobody", subject="another")
    bind(database, provider, "bo", subject="another")
    with database.writing() as session:
        unbind_identity(session, "anna", issuer=provider.issuer, actor=COMMAND_LINE, now=NOON)
    with pytest.raises(UnknownStaff), database.writing() as session:
        unbind_identity(session, "anna", issuer=provider.issuer, actor=COMMAND_LINE, now=NOON)
    acts = [each.action for each in events_of(database) if "Identity" in each.action]
    assert acts == ["IdentityBound", "IdentityBound", "IdentityUnbound"]


def test_a_session_is_an_ordinary_one(client, provider, anna):
    client.get(leave(client, provider))
    assert SESSION_COOKIE in client._http.cookies
