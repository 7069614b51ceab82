"""A paper says which answers it takes, and what is the matter with others."""

import pytest

from app.ballots.service import UnknownBallot
from app.voting.paper import InvalidAnswers, Paper, PaperRack
from tests.support.ballots import add_members, given_ballot
from tests.support.drafts import given_draft

PAPER = Paper(
    1,
    slug="pay-2026",
    answers={"offer": frozenset({"reject", "accept"}), "strike": frozenset({"yes", "no"})},
)


def test_a_filled_paper_is_written_in_one_spelling_whoever_fills_it_in():
    for given in ({"strike": None, "offer": "reject"}, {"offer": "reject", "strike": None}):
        assert PAPER.fill_in(given) == '{"offer":"reject","strike":null}'


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        pytest.param(
            {"strike": "yes"},
            "This paper has no answer to offer. Nothing was counted. Answer each question once, "
            "with null to leave it blank.",
            id="an answer is missing",
        ),
        pytest.param(
            {"offer": "reject", "strike": "yes", "zeal": "x", "age": "x"},
            "This paper has no question 'age'. Nothing was counted. Answer each question once, "
            "with null to leave it blank.",
            id="a question too many",
        ),
        pytest.param(
            {"offer": "reject", "strike": "perhaps"},
            "Question strike offers no, yes, or null to leave it blank. Nothing was counted. "
            "Choose one of them.",
            id="an answer that is not offered",
        ),
    ],
)
def test_answers_that_do_not_fit_are_refused_with_what_would(given, sentence):
    with pytest.raises(InvalidAnswers) as refused:
        PAPER.fill_in(given)
    assert str(refused.value) == sentence


def test_a_paper_is_fetched_once_and_then_at_hand(database, settings):
    add_members(database, 1)
    ballot = given_ballot(database, settings)
    rack = PaperRack(database)
    assert rack.at_hand(ballot.slug) is None
    fetched = rack.fetch(ballot.slug)
    assert fetched == Paper(
        ballot.id, slug="pay-2026", answers={"offer": frozenset({"accept", "reject"})}
    )
    assert rack.at_hand(ballot.slug) is fetched
    assert rack.at_hand("another") is None


def test_a_draft_has_no_paper_yet(database):
    given_draft(database)
    rack = PaperRack(database)
    for slug in ("pay-2026", "no-such-ballot"):
        with pytest.raises(UnknownBallot):
            rack.fetch(slug)
        assert rack.at_hand(slug) is None
