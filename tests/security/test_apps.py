"""Authenticator apps: a code is right for a moment, once, and for one account."""

import threading
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from app.security.apps import (
    SetUpAgain,
    WrongAppCode,
    accept_app_code,
    address_of,
    new_app_secret,
    reseal_apps,
    secret_in,
    set_up_app,
)
from app.security.factor_models import AuthenticatorApp
from app.security.proofs import WrongProof, prove_with_code
from app.security.service import find_account, key_of
from tests.support.factors import code_at, given_app, given_visit
from tests.support.staff import NOON, events_of, everything_in, given_account

STEP = timedelta(seconds=30)
# RFC 6238, appendix B, the vectors of SHA-1, their last six digits.
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
RFC_VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
]


def key_in(database, name="anna"):
    with database.reading() as session:
        return key_of(find_account(session, name))


def accepts(database, settings, typed, *, name="anna", now=NOON):
    staff_id = key_in(database, name)
    with database.writing() as session:
        return accept_app_code(session, staff_id, typed=typed, settings=settings, now=now)


@pytest.mark.parametrize(("seconds", "code"), RFC_VECTORS)
def test_codes_are_those_of_the_rfc(database, settings, seconds, code):
    given_account(database)
    now = datetime.fromtimestamp(seconds, UTC)
    staff_id = key_in(database)
    with database.writing() as session:
        set_up_app(session, staff_id, secret=RFC_SECRET, typed=code, settings=settings, now=now)


@pytest.mark.parametrize(
    ("shown", "right"),
    [
        pytest.param(-2 * STEP, False, id="two steps old"),
        pytest.param(-STEP, True, id="one step old, as the typing took long"),
        pytest.param(timedelta(0), True, id="of this step"),
        pytest.param(STEP, True, id="of a phone whose clock is fast"),
        pytest.param(2 * STEP, False, id="of a clock that is too fast"),
    ],
)
def test_a_code_is_right_for_a_step_either_way(database, settings, shown, right):
    secret, _ = given_app(database, settings)
    assert accepts(database, settings, code_at(secret, NOON + shown)) is right


def test_a_code_is_accepted_once(database, settings):
    secret, _ = given_app(database, settings)
    code = code_at(secret, NOON)
    assert accepts(database, settings, code)
    assert not accepts(database, settings, code)
    assert not accepts(database, settings, code, now=NOON + STEP)


def test_after_a_code_none_of_an_earlier_step_is_accepted(database, settings):
    secret, _ = given_app(database, settings)
    assert accepts(database, settings, code_at(secret, NOON))
    assert not accepts(database, settings, code_at(secret, NOON - STEP))
    assert accepts(database, settings, code_at(secret, NOON + STEP))


def test_the_code_that_set_the_app_up_does_not_sign_in(database, settings):
    secret, _ = given_app(database, settings, now=NOON)
    assert not accepts(database, settings, code_at(secret, NOON))


