"""Who sees the count before it is declared, and who sees small units: by role, and by name."""

from datetime import UTC, datetime, timedelta

import pytest

from app.results.presentation import sees_every_unit
from app.results.service import NotDeclared, refuse_unless_may_see
from app.security.models import Role
from app.security.service import Staff
from tests.support.turnout import unsaved_ballot

CLOSED = datetime(2026, 12, 5, 9, 0, tzinfo=UTC)
HQ = Staff("anna", role=Role.HQ, branch=None)
BRANCH = Staff("bo", role=Role.BRANCH, branch="Leeds")
VERA = Staff("vera", role=Role.SCRUTINEER, branch=None)
PEOPLE = pytest.mark.parametrize(
    ("staff", "scrutineer", "sees"),
    [
        pytest.param(None, None, False, id="the public"),
        pytest.param(BRANCH, None, False, id="a branch"),
        pytest.param(HQ, None, True, id="headquarters"),
        pytest.param(HQ, "vera", True, id="headquarters beside a scrutineer"),
        pytest.param(VERA, "vera", True, id="the scrutineer who is named"),
        pytest.param(VERA, None, True, id="a scrutineer where none is named"),
        pytest.param(VERA, "otto", False, id="the scrutineer of another ballot"),
    ],
)


def ballot(*, scrutineer, declared_at=None):
    unsaved = unsaved_ballot()
    unsaved.scrutineer, unsaved.declared_at = scrutineer, declared_at
    return unsaved


@PEOPLE
def test_small_units_are_for_headquarters_and_the_scrutineer(staff, scrutineer, sees):
    assert sees_every_unit(ballot(scrutineer=scrutineer), staff=staff) is sees


@PEOPLE
def test_the_count_is_theirs_until_it_is_declared_and_then_everybodys(staff, scrutineer, sees):
    refused = False
    try:
        refuse_unless_may_see(ballot(scrutineer=scrutineer), staff=staff)
    except NotDeclared:
        refused = True
    assert refused is not sees
    declared = ballot(scrutineer=scrutineer, declared_at=CLOSED + timedelta(hours=1))
    refuse_unless_may_see(declared, staff=staff)
