"""The public calculator and the rule books, over REST."""

from datetime import date

import pytest

from app.core.settings import Settings
from app.main import create_app
from app.rules.books import BOOKS, ERA_2025_S68
from tests.support.client import AppClient

S68_PLANNED = "planned: from the day s.68 of the Employment Rights Act 2025 begins"

# Reference: BMA, resident doctors in England, closed 2 February 2026.
RESIDENT_DOCTORS = {
    "rule_book": "industrial-action",
    "opened_on": "2026-02-17",
    "important_public_service": True,
    "nation": "england",
    "entitled": 54_432,
    "votes_cast": 28_598,
    "supporting": 26_696,
    "opposing": 1_885,
    "spoiled": 17,
}
# The worked example of the April change in recognition ballots.
UNIT_OF_TWO_HUNDRED = {
    "rule_book": "recognition",
    "opened_on": "2026-04-06",
    "entitled": 200,
    "votes_cast": 90,
    "supporting": 47,
    "opposing": 43,
    "spoiled": 0,
}


@pytest.fixture(scope="module")
def calculator(sqlite):
    """The whole application; nothing here is stored, so one small database serves every test."""
    url = sqlite.create_migrated()
    settings = Settings(
        database_url=url,
        secret_key="a secret of invented tests, longer than it need be",
        base_url="http://testserver",
    )
    with AppClient(create_app(settings)) as client:
        yield client
    sqlite.drop(url)


def judged(calculator, body, **changes):
    answer = calculator.post("/api/v1/thresholds", json=body | changes)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(calculator, body, **changes):
    answer = calculator.post("/api/v1/thresholds", json=body | changes)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()


def test_the_answer_has_the_shape_of_the_contract(calculator):
    answer = judged(calculator, RESIDENT_DOCTORS)
    act = "Trade Union and Labour Relations (Consolidation) Act 1992"
    assert answer["in_force"] == {
        "since": "2017-03-01",
        "until": "2026-02-17",
        "label": "1 March 2017 to 17 February 2026",
    }
    assert answer["tests"] == [
        {
            "test": "turnout",
            "required_votes": 27_216,
            "actual_votes": 28_598,
            "met": True,
            "source": f"{act} s.226(2)(a)(iia), as inserted by Trade Union Act 2016 s.2",
        },
        {
            "test": "support",
            "required_votes": 21_773,
            "actual_votes": 26_696,
            "met": True,
            "source": f"{act} s.226(2B) to (2E), as inserted by Trade Union Act 2016 s.3",
        },
        {
            "test": "majority",
            "required_votes": 14_300,
            "actual_votes": 26_696,
            "met": True,
            "source": f"{act} s.226(2)(a)(iii) and (2A), as amended by Trade Union Act 2016 s.3",
        },
    ]
    assert answer["carried"] is True
    assert set(answer) == {"in_force", "tests", "carried", "other_periods"}
    for other in answer["other_periods"]:
        assert set(other) == {"since", "until", "label", "tests", "carried"}


def test_every_other_period_answers_the_same_numbers_in_the_order_of_its_days(calculator):
    others = judged(calculator, RESIDENT_DOCTORS)["other_periods"]
    assert [
        (other["since"], other["until"], other["label"], [test["test"] for test in other["tests"]])
        for other in others
    ] == [
        ("1992-10-16", "2017-02-28", "16 October 1992 to 28 February 2017", ["majority"]),
        ("2026-02-18", None, "from 18 February 2026", ["turnout", "majority"]),
        (None, None, S68_PLANNED, ["majority"]),
    ]


@pytest.mark.parametrize(
    ("opened_on", "carried"),
    [
        pytest.param("2026-04-05", False, id="the day before the April change"),
        pytest.param("2026-04-06", True, id="the day"),
        pytest.param("2026-04-07", True, id="the day after"),
    ],
)
def test_a_unit_of_two_hundred_is_recognised_from_april(calculator, opened_on, carried):
    assert judged(calculator, UNIT_OF_TWO_HUNDRED, opened_on=opened_on)["carried"] is carried


