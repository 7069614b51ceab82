"""Passkeys: only a key of the account signs, only what was just asked, only for our own site."""

import contextlib
import json
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from app.security.factor_models import Passkey
from app.security.passkeys import (
    PasskeyTaken,
    Site,
    WrongPasskey,
    _read,
    ask_to_register,
    ask_to_sign,
    register_passkey,
    site_of,
    take_challenge,
)
from app.security.proofs import WrongProof, prove_with_passkey
from tests.support.factors import USER_PRESENT, Authenticator, given_visit
from tests.support.one_database import ON_ONE_DATABASE, one_case_on_both
from tests.support.staff import NOON, events_of, given_account

ORIGIN = "https://vote.example.org"


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"base_url": ORIGIN})


@pytest.fixture
def device():
    return Authenticator("vote.example.org", ORIGIN)


def options_for(database, settings, visit, *, ask=ask_to_sign):
    with database.writing() as session:
        return ask(session, visit, settings=settings)


def register(database, settings, visit, answer, *, name="Office computer"):
    with database.writing() as session:
        challenge = take_challenge(session, visit)
    with database.writing() as session:
        return register_passkey(
            session,
            visit,
            answer=answer,
            challenge=challenge,
            name=name,
            settings=settings,
            now=NOON,
        )


def given_passkey(database, settings, device, name="anna"):
    """An account with this device's key; returns a browser in which its password was typed."""
    given_account(database, name)
    first = given_visit(database, settings, name)
    options = options_for(database, settings, first, ask=ask_to_register)
    register(database, settings, first, device.register(options))
    return given_visit(database, settings, name)


def prove(database, settings, visit, answer):
    return prove_with_passkey(database, visit, answer=answer, settings=settings, now=NOON)


def test_a_passkey_completes_a_sign_in(database, settings, device):
    visit = given_passkey(database, settings, device)
    assert visit.proved_at is None
    options = options_for(database, settings, visit)
    assert prove(database, settings, visit, device.sign(options))
    last = events_of(database)[-1]
    assert (last.action, last.details) == ("StaffSignedIn", {"by": "passkey"})
    with database.reading() as session:
        passkey = session.exec(select(Passkey)).one()
    assert (passkey.sign_count, passkey.used_at) == (device.count, NOON)


def test_what_is_asked_names_the_accounts_keys_and_wants_the_holder_checked(
    database, settings, device
):
    visit = given_passkey(database, settings, device)
    asked = json.loads(options_for(database, settings, visit))
    assert asked["rpId"] == "vote.example.org"
    assert asked["userVerification"] == "required"
    assert len(asked["allowCredentials"]) == 1
    again = json.loads(options_for(database, settings, visit))
    assert again["challenge"] != asked["challenge"]


def test_another_keys_signature_is_refused(database, settings, device):
    visit = given_passkey(database, settings, device)
    thief = Authenticator("vote.example.org", ORIGIN)
    thief.id = device.id
    options = options_for(database, settings, visit)
    with pytest.raises(WrongProof):
        prove(database, settings, visit, thief.sign(options))


def test_a_signature_works_once(database, settings, device):
    visit = given_passkey(database, settings, device)
    signed = device.sign(options_for(database, settings, visit))
    assert prove(database, settings, visit, signed)
    other = given_visit(database, settings)
    for each in (visit, other):
        with pytest.raises(WrongProof):
            prove(database, settings, each, signed)


def test_what_was_asked_of_one_browser_is_not_signed_for_another(database, settings, device):
    visit = given_passkey(database, settings, device)
    other = given_visit(database, settings)
    options = options_for(database, settings, visit)
    options_for(database, settings, other)
    with pytest.raises(WrongProof):
        prove(database, settings, other, device.sign(options))


@one_case_on_both(
    ("facts", "instead"),
    [
        pytest.param({"flags": USER_PRESENT}, {}, id="a device that did not check who holds it"),
        pytest.param({"host": "evil.example"}, {}, id="a signature for another site"),
        pytest.param({}, {"origin": "https://evil.example"}, id="a false page"),
        pytest.param({}, {"challenge": "AAAA"}, id="another question"),
    ],
)
def test_what_is_signed_must_be_all_right(database, settings, device, facts, instead):
    visit = given_passkey(database, settings, device)
    for name, value in facts.items():
        setattr(device, name, value)
    options = options_for(database, settings, visit)
    with pytest.raises(WrongProof):
        prove(database, settings, visit, device.sign(options, **instead))


def test_a_copied_key_is_found_by_its_count(database, settings, device):
    visit = given_passkey(database, settings, device)
    assert prove(database, settings, visit, device.sign(options_for(database, settings, visit)))
    device.count = 0
    other = given_visit(database, settings)
    options = options_for(database, settings, other)
    with pytest.raises(WrongProof):
        prove(database, settings, other, device.sign(options))


