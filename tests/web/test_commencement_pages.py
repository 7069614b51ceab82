"""Headquarters enters the day of a change of law, sees what it reaches, and takes it back."""

from datetime import UTC, datetime, timedelta

import pytest

from app.rules.books import ERA_2025_S68
from app.security.models import Role
from tests.support.ballots import add_members, given_ballot
from tests.support.desks import given_desk, words
from tests.support.pages import check_page
from tests.support.staff import events_of

PAGE = "/hq/changes-of-law"
WITHDRAW = f"{PAGE}/{ERA_2025_S68}/withdraw"
FORM = {"planned_key": ERA_2025_S68, "day": "2027-01-04", "source": "S.I. 2026/9999 (invented)"}


@pytest.fixture
def hq(client, database):
    return given_desk(client, database)


@pytest.fixture
def strike(database, settings):
    """A statutory ballot that opens on 5 January 2027."""
    add_members(database, 9)
    opens_at = datetime(2027, 1, 5, 9, 0, tzinfo=UTC)
    closes_at = opens_at + timedelta(days=14)
    given_ballot(
        database,
        settings,
        title="Strike over pay",
        kind="industrial_action",
        opens_at=opens_at,
        closes_at=closes_at,
    )
    return opens_at


def test_a_day_is_entered_shown_and_withdrawn(hq, strike):
    assert "No day has been entered" in words(hq.page(PAGE).main)
    assert hq.post(PAGE, data=FORM).status_code == 303
    page = hq.page(PAGE)
    said = words(page.main)
    assert "open on or after Monday 4 January 2027" in said
    assert "Source: S.I. 2026/9999 (invented). Entered by hq-officer on Saturday 21" in said
    assert "Strike over pay , Tuesday 5 January 2027 at 9am" in said
    # The one change there is has its day, so there is none to enter.
    assert not page.select(".long-form")
    assert hq.post(WITHDRAW).status_code == 303
    said = words(hq.page(PAGE).main)
    assert "No day has been entered" in said
    assert "Withdrawn by hq-officer on Saturday 21 November 2026" in said


def test_the_turnout_page_follows_the_day(hq, strike):
    before = words(hq.page("/hq/ballots/pay-2026/turnout").main)
    hq.post(PAGE, data=FORM)
    after = words(hq.page("/hq/ballots/pay-2026/turnout").main)
    assert "50 % of those entitled" in before
    assert "This ballot, opened from 4 January 2027 No turnout threshold" in after


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"day": ""}, "day", "Enter a day."),
        ({"day": "31/02/2027"}, "day", "Enter a day that exists"),
        ({"day": "2026-04-06"}, "day", "cannot begin on 6 April 2026"),
        ({"source": " "}, "source", "Say where the day was appointed"),
        ({"source": "x" * 501}, "source", "500 plain characters at most"),
        ({"planned_key": "era-2025-s86"}, "planned_key", "Choose the change from the list."),
    ],
    ids=["no day", "never", "too early", "no source", "long source", "no such change"],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_is_entered(
    hq, database, changes, field, sentence
):
    answer = hq.post(PAGE, data=FORM | changes)
    assert answer.status_code == 422
    page = check_page(answer.text)
    [link] = page.select(".govuk-error-summary a")
    assert (link["href"], sentence in words(link)) == (f"#{field}", True)
    assert page.select_one("#source")["value"] == (FORM | changes)["source"].strip()
    assert "CommencementEntered" not in {event.action for event in events_of(database)}


def test_a_day_that_touches_an_open_ballot_is_refused_by_name(hq, strike, clock):
    hq.wait(clock, days=46)
    answer = hq.post(PAGE, data=FORM)
    assert answer.status_code == 422
    said = words(check_page(answer.text).select_one(".govuk-error-summary"))
    assert "“Strike over pay” opened on 5 January 2027" in said


def test_a_day_cannot_be_withdrawn_once_a_ballot_has_opened(hq, strike, clock):
    hq.post(PAGE, data=FORM)
    hq.wait(clock, days=46)
    answer = hq.post(WITHDRAW)
    assert answer.status_code == 409
    assert "keeps the rules it opened under" in words(check_page(answer.text).main)


@pytest.mark.parametrize("role", [Role.BRANCH, Role.SCRUTINEER])
def test_it_is_for_headquarters_alone(client, database, role):
    add_members(database, 1)
    branch = "Leeds" if role is Role.BRANCH else None
    desk = given_desk(client, database, name="other", role=role, branch=branch)
    assert desk.get(PAGE).status_code == 403
    assert desk.post(PAGE, data=FORM).status_code == 403
    assert desk.post(WITHDRAW).status_code == 403
    assert PAGE not in desk.get("/staff").text


def test_the_staff_navigation_leads_to_it(hq):
    assert hq.page("/staff").select_one(f"nav a[href='{PAGE}']")