def test_of_two_requests_with_one_code_one_is_let_in(database, settings):
    secret, _ = given_app(database, settings)
    code, let_in, start = code_at(secret, NOON), [], threading.Barrier(2)

    def request():
        start.wait()
        let_in.append(accepts(database, settings, code))

    both = [threading.Thread(target=request) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(let_in) == [False, True]


def test_a_code_with_spaces_is_read_and_other_digits_are_not(database, settings):
    secret, _ = given_app(database, settings)
    code = code_at(secret, NOON)
    arabic = code.translate({ord("0") + n: 0x0660 + n for n in range(10)})
    for wrong in ("", "123", arabic, code + "0", f"-{code[1:]}", "\ud800"):
        assert not accepts(database, settings, wrong), wrong
    assert accepts(database, settings, f" {code[:3]} {code[3:]} ")


def test_a_code_of_one_account_is_not_anothers(database, settings):
    secret, _ = given_app(database, settings, "anna")
    given_app(database, settings, "bea")
    assert not accepts(database, settings, code_at(secret, NOON), name="bea")
    assert accepts(database, settings, code_at(secret, NOON), name="anna")


def test_a_code_that_is_wrong_sets_nothing_up(database, settings):
    given_account(database)
    staff_id = key_in(database)
    with pytest.raises(WrongAppCode), database.writing() as session:
        set_up_app(
            session,
            staff_id,
            secret=pyotp.random_base32(),
            typed="000000",
            settings=settings,
            now=NOON,
        )
    with database.reading() as session:
        assert session.get(AuthenticatorApp, staff_id) is None


def test_the_secret_is_nowhere_in_the_database(database, settings):
    secret, codes = given_app(database, settings)
    held = everything_in(database)
    for each in (secret, *codes, *(code.replace("-", "") for code in codes)):
        assert each not in held
        assert each.encode().hex() not in held


def test_the_secret_means_nothing_in_anothers_row(database, settings):
    secret, _ = given_app(database, settings, "anna")
    given_app(database, settings, "bea")
    with database.writing() as session:
        annas = session.get(AuthenticatorApp, key_in(database, "anna"))
        beas = session.get(AuthenticatorApp, key_in(database, "bea"))
        beas.sealed_secret = annas.sealed_secret
        session.add(beas)
    assert not accepts(database, settings, code_at(secret, NOON), name="bea")


def test_what_the_form_brings_back_is_for_one_account_and_cannot_be_made_up(settings):
    secret, kept = new_app_secret(1, settings=settings)
    assert secret_in(kept, staff_id=1, settings=settings) == secret
    for wrong, staff_id in ((kept, 2), (kept[:-8] + "AAAAAAA=", 1), ("", 1), ("\ud800é", 1)):
        with pytest.raises(SetUpAgain):
            secret_in(wrong, staff_id=staff_id, settings=settings)


def test_apps_on_phones_read_the_address():
    found = pyotp.parse_uri(address_of(RFC_SECRET, name="Ann Ó Brien"))
    assert (found.secret, found.name, found.issuer) == (RFC_SECRET, "Ann Ó Brien", "Muster")
    assert found.interval == 30


def test_an_app_outlives_a_change_of_the_services_key(database, settings):
    secret, _ = given_app(database, settings)
    new_key = type(settings.secret_key)("k" * 40)
    both = settings.model_copy(
        update={"secret_key": new_key, "previous_secret_key": settings.secret_key}
    )
    alone = settings.model_copy(update={"secret_key": new_key})
    assert accepts(database, both, code_at(secret, NOON))
    with database.writing() as session:
        assert reseal_apps(session, settings=both) == 1
        assert reseal_apps(session, settings=both) == 0
    assert accepts(database, alone, code_at(secret, NOON + STEP))


def test_without_its_key_a_code_is_wrong_and_nothing_falls_over(database, settings):
    secret, _ = given_app(database, settings)
    other = settings.model_copy(update={"secret_key": type(settings.secret_key)("k" * 40)})
    assert not accepts(database, other, code_at(secret, NOON))


def test_wrong_codes_are_counted_for_the_account_in_every_process(database, settings):
    few = settings.model_copy(update={"failures_allowed": 3})
    secret, _ = given_app(database, few)
    visits = [given_visit(database, few) for _ in range(4)]
    for visit in visits[:3]:
        with pytest.raises(WrongProof):
            prove_with_code(database, visit, typed="000000", settings=few, now=NOON)
    right = code_at(secret, NOON)
    with pytest.raises(Exception, match="too many failed tries"):
        prove_with_code(database, visits[3], typed=right, settings=few, now=NOON)
    refused = [event for event in events_of(database) if event.action == "FactorRefused"]
    assert len(refused) == 3
    later = NOON + few.failures_window
    assert prove_with_code(
        database, visits[3], typed=code_at(secret, later), settings=few, now=later
    )