@pytest.mark.parametrize(
    ("opened_on", "tests"),
    [
        pytest.param("2026-02-17", ["turnout", "support", "majority"], id="last day of the 40 %"),
        pytest.param("2026-02-18", ["turnout", "majority"], id="40 % repealed"),
        pytest.param("2026-04-06", ["turnout", "majority"], id="April changed nothing here"),
    ],
)
def test_industrial_action_lost_its_support_test_in_february(calculator, opened_on, tests):
    answer = judged(calculator, RESIDENT_DOCTORS, opened_on=opened_on)
    assert [test["test"] for test in answer["tests"]] == tests


@pytest.mark.parametrize(
    ("opened_on", "since", "label", "carried"),
    [
        (date(2026, 4, 5), None, "before the April change (until 5 April 2026)", False),
        (date(2026, 4, 6), "2026-04-06", "after the April change (from 6 April 2026)", True),
    ],
)
def test_an_indicative_ballot_is_held_against_the_yardstick_before_and_after_april(
    calculator, opened_on, since, label, carried
):
    answer = judged(
        calculator,
        UNIT_OF_TWO_HUNDRED,
        rule_book="indicative",
        opened_on=opened_on.isoformat(),
    )
    assert (answer["in_force"]["since"], answer["in_force"]["label"]) == (since, label)
    assert answer["carried"] is carried
    [other] = answer["other_periods"]
    assert other["carried"] is not carried


def test_important_public_services_are_never_guessed(calculator):
    unsaid = {key: value for key, value in RESIDENT_DOCTORS.items() if "public" not in key}
    assert [test["test"] for test in judged(calculator, unsaid)["tests"]] == ["turnout", "majority"]


@pytest.mark.parametrize("nation", ["england", "wales", "scotland", None])
def test_the_nation_alone_changes_no_threshold(calculator, nation):
    assert judged(calculator, RESIDENT_DOCTORS, nation=nation) == judged(
        calculator, RESIDENT_DOCTORS
    )


@pytest.mark.parametrize(
    ("opened_on", "asked"),
    [
        pytest.param("2017-09-12", True, id="the day before the exemption"),
        pytest.param("2017-09-13", False, id="its first day"),
    ],
)
def test_a_devolved_welsh_authority_is_not_asked_for_support(calculator, opened_on, asked):
    facts = {"nation": "wales", "devolved_welsh_authority": True, "opened_on": opened_on}
    answer = judged(calculator, RESIDENT_DOCTORS, **facts)
    assert ("support" in [test["test"] for test in answer["tests"]]) is asked


def test_northern_ireland_has_other_law_for_all_but_an_indicative_ballot(calculator):
    for body in (RESIDENT_DOCTORS, UNIT_OF_TWO_HUNDRED):
        problem = refused(calculator, body, nation="northern_ireland")
        assert problem["code"] == "other_legislation"
        assert problem["detail"] == (
            "Northern Ireland has other legislation on this (the Trade Union and Labour Relations "
            "(Northern Ireland) Order 1995 among it), which Muster does not know. Choose another "
            "nation, or the indicative book."
        )
    for nation in ("northern_ireland", "wales"):
        facts = {"nation": nation, "rule_book": "indicative"}
        assert judged(calculator, UNIT_OF_TWO_HUNDRED, **facts)["carried"] is True


@pytest.mark.parametrize("day", ["06/04/2026", 1_775_433_600, "2026-04-31", None])
def test_what_is_no_day_is_told_how_a_day_is_written(calculator, day):
    problem = refused(calculator, UNIT_OF_TWO_HUNDRED, opened_on=day)
    assert problem["problems"] == [
        {"where": "body.opened_on", "message": "give a day as in 2026-04-06"}
    ]


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        pytest.param(
            {"entitled": 0, "votes_cast": 0, "supporting": 0, "opposing": 0},
            "People entitled cannot be 0: with nobody entitled there is nothing to judge.",
            id="nobody entitled",
        ),
        pytest.param(
            {"spoiled": -1},
            "Spoiled papers cannot be -1: a count is never below nought.",
            id="negative",
        ),
        pytest.param(
            {"entitled": 89},
            "Votes cast cannot be 90: only 89 people are entitled, and each returns one paper "
            "at most.",
            id="more papers than people",
        ),
        pytest.param(
            {"spoiled": 3},
            "Votes cast cannot be 90: 47 supporting, 43 opposing and 3 spoiled make 93, "
            "3 too many; votes cast include spoiled papers.",
            id="parts that do not add up",
        ),
    ],
)
def test_numbers_that_cannot_be_are_refused_by_name(calculator, changes, detail):
    problem = refused(calculator, UNIT_OF_TWO_HUNDRED, **changes)
    assert (problem["code"], problem["detail"]) == ("impossible_count", detail)


