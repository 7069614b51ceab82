"""The day of a planned change of law: who enters it, what it touches, and what it never does."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest

from app.ballots.commencements import (
    DayAlreadyEntered,
    NothingEntered,
    ballots_affected,
    commenced,
    enter_commencement,
    withdraw_commencement,
)
from app.rules.books import ERA_2025_S68
from app.security.models import Role
from tests.conftest import NOW
from tests.support.ballots import HQ, add_members, given_ballot, given_token
from tests.support.drafts import given_draft
from tests.support.staff import events_of, facts_of

COMMENCEMENTS = "/api/v1/commencements"
WITHDRAW = f"{COMMENCEMENTS}/{ERA_2025_S68}/withdraw"
SOURCE = "S.I. 2026/9999, an invented one"
DAY = date(2027, 1, 4)


@pytest.fixture
def enter(client, hq):
    def enter(day=DAY, *, key=ERA_2025_S68, token=hq, source=SOURCE):
        body = {"planned_key": key, "day": str(day), "source": source}
        return client.post(COMMENCEMENTS, json=body, token=token)

    return enter


def given_statutory(database, settings, *, opens_at, slug="strike"):
    return given_ballot(
        database,
        settings,
        slug=slug,
        kind="industrial_action",
        opens_at=opens_at,
        closes_at=opens_at + timedelta(days=14),
        cut_off_at=min(NOW, opens_at),
    )


def required_turnout(client, slug, *, token):
    answer = client.get(f"/api/v1/ballots/{slug}/turnout", token=token)
    assert answer.status_code == 200, answer.text
    return answer.json()["threshold"]["required_votes"]


def refusal(answer, status):
    assert answer.status_code == status, answer.text
    return answer.json()["code"]


def test_an_entry_says_which_change_when_whence_and_who(enter, client, hq):
    answer = enter()
    assert answer.status_code == 201, answer.text
    entered = answer.json()
    assert entered == {
        "planned_key": ERA_2025_S68,
        "title": entered["title"],
        "day": "2027-01-04",
        "source": SOURCE,
        "entered_at": "2026-11-21T12:00:00Z",
        "entered_by": "hq-officer",
        "withdrawn_at": None,
        "withdrawn_by": None,
    }
    assert entered["title"].startswith("Section 68 of the Employment Rights Act 2025")
    assert client.get(COMMENCEMENTS, token=hq).json() == [entered]


def test_the_audit_log_says_who_entered_and_who_withdrew(enter, client, hq, database):
    enter()
    client.post(WITHDRAW, token=hq)
    log = [(e.action, e.actor, e.subject, facts_of(e)) for e in events_of(database)][-2:]
    assert log == [
        (
            "CommencementEntered",
            "hq-officer",
            ERA_2025_S68,
            {"day": "2027-01-04", "source": SOURCE},
        ),
        ("CommencementWithdrawn", "hq-officer", ERA_2025_S68, {"day": "2027-01-04"}),
    ]


@pytest.mark.parametrize(
    ("opens_at", "needed"),
    [
        pytest.param(datetime(2027, 1, 3, 23, 59, tzinfo=UTC), 5, id="the day before"),
        pytest.param(datetime(2027, 1, 4, 0, 0, tzinfo=UTC), None, id="the day"),
        pytest.param(datetime(2027, 1, 5, 9, 0, tzinfo=UTC), None, id="the day after"),
    ],
)
def test_only_ballots_that_open_on_the_day_or_later_are_affected(
    enter, client, hq, database, settings, opens_at, needed
):
    add_members(database, 9)
    given_statutory(database, settings, opens_at=opens_at)
    assert required_turnout(client, "strike", token=hq) == 5
    enter()
    assert required_turnout(client, "strike", token=hq) == needed


def test_the_day_is_a_london_day(enter, client, hq, database, settings):
    # 23:30 UTC on 30 June is 1 July in London.
    add_members(database, 9)
    given_statutory(database, settings, opens_at=datetime(2027, 6, 30, 23, 30, tzinfo=UTC))
    enter(date(2027, 7, 1))
    assert required_turnout(client, "strike", token=hq) is None


def test_a_ballot_that_has_opened_keeps_its_rules_for_good(
    enter, client, hq, clock, database, settings
):
    add_members(database, 9)
    given_statutory(database, settings, opens_at=NOW - timedelta(days=2))
    assert enter(NOW.date() + timedelta(days=1)).status_code == 201
    for later in (0, 1, 400):
        clock.now = NOW + timedelta(days=later)
        assert required_turnout(client, "strike", token=hq) == 5


@pytest.mark.parametrize(
    ("day", "status"),
    [
        pytest.param(date(2026, 11, 18), 409, id="before it opened"),
        pytest.param(date(2026, 11, 19), 409, id="on the day it opened"),
        pytest.param(date(2026, 11, 20), 201, id="the day after, though it is past"),
        pytest.param(date(2026, 11, 21), 201, id="today"),
    ],
)
def test_a_day_that_would_touch_a_ballot_that_has_opened_is_refused(
    enter, database, settings, day, status
):
    add_members(database, 9)
    # At the first instant of that day.
    given_statutory(database, settings, opens_at=datetime(2026, 11, 19, 0, 0, tzinfo=UTC))
    answer = enter(day)
    assert answer.status_code == status
    if status == 409:
        assert answer.json()["code"] == "ballot_has_opened"
        assert "“Pay offer 2026” opened on 19 November 2026" in answer.json()["detail"]


def test_a_ballot_has_opened_on_its_day_in_london(enter, clock, database, settings):
    # 23:30 UTC on 30 June is 1 July in London.
    add_members(database, 9)
    given_statutory(database, settings, opens_at=datetime(2027, 6, 30, 23, 30, tzinfo=UTC))
    clock.now = datetime(2027, 7, 2, 9, 0, tzinfo=UTC)
    assert refusal(enter(date(2027, 7, 1)), 409) == "ballot_has_opened"


def test_a_draft_whose_opening_has_passed_has_not_opened(enter, database):
    given_draft(database, opens_at=NOW - timedelta(days=5))
    assert enter(NOW.date() - timedelta(days=9)).status_code == 201


def test_a_change_has_one_day_until_it_is_withdrawn(enter, client, hq):
    enter()
    assert refusal(enter(date(2027, 2, 1)), 409) == "day_already_entered"
    withdrawn = client.post(WITHDRAW, token=hq).json()
    assert (withdrawn["withdrawn_by"], withdrawn["withdrawn_at"]) == (
        "hq-officer",
        "2026-11-21T12:00:00Z",
    )
    assert enter(date(2027, 2, 1)).status_code == 201
    found = [
        (each["day"], each["withdrawn_by"]) for each in client.get(COMMENCEMENTS, token=hq).json()
    ]
    assert found == [("2027-02-01", None), ("2027-01-04", "hq-officer")]


def test_what_is_withdrawn_applies_to_nothing(enter, client, hq, database):
    enter()
    client.post(WITHDRAW, token=hq)
    with database.reading() as session:
        assert commenced(session) == {}
    assert refusal(client.post(WITHDRAW, token=hq), 409) == "no_day_entered"


def test_nothing_is_withdrawn_once_a_ballot_has_opened_under_it(
    enter, client, hq, clock, database, settings
):
    add_members(database, 9)
    given_statutory(database, settings, opens_at=datetime(2027, 1, 4, 9, 0, tzinfo=UTC))
    enter()
    clock.now = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
    assert refusal(client.post(WITHDRAW, token=hq), 409) == "ballot_has_opened"
    assert required_turnout(client, "strike", token=hq) is None


def test_until_the_first_one_opens_it_can_be_withdrawn(
    enter, client, hq, clock, database, settings
):
    add_members(database, 9)
    given_statutory(database, settings, opens_at=datetime(2027, 1, 4, 9, 0, tzinfo=UTC))
    enter()
    clock.now = datetime(2027, 1, 4, 8, 59, tzinfo=UTC)
    assert client.post(WITHDRAW, token=hq).status_code == 200
    assert required_turnout(client, "strike", token=hq) == 5


@pytest.mark.parametrize(
    ("day", "status"),
    [
        pytest.param(date(2026, 4, 6), 422, id="as the rules before it begin"),
        pytest.param(date(2026, 4, 7), 201, id="the day after"),
    ],
)
def test_a_change_cannot_begin_before_the_rules_that_it_replaces(enter, day, status):
    answer = enter(day)
    assert answer.status_code == status
    if status == 422:
        assert answer.json()["code"] == "day_before_its_rules"
        assert "cannot begin on 6 April 2026" in answer.json()["detail"]


def test_a_change_that_no_book_plans_is_refused(enter, client, hq):
    assert refusal(enter(key="era-2025-s86"), 404) == "unknown_change"
    unknown = client.post(f"{COMMENCEMENTS}/era-2025-s86/withdraw", token=hq)
    assert refusal(unknown, 404) == "unknown_change"


@pytest.mark.parametrize(
    "wrong", [{"source": "  "}, {"day": "soon"}, {"day": "1999-12-31"}, {"source": "x" * 501}]
)
def test_a_day_without_a_source_or_no_day_is_refused(client, hq, wrong):
    body = {"planned_key": ERA_2025_S68, "day": str(DAY), "source": SOURCE} | wrong
    assert refusal(client.post(COMMENCEMENTS, json=body, token=hq), 422) == "invalid_request"


@pytest.mark.parametrize("role", [Role.BRANCH, Role.SCRUTINEER])
def test_it_is_for_headquarters_alone(enter, client, database, settings, role):
    add_members(database, 1)
    branch = "Leeds" if role is Role.BRANCH else None
    token = given_token(database, settings, name="other", role=role, branch=branch)
    assert enter(token=token).status_code == 403
    assert enter(token=None).status_code == 401
    assert client.get(COMMENCEMENTS, token=token).status_code == 403
    assert client.post(WITHDRAW, token=token).status_code == 403


def test_every_answer_about_rules_takes_the_day(enter, client):
    """The calculator, the rule books and the ballot form all ask the same table."""
    numbers = {"entitled": 1000, "votes_cast": 300, "supporting": 200, "opposing": 90}
    body = numbers | {"spoiled": 10, "rule_book": "industrial-action", "opened_on": "2027-01-04"}
    before = client.post("/api/v1/thresholds", json=body).json()
    enter()
    after = client.post("/api/v1/thresholds", json=body).json()
    assert (before["carried"], after["carried"]) == (False, True)
    assert after["in_force"]["since"] == "2027-01-04"
    [book, *_] = client.get("/api/v1/rule-books").json()
    assert [(p["since"], p["until"], p["planned"]) for p in book["periods"]][-2:] == [
        ("2026-02-18", "2027-01-03", False),
        ("2027-01-04", None, False),
    ]
    page = client.get(f"/calculator?{'&'.join(f'{k}={v}' for k, v in body.items())}").text
    assert "Carried under the rules of 4 January 2027" in page


def test_the_ballots_that_would_be_affected_are_named_drafts_too(database, settings):
    add_members(database, 9)
    given_statutory(database, settings, opens_at=datetime(2027, 1, 4, 0, 0, tzinfo=UTC))
    given_draft(
        database,
        slug="later",
        opens_at=datetime(2027, 3, 1, 9, 0, tzinfo=UTC),
        closes_at=datetime(2027, 3, 9, 9, 0, tzinfo=UTC),
    )
    given_draft(database, slug="now")
    with database.reading() as session:
        assert [b.slug for b in ballots_affected(session, day=DAY, now=NOW)] == ["strike", "later"]
        after = ballots_affected(session, day=DAY + timedelta(days=1), now=NOW)
        assert [b.slug for b in after] == ["later"]


def test_of_two_officers_at_once_one_enters_the_day(database):
    def enter(day):
        try:
            with database.writing() as session:
                enter_commencement(
                    session,
                    planned_key=ERA_2025_S68,
                    day=day,
                    source=SOURCE,
                    staff=HQ,
                    now=NOW,
                )
        except DayAlreadyEntered:
            return None
        return day

    with ThreadPoolExecutor(4) as together:
        entered = list(together.map(enter, [DAY + timedelta(days=n) for n in range(4)]))
    [day] = [each for each in entered if each is not None]
    with database.reading() as session:
        assert commenced(session) == {ERA_2025_S68: day}


def test_of_two_officers_at_once_one_withdraws_the_day(enter, database):
    enter()

    def withdraw(_):
        try:
            with database.writing() as session:
                withdraw_commencement(session, planned_key=ERA_2025_S68, staff=HQ, now=NOW)
        except NothingEntered:
            return 0
        return 1

    with ThreadPoolExecutor(4) as together:
        assert sum(together.map(withdraw, range(4))) == 1
    log = [event.action for event in events_of(database)]
    assert log.count("CommencementWithdrawn") == 1
