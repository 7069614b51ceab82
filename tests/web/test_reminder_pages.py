"""Reminders on pages: headquarters sees counts, representatives a list only by policy."""

from datetime import timedelta

import pytest

from app.security.models import Role
from tests.support.ballots import NOON, add_members, given_ballot, given_token
from tests.support.mail import with_mail
from tests.support.pages import parsed
from tests.support.reminders import SLUG, look, plan, stages
from tests.support.staff import events_of
from tests.support.votes import cast

PAGE = f"/hq/ballots/{SLUG}/reminders"
LIST = f"/branch/{SLUG}/not-voted"


@pytest.fixture
def settings(settings, office):
    return with_mail(settings, office, reminder_batch=10)


@pytest.fixture
def hq(database, settings):
    return given_token(database, settings)


def text_on(answer):
    return " ".join(parsed(answer.text).get_text(" ").split())


def a_rep(database, settings, branch="Leeds"):
    return given_token(database, settings, name=f"rep-{branch}", role=Role.BRANCH, branch=branch)


def test_headquarters_plans_and_sees_about_how_many(client, database, settings, hq, clock):
    add_members(database, 26)
    ballot = given_ballot(database, settings)
    cast(database, ballot, ["reject"] * 3)
    sent = {"way": "turnout", "turnout": "10 %", "branch": "Leeds"}
    assert client.post(PAGE, token=hq, data=sent).status_code == 303
    assert "When turnout reaches 10 %" in text_on(client.get(PAGE, token=hq))
    look(database, settings, clock=clock)
    shown = text_on(client.get(PAGE, token=hq))
    assert "about 20" in shown
    assert "23" not in shown.partition("What became of reminders")[2].partition("Plan a")[0]
    assert "LEE0" not in shown


def typed_on(page):
    way = page.select_one("input[name=way][checked]")["value"]
    fields = ("hours", "moment_day", "moment_time")
    return way, [page.select_one(f"#{name}")["value"] for name in fields]


def test_while_members_vote_the_form_proposes_the_next_five_minutes(
    client, database, settings, hq, clock
):
    add_members(database, 24)
    given_ballot(database, settings)
    clock.now = NOON + timedelta(minutes=2)
    page = parsed(client.get(PAGE, token=hq).text)
    assert typed_on(page) == ("moment", ["", f"{NOON:%Y-%m-%d}", "12:05"])


def test_before_voting_opens_the_form_proposes_two_days_before_the_close(
    client, database, settings, hq, clock
):
    add_members(database, 24)
    given_ballot(database, settings)
    clock.now = NOON - timedelta(hours=2)
    page = parsed(client.get(PAGE, token=hq).text)
    assert typed_on(page) == ("hours", ["48", "", ""])


@pytest.mark.parametrize("hours", ["150", "100"])
def test_a_reminder_whose_moment_has_passed_says_that_it_leaves_now(
    client, database, settings, hq, clock, hours
):
    add_members(database, 24)
    given_ballot(database, settings)
    clock.now = NOON + timedelta(days=1)
    client.post(PAGE, token=hq, data={"way": "hours", "hours": hours})
    shown = text_on(client.get(PAGE, token=hq))
    assert f"{hours} hours before the close" in shown
    assert ("leave as soon as it may." in shown) == (hours == "150")


def test_the_rules_of_reminders_read_as_sentences(client, database, settings, hq):
    add_members(database, 3)
    given_ballot(database, settings)
    shown = text_on(client.get(PAGE, token=hq))
    assert "None leaves between 21:00 and 08:00, London time. Nobody gets more than 3" in shown


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"way": "hours", "hours": "soon"}, "hours"),
        ({"way": "hours", "hours": "900"}, "hours"),
        ({"way": "turnout", "turnout": "100"}, "turnout"),
        ({"way": "moment", "moment_day": "2026-11-22", "moment_time": ""}, "moment"),
        ({"way": "moment", "moment_day": "2026-12-22", "moment_time": "12:00"}, "moment"),
        ({"way": "hours", "hours": "9", "branch": "York"}, "branch"),
    ],
)
def test_what_cannot_be_planned_is_said_beside_its_field(
    client, database, settings, hq, sent, field
):
    add_members(database, 24)
    add_members(database, 9, branch="York")
    given_ballot(database, settings)
    answer = client.post(PAGE, token=hq, data=sent)
    assert answer.status_code == 422
    page = parsed(answer.text)
    assert page.select_one(f"#{field}-error, #{field}_day-error")
    assert stages(database) == []


def test_a_branch_whose_turnout_is_withheld_cannot_be_reminded_by_itself(
    client, database, settings, hq
):
    for branch in ("Leeds", "York"):
        add_members(database, 12, branch=branch)
    given_ballot(database, settings, floor=15)
    page = parsed(client.get(PAGE, token=hq).text)
    assert [each["value"] for each in page.select("#branch option")] == [""]


def test_a_reminder_is_called_off_by_page(client, database, settings, hq):
    add_members(database, 12)
    given_ballot(database, settings)
    number = plan(database, settings, at=NOON)
    assert client.post(f"{PAGE}/{number}/cancel", token=hq).status_code == 303
    assert client.post(f"{PAGE}/{number}/cancel", token=hq).status_code == 404
    assert "Called off" in text_on(client.get(PAGE, token=hq))


def test_without_the_policy_nobody_sees_who_has_not_voted(client, database, settings, hq):
    add_members(database, 3)
    ballot = given_ballot(database, settings)
    rep = a_rep(database, settings)
    answer = client.post(LIST, token=rep)
    assert (answer.status_code, "LEE0001" in answer.text) == (403, False)
    assert "Nobody sees it" in text_on(client.get(f"/hq/ballots/{SLUG}", token=hq))
    assert "may see" not in text_on(client.get(f"/ballots/{SLUG}"))
    assert "may see" not in text_on(client.get(f"/vote/{ballot.codes['LEE0001']}"))


def test_by_policy_a_representative_sees_their_branch_and_each_look_is_on_record(
    client, database, settings, hq
):
    add_members(database, 3)
    add_members(database, 2, branch="York")
    ballot = given_ballot(database, settings, reps_see_unvoted=True)
    assert "may see who in their branch" in text_on(client.get(f"/ballots/{SLUG}"))
    assert "may see whether" in text_on(client.get(f"/vote/{ballot.codes['LEE0001']}"))
    cast(database, ballot, ["reject"])
    rep = a_rep(database, settings)
    assert "audit log with your name" in text_on(client.get(LIST, token=rep))
    for _ in range(2):
        shown = text_on(client.post(LIST, token=rep))
        assert "2 members have not voted, by family name:" in shown
        assert "Invented Member 2 LEE0002" in shown
        assert "LEE0001" not in shown, "has voted"
        assert "YOR0001" not in shown, "is of another branch"
    looks = [each for each in events_of(database) if each.action == "UnvotedListSeen"]
    assert [(each.actor, each.details) for each in looks] == [
        ("rep-Leeds", {"branch": "Leeds"})
    ] * 2
    assert client.post(LIST, token=hq).status_code == 403


def test_after_the_close_there_is_no_list(client, database, settings, clock):
    add_members(database, 3)
    given_ballot(database, settings, reps_see_unvoted=True)
    rep = a_rep(database, settings)
    clock.now = NOON.replace(month=12)
    assert client.post(LIST, token=rep).status_code == 409


def test_the_policy_is_stated_on_the_form_that_sets_a_ballot_up(client, hq):
    page = parsed(client.get("/hq/ballots/new", token=hq).text)
    assert page.select_one("#reps_see_unvoted[type=checkbox]")
