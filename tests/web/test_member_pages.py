"""Voting by the web form: link, question, check, receipt, and everybody who cannot vote now."""

import contextlib
import gzip
import logging
import re
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from app.ballots.codes import code_digest, new_code
from app.core.database import Database
from app.voting.box import open_box
from app.voting.seal import box_totals
from app.web.templating import STATIC
from tests.conftest import NOW, SECRET
from tests.support.ballots import OFFER, add_members, given_ballot, given_token, move_window
from tests.support.one_database import ON_ONE_DATABASE, one_case_on_both
from tests.support.pages import parsed
from tests.support.papers import Member, form_of, heading, receipt_on
from tests.support.votes import answers_in

BUDGET = 60_000  # bytes over the wire for a voter's first page
STRIKE = {
    "key": "strike",
    "text": "Are you prepared to take strike action?",
    "answers": [{"key": "yes", "text": "Yes"}, {"key": "no", "text": "No"}],
    "supported_answer": "yes",
}


@pytest.fixture
def ballot(database, settings):
    add_members(database, 30)
    return given_ballot(database, settings)


@pytest.fixture
def member(client, ballot):
    return Member(client, ballot.any_code)


@pytest.fixture
def another(client, ballot):
    return Member(client, list(ballot.codes.values())[1])


def papers(database, ballot):
    """How many papers carry which answers."""
    return Counter(answers_in(database, ballot))


def totals(database, ballot):
    with database.reading() as session:
        return box_totals(session, ballot.id)


# The way through


def test_a_member_votes_from_link_to_receipt(client, member, database, ballot):
    question = member.open_link()
    assert question.status_code == 200
    assert heading(question) == "Pay offer 2026"
    assert "Saturday 28 November 2026 at 12pm" not in question.text
    assert "Saturday 28 November 2026 at midday" in question.text
    check = member.send(question, q1="reject")
    assert heading(check) == "Check your answer"
    assert papers(database, ballot) == {}
    receipt = member.send(check)
    assert receipt.status_code == 200
    assert heading(receipt) == "Your vote is in the ballot box"
    assert re.fullmatch(r"[0-9a-f]{32}", receipt_on(receipt))
    assert papers(database, ballot) == {'{"offer":"reject"}': 1}


@ON_ONE_DATABASE
def test_the_question_says_what_a_blank_paper_does_before_it_is_chosen(member):
    page = parsed(member.open_link().text)
    [fieldset] = page.select("fieldset")
    assert fieldset.legend.get_text(strip=True) == "Do you accept the pay offer?"
    labels = [label.get_text(strip=True) for label in fieldset.select("label")]
    assert labels == ["Accept", "Reject", "Leave this question blank"]
    assert fieldset.select(":checked") == []
    blank = page.select_one("#q1-3")
    assert "spoiled vote" in page.select_one(f"#{blank['aria-describedby']}").get_text()


@ON_ONE_DATABASE
def test_change_leads_back_to_the_question_with_the_choice_kept(member):
    check = member.send(member.open_link(), q1="accept")
    change = parsed(check.text).select_one("button[formaction]")
    assert change["formaction"] == "/vote/change#q1"
    _, fields = form_of(check)
    again = member.client.post("/vote/change", data=fields)
    assert form_of(again)[1]["q1"] == "accept"


def test_a_changed_answer_is_the_one_that_counts(member, database, ballot):
    check = member.send(member.open_link(), q1="accept")
    _, fields = form_of(check)
    again = member.client.post("/vote/change", data=fields)
    member.send(member.send(again, q1="reject"))
    assert papers(database, ballot) == {'{"offer":"reject"}': 1}


def test_a_blank_paper_is_cast_as_blank(member, database, ballot):
    check = member.send(member.open_link(), q1="")
    assert "Left blank" in check.text
    assert "spoiled vote" in check.text
    assert heading(member.send(check)) == "Your vote is in the ballot box"
    assert papers(database, ballot) == {'{"offer":null}': 1}


