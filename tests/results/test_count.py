"""The count against a recount written another way, by hand and by chance."""

import hashlib
import json
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from app.ballots.schemas import QuestionIO
from app.results.count import Count, QuestionCount, count_papers
from app.results.models import WHOLE
from app.results.repository import tally_digest

STRIKE = QuestionIO.model_validate(
    {
        "key": "strike",
        "text": "Strike?",
        "answers": [{"key": "yes", "text": "Yes"}, {"key": "no", "text": "No"}],
        "supported_answer": "yes",
    }
)
SHORT = STRIKE.model_copy(update={"key": "short"})

papers = st.lists(
    st.tuples(
        st.sampled_from(["Leeds", "York"]),
        st.fixed_dictionaries(
            {
                "strike": st.sampled_from(["yes", "no", None]),
                "short": st.sampled_from(["yes", "no", None]),
            }
        ),
    )
)


@given(papers)
def test_the_count_is_what_a_plain_recount_finds(papers):
    counts = count_papers(
        [(unit, json.dumps(answers), 1) for unit, answers in papers], questions=[STRIKE, SHORT]
    )
    for question in ("strike", "short"):
        plain = Counter(answers[question] for _, answers in papers)
        counted = counts[WHOLE].questions[question]
        assert counted.votes == {"yes": plain["yes"], "no": plain["no"]}
        assert counted.spoiled == plain[None]
        assert counted.votes_cast == counts[WHOLE].votes_cast == len(papers)
        for unit in {unit for unit, _ in papers}:
            local = Counter(answers[question] for place, answers in papers if place == unit)
            assert counts[unit].questions[question].votes["yes"] == local["yes"]


def test_alike_papers_count_as_often_as_there_are_of_them():
    counts = count_papers([(None, '{"strike":"yes"}', 46_352)], questions=[STRIKE])
    assert counts[WHOLE].questions["strike"].votes == {"yes": 46_352, "no": 0}


def test_an_empty_box_counts_to_nothing():
    counts = count_papers([], questions=[STRIKE])
    assert counts[WHOLE].votes_cast == 0
    assert counts[WHOLE].questions["strike"].spoiled == 0


def test_the_digest_of_a_count_is_that_of_its_json_in_the_one_spelling_that_packs_repeat():
    def counted(yes, no, spoiled):
        question = QuestionCount(votes={"yes": yes, "no": no}, spoiled=spoiled)
        return Count(question.votes_cast, questions={"strike": question})

    counts = {"Caernarfôn": counted(2, 0, 0), "": counted(0, 1, 1), WHOLE: counted(2, 1, 1)}
    canonical = (
        '{"":{"strike":{"spoiled":1,"votes":{"no":1,"yes":2}}},'
        '"=":{"strike":{"spoiled":1,"votes":{"no":1,"yes":0}}},'
        '"=Caernarfôn":{"strike":{"spoiled":0,"votes":{"no":0,"yes":2}}}}'
    )
    assert tally_digest(counts) == hashlib.sha256(canonical.encode()).hexdigest()


def test_what_the_question_does_not_offer_is_spoiled():
    counts = count_papers([(None, '{"strike":"perhaps"}', 1)], questions=[STRIKE])
    assert counts[WHOLE].questions["strike"].spoiled == 1