def test_a_day_before_the_law_is_refused(calculator):
    problem = refused(calculator, UNIT_OF_TWO_HUNDRED, opened_on="2000-06-05")
    assert problem["code"] == "no_rule_in_force"
    assert problem["detail"] == (
        "The recognition rule book begins with ballots opened 6 June 2000 to 28 February 2017, "
        "so it cannot judge one that opened on 5 June 2000."
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("rule_book", "leadership-election", id="no such book"),
        pytest.param("nation", "northern ireland", id="the 1992 Act does not extend there"),
        pytest.param("nation", "france", id="no such nation"),
        pytest.param("opened_on", "06/04/2026", id="not an ISO date"),
        pytest.param("opened_on", 1_775_433_600, id="seconds since 1970"),
        pytest.param("opened_on", "1775433600", id="seconds since 1970 as text"),
        pytest.param("opened_on", "2026-04-06T00:00:00Z", id="an instant is not a day"),
        pytest.param("opened_on", "2026-04-31", id="no such day"),
        pytest.param("opened_on", None, id="no day"),
        pytest.param("entitled", 200.5, id="half a person"),
        pytest.param("entitled", None, id="no number"),
        pytest.param("entitled", 2**53, id="too large to be read exactly"),
        pytest.param("votes_cast", -(2**53), id="too far below nought"),
        pytest.param("votes_casts", 90, id="a misspelt field"),
    ],
)
def test_what_cannot_be_read_is_refused_and_named(calculator, field, value):
    problem = refused(calculator, UNIT_OF_TWO_HUNDRED, **{field: value})
    assert problem["code"] not in {"impossible_count", "no_rule_in_force"}
    assert field in str(problem)


@pytest.mark.parametrize("field", sorted(UNIT_OF_TWO_HUNDRED))
def test_every_number_and_the_opening_day_must_be_given(calculator, field):
    missing = {key: value for key, value in UNIT_OF_TWO_HUNDRED.items() if key != field}
    assert field in str(refused(calculator, missing))


def test_the_rule_books_show_every_period_with_its_sources(calculator):
    answer = calculator.get("/api/v1/rule-books")
    assert answer.status_code == 200
    shown = {book["key"]: book for book in answer.json()}
    assert {key: len(book["periods"]) for key, book in shown.items()} == {
        "industrial-action": 4,
        "recognition": 4,
        "indicative": 2,
    }
    for key, book in shown.items():
        assert book["note"] == BOOKS[key].note
        for period in book["periods"]:
            assert period["source"]
            assert period["spoiled_source"]
            assert period["majority"]["source"]


def test_the_rule_books_say_what_each_test_asks_for(calculator):
    [industrial_action, *_] = calculator.get("/api/v1/rule-books").json()
    _, from_2017, from_february_2026, planned = industrial_action["periods"]
    act = "Trade Union and Labour Relations (Consolidation) Act 1992"
    assert from_2017["support"] == {
        "threshold": "40.00",
        "only_important_public_services": True,
        "source": f"{act} s.226(2B) to (2E), as inserted by Trade Union Act 2016 s.3",
    }
    assert from_2017["turnout"]["threshold"] == "50.00"
    assert from_2017["spoiled_count_as_voting"] is True
    assert from_february_2026["support"] is None
    assert from_february_2026["planned"] is False
    assert planned["planned"] is True
    assert (planned["planned_key"], planned["since"]) == (ERA_2025_S68, None)
    assert planned["turnout"] is None


def test_anyone_may_ask_without_signing_in_and_the_interface_describes_it(calculator):
    paths = calculator.get("/openapi.json").json()["paths"]
    assert "post" in paths["/api/v1/thresholds"]
    assert "get" in paths["/api/v1/rule-books"]