@ON_ONE_DATABASE
def test_nothing_chosen_is_asked_for_once_more(member, database, ballot):
    refused = member.send(member.open_link())
    assert refused.status_code == 422
    page = parsed(refused.text)
    assert page.title.get_text(strip=True).startswith("Error: Pay offer 2026")
    [link] = page.select(".govuk-error-summary a")
    assert link.get_text() == "Select Accept or Reject, or leave the question blank"
    assert page.select_one(link["href"])["type"] == "radio"
    assert totals(database, ballot) == (0, 0, 0)


@ON_ONE_DATABASE
def test_an_answer_that_is_not_on_the_paper_is_no_answer(member, database, ballot):
    assert member.send(member.open_link(), q1="perhaps").status_code == 422
    check = member.send(member.open_link(), q1="reject")
    assert member.send(check, q1="perhaps").status_code == 422
    assert totals(database, ballot) == (0, 0, 0)


def test_several_questions_stand_on_one_paper(client, database, settings):
    add_members(database, 2)
    # Keys that would clash if ids on the page were made of them.
    other = STRIKE | {"key": "offer-2"}
    ballot = given_ballot(database, settings, questions=[OFFER, other])
    member = Member(client, ballot.any_code)
    half = member.send(member.open_link(), q1="reject")
    [link] = parsed(half.text).select(".govuk-error-summary a")
    assert link["href"] == "#q2"
    assert "Are you prepared" in link.get_text()
    check = member.send(half, q2="")
    assert heading(check) == "Check your answers"
    member.send(check)
    assert papers(database, ballot) == {'{"offer":"reject","offer-2":null}': 1}


# Sent again, twice, and by two at once


def test_the_last_page_sent_twice_shows_the_same_receipt(member, database, ballot):
    check = member.send(member.open_link(), q1="reject")
    first, again = member.send(check), member.send(check)
    assert again.status_code == 200
    assert receipt_on(again) == receipt_on(first)
    assert totals(database, ballot) == (1, 1, 1)


def test_who_lost_the_receipt_on_the_way_finds_it_by_going_back(member):
    question = member.open_link()
    lost = member.send(member.send(question, q1="reject"))
    found = member.send(member.send(question, q1="reject"))
    assert receipt_on(found) == receipt_on(lost)


def test_going_back_to_choose_differently_never_claims_that_it_counted(member, database, ballot):
    question = member.open_link()
    member.send(member.send(question, q1="accept"))
    other = member.send(member.send(question, q1="reject"))
    assert other.status_code == 409
    assert heading(other) == "You have already voted"
    assert papers(database, ballot) == {'{"offer":"accept"}': 1}


def test_two_tabs_one_vote(member, database, ballot):
    one, two = member.open_link(), member.open_link()
    assert heading(member.send(member.send(one, q1="reject"))) == "Your vote is in the ballot box"
    second = member.send(member.send(two, q1="accept"))
    assert second.status_code == 409
    assert heading(second) == "You have already voted"
    assert papers(database, ballot) == {'{"offer":"reject"}': 1}


def test_two_members_at_one_computer_vote_with_their_own_codes(
    client, member, another, database, ballot
):
    one, two = member.open_link(), another.open_link()
    first = member.send(member.send(one, q1="accept"))
    second = another.send(another.send(two, q1="reject"))
    assert receipt_on(first) != receipt_on(second)
    assert totals(database, ballot) == (2, 2, 2)


@ON_ONE_DATABASE
def test_no_page_on_the_way_sets_a_cookie_or_may_be_kept(member):
    question = member.open_link()
    check = member.send(question, q1="reject")
    for answer in (question, check, member.send(check), member.client.get("/vote")):
        assert "set-cookie" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"


def test_the_link_says_already_voted_and_shows_no_receipt(member):
    receipt = receipt_on(member.vote())
    answer = member.open_link()
    assert answer.status_code == 409
    assert heading(answer) == "You have already voted"
    assert receipt not in answer.text


