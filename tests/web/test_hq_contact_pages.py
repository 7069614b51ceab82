"""Headquarters: who can be reached, what a moved cut-off would do, turnout of those reached."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from app.ballots.models import RollCell
from app.ballots.repository import cells_of
from app.roll.repository import find_member
from app.security.models import Role
from app.voting.models import TurnoutCounter
from tests.conftest import NOW
from tests.support.ballots import add_members, given_ballot, given_token
from tests.support.desks import given_desk, words
from tests.support.drafts import given_draft

BALLOT = "/hq/ballots/pay-2026"


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"work_mail_domains": ("justice.gov.uk",)})


@pytest.fixture
def hq(client, database):
    return given_desk(client, database)


def rows(page):
    return [words(row) for row in page.select("tbody tr")]


def test_the_branches_with_members_to_ask_are_listed_before_the_freeze(hq, database):
    add_members(database, 3)
    add_members(database, 1, branch="Hull", email="")
    add_members(database, 2, branch="York", email="x@court.justice.gov.uk")
    given_draft(database, opens_at=NOW + timedelta(days=5), cut_off_at=NOW + timedelta(days=3))
    ballot = words(hq.page(BALLOT).main)
    assert "1 of them cannot be reached by e-mail or mobile" in ballot
    assert "2 members have only an address at work" in ballot
    assert "when they came onto the roll" not in ballot
    page = hq.page(f"{BALLOT}/contact")
    assert rows(page) == ["Hull 1 0", "York 0 2"]
    [hull, _] = page.select("tbody a")
    assert words(hq.page(hull["href"]).h1) == "Members to ask"
    assert "An employer can read mail to such an address" in words(page.main)


def test_without_the_employers_domains_it_says_that_nobody_looked(client, database, clock):
    add_members(database, 1)
    given_draft(database)
    client.app.state.settings = client.app.state.settings.model_copy(
        update={"work_mail_domains": ()}
    )
    page = given_desk(client, database).page(f"{BALLOT}/contact")
    assert "Addresses at work are not looked for" in words(page.main)
    assert "There is nobody to ask." in words(page.main)


@pytest.fixture
def around_the_cut_off(database):
    add_members(database, 3, branch="York", joined_on=datetime(2026, 11, 24, tzinfo=UTC).date())
    add_members(database, 9, branch="Leeds", joined_on=datetime(2026, 11, 25, tzinfo=UTC).date())
    add_members(database, 5, branch="Hull", joined_on=datetime(2026, 11, 26, tzinfo=UTC).date())
    return given_draft(
        database, opens_at=NOW + timedelta(days=5), cut_off_at=NOW + timedelta(days=3)
    )


def test_a_moved_cut_off_in_one_sentence_and_by_branch(hq, around_the_cut_off):
    page = hq.page(f"{BALLOT}/cut-off?days=2")
    assert "2 days later would add 14 members in 2 branches." in [
        words(each) for each in page.select("h2")
    ]
    tables = page.select("table")
    assert [words(row) for row in tables[0].select("tbody tr")] == ["Hull 5", "Leeds 9"]
    said = [words(row) for row in tables[1].select("tbody tr")]
    assert said == [
        "7 days earlier Tue 17 Nov 7 days earlier would leave out 3 members in 1 branch.",
        "3 days earlier Sat 21 Nov 3 days earlier would leave out 3 members in 1 branch.",
        "2 days earlier Sun 22 Nov 2 days earlier would leave out 3 members in 1 branch.",
        "1 day earlier Mon 23 Nov 1 day earlier would leave out 3 members in 1 branch.",
        "1 day later Wed 25 Nov 1 day later would add 9 members in 1 branch.",
        "2 days later Thu 26 Nov 2 days later would add 14 members in 2 branches.",
        "3 days later Fri 27 Nov 3 days later would add 14 members in 2 branches.",
    ]
    assert "7 days later" not in said


@pytest.mark.parametrize(
    ("days", "status", "said"),
    [
        pytest.param("+1", 200, "1 day later would add 9", id="a plus"),
        pytest.param("\N{MINUS SIGN}1", 200, "1 day earlier would leave out 3", id="a true minus"),
        pytest.param("0", 200, "The same day would change nothing", id="nought"),
        pytest.param("", 200, "A few days either way", id="nothing"),
        pytest.param("two", 422, "Give a whole number of days", id="a word"),
        pytest.param("99999999999999999999", 422, "Give a whole number of days", id="huge"),
        pytest.param("61", 422, "Give a whole number of days", id="too many"),
        pytest.param("²", 422, "Give a whole number of days", id="no plain digit"),
        pytest.param("5", 422, "after the close of voting", id="after the close"),
    ],
)
def test_what_is_typed_is_understood_or_refused_in_words(
    hq, around_the_cut_off, days, status, said
):
    answer = hq.get(f"{BALLOT}/cut-off", params={"days": days})
    assert answer.status_code == status
    assert said in answer.text


@pytest.mark.parametrize("page", ["/cut-off", "/cut-off?days=1", "/contact"])
def test_these_pages_are_for_headquarters_alone(client, database, settings, page, hq):
    assert hq.get(f"{BALLOT}{page}").status_code == 404
    add_members(database, 1)
    given_draft(database)
    assert hq.get(f"{BALLOT}{page}").status_code == 200
    for name, role, branch in (("bo", Role.BRANCH, "Leeds"), ("sam", Role.SCRUTINEER, None)):
        token = given_token(database, settings, name=name, role=role, branch=branch)
        assert client.get(f"{BALLOT}{page}", token=token).status_code == 403


@pytest.fixture
def ballot(database, settings):
    """Leeds: 20 of whom 6 cannot be reached. Hull: 9 of whom 2 cannot. York: 12, all can."""
    add_members(database, 20)
    add_members(database, 9, branch="Hull")
    add_members(database, 12, branch="York")
    with database.writing() as session:
        for number in [f"LEE{n:04}" for n in range(1, 7)] + ["HUL0001", "HUL0002"]:
            find_member(session, number).email = ""
    return given_ballot(database, settings, kind="industrial_action")


def count(database, ballot, **votes):
    """Write counters: votes of those who can be reached, and of those who cannot."""
    with database.writing() as session:
        for cell in cells_of(session, ballot.id):
            session.merge(
                TurnoutCounter(
                    ballot_id=ballot.id,
                    cell_id=cell.id,
                    writer=1,
                    votes_cast=votes[cell.branch][0 if cell.reachable else 1],
                )
            )


def test_turnout_of_those_reached_stands_beside_turnout(hq, client, database, ballot):
    count(database, ballot, Leeds=(7, 1), Hull=(3, 0), York=(6, 0))
    page = hq.page(f"{BALLOT}/turnout")
    assert (
        "33 of them could be reached by e-mail or mobile when they came onto the roll, "
        "8 members could not; of those reached 16 have voted, 48.48 %."
    ) in words(page.main)
    shown = {words(row.th): words(row) for row in page.select("tbody tr")}
    assert "17 41.46 %" not in shown
    # Hull alone would say how its two voted, and with Leeds shown beside it too.
    assert "withheld" in shown["Hull"]
    assert "withheld" in shown["Leeds"]
    assert "6 50.00 % 50.00 %" in shown["York"]
    other = hq.page(f"{BALLOT}/turnout?group_by=workplace")
    assert "Of those reached" not in words(other.main)
    officer = given_desk(client, database, "bo", role=Role.BRANCH, branch="Leeds")
    own = words(officer.page("/branch/pay-2026").main)
    assert "14 of them could be reached by e-mail or mobile" in own
    assert "how many of these have voted is withheld" in own


def test_the_ballot_box_counts_those_reached_apart(client, database, settings, ballot):
    for number in ("LEE0001", "LEE0010", "LEE0011", "YOR0001"):
        answer = client.post(
            "/api/v1/ballots/pay-2026/votes",
            token=ballot.codes[number],
            json={"answers": {"offer": "accept"}},
        )
        assert answer.status_code == 201, answer.text
    token = given_token(database, settings)
    found = client.get("/api/v1/ballots/pay-2026/turnout", token=token).json()
    assert (found["entitled"], found["votes_cast"]) == (41, 4)
    assert found["reachable"] == {
        "entitled": 33,
        "votes_cast": 3,
        "turnout_percent": "9.09",
        "withheld": False,
    }


def test_after_the_freeze_the_roll_itself_says_how_many(hq, database, ballot):
    with database.writing() as session:
        find_member(session, "LEE0001").mobile = "07700 900123"
    said = "could not be reached by e-mail or mobile when they came onto the roll"
    assert f"8 of them {said}" in words(hq.page(BALLOT).main)
    assert "7 members have neither" in words(hq.page(f"{BALLOT}/contact").main)
    with database.writing() as session:
        session.execute(update(RollCell).values(reachable=None))
    assert said not in words(hq.page(BALLOT).main)


def test_where_everybody_can_be_reached_it_is_said_once(hq, database, settings):
    add_members(database, 20)
    given_ballot(database, settings)
    page = words(hq.page(f"{BALLOT}/turnout").main)
    assert "All of them could be reached by e-mail or mobile" in page
    assert "Of those reached" not in page
