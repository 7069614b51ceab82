"""Which units there are, and what each says of itself."""

from datetime import UTC, date, datetime

import pytest

from app.ballots.repository import Cell
from app.ballots.schemas import QuestionIO
from app.results.count import Count, QuestionCount
from app.results.units import entitled_by_unit, judged_units, totals_of
from app.rules.books import ERA_2025_S68
from tests.support.turnout import unsaved_ballot

NOVEMBER = datetime(2026, 11, 2, 9, tzinfo=UTC)
STRIKE = QuestionIO.model_validate(
    {
        "key": "strike",
        "text": "Strike?",
        "answers": [{"key": "yes", "text": "Yes"}, {"key": "no", "text": "No"}],
        "supported_answer": "yes",
    }
)


def cell(number, employer, entitled):
    return Cell(id=number, branch="", region="", employer=employer, workplace="", entitled=entitled)


def test_cells_of_one_employer_are_one_unit_and_a_unit_of_nobody_is_none():
    cells = [cell(1, "York", 3), cell(2, "Leeds", 5), cell(3, "York", 4), cell(4, "Hull", 0)]
    assert list(entitled_by_unit(cells, grouping="employer").items()) == [("Leeds", 5), ("York", 7)]


def units_of(kind, opens_at):
    ballot = unsaved_ballot(kind=kind, opens_at=opens_at)
    ballot.disaggregate_by = "employer"
    counted = QuestionCount(votes={"yes": 30, "no": 5}, spoiled=0)
    return judged_units(
        ballot,
        STRIKE,
        {"Leeds": Count(35, questions={"strike": counted})},
        units={"Leeds": 80, "York": 9},
        commenced={},
    )


def test_a_unit_in_which_nobody_voted_is_judged_too():
    leeds, york = units_of("industrial_action", datetime(2026, 11, 2, 9, tzinfo=UTC))
    assert (leeds.votes_cast, leeds.margin, leeds.carried) == (35, -5, False)
    assert (york.votes_cast, york.margin, york.turnout_percent) == (0, -5, "0.00")
    assert leeds.statute is None
    totals = totals_of([leeds, york], withheld=3)
    assert (totals.carried, totals.not_carried, totals.withheld) == (0, 2, 3)


def one_unit(kind, votes, *, entitled, opens_at=NOVEMBER, commenced=None, **facts):
    ballot = unsaved_ballot(kind=kind, opens_at=opens_at)
    ballot.disaggregate_by = "employer"
    for name, value in facts.items():
        setattr(ballot, name, value)
    counted = QuestionCount(votes={"yes": votes, "no": 0}, spoiled=0)
    [unit] = judged_units(
        ballot,
        STRIKE,
        {"Leeds": Count(votes, questions={"strike": counted})},
        units={"Leeds": entitled},
        commenced=commenced or {},
    )
    return unit


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        pytest.param("industrial_action", "49.99", id="by its own turnout test"),
        pytest.param("indicative", "49.99", id="by that of the statute beside it"),
        pytest.param("recognition", "50.00", id="where no turnout is asked for it is rounded"),
    ],
)
def test_a_unit_one_vote_short_of_half_is_never_shown_as_half(kind, shown):
    assert one_unit(kind, 27_215, entitled=54_432).turnout_percent == shown


@pytest.mark.parametrize(
    ("commences", "asked"),
    [
        pytest.param(date(2026, 11, 2), ["majority"], id="commenced on the day it opened"),
        pytest.param(date(2026, 11, 3), ["turnout", "majority"], id="commenced the day after"),
    ],
)
def test_a_change_reaches_the_units_of_a_ballot_that_opened_under_it(commences, asked):
    commenced = {ERA_2025_S68: commences}
    own = one_unit("industrial_action", 9, entitled=20, commenced=commenced)
    beside = one_unit("indicative", 9, entitled=20, commenced=commenced).statute
    assert [test.test for test in own.tests] == asked
    assert [test.test for test in beside.tests] == asked


def test_a_unit_in_important_public_services_is_held_to_their_test():
    # Until 17 February 2026 40 % of those entitled had to support it.
    february = datetime(2026, 2, 17, 9, tzinfo=UTC)
    facts = {"entitled": 700, "opens_at": february}
    public = one_unit("industrial_action", 399, important_public_service=True, **facts)
    elsewhere = one_unit("industrial_action", 399, **facts)
    assert [test.test for test in public.tests] == ["turnout", "support", "majority"]
    assert [test.test for test in elsewhere.tests] == ["turnout", "majority"]


def test_a_unit_says_its_numbers_and_whether_it_was_within_reach():
    leeds, york = units_of("indicative", datetime(2026, 11, 2, 9, tzinfo=UTC))
    assert (leeds.name, leeds.entitled, leeds.spoiled) == ("Leeds", 80, 0)
    assert [(answer.key, answer.text, answer.votes) for answer in leeds.answers] == [
        ("yes", "Yes", 30),
        ("no", "No", 5),
    ]
    assert leeds.turnout_percent == "43.75"
    assert (leeds.within_reach, leeds.statute.within_reach) == (True, True)
    assert (york.carried, york.within_reach, york.spoiled) == (False, True, 0)
    assert [test.test for test in leeds.tests] == ["majority"]
    assert [test.test for test in leeds.statute.tests] == ["turnout", "majority"]
    totals = totals_of([leeds, york], withheld=0)
    assert (totals.carried, totals.not_carried, totals.withheld) == (1, 1, 0)


def test_an_indicative_unit_stands_beside_the_statute():
    leeds, _ = units_of("indicative", datetime(2026, 11, 2, 9, tzinfo=UTC))
    assert (leeds.carried, leeds.margin) == (True, 24)
    assert (leeds.statute.carried, leeds.statute.margin) == (False, -5)