@ON_ONE_DATABASE
def test_a_made_up_seed_is_replaced(member):
    check = member.send(member.open_link(), q1="reject", seed="guess-me")
    assert re.fullmatch(r"[0-9a-f]{32}", form_of(check)[1]["seed"])


# Not now


@ON_ONE_DATABASE
def test_a_link_before_the_opening_says_when_it_opens(member, database, ballot):
    move_window(database, ballot.id, opens_at=NOW + timedelta(hours=21))
    answer = member.open_link()
    assert answer.status_code == 403
    assert heading(answer) == "Voting has not opened yet"
    assert "Sunday 22 November 2026 at 9am" in answer.text


@ON_ONE_DATABASE
def test_a_link_after_the_close_says_when_it_closed(member, clock):
    clock.now = NOW + timedelta(days=8)
    answer = member.open_link()
    assert answer.status_code == 410
    assert heading(answer) == "Voting has closed"
    assert "Saturday 28 November 2026 at midday" in answer.text
    assert "when it has been declared" in answer.text


def test_after_the_declaration_the_link_leads_to_the_result(
    client, member, another, clock, database, settings
):
    member.vote()
    token = given_token(database, settings)
    clock.now = NOW + timedelta(days=8)
    assert client.post("/api/v1/ballots/pay-2026/declare", token=token).status_code == 200
    for who in (member, another):
        assert "The result is on" in who.open_link().text
    result = parsed(another.open_link().text).select_one("main a")
    assert client.get(result["href"]).status_code == 200


@pytest.mark.parametrize(
    ("seconds", "title"),
    [
        pytest.param(-1, "Your vote is in the ballot box", id="the last second is in time"),
        pytest.param(0, "Voting has closed", id="the closing second is late"),
    ],
)
def test_a_vote_before_the_closing_second_counts_and_one_at_it_is_late(
    member, clock, seconds, title, database, ballot
):
    check = member.send(member.open_link(), q1="reject")
    clock.now = NOW + timedelta(days=7, seconds=seconds)
    assert heading(member.send(check)) == title
    assert totals(database, ballot)[0] == (seconds < 0)


def test_a_receipt_can_be_shown_again_after_the_close(member, clock):
    check = member.send(member.open_link(), q1="reject")
    receipt = receipt_on(member.send(check))
    clock.now = NOW + timedelta(days=8)
    assert receipt_on(member.send(check)) == receipt


# Codes


def revoke(database, code):
    with database.writing() as session:
        session.execute(
            text("UPDATE credential SET revoked_at = :now WHERE digest = :digest"),
            {"now": NOW.replace(tzinfo=None), "digest": code_digest(code, key=SECRET)},
        )


def test_unknown_revoked_and_malformed_links_look_alike(client, database, ballot):
    revoked = ballot.any_code
    revoke(database, revoked)
    links = [new_code(), revoked, "x", "not/a/code", "%00", "a" * 3000]
    answers = [client.get(f"/vote/{link}") for link in links]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert heading(answers[0]) == "This voting link does not work"
    assert 'href="/lost-link"' in answers[0].text


@one_case_on_both("step", ["change", "check", "cast"])
def test_a_form_with_an_unknown_code_looks_the_same(client, ballot, step):
    answer = client.post(f"/vote/{step}", data={"code": new_code(), "q1": "reject"})
    assert (answer.status_code, answer.text) == (404, client.get(f"/vote/{new_code()}").text)


@ON_ONE_DATABASE
def test_a_link_survives_what_a_mail_program_leaves_at_its_end(client, ballot):
    for ending in (".", ",", "%3E", ")."):
        assert client.get(f"/vote/{ballot.any_code}{ending}").status_code == 200
    assert client.get(f"/vote/{ballot.any_code.lower().replace('-', '')}").status_code == 200


def test_too_many_wrong_codes_from_one_place_have_to_wait(client, settings, ballot):
    answers = [client.get(f"/vote/{new_code()}") for _ in range(settings.failures_allowed + 1)]
    assert [answer.status_code for answer in answers[:-1]] == [404] * (len(answers) - 1)
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0
    assert heading(answers[-1]) == "Too many tries"


