"""Membership files that are imported at one moment."""

import pytest

from tests.conftest import NOW
from tests.support.rolls import load, roll_csv


@pytest.fixture
def put(database):
    """Import a file of these rows."""

    def put(*rows, **more):
        return load(database, roll_csv(*rows), now=NOW, **more)

    return put
