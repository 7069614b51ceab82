"""Recovery codes: ten, each once, for one account, however they are typed."""

import pytest

from app.security.recovery import accept_recovery_code, make_recovery_codes
from app.security.service import find_account, key_of
from tests.support.factors import given_app, held
from tests.support.staff import NOON


def accepts(database, settings, typed, *, name="anna"):
    with database.writing() as session:
        staff_id = key_of(find_account(session, name))
        return accept_recovery_code(session, staff_id, typed=typed, settings=settings, now=NOON)


def test_there_are_ten_and_each_works_once(database, settings):
    _, codes = given_app(database, settings)
    assert len(set(codes)) == 10
    for left, code in enumerate(codes):
        assert held(database).codes_left == 10 - left
        assert accepts(database, settings, code)
        assert not accepts(database, settings, code)
    assert held(database).codes_left == 0


def test_a_code_is_read_however_it_is_written(database, settings):
    _, codes = given_app(database, settings)
    first, second, third = codes[:3]
    assert accepts(database, settings, first.lower())
    assert accepts(database, settings, second.replace("-", " "))
    assert accepts(database, settings, third.replace("0", "O").replace("1", "l"))


@pytest.mark.parametrize("typed", ["", "AAAA-AAAA-AAAA", "\0", "\ud800"])
def test_what_is_no_code_is_refused(database, settings, typed):
    given_app(database, settings)
    assert not accepts(database, settings, typed)


def test_a_code_of_one_account_opens_no_other(database, settings):
    _, codes = given_app(database, settings, "anna")
    given_app(database, settings, "bea")
    assert not accepts(database, settings, codes[0], name="bea")
    assert accepts(database, settings, codes[0], name="anna")


def test_new_codes_end_those_before(database, settings):
    _, old = given_app(database, settings)
    with database.writing() as session:
        staff_id = key_of(find_account(session, "anna"))
        new = make_recovery_codes(session, staff_id, settings=settings, now=NOON)
    assert not accepts(database, settings, old[0])
    assert accepts(database, settings, new[0])
    assert held(database).codes_left == 9


def test_codes_outlive_a_change_of_the_services_key(database, settings):
    _, codes = given_app(database, settings)
    both = settings.model_copy(
        update={
            "secret_key": type(settings.secret_key)("k" * 40),
            "previous_secret_key": settings.secret_key,
        }
    )
    assert accepts(database, both, codes[0])