def test_a_good_code_works_where_others_guessed(client, settings, member, ballot):
    for _ in range(settings.failures_allowed + 1):
        client.get(f"/vote/{new_code()}")
    assert heading(member.vote()) == "Your vote is in the ballot box"


@ON_ONE_DATABASE
@pytest.mark.parametrize("step", ["code", "check", "change", "cast"])
def test_a_later_step_reopened_without_its_form_begins_again(client, step):
    answer = client.get(f"/vote/{step}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/vote")
    assert client.get("/vote/").headers["location"].endswith("/vote")


@ON_ONE_DATABASE
def test_a_paper_is_never_that_large(client):
    answer = client.post("/vote/cast", data={"code": "x" * 70_000})
    assert answer.status_code == 413


# When the database is away


NOWHERE = "sqlite:////nowhere/at/all/muster.sqlite3"


@contextlib.contextmanager
def the_ballot_box_away(client):
    """A real ballot box whose database cannot be reached."""
    kept, away = client.app.state.ballot_box, open_box(NOWHERE)
    client.app.state.ballot_box = away
    yield
    client.app.state.ballot_box = kept
    client.run(away.close)


@contextlib.contextmanager
def the_database_away(client):
    kept, client.app.state.database = client.app.state.database, Database(NOWHERE)
    yield
    client.app.state.database = kept


@pytest.mark.parametrize("away", [the_ballot_box_away, the_database_away])
def test_a_vote_that_could_not_be_taken_is_kept_and_sent_again(
    client, member, away, database, ballot
):
    check = member.send(member.open_link(), q1="reject")
    with away(client):
        refused = member.send(check)
    assert refused.status_code == 503
    assert heading(refused) == "Please send your vote again"
    assert totals(database, ballot) == (0, 0, 0)
    receipt = member.send(refused)
    assert heading(receipt) == "Your vote is in the ballot box"
    assert receipt_on(member.send(check)) == receipt_on(receipt)
    assert papers(database, ballot) == {'{"offer":"reject"}': 1}


# What is told to nobody


def test_a_whole_journey_leaves_nothing_secret_in_the_log(member, capsys, caplog):
    caplog.set_level(logging.WARNING, logger="httpx")  # the test's own client, not the service
    with caplog.at_level(logging.DEBUG):
        receipt = receipt_on(member.vote())
        member.open_link()
    told = capsys.readouterr()
    log = told.out + told.err + caplog.text
    assert "/vote/{code:path}" in log
    for secret in (member.code, member.code.lower(), receipt, "reject"):
        assert secret not in log


@ON_ONE_DATABASE
def test_the_receipt_page_links_nowhere_with_the_code(member):
    check = member.send(member.open_link(), q1="reject")
    receipt = member.send(check)
    assert member.code not in receipt.text
    for answer in (check, receipt):
        links = parsed(answer.text).select("[href], [src], [action]")
        addresses = {link.get("href") or link.get("src") or link.get("action") for link in links}
        assert not [address for address in addresses if member.code in address]


@ON_ONE_DATABASE
def test_a_voters_page_is_light_enough_for_a_bus_stop(member):
    answer = member.open_link()
    page = parsed(answer.text)
    assets = {link["href"] for link in page.select("link[rel=stylesheet], link[rel=icon]")}
    assets |= {script["src"] for script in page.select("script")}
    weight = len(gzip.compress(answer.content))
    for address in assets:
        file = STATIC / Path(address).name
        packed = file.with_name(f"{file.name}.gz")
        weight += (packed if packed.exists() else file).stat().st_size
    # Of the fonts a browser takes the two Latin ones; the others are for ŵ and ŷ.
    fonts = list(STATIC.glob("*-latin-[47]00-*.woff2"))
    assert len(fonts) == 2
    weight += sum(font.stat().st_size for font in fonts)
    assert weight < BUDGET
