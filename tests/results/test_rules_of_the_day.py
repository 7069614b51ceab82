"""A result is judged by the rules of the day on which its ballot opened, in its nation."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.ballots.commencements import enter_commencement
from app.rules.books import ERA_2025_S68
from tests.conftest import NOW
from tests.support.ballots import HQ, add_members, given_ballot
from tests.support.votes import cast

CLOSED = NOW + timedelta(days=8)
DECLARE = "/api/v1/ballots/pay-2026/declare"
RESULT = "/api/v1/ballots/pay-2026/result"


def declared(client, clock, *, token):
    clock.now = CLOSED
    answer = client.post(DECLARE, token=token)
    assert answer.status_code == 200, answer.text
    return answer.json()["questions"][0]


def enter(database, day, *, now):
    with database.writing() as session:
        enter_commencement(
            session,
            planned_key=ERA_2025_S68,
            day=day,
            source="S.I. 2026/9999, an invented one",
            staff=HQ,
            now=now,
        )


@pytest.mark.parametrize(
    ("nation", "devolved", "tests", "carried"),
    [
        ("wales", True, ["turnout", "majority"], True),
        ("wales", False, ["turnout", "support", "majority"], False),
        ("england", False, ["turnout", "support", "majority"], False),
    ],
    ids=["devolved Welsh authority", "elsewhere in Wales", "England"],
)
def test_the_forty_per_cent_is_not_asked_of_a_devolved_welsh_authority(
    client, clock, database, settings, hq, nation, devolved, tests, carried
):
    # Invented: ten of 20 voted, six of them in support, which is 30 % of those entitled.
    add_members(database, 20)
    ballot = given_ballot(
        database,
        settings,
        kind="industrial_action",
        important_public_service=True,
        nation=nation,
        devolved_welsh_authority=devolved,
        opens_at=datetime(2026, 2, 17, 9, 0, tzinfo=UTC),
    )
    cast(database, ballot, ["reject"] * 6 + ["accept"] * 4)
    question = declared(client, clock, token=hq)
    assert [test["test"] for test in question["tests"]] == tests
    assert question["carried"] is carried


def test_no_statute_is_laid_beside_a_result_in_northern_ireland(
    client, clock, database, settings, hq
):
    add_members(database, 20)
    ballot = given_ballot(database, settings, nation="northern_ireland")
    cast(database, ballot, ["reject"] * 6)
    assert declared(client, clock, token=hq)["statute"] is None
    assert client.get("/ballots/pay-2026").status_code == 200


@pytest.mark.parametrize(
    ("day", "turnout_is_asked"),
    [
        pytest.param(date(2026, 11, 22), False, id="from the day before its opening"),
        pytest.param(date(2026, 11, 23), False, id="from the day of its opening"),
        pytest.param(date(2026, 11, 24), True, id="from the day after its opening"),
    ],
)
def test_a_change_reaches_the_result_of_a_ballot_that_opened_under_it(
    client, clock, database, settings, hq, day, turnout_is_asked
):
    add_members(database, 20)
    ballot = given_ballot(
        database,
        settings,
        kind="industrial_action",
        opens_at=datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
    )
    enter(database, day, now=NOW)
    cast(database, ballot, ["reject"] * 6, at=NOW + timedelta(days=3))
    question = declared(client, clock, token=hq)
    assert ("turnout" in [test["test"] for test in question["tests"]]) is turnout_is_asked
    assert question["carried"] is not turnout_is_asked


def test_a_declared_result_stays_as_it_was_whatever_is_entered_later(
    client, clock, database, settings, hq
):
    add_members(database, 20)
    ballot = given_ballot(database, settings, kind="industrial_action")
    cast(database, ballot, ["reject"] * 6)
    before = declared(client, clock, token=hq)
    enter(database, NOW.date() + timedelta(days=1), now=CLOSED)
    after = client.get(RESULT).json()["questions"][0]
    assert (after["tests"], after["carried"]) == (before["tests"], before["carried"])
    assert after["in_force"]["since"] == before["in_force"]["since"]
