"""A branch officer's page: their own turnout, the cut-off, and who joined in time."""

from datetime import date, timedelta

import pytest

from app.roll.models import Member
from app.security.models import Role
from tests.conftest import NOW
from tests.support.ballots import add_members, given_ballot, move_window
from tests.support.desks import given_desk, words
from tests.support.drafts import given_draft
from tests.support.pages import parsed
from tests.support.turnout import set_votes

HERE = "/branch/pay-2026"
ANNOUNCED = date(2026, 11, 1)
SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def officer(client, database):
    return given_desk(client, database, "bo", role=Role.BRANCH, branch="Leeds")


@pytest.fixture
def roll(database):
    add_members(database, 20)
    add_members(database, 40, branch="York")


@pytest.fixture
def ballot(database, settings, roll):
    return given_ballot(database, settings, kind="industrial_action", announced_on=ANNOUNCED)


def test_an_officer_sees_their_own_branch_and_the_votes_it_lacks(officer, database, ballot):
    set_votes(database, ballot.id, Leeds=7, York=33)
    page = officer.page(HERE)
    assert page.h1.get_text() == "Leeds"
    assert words(page.figcaption) == "7 of 20 have voted, 35.00 %. 3 more needed for 50 %."
    assert "York" not in page.text
    assert "33" not in words(page.main)


def test_before_voting_opens_a_branch_reads_how_many_may_vote_and_no_turnout(
    officer, database, ballot
):
    move_window(database, ballot.id, opens_at=NOW + timedelta(hours=1))
    said = words(officer.page(HERE).select_one("#turnout"))
    assert "20 members of this branch may vote." in said
    for too_early in ("have voted", "By turnout", "votes more", "needed"):
        assert too_early not in said


def test_when_voting_is_over_a_branch_reads_what_was_missing_and_nothing_to_win(
    officer, database, ballot, clock
):
    set_votes(database, ballot.id, Leeds=7, York=33)
    officer.wait(clock, days=8)
    said = words(officer.page(HERE).select_one("#turnout"))
    assert "3 more were needed for 50 %." in said
    assert "By turnout this branch is number 2 of 2." in said
    assert "more would bring it" not in said
    assert "from wherever" not in said


def test_whom_to_ask_comes_before_the_cut_off_and_who_joined_last(officer, ballot):
    titles = [words(each) for each in officer.page(HERE).main.select("h2")]
    assert [title.split(" since")[0] for title in titles] == [
        "Turnout in this branch",
        "Pass it on",
        "Members to ask",
        "The cut-off",
        "Who joined",
    ]


def test_an_officer_of_another_branch_sees_nothing(officer, ballot):
    for address in (f"{HERE}?branch=York", f"{HERE}?branch=Atlantis", f"{HERE}/panel?branch=York"):
        answer = officer.get(address, headers=SCRIPT if "panel" in address else {})
        assert answer.status_code == 404
        assert "of 40" not in answer.text
    assert officer.get(f"{HERE}?branch=leeds").status_code == 200


def test_headquarters_may_look_at_any_branch(client, database, ballot):
    hq = given_desk(client, database)
    links = [link["href"] for link in hq.page(HERE).select("main li a")]
    assert links == [f"{HERE}?branch=Leeds", f"{HERE}?branch=York"]
    assert hq.page(f"{HERE}?branch=york").h1.get_text() == "York"
    assert hq.get(f"{HERE}?branch=Atlantis").status_code == 404


def test_the_panel_is_the_very_part_of_the_page(officer, database, ballot):
    set_votes(database, ballot.id, Leeds=7)
    region = officer.page(HERE).select_one("#turnout")
    panel = officer.get(region["hx-get"], headers=SCRIPT)
    part = parsed(panel.text)
    assert "".join(part.decode().split()) == "".join(region.decode_contents().split())
    assert officer.get(f"{HERE}/panel").headers["location"] == HERE


def test_a_branch_too_small_to_show_is_told_why(client, database, settings):
    add_members(database, 20)
    add_members(database, 4, branch="Scilly")
    ballot = given_ballot(database, settings)
    set_votes(database, ballot.id, Leeds=7, Scilly=3)
    officer = given_desk(client, database, "bo", role=Role.BRANCH, branch="Scilly")
    page = officer.page(HERE)
    assert "How many have voted is withheld" in words(page.main)
    assert page.select(".turnout-meter") == []
    assert "Turnout is withheld" in words(officer.page("/staff").main)


def test_a_branch_outside_the_constituency_is_told_so(client, database, settings, roll):
    given_ballot(database, settings, constituency={"branches": ["York"]})
    officer = given_desk(client, database, "bo", role=Role.BRANCH, branch="Leeds")
    assert "Nobody in this branch is entitled to vote" in words(officer.page(HERE).main)


