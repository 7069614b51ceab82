"""Whether a member can be reached, and whether an employer could read it."""

import pytest
import sqlalchemy as sa
from sqlmodel import col

from app.roll.contact import at_work, can_be_reached, is_at_work, unreachable
from app.roll.models import Member
from tests.support.ballots import add_members


@pytest.mark.parametrize(
    ("email", "mobile", "reached"),
    [("a@example.org", "", True), ("", "07700 900123", True), ("", "", False)],
)
def test_an_address_or_a_mobile_number_is_enough(email, mobile, reached):
    assert can_be_reached(email=email, mobile=mobile) is reached


WORK = ("justice.gov.uk", "probation.example.org")


ADDRESSES = [
    ("ann@justice.gov.uk", True),
    ("ann@leeds.justice.gov.uk", True),
    ("ANN@Justice.Gov.UK", True),
    ("ann@probation.example.org", True),
    ("ann@notjustice.gov.uk", False),
    ("ann@justice.gov.uk.example.net", False),
    ("justice.gov.uk@example.net", False),
    ("ann@example.org", False),
    ("", False),
]


@pytest.mark.parametrize(("email", "work"), ADDRESSES)
def test_a_domain_at_work_stands_for_all_beneath_it(email, work):
    assert is_at_work(email, work_domains=WORK) is work


def test_without_domains_nobody_is_at_work():
    assert not is_at_work("ann@justice.gov.uk", work_domains=())


def test_the_database_is_asked_the_same(database):
    for number, (email, _) in enumerate(ADDRESSES):
        add_members(database, 1, branch=f"{chr(65 + number)} branch", email=email)
    with database.reading() as session:
        found = set(session.scalars(sa.select(col(Member.email)).where(at_work(WORK))))
        nobody = session.scalars(sa.select(col(Member.email)).where(at_work(()))).all()
        lost = session.scalars(sa.select(col(Member.email)).where(unreachable())).all()
    assert found == {email for email, work in ADDRESSES if work}
    assert nobody == []
    assert lost == [""]
