"""Passwords here cost little, for the sake of speed."""

import pytest

from tests.support.passwords import cheap_passwords


@pytest.fixture(autouse=True, scope="package")
def _cheap_passwords():
    with cheap_passwords():
        yield
