"""Headquarters sets up a ballot, freezes its roll and hands out its codes."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest

from app.ballots.codes import code_digest
from app.ballots.freeze import freeze_roll
from app.ballots.service import describe, get_ballot
from app.security.models import Role
from app.voting.service import look_up
from tests.conftest import NOW, SECRET
from tests.support.ballots import HQ, add_members, given_ballot
from tests.support.desks import Desk, given_desk, words
from tests.support.drafts import given_draft
from tests.support.one_database import one_case_on_both
from tests.support.pages import check_page
from tests.support.staff import given_account

FORM = {
    "title": "Pay offer 2027",
    "question_1": "Do you accept the pay offer?",
    "answers_1": "Accept\r\nReject\r\n",
    "supports_1": "reject",
    "opens_day": "2026-11-30",
    "opens_time": "09:00",
    "closes_day": "2026-12-11",
    "closes_time": "17:00",
    "cut_off_day": "2026-11-27",
    "important_public_service": "no",
}
HERE = "/hq/ballots/pay-2026"


@pytest.fixture
def hq(client, database):
    return given_desk(client, database)


def set_up(desk, **changes):
    return desk.post("/hq/ballots/new", data=FORM | changes)


def made(database, slug="pay-offer-2027"):
    with database.reading() as session:
        return describe(session, get_ballot(session, slug), now=NOW)


def errors_on(answer):
    """Return field to sentence, as the error summary lists them."""
    assert answer.status_code == 422
    page = check_page(answer.text)
    links = page.select(".govuk-error-summary a")
    return {link["href"].removeprefix("#"): words(link) for link in links}


def test_a_ballot_is_set_up_by_the_form(hq, database):
    add_members(database, 3)
    add_members(database, 3, branch="York", category="student")
    given_account(database, "sue", role=Role.SCRUTINEER)
    answer = set_up(
        hq,
        categories=["full"],
        branches=["Leeds", "York"],
        scrutineer="sue",
        disaggregate_by="region",
        exclude_arrears="yes",
        question_2="Are you prepared to strike?",
        answers_2="Yes\nNo",
        supports_2="Yes",
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/hq/ballots/pay-offer-2027")
    ballot = made(database)
    assert (ballot.title, ballot.state, ballot.scrutineer) == ("Pay offer 2027", "draft", "sue")
    assert ballot.opens_at == datetime(2026, 11, 30, 9, tzinfo=UTC)
    assert ballot.closes_at == datetime(2026, 12, 11, 17, tzinfo=UTC)
    assert ballot.cut_off_at == datetime(2026, 11, 27, 23, 59, tzinfo=UTC)
    assert ballot.constituency.categories == ["full"]
    assert ballot.constituency.branches == ["Leeds", "York"]
    assert (ballot.disaggregate_by, ballot.exclude_arrears) == ("region", True)
    offer, strike = ballot.questions
    assert [(answer.key, answer.text) for answer in offer.answers] == [
        ("accept", "Accept"),
        ("reject", "Reject"),
    ]
    assert (offer.supported_answer, strike.supported_answer) == ("reject", "yes")


def test_the_form_proposes_small_groups_in_steps_and_follows_who_unticks_it(hq, database):
    box = hq.page("/hq/ballots/new").main.select_one("#small_in_steps")
    assert (box["type"], box.has_attr("checked")) == ("checkbox", True)
    set_up(hq, small_in_steps="yes")
    assert made(database).small_in_steps is True
    assert "Shown four times a day" in words(hq.page("/hq/ballots/pay-offer-2027").main)
    set_up(hq, title="Hours 2027")
    assert made(database, slug="hours-2027").small_in_steps is False


def test_times_are_london_times(hq, database):
    set_up(hq, opens_day="2027-06-01", closes_day="01/07/2027", cut_off_day="2027-05-31")
    ballot = made(database)
    assert ballot.opens_at == datetime(2027, 6, 1, 8, tzinfo=UTC)
    assert ballot.closes_at == datetime(2027, 7, 1, 16, tzinfo=UTC)


def test_an_empty_form_says_what_is_missing_and_makes_nothing(hq, database):
    answer = hq.post("/hq/ballots/new", data={})
    assert errors_on(answer) == {
        "title": "Enter a title, such as Pay offer 2027.",
        "question_1": "Enter the question.",
        "answers_1": "Enter at least two answers, one on each line.",
        "opens_day": "Enter the day and time at which voting opens.",
        "closes_day": "Enter the day and time at which voting closes.",
        "cut_off_day": "Enter the last day to join and vote.",
        "important_public_service": "Say whether it is an important public service.",
    }


def test_mistakes_are_listed_in_the_order_of_the_page(hq):
    page = check_page(hq.post("/hq/ballots/new", data={}).text)
    fields = [link["href"] for link in page.select(".govuk-error-summary a")]
    ids = [f"#{tag['id']}" for tag in page.select("[id]")]
    assert fields == sorted(fields, key=ids.index)


def test_what_was_typed_is_kept_beside_what_is_wrong(hq, database):
    add_members(database, 3)
    answer = set_up(hq, title="", branches=["Leeds"], question_2="Will you strike?")
    page = check_page(answer.text)
    assert page.select_one("#question_1")["value"] == FORM["question_1"]
    assert page.select_one("#answers_1").get_text(strip=True).split() == ["Accept", "Reject"]
    assert page.select_one("#opens_day")["value"] == "2026-11-30"
    assert page.select_one("#opens_time")["value"] == "09:00"
    assert page.select_one("#branches")["value"] == "Leeds"
    assert page.select_one("#branches").has_attr("checked")
    chosen = page.select_one("[name=important_public_service][checked]")
    assert chosen["value"] == "no"
    # A part that is folded away is opened where something stands in it or is wrong with it.
    assert [bool(fold.has_attr("open")) for fold in page.select("details")][:2] == [True, False]


@one_case_on_both(
    ("changes", "field", "said"),
    [
        ({"answers_1": "Accept"}, "answers_1", "at least two answers"),
        ({"answers_1": "Yes\nyes\nNo"}, "answers_1", "Two answers are the same: Yes"),
        ({"supports_1": "Refuse"}, "supports_1", "Type one of the answers above: Accept or Reject"),
        ({"opens_day": "31/02/2027"}, "opens_day", "Enter a day that exists"),
        ({"opens_day": "20/11/2026"}, "opens_day", "That day is over"),
        ({"opens_time": "9 o’clock"}, "opens_day", "24-hour clock"),
        ({"closes_day": "2026-11-30", "closes_time": "09:00"}, "closes_day", "after it opens"),
        ({"cut_off_day": "2026-12-12"}, "cut_off_day", "after the close"),
        ({"branches": "Atlantis"}, "branches", "“Atlantis” is not on the roll"),
        ({"scrutineer": "hq-officer"}, "scrutineer", "Choose a scrutineer from the list"),
        ({"disaggregate_by": "shoe size"}, "disaggregate_by", "Choose one of the ways"),
        ({"title": "x" * 201}, "title", "200 characters or fewer"),
        ({"question_1": "x" * 501}, "question_1", "500 characters or fewer"),
        ({"answers_1": "\n".join("abcdefghijklmnopqrstu"), "supports_1": "a"}, "answers_1", "20"),
        ({"title": "New"}, "title", "already a ballot with this title"),
        ({"title": "?!"}, "title", "at least one letter or number"),
    ],
)
def test_each_mistake_is_named_at_its_field(hq, database, changes, field, said):
    add_members(database, 1)
    errors = errors_on(set_up(hq, **changes))
    assert list(errors) == [field]
    assert said in errors[field]


def test_two_ballots_cannot_have_one_title(hq):
    assert set_up(hq).status_code == 303
    errors = errors_on(set_up(hq))
    assert "already a ballot with this title" in errors["title"]


def test_names_on_a_long_list_are_typed_and_spelled_as_on_the_roll(hq, database):
    for number in range(61):
        add_members(database, 1, branch=f"{number:03} Branch")
    page = hq.page("/hq/ballots/new")
    assert page.select_one("#branches").name == "textarea"
    assert set_up(hq, branches="007 branch\n 060 BRANCH ").status_code == 303
    assert made(database).constituency.branches == ["007 Branch", "060 Branch"]


def test_a_draft_shows_who_would_be_entitled_and_freezes(hq, database, clock):
    add_members(database, 20)
    add_members(database, 2, branch="York", joined_on=date(2026, 11, 21))
    given_draft(database)
    page = hq.page(HERE)
    assert "20 members would be entitled to vote; 2 members would be left out" in words(page.main)
    assert [words(row) for row in page.select("tbody tr")][:3] == [
        "On the union’s roll today 22",
        "Joined after the cut-off \N{MINUS SIGN} 2",
        "Would be entitled to vote 20",
    ]
    assert "Members in arrears make no difference" in words(page.main)
    [form] = page.select("main form")
    answer = hq.post(form["action"])
    assert (answer.status_code, answer.headers["location"]) == (303, HERE)
    page = hq.page(HERE)
    assert "20 members are entitled to vote; 2 members were left out" in words(page.main)
    assert "Next: hand out the voting codes" in words(page.main)
    assert hq.post(form["action"]).status_code == 409


def test_freezing_before_the_cut_off_is_over_is_warned_of(hq, database):
    add_members(database, 20)
    given_draft(database, cut_off_at=NOW + timedelta(days=3))
    assert "Whoever joins after you freeze will not be on this roll" in words(hq.page(HERE).main)


def test_a_draft_of_nobody_or_of_yesterday_cannot_be_frozen(hq, database, clock):
    given_draft(database)
    page = hq.page(HERE)
    assert "Nobody on the roll would be entitled" in words(page.main)
    assert page.select("main form") == []
    add_members(database, 20)
    hq.wait(clock, days=8)
    page = hq.page(HERE)
    assert "The closing time of this draft has passed" in words(page.main)
    assert page.select("main form") == []
    assert hq.post(f"{HERE}/freeze").status_code == 409


def frozen(database, *, scrutineer=None):
    ballot = given_draft(database, scrutineer=scrutineer)
    with database.writing() as session:
        freeze_roll(session, get_ballot(session, ballot.slug), staff=HQ, now=NOW)


def test_codes_are_handed_over_once(hq, database, settings):
    add_members(database, 5)
    frozen(database)
    page = hq.page("/staff/ballots/pay-2026/codes")
    assert "5 members have no code yet" in words(page.main)
    [form] = page.select("main form")
    file = hq.post(form["action"])
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert file.headers["content-disposition"] == 'attachment; filename="pay-2026-codes.csv"'
    rows = list(csv.DictReader(io.StringIO(file.text)))
    assert [row["membership_number"] for row in rows] == [f"LEE000{n}" for n in range(1, 6)]
    with database.reading() as session:
        assert look_up(session, code_digest(rows[0]["code"], key=SECRET)) is not None
    page = hq.page("/staff/ballots/pay-2026/codes")
    assert "All 5 codes have been handed over" in words(page.main)
    assert page.select("main form") == []
    assert "Next: follow the turnout" in words(hq.page(HERE).main)


def test_headquarters_has_no_codes_where_a_scrutineer_is_named(client, hq, database, settings):
    add_members(database, 5)
    given_account(database, "sue", role=Role.SCRUTINEER)
    given_account(database, "sam", role=Role.SCRUTINEER)
    frozen(database, scrutineer="sue")
    assert "The scrutineer, sue, downloads them" in words(hq.page(HERE).main)
    for stranger in (hq, Desk(client, "sam")):
        assert stranger.get("/staff/ballots/pay-2026/codes").status_code == 403
        assert stranger.post("/staff/ballots/pay-2026/codes").status_code == 403
    sue = Desk(client, "sue")
    assert "5 members have no code yet" in words(sue.page("/staff/ballots/pay-2026/codes").main)
    assert len(sue.post("/staff/ballots/pay-2026/codes").text.splitlines()) == 6


def test_there_are_no_codes_before_the_freeze_or_after_the_close(hq, database, settings, clock):
    given_draft(database)
    assert "There are no codes yet" in words(hq.page("/staff/ballots/pay-2026/codes").main)
    assert hq.post("/staff/ballots/pay-2026/codes").status_code == 409
    add_members(database, 5)
    given_ballot(database, settings, slug="another", title="Another")
    hq.wait(clock, days=8)
    assert "Voting has closed" in words(hq.page("/staff/ballots/another/codes").main)


@one_case_on_both(
    ("days", "said"),
    [
        (-1, "Next: wait for the opening"),
        (1, "Next: follow the turnout"),
        (8, "Next: the count"),
    ],
)
def test_the_overview_says_the_next_thing_to_do(hq, database, settings, clock, days, said):
    add_members(database, 5)
    given_ballot(database, settings)
    hq.wait(clock, days=days)
    assert said in words(hq.page(HERE).main)


def test_an_unknown_ballot_is_not_there(hq):
    for path in ("", "/turnout"):
        assert hq.get(f"/hq/ballots/unknown{path}").status_code == 404
    assert hq.post("/hq/ballots/unknown/freeze").status_code == 404


def test_a_ballot_in_wales_can_state_a_devolved_authority(hq, database):
    answer = set_up(
        hq, important_public_service="yes", nation="wales", devolved_welsh_authority="yes"
    )
    assert answer.status_code == 303
    ballot = made(database)
    assert (ballot.nation, ballot.devolved_welsh_authority) == ("wales", True)
    shown = words(check_page(hq.get("/hq/ballots/pay-offer-2027").text))
    assert "Wales, a devolved Welsh authority" in shown


@one_case_on_both(
    ("kind", "made_as", "words_on_page"),
    [
        ("recognition", "recognition", "Statutory ballot on recognition"),
        ("industrial_action", "industrial_action", "Statutory ballot on industrial action"),
        ("", "indicative", "Indicative ballot"),
    ],
)
def test_a_ballot_is_of_the_kind_that_was_chosen(hq, database, kind, made_as, words_on_page):
    answer = set_up(hq, kind=kind)
    assert answer.status_code == 303
    assert made(database).kind == made_as
    assert f"Kind of ballot {words_on_page}" in words(hq.page(answer.headers["location"]).main)


@one_case_on_both(
    ("changes", "field", "sentence"),
    [
        ({"kind": "leadership"}, "kind", "Choose what kind of ballot it is."),
        (
            {"kind": "recognition", "nation": "northern_ireland"},
            "nation",
            "Northern Ireland has other legislation",
        ),
    ],
)
def test_a_kind_that_cannot_be_is_refused_at_its_field(hq, changes, field, sentence):
    found = errors_on(set_up(hq, **changes))
    assert list(found) == [field]
    assert sentence in found[field]


def test_a_ballot_names_no_nation_unless_it_is_told(hq, database):
    set_up(hq)
    ballot = made(database)
    assert (ballot.nation, ballot.devolved_welsh_authority) == (None, False)


@one_case_on_both(
    ("changes", "field", "sentence"),
    [
        ({"nation": "france"}, "nation", "Choose a nation from the list."),
        (
            {"nation": "england", "devolved_welsh_authority": "yes"},
            "devolved_welsh_authority",
            "Devolved Welsh authorities are in Wales. Choose Wales above, or leave this empty.",
        ),
        (
            {"devolved_welsh_authority": "yes"},
            "devolved_welsh_authority",
            "Devolved Welsh authorities are in Wales. Choose Wales above, or leave this empty.",
        ),
    ],
)
def test_a_nation_that_cannot_be_is_said_at_its_field(hq, changes, field, sentence):
    assert errors_on(set_up(hq, **changes)) == {field: sentence}


@one_case_on_both(
    ("typed", "announced_on"),
    [
        pytest.param("", NOW.date(), id="the day it is set up, where nobody states one"),
        pytest.param("2026-11-02", date(2026, 11, 2), id="the day that headquarters states"),
        pytest.param("02/11/2026", date(2026, 11, 2), id="as people write it"),
    ],
)
def test_a_ballot_is_announced_on_the_day_it_is_set_up_or_the_day_stated(
    hq, database, typed, announced_on
):
    assert set_up(hq, announced_on=typed).status_code == 303
    assert made(database).announced_on == announced_on


def test_an_announcement_after_the_close_is_said_at_its_field(hq):
    assert errors_on(set_up(hq, announced_on="01/12/2027")) == {
        "announced_on": "That day is after the close. Choose an earlier day."
    }


def test_an_announcement_on_no_day_is_said_at_its_field(hq):
    assert errors_on(set_up(hq, announced_on="30/02/2026")) == {
        "announced_on": "Enter a day that exists, such as 04/12/2026."
    }


def links_of(page):
    return [link["href"] for link in page.select("main li a")]


def test_every_page_that_reaches_members_is_a_link_away(client, database, settings):
    add_members(database, 3)
    ballot = given_ballot(database, settings)
    desk = given_desk(client, database)
    here = f"/hq/ballots/{ballot.slug}"
    found = links_of(desk.page(here))
    assert found == [
        f"{here}/words",
        f"{here}/invitations",
        f"{here}/texts",
        f"/staff/ballots/{ballot.slug}/letters",
        f"{here}/new-link",
        f"{here}/delivery",
        f"{here}/reminders",
        f"{here}/close",
    ]
    for address in found:
        assert desk.get(address).status_code == 200, address


def test_once_voting_has_closed_only_what_became_of_it_is_left(client, database, settings, clock):
    add_members(database, 3)
    ballot = given_ballot(database, settings)
    clock.now += timedelta(days=8)
    found = links_of(given_desk(client, database).page(f"/hq/ballots/{ballot.slug}"))
    here = f"/hq/ballots/{ballot.slug}"
    assert found == [f"{here}/words", f"{here}/delivery"]


def test_while_members_vote_the_ballot_and_its_turnout_lead_to_what_can_be_done(
    client, database, settings
):
    add_members(database, 3)
    ballot = given_ballot(database, settings)
    desk = given_desk(client, database)
    here = f"/hq/ballots/{ballot.slug}"
    for page in (here, f"{here}/turnout"):
        links = desk.page(page).find("a", string="Extend the closing time").parent.select("a")
        assert [link["href"] for link in links] == [
            f"{here}/reminders",
            f"{here}/new-link",
            f"{here}/close",
        ]


def test_letters_are_the_scrutineers_where_one_is_named(client, database):
    add_members(database, 3)
    given_account(database, "counter", role=Role.SCRUTINEER)
    given_draft(database, scrutineer="counter")
    with database.writing() as session:
        freeze_roll(session, get_ballot(session, "pay-2026"), staff=HQ, now=NOW)
    page = given_desk(client, database).page(HERE)
    assert "/staff/ballots/pay-2026/letters" not in links_of(page)
    assert "Letters hold voting codes, so the scrutineer, counter, makes them." in words(page.main)
