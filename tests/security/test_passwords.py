"""Passwords cost real work to check, also for names that nobody has."""

import time

import pytest

from app.security import passwords
from app.security.passwords import hash_password, password_is_right
from tests.support.staff import PASSWORD

# As the service has it: the other tests of this folder pay less.
real_hasher = passwords._hasher


@pytest.fixture
def _real_cost(monkeypatch):
    monkeypatch.setattr(passwords, "_hasher", real_hasher)
    passwords._nobodys_hash.cache_clear()
    yield
    passwords._nobodys_hash.cache_clear()


@pytest.mark.usefixtures("_real_cost")
def test_a_hash_costs_what_the_memo_on_argon2_recommends():
    # Reference: RFC 9106 section 4, second recommended option: Argon2id, 64 MiB, 3 passes, 4 lanes.
    assert hash_password(PASSWORD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_password_is_right_or_not():
    stored = hash_password(PASSWORD)
    assert password_is_right(stored, password=PASSWORD)
    assert not password_is_right(stored, password=PASSWORD + " ")
    assert not password_is_right(None, password=PASSWORD)


@pytest.mark.usefixtures("_real_cost")
def test_an_unknown_name_takes_as_long_as_a_wrong_password():
    stored = hash_password(PASSWORD)

    def took(hash_or_none):
        started = time.process_time()
        password_is_right(hash_or_none, password="a wrong one")
        return time.process_time() - started

    took(None)  # makes nobody's hash
    assert min(took(None) for _ in range(3)) > min(took(stored) for _ in range(3)) / 3
