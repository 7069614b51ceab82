"""Which units there are, and what each says of itself."""

from datetime import UTC, datetime

from app.ballots.repository import Cell
from app.ballots.schemas import QuestionIO
from app.results.count import Count, QuestionCount
from app.results.units import entitled_by_unit, judged_units, totals_of
from tests.support.turnout import unsaved_ballot

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


def test_an_indicative_unit_stands_beside_the_statute():
    leeds, _ = units_of("indicative", datetime(2026, 11, 2, 9, tzinfo=UTC))
    assert (leeds.carried, leeds.margin) == (True, 24)
    assert (leeds.statute.carried, leeds.statute.margin) == (False, -5)
