"""A code typed as people type it, and what a doubter reads on the way to the ballot box."""

import pytest

from app.ballots.codes import new_code
from app.main import create_app
from tests.support.ballots import add_members, given_ballot
from tests.support.client import AppClient
from tests.support.pages import parsed
from tests.support.papers import Member, heading


@pytest.fixture
def ballot(database, settings):
    add_members(database, 3)
    return given_ballot(database, settings)


@pytest.fixture
def member(client, ballot):
    return Member(client, ballot.any_code)


def test_a_code_from_a_letter_is_typed_as_people_type(client, member, ballot):
    entry = client.get("/vote")
    typed = f" {ballot.any_code.lower().replace('-', ' ')} "
    question = member.send(entry, code=typed)
    assert heading(question) == "Pay offer 2026"
    assert (
        heading(member.send(member.send(question, q1="accept"))) == "Your vote is in the ballot box"
    )


def test_a_mistyped_code_is_kept_to_be_mended(client, member, ballot):
    typed = ballot.any_code[:-1] + "*"
    answer = member.send(client.get("/vote"), code=typed)
    assert answer.status_code == 404
    field = parsed(answer.text).select_one("#code")
    assert field["value"] == typed
    assert field["aria-invalid"] == "true"


def test_a_link_typed_whole_where_the_code_belongs_opens_the_question(client, member, ballot):
    typed = f"http://testserver/vote/{ballot.any_code}?lang=en"
    assert heading(member.send(client.get("/vote"), code=typed)) == "Pay offer 2026"


def test_mistyped_and_unknown_codes_get_the_same_words(client, member, ballot):
    entry = client.get("/vote")
    codes = (new_code(), new_code(), ballot.any_code[:-1] + "U")
    wrong = {member.send(entry, code=code).text.replace(code, "") for code in codes}
    assert len(wrong) == 1
    assert "This voting code does not work. Check each group of four." in wrong.pop()


def test_a_code_that_is_too_short_or_long_is_told_by_how_much(client, member, ballot):
    entry = client.get("/vote")
    typed_short, typed_long = ballot.any_code[:-5], f"{new_code()}7"
    for typed, symbols in (("ABCDE-12345", 10), (typed_short, 24), (typed_long, 29)):
        said = f"A voting code has 28 letters and numbers. You typed: {symbols}<"
        assert said in member.send(entry, code=typed).text


def test_a_page_says_whose_ballot_it_is_and_whom_a_doubter_can_ask(settings, clock, ballot):
    ours = settings.model_copy(
        update={"union_name": "Invented Union", "help_contact": "ring 0191 498 0001"}
    )
    with AppClient(create_app(ours, clock=clock)) as client:
        question = client.get(f"/vote/{ballot.any_code}").text
        assert "<p>Invented Union asks you to vote.</p>" in question
        for page in (question, client.get("/vote").text, client.get("/vote/nothing").text):
            assert "do you doubt that this is real? Ask: ring 0191 498 0001" in page


def test_the_check_names_the_ballot_and_says_that_nothing_is_cast_yet(member):
    question = member.open_link()
    assert "Nothing is cast yet" in question.text
    check = member.send(question, q1="reject").text
    assert "<p>Pay offer 2026</p>" in check
    assert "Your vote is not cast yet." in check


def test_nobody_need_keep_the_receipt_for_their_vote_to_count(member):
    assert "Your vote counts without it too." in member.vote().text


def test_no_code_typed_is_not_held_against_anybody(client, member, settings):
    entry = client.get("/vote")
    for _ in range(settings.failures_allowed + 2):
        assert member.send(entry, code=" ").status_code == 422
