"""A ballot on recognition from its draft to its statement, on both sides of the April change."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from app.ballots.models import Ballot
from tests.support.ballots import ReadyBallot, add_members
from tests.support.votes import cast

HERE = "/api/v1/ballots/recognition"
QUESTION = {
    "key": "recognise",
    "text": "Do you want the union to conduct collective bargaining on your behalf?",
    "answers": [{"key": "yes", "text": "Yes"}, {"key": "no", "text": "No"}],
    "supported_answer": "yes",
}
# The worked example of the April change: a unit of 200, 47 Yes and 43 No.
CHOICES = ["yes"] * 47 + ["no"] * 43


@pytest.fixture
def bargaining_unit(database):
    """Two hundred at one depot, and some who work elsewhere."""
    add_members(database, 200, branch="Depot", employer="Acme", workplace="Leeds depot")
    add_members(database, 20, branch="Office", employer="Acme", workplace="Head office")


def set_up(client, hq, *, opens_at):
    answer = client.post(
        "/api/v1/ballots",
        token=hq,
        json={
            "slug": "recognition",
            "title": "Recognition at Leeds depot",
            "kind": "recognition",
            "opens_at": opens_at.isoformat(),
            "closes_at": (opens_at + timedelta(days=14)).isoformat(),
            "cut_off_at": (opens_at - timedelta(days=3)).isoformat(),
            "constituency": {"workplaces": ["Leeds depot"]},
            "questions": [QUESTION],
        },
    )
    assert answer.status_code == 201, answer.text


def voted(client, hq, database, *, opens_at):
    """Hand out the codes; one member votes over REST, the others through the same box."""
    issued = client.post(f"{HERE}/credentials", token=hq)
    codes = {
        row["membership_number"]: row["code"] for row in csv.DictReader(io.StringIO(issued.text))
    }
    assert len(codes) == 200
    first, *_ = codes.values()
    answer = client.post(f"{HERE}/votes", token=first, json={"answers": {"recognise": CHOICES[0]}})
    assert answer.status_code == 201
    with database.reading() as session:
        [ballot_id] = session.execute(Ballot.__table__.select()).scalars()
    others = ReadyBallot(ballot_id, slug="recognition", codes=dict(list(codes.items())[1:]))
    cast(database, others, CHOICES[1:], question="recognise", at=opens_at + timedelta(hours=1))


@pytest.mark.parametrize(
    ("opens_at", "carried", "tests"),
    [
        pytest.param(
            datetime(2026, 4, 4, 23, tzinfo=UTC),
            False,
            [("support", 80, 47, False), ("majority", 46, 47, True)],
            id="5 April 2026 in London: 40 % of the bargaining unit",
        ),
        pytest.param(
            datetime(2026, 4, 5, 22, 59, tzinfo=UTC),
            False,
            [("support", 80, 47, False), ("majority", 46, 47, True)],
            id="the last minute of 5 April in London",
        ),
        pytest.param(
            datetime(2026, 4, 5, 23, tzinfo=UTC),
            True,
            [("majority", 46, 47, True)],
            id="midnight, 6 April in London: a majority is enough",
        ),
        pytest.param(
            datetime(2026, 4, 7, 9, tzinfo=UTC),
            True,
            [("majority", 46, 47, True)],
            id="the day after",
        ),
    ],
)
def test_the_same_votes_recognise_the_union_from_april_and_not_before(
    client, database, hq, clock, bargaining_unit, opens_at, carried, tests
):
    clock.now = opens_at - timedelta(days=2)
    set_up(client, hq, opens_at=opens_at)
    frozen = client.post(f"{HERE}/freeze", token=hq).json()
    assert frozen["entitled"] == 200
    assert frozen["excluded"] == [{"reason": "outside_constituency", "count": 20}]
    clock.now = opens_at + timedelta(hours=1)
    voted(client, hq, database, opens_at=opens_at)
    turnout = client.get(f"{HERE}/turnout", token=hq).json()
    assert (turnout["votes_cast"], turnout["turnout_percent"]) == (90, "45.00")
    assert turnout["threshold"]["required_votes"] is None, "no turnout test in this book"
    clock.now = opens_at + timedelta(days=14, minutes=1)
    declared = client.post(f"{HERE}/declare", token=hq).json()
    [question] = declared["questions"]
    assert question["carried"] is carried
    assert [
        (test["test"], test["required_votes"], test["actual_votes"], test["met"])
        for test in question["tests"]
    ] == tests
    assert "statute" not in question or question["statute"] is None
    assert all("Sch. A1" in test["source"] for test in question["tests"])


def test_its_statement_speaks_of_the_bargaining_unit_and_its_page_of_its_book(
    client, database, hq, clock, bargaining_unit
):
    opens_at = datetime(2026, 4, 7, 9, tzinfo=UTC)
    clock.now = opens_at - timedelta(days=2)
    set_up(client, hq, opens_at=opens_at)
    client.post(f"{HERE}/freeze", token=hq)
    clock.now = opens_at + timedelta(hours=1)
    voted(client, hq, database, opens_at=opens_at)
    clock.now = opens_at + timedelta(days=15)
    client.post(f"{HERE}/declare", token=hq)
    [stated] = client.get(f"{HERE}/statement").json()["stated"]
    assert [(line["words"], line["number"]) for line in stated["lines"]] == [
        ("Workers constituting the bargaining unit", 200),
        ("Votes cast in the ballot", 90),
        ("Workers answering “Yes”", 47),
        ("Workers answering “No”", 43),
        ("Spoiled or otherwise invalid voting papers returned", 0),
    ]
    page = client.get("/ballots/recognition").text
    assert "Statutory ballot on recognition" in page
    assert "After the April change: from 6 April 2026" in page


def test_spoiled_papers_count_as_voting_in_it(client, database, settings, hq, clock):
    """Invented: 50 Yes and 49 No of 101 voting, two of them spoiled, are no majority."""
    add_members(database, 110, branch="Depot", workplace="Leeds depot")
    opens_at = datetime(2026, 4, 7, 9, tzinfo=UTC)
    clock.now = opens_at - timedelta(days=2)
    set_up(client, hq, opens_at=opens_at)
    client.post(f"{HERE}/freeze", token=hq)
    clock.now = opens_at + timedelta(hours=1)
    issued = client.post(f"{HERE}/credentials", token=hq)
    codes = {
        row["membership_number"]: row["code"] for row in csv.DictReader(io.StringIO(issued.text))
    }
    with database.reading() as session:
        [ballot_id] = session.execute(Ballot.__table__.select()).scalars()
    cast(
        database,
        ReadyBallot(ballot_id, slug="recognition", codes=codes),
        ["yes"] * 50 + ["no"] * 49 + [None] * 2,
        question="recognise",
        at=clock.now,
    )
    clock.now = opens_at + timedelta(days=15)
    [question] = client.post(f"{HERE}/declare", token=hq).json()["questions"]
    assert (question["spoiled"], question["carried"]) == (2, False)
