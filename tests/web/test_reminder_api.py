"""Reminders over REST: planned as on the page, and counted to the nearest ten."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.notices.reminder_models import Reminder
from app.security.models import Role
from app.web.reminder_router import EXAMPLE
from tests.support.ballots import NOON, add_members, given_ballot, given_token

HERE = "/api/v1/ballots/pay-2026/reminders"
PAGE = "/hq/ballots/pay-2026/reminders"


@pytest.fixture
def settings(settings):
    more = {"smtp_url": "smtp://127.0.0.1:9", "reminder_batch": 10}
    return settings.model_copy(update=more)


@pytest.fixture
def ballot(database, settings):
    add_members(database, 30)
    add_members(database, 20, branch="York")
    add_members(database, 4, branch="Hull")
    return given_ballot(database, settings)


@pytest.mark.parametrize(
    "way",
    [
        EXAMPLE,
        {"turnout_percent": 40, "branch": "Leeds"},
        {"at": (NOON + timedelta(days=2)).isoformat()},
    ],
)
def test_a_reminder_is_due_in_one_of_three_ways(client, ballot, hq, way):
    planned = client.post(HERE, json=way, token=hq)
    assert planned.status_code == 201, planned.text
    found = planned.json()
    assert (found["stage"], found["queued_about"]) == ("planned", 0)
    assert {name: found[name] for name in way if name != "at"} == {
        name: value for name, value in way.items() if name != "at"
    }
    assert client.get(HERE, token=hq).json()["reminders"] == [found]


def test_it_is_on_the_page_and_can_be_called_off(client, ballot, hq):
    number = client.post(HERE, json=EXAMPLE, token=hq).json()["id"]
    assert "48 hours before the close" in client.get(PAGE, token=hq).text
    called_off = client.post(f"{HERE}/{number}/cancellation", token=hq)
    assert called_off.status_code == 204
    assert "content-type" not in called_off.headers
    again = client.post(f"{HERE}/{number}/cancellation", token=hq)
    assert (again.status_code, again.json()["code"]) == (404, "unknown_reminder")
    [row] = client.get(HERE, token=hq).json()["reminders"]
    assert row["stage"] == "cancelled"


def test_how_many_it_went_to_is_told_to_the_nearest_ten(client, database, ballot, hq):
    client.post(HERE, json=EXAMPLE, token=hq)
    with database.writing() as session:
        session.execute(sa.update(Reminder).values(stage="queued", queued=44))
    [row] = client.get(HERE, token=hq).json()["reminders"]
    assert row["queued_about"] == 40
    assert "44" not in {str(value) for value in row.values()}


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({}, (422, "invalid_request")),
        ({"hours_before": 4, "turnout_percent": 40}, (422, "invalid_request")),
        ({"hours_before": 0}, (422, "invalid_request")),
        ({"turnout_percent": 100}, (422, "invalid_request")),
        ({"hours_before": 2, "everybody": True}, (422, "invalid_request")),
        ({"hours_before": 500}, (422, "bad_reminder_time")),
        ({"hours_before": 4, "branch": "Nowhere"}, (422, "too_few_to_remind")),
        ({"hours_before": 4, "branch": "Hull"}, (422, "withheld_branch")),
    ],
)
def test_what_cannot_be_is_refused(client, ballot, hq, body, refusal):
    answer = client.post(HERE, json=body, token=hq)
    assert (answer.status_code, answer.json()["code"]) == refusal


def test_a_branch_large_enough_but_withheld_is_not_reminded_alone(client, ballot, hq):
    """Hull is too small to show, and York is withheld with it, or a subtraction would show Hull."""
    listed = client.get(HERE, token=hq).json()["branches"]
    assert listed == ["Leeds"]
    answer = client.post(HERE, json={"hours_before": 4, "branch": "York"}, token=hq)
    assert answer.json()["code"] == "withheld_branch"
    assert client.get(HERE, token=hq).json()["reminders"] == []


def test_only_headquarters_may(client, database, settings, ballot):
    token = given_token(database, settings, name="leeds", role=Role.BRANCH, branch="Leeds")
    assert client.get(HERE, token=token).status_code == 403
    assert client.post(HERE, json=EXAMPLE, token=token).status_code == 403