def test_before_the_freeze_there_is_no_turnout_and_the_cut_off_all_the_same(
    officer, database, roll
):
    given_draft(database, opens_at=NOW + timedelta(days=5), cut_off_at=NOW + timedelta(days=3))
    page = officer.page(HERE)
    assert "There is no turnout yet" in words(page.main)
    assert page.select("[data-live-line]") == []
    assert "3 days left" in words(page.main)
    assert "Someone who joins today can vote in this ballot" in words(page.main)


@pytest.mark.parametrize(
    ("cut_off_in", "said"),
    [
        (12, "12 days left"),
        (1, "1 day left"),
        (0, "today is the last day"),
        (-1, "passed 1 day ago"),
        (-3, "passed 3 days ago"),
    ],
)
def test_the_cut_off_counts_down_in_london_days(officer, database, roll, cut_off_in, said):
    given_draft(
        database,
        opens_at=NOW + timedelta(days=20),
        closes_at=NOW + timedelta(days=30),
        cut_off_at=NOW + timedelta(days=cut_off_in),
    )
    assert said in words(officer.page(HERE).select_one(".stat-grid"))
    today = words(officer.page(HERE).main)
    assert ("joins today is too late" in today) is (cut_off_in < 0)


def test_a_moved_cut_off_is_shown_for_the_branch_alone(officer, client, database, roll):
    given_draft(
        database,
        opens_at=NOW + timedelta(days=5),
        closes_at=NOW + timedelta(days=8),
        cut_off_at=NOW + timedelta(days=3),
    )
    cut_off = (NOW + timedelta(days=3)).date()
    for number, later in enumerate((0, 0, 0, 2, 2)):
        joined_on = cut_off + timedelta(days=later)
        add_one(database, f"new-{number}", family_name="Okafor", joined_on=joined_on)
    for number in range(9):
        joined_on = cut_off + timedelta(days=1)
        add_one(database, f"york-{number}", branch="York", family_name="Reid", joined_on=joined_on)
    said = [words(each).split(". ")[0] for each in officer.page(HERE).select("#moves li")]
    assert said == [
        "2 days earlier would leave out 3 members of this branch",
        "1 day earlier would leave out 3 members of this branch",
        "1 day later would change nothing here",
        "2 days later would add 2 members of this branch",
    ]
    hq = given_desk(client, database)
    york = words(hq.page(f"{HERE}?branch=York").select_one("#moves"))
    assert "1 day later would add 9 members of this branch." in york
    assert "1 day earlier would change nothing here." in york


def test_a_cut_off_is_not_moved_where_it_concerns_nobody(officer, database, ballot, clock):
    assert officer.page(HERE).select("#moves li")
    officer.wait(clock, days=60)
    assert officer.page(HERE).select("#moves") == []


def joiners(page):
    return {words(row.th): words(row) for row in page.select("tbody tr")}


def test_everyone_who_joined_since_is_in_or_out_with_the_reason(officer, database, settings, roll):
    joined = [
        ("LATE1", "Late", date(2026, 11, 21)),
        ("TIME1", "Timely", date(2026, 11, 20)),
        ("LONG1", "Longstanding", date(2026, 10, 31)),
    ]
    for number, name, day in joined:
        add_one(database, number, family_name=name, joined_on=day)
    add_one(database, "YORK1", family_name="Elsewhere", joined_on=date(2026, 11, 2), branch="York")
    given_ballot(database, settings, announced_on=ANNOUNCED)
    page = officer.page(HERE)
    assert "2 members have joined since the ballot was announced: 1 in, 1 out." in words(page.main)
    found = joiners(page)
    assert list(found) == ["Invented Late", "Invented Timely"]
    assert " Out Joined on 21 November 2026; the last day" in found["Invented Late"]
    assert " In Joined on 20 November 2026, in time" in found["Invented Timely"]
    assert found["Invented Late"].endswith(" Fri 20 Nov")
    assert found["Invented Timely"].endswith("On the frozen roll of this ballot.")
    assert "too late for this ballot: the last day to join was 20 November" in words(page.main)


def test_nobody_joined_is_said_in_words(officer, ballot):
    page = officer.page(HERE)
    assert "Nobody in this branch has joined" in words(page.main)
    assert page.select("tbody") == []


def add_one(database, number, *, branch="Leeds", **facts):
    with database.writing() as session:
        session.add(
            Member(
                membership_number=number,
                given_name="Invented",
                branch=branch,
                region="North",
                employer="Probation Service",
                workplace=f"{branch} office",
                category="full",
                **facts,
            )
        )


def test_a_declared_result_is_one_step_away(officer, database, ballot, clock):
    move_window(
        database,
        ballot.id,
        sealed_at=NOW,
        stirred_at=NOW,
        declared_at=NOW,
        closes_at=NOW - timedelta(minutes=1),
    )
    for address in ("/staff", HERE):
        links = [link["href"] for link in officer.page(address).select("main a")]
        assert "/ballots/pay-2026" in links
