"""What waits for a second officer stands where they start, and not only on a page of its own."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.security.models import Role
from tests.support.ballots import HQ, NOON, add_members, given_ballot
from tests.support.cancelled import cancel, propose_cancel
from tests.support.changes import SLUG, propose
from tests.support.desks import given_desk, words
from tests.support.drafts import given_draft
from tests.support.extensions import propose_later

HERE = f"/hq/ballots/{SLUG}"
CANCEL = f"/staff/ballots/{SLUG}/cancel"
FIRST = HQ.name


@pytest.fixture
def ballot(database, settings):
    add_members(database, 3)
    return given_ballot(database, settings)


@pytest.fixture
def hq(client, database, ballot):
    return given_desk(client, database, "second-officer")


def told(desk, path):
    """Return what waits on a page: each line by the page that it leads to."""
    links = desk.page(path).select(".govuk-inset-text a")
    return {link["href"]: words(link) for link in links}


def test_where_nothing_waits_nothing_is_said(hq):
    assert told(hq, "/staff") == told(hq, HERE) == {}


@pytest.mark.parametrize("path", ["/staff", HERE])
def test_headquarters_reads_what_waits_and_comes_to_where_it_is_decided(hq, database, path):
    propose_cancel(database)
    propose_later(database)
    propose(database, "LEE0001")
    lines = told(hq, path)
    assert lines == {
        CANCEL: f"{FIRST} proposes to cancel this ballot. It waits for a second officer.",
        f"{HERE}/close": f"{FIRST} proposes a later close. It waits for a second officer.",
        f"{HERE}/roll#proposals": (
            f"{FIRST} proposes to take somebody off the roll. It waits for a second officer."
        ),
    }
    for address in lines:
        assert hq.get(address).status_code == 200


def test_whoever_proposed_it_reads_that_it_waits(client, database, ballot):
    first = given_desk(client, database, FIRST)
    propose_cancel(database)
    line = "You propose to cancel this ballot. It waits for a second officer."
    assert told(first, "/staff") == {CANCEL: line}


def test_nothing_waits_about_a_ballot_that_was_cancelled(hq, database):
    propose_later(database)
    cancel(database)
    assert told(hq, "/staff") == told(hq, HERE) == {}


def test_after_the_close_only_what_can_still_be_done_waits(hq, database, clock):
    propose_later(database)
    propose(database, "LEE0001")
    propose_cancel(database)
    clock.now = NOON + timedelta(days=7, hours=1)
    hq.sign_in()
    assert told(hq, "/staff").keys() == told(hq, HERE).keys() == {CANCEL}


def test_the_scrutineer_is_told_of_what_is_theirs_to_decide(client, database):
    add_members(database, 3)
    vera = given_desk(client, database, "vera", role=Role.SCRUTINEER)
    given_draft(database, scrutineer="vera")
    with database.writing() as session:
        session.execute(text("UPDATE ballot SET frozen_at = created_at"))
    propose_later(database)
    propose_cancel(database)
    assert told(vera, "/staff").keys() == {CANCEL}


def test_a_branch_is_told_of_none(client, database, ballot):
    branch = given_desk(client, database, "leeds", role=Role.BRANCH, branch="Leeds")
    propose_cancel(database)
    assert told(branch, "/staff") == {}