def test_a_key_of_one_account_opens_no_other(database, settings, device):
    given_passkey(database, settings, device, "anna")
    bea = given_passkey(database, settings, Authenticator("vote.example.org", ORIGIN), "bea")
    options = options_for(database, settings, bea)
    with pytest.raises(WrongProof):
        prove(database, settings, bea, device.sign(options))


def test_a_key_is_registered_once_and_only_as_asked(database, settings, device):
    visit = given_passkey(database, settings, device)
    options = options_for(database, settings, visit, ask=ask_to_register)
    with pytest.raises(PasskeyTaken):
        register(database, settings, visit, device.register(options))
    new = Authenticator("vote.example.org", ORIGIN)
    with pytest.raises(WrongPasskey):  # the question was taken
        register(database, settings, visit, new.register(options))
    options = options_for(database, settings, visit, ask=ask_to_register)
    unchecked = Authenticator("vote.example.org", ORIGIN, flags=USER_PRESENT)
    with pytest.raises(WrongPasskey):
        register(database, settings, visit, unchecked.register(options))


def test_a_name_is_kept_short_and_never_empty(database, settings, device):
    given_account(database)
    visit = given_visit(database, settings)
    options = options_for(database, settings, visit, ask=ask_to_register)
    made = register(database, settings, visit, device.register(options), name=" x \n" + "y" * 99)
    assert made.name.startswith("x yyy")
    assert len(made.name) == 60
    options = options_for(database, settings, visit, ask=ask_to_register)
    new = Authenticator("vote.example.org", ORIGIN)
    assert register(database, settings, visit, new.register(options), name=" ").name == "Passkey"


@one_case_on_both(
    "answer",
    [
        "nothing",
        "[]",
        "{}",
        '{"rawId": 7}',
        '{"rawId": "\\ud800"}',
        '{"rawId": "AAAA", "response": {}}',
        "[" * 20_000,
    ],
)
def test_what_is_no_answer_is_refused(database, settings, device, answer):
    visit = given_passkey(database, settings, device)
    options_for(database, settings, visit)
    with pytest.raises((WrongProof, WrongPasskey)):
        prove(database, settings, visit, answer)


@one_case_on_both(
    ("part", "instead"),
    list(
        product(
            ["clientDataJSON", "authenticatorData", "signature"],
            ["", "AAAA", "%%%", 7, None, {"a": []}],
        )
    ),
)
def test_an_answer_that_is_broken_anywhere_is_refused(database, settings, device, part, instead):
    visit = given_passkey(database, settings, device)
    answer = json.loads(device.sign(options_for(database, settings, visit)))
    answer["response"][part] = instead
    with pytest.raises((WrongProof, WrongPasskey)):
        prove(database, settings, visit, json.dumps(answer))


@one_case_on_both(
    ("part", "instead"),
    list(
        product(
            ["clientDataJSON", "attestationObject"],
            ["", "AAAA", "%%%", 7, None, "o2NmbXRkbm9uZQ"],
        )
    ),
)
def test_a_registration_that_is_broken_is_refused(database, settings, device, part, instead):
    given_account(database)
    visit = given_visit(database, settings)
    options = options_for(database, settings, visit, ask=ask_to_register)
    answer = json.loads(device.register(options))
    answer["response"][part] = instead
    with pytest.raises(WrongPasskey):
        register(database, settings, visit, json.dumps(answer))


@given(st.text())
def test_whatever_is_sent_is_read_or_refused(text):
    with contextlib.suppress(WrongPasskey):
        assert isinstance(_read(text), dict)


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("base_url", "site"),
    [
        (ORIGIN, Site("vote.example.org", ORIGIN)),
        (
            "https://vote.example.org:8443",
            Site("vote.example.org", "https://vote.example.org:8443"),
        ),
        ("http://localhost:8000", Site("localhost", "http://localhost:8000")),
        ("http://vote.example.org", None),
        ("http://127.0.0.1:8000", None),
        ("https://[::1]", None),
    ],
)
def test_browsers_allow_passkeys_where_there_is_a_domain_and_tls(settings, base_url, site):
    assert site_of(settings.model_copy(update={"base_url": base_url})) == site


def test_where_there_can_be_none_nothing_is_asked(database, settings):
    given_account(database)
    visit = given_visit(database, settings)
    bare = settings.model_copy(update={"base_url": "http://127.0.0.1:8000"})
    with pytest.raises(WrongPasskey, match="no passkeys here"):
        options_for(database, bare, visit)
