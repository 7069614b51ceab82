"""The statement of a result: the right lines of the right period, and numbers that add up."""

import csv
import io
import json
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ballots.models import Ballot
from app.ballots.schemas import QuestionIO
from app.results.count import Count, QuestionCount
from app.results.models import WHOLE
from app.results.presentation import judged_result
from app.results.statement import NO_MANDATE, statement_of
from app.results.statement_text import WIDTH, as_csv, as_text
from app.rules.books import ERA_2025_S68

STRIKE = QuestionIO.model_validate(
    {
        "key": "strike",
        "text": "Are you prepared to take part in strike action?",
        "answers": [{"key": "yes", "text": "Yes"}, {"key": "no", "text": "No"}],
        "supported_answer": "yes",
    }
)
SHORT = STRIKE.model_copy(
    update={"key": "asos", "text": "Are you prepared to take action short of a strike?"}
)
# Reference: RMT, Govia Thameslink Railway, 24 May 2022.
GTR = {"strike": ({"yes": 926, "no": 267}, 5), "asos": ({"yes": 1_056, "no": 136}, 6)}
GTR_ENTITLED = 2_327
REAL = [
    row
    for row in json.loads(
        (Path(__file__).parents[1] / "rules" / "real-results.json").read_text(encoding="utf-8")
    )
    if row["kind"] == "statutory industrial action"
    and row["regime"].startswith("Trade Union Act 2016")
    and row["yes"] + row["no"] + row["spoiled_or_blank"] == row["votes_cast"]
]
GTR_AS_SENT = """\
RESULT OF A BALLOT ON INDUSTRIAL ACTION
Govia Thameslink Railway

Opened on 26 April 2022. Date of the ballot, the last day on which votes
could be cast: 24 May 2022. Declared on 25 May 2022.

To be told to everybody entitled to vote as soon as is reasonably
practicable after the ballot, each question by itself.

QUESTION: Are you prepared to take part in strike action?
- Individuals entitled to vote in the ballot: 2,327
- Votes cast in the ballot: 1,198
- Individuals answering “Yes”: 926
- Individuals answering “No”: 267
- Spoiled or otherwise invalid voting papers returned: 5
- Votes cast were at least 50 % of the individuals entitled to vote: yes
- Individuals answering “Yes” were at least 40 % of the individuals
  entitled to vote: no
By the rules for ballots opened 1 March 2017 to 17 February 2026: not
carried.
- Turnout: 1,164 needed, 1,198 cast: met
- Support: 931 needed, 926 in support: not met
- Majority: 600 needed, 926 in support: met

Form: ballots opened 1 March 2017 to 17 February 2026.
Trade Union and Labour Relations (Consolidation) Act 1992 s.231(a) to
(g), as substituted by Trade Union Act 2016 s.6(1).
"""
# Invented: no day had been appointed when these rules were written.
S68 = {ERA_2025_S68: date(2027, 1, 4)}
YES = "Individuals answering “Yes” were"
NUMBERS = ["votes_cast", "answer", "answer", "spoiled"]


def a_ballot(opened_on, **changes):
    opens_at = datetime.combine(opened_on, datetime.min.time(), UTC) + timedelta(hours=9)
    facts = {
        "slug": "gtr-2022",
        "title": "Govia Thameslink Railway",
        "kind": "industrial_action",
        "opens_at": opens_at,
        "closes_at": opens_at + timedelta(days=28),
        "cut_off_at": opens_at,
        "announced_on": opened_on,
        "constituency": {},
        "created_at": opens_at,
        "created_by": "hq-officer",
        "declared_at": opens_at + timedelta(days=29),
    }
    return Ballot(**facts | changes)


def counted(numbers):
    questions = {
        key: QuestionCount(votes=votes, spoiled=spoiled)
        for key, (votes, spoiled) in numbers.items()
    }
    return Count(next(iter(questions.values())).votes_cast, questions=questions)


def stated(ballot, numbers=GTR, *, entitled=GTR_ENTITLED, units=None, commenced=None):
    """The statement; `units` holds (entitled, numbers) by name."""
    commenced = commenced or {}
    counts = {WHOLE: counted(numbers)}
    for name, (_, of_unit) in (units or {}).items():
        counts[name] = counted(of_unit)
    result = judged_result(
        ballot,
        [question for question in (STRIKE, SHORT) if question.key in numbers],
        counts,
        entitled=entitled,
        units={name: size for name, (size, _) in (units or {}).items()},
        withheld=0,
        commenced=commenced,
    )
    return statement_of(result, ballot=ballot, commenced=commenced)


@pytest.mark.parametrize(
    ("opened_on", "public", "lines"),
    [
        pytest.param(date(2017, 2, 28), True, NUMBERS, id="before the 2016 Act"),
        pytest.param(
            date(2017, 3, 1),
            True,
            ["entitled", *NUMBERS, "turnout_reached", "support_reached"],
            id="the 2016 Act, in important public services",
        ),
        pytest.param(
            date(2017, 3, 1),
            False,
            ["entitled", *NUMBERS, "turnout_reached"],
            id="the 2016 Act elsewhere",
        ),
        pytest.param(
            date(2026, 2, 17),
            True,
            ["entitled", *NUMBERS, "turnout_reached", "support_reached"],
            id="the last day of the 40 % line",
        ),
        pytest.param(
            date(2026, 2, 18),
            True,
            ["entitled", *NUMBERS, "turnout_reached"],
            id="from 18 February 2026",
        ),
        pytest.param(
            date(2027, 1, 3),
            True,
            ["entitled", *NUMBERS, "turnout_reached"],
            id="the day before s.68",
        ),
        pytest.param(date(2027, 1, 4), True, NUMBERS, id="after s.68"),
    ],
)
def test_each_question_is_told_in_the_lines_of_its_period(opened_on, public, lines):
    ballot = a_ballot(opened_on, important_public_service=public)
    statement = stated(ballot, commenced=S68)
    assert [[line.key for line in each.lines] for each in statement.stated] == [lines, lines]


def test_a_real_ballot_is_told_as_it_was():
    statement = stated(a_ballot(date(2022, 4, 26), important_public_service=True))
    strike, short_of_it = statement.stated
    said = [(line.words.replace("\N{NO-BREAK SPACE}", " "), line) for line in strike.lines]
    assert [(words, line.number, line.reached) for words, line in said] == [
        ("Individuals entitled to vote in the ballot", 2_327, None),
        ("Votes cast in the ballot", 1_198, None),
        ("Individuals answering “Yes”", 926, None),
        ("Individuals answering “No”", 267, None),
        ("Spoiled or otherwise invalid voting papers returned", 5, None),
        ("Votes cast were at least 50 % of the individuals entitled to vote", None, True),
        (f"{YES} at least 40 % of the individuals entitled to vote", None, False),
    ]
    assert (strike.judgement.carried, short_of_it.judgement.carried) == (False, True)
    assert statement.heading == "Result of a ballot on industrial action"
    assert "as soon as is reasonably practicable" in statement.notes[0]
    assert "s.231(a) to (g)" in statement.source


@pytest.mark.parametrize("row", REAL, ids=lambda row: row["id"])
def test_every_real_statutory_ballot_since_2017_is_told_as_its_numbers_say(row):
    entitled, cast, yes = row["entitled"], row["votes_cast"], row["yes"]
    public = row["important_public_service"] is True
    # None published its opening day; each opened under the rules of this one.
    ballot = a_ballot(date(2022, 4, 26), important_public_service=public)
    numbers = {"strike": ({"yes": yes, "no": row["no"]}, row["spoiled_or_blank"])}
    [told] = stated(ballot, numbers, entitled=entitled).stated
    said = {line.key: line for line in told.lines if line.key != "answer"}
    assert said["entitled"].number == entitled
    assert said["votes_cast"].number == cast
    assert said["turnout_reached"].reached is (2 * cast >= entitled)
    assert ("support_reached" in said) is public
    if public:
        assert said["support_reached"].reached is (5 * yes >= 2 * entitled)
    assert sum(line.number for line in told.lines if line.key in {"answer", "spoiled"}) == cast


def test_the_date_of_the_ballot_is_the_last_day_on_which_votes_could_be_cast():
    closes_at_midnight = datetime(2022, 5, 24, 23, 0, tzinfo=UTC)  # midnight in London
    ballot = a_ballot(date(2022, 4, 26), closes_at=closes_at_midnight)
    assert stated(ballot).date_of_ballot == date(2022, 5, 24)


def test_an_indicative_ballot_says_that_it_confers_no_mandate_and_what_the_law_would_say():
    statement = stated(a_ballot(date(2026, 11, 2), kind="indicative"))
    assert statement.heading == "Result of an indicative ballot"
    assert statement.notes == [NO_MANDATE]
    assert "It confers no mandate" in as_text(statement)
    [strike, _] = statement.stated
    assert [test.test for test in strike.judgement.tests] == ["majority"]
    assert [test.test for test in strike.statute.tests] == ["turnout", "majority"]
    assert strike.statute.carried
    assert "no statute sets one" in statement.source


def test_a_recognition_ballot_speaks_of_its_bargaining_unit():
    unit = {"strike": ({"yes": 47, "no": 43}, 0)}
    before, after = (
        stated(a_ballot(day, kind="recognition"), unit, entitled=200)
        for day in (date(2026, 4, 5), date(2026, 4, 6))
    )
    assert after.stated[0].lines[0].words == "Workers constituting the bargaining unit"
    assert [each.stated[0].judgement.carried for each in (before, after)] == [False, True]
    assert [test.test for test in before.stated[0].judgement.tests] == ["support", "majority"]
    assert "about industrial action" in before.notes[0]


def test_each_employer_is_told_by_itself_with_the_whole_beside():
    units = {
        "North": (1_000, {"strike": ({"yes": 600, "no": 67}, 5)}),
        "": (1_327, {"strike": ({"yes": 326, "no": 200}, 0)}),
    }
    whole = {"strike": ({"yes": 926, "no": 267}, 5)}
    statement = stated(a_ballot(date(2026, 11, 2), disaggregate_by="employer"), whole, units=units)
    assert [(each.unit, each.judgement.carried) for each in statement.stated] == [
        (None, True),
        ("North", True),
        ("Not stated on the roll", False),
    ]
    text = as_text(statement)
    assert text.index("UNIT: All units together") < text.index("UNIT: North")
    assert "Each unit is decided by itself." in text


def test_the_text_is_ready_for_an_email_and_the_table_for_a_spreadsheet():
    ballot = a_ballot(date(2022, 4, 26), important_public_service=True)
    statement = stated(ballot, {"strike": GTR["strike"]})
    text = as_text(statement)
    assert text == GTR_AS_SENT
    assert max(len(line) for line in text.splitlines()) <= WIDTH
    said = [line.removeprefix("- ") for line in text.splitlines()[10:16]]
    *rows, last = csv.reader(io.StringIO("".join(as_csv(statement))))
    assert rows[0] == ["question", "unit", "line", "value"]
    assert [f"{line}: {value}" for _, _, line, value in rows[1:]] == [
        line.replace("2,327", "2327").replace("1,198", "1198") for line in said
    ]
    assert {(question, unit) for question, unit, *_ in rows[1:]} == {(STRIKE.text, "")}
    assert last[2:] == [f"{YES} at least 40 % of the individuals entitled to vote", "no"]


def test_no_word_of_a_text_is_broken_at_its_hyphens_or_where_the_line_ends():
    title = (
        f"Staff of the London-Tilbury-Southend line, and of the Liverpool-Street-{'to-' * 30}end"
    )
    text = as_text(stated(a_ballot(date(2026, 11, 2), title=title)))
    assert text.splitlines()[1:4] == [
        "Staff of the London-Tilbury-Southend line, and of the",
        f"Liverpool-Street-{'to-' * 30}end",
        "",
    ]


def test_no_cell_of_the_csv_is_a_formula():
    trap = STRIKE.model_copy(update={"text": "=HYPERLINK(1)"})
    ballot = a_ballot(date(2026, 11, 2), disaggregate_by="employer")
    numbers = {"strike": ({"yes": 9, "no": 1}, 0)}
    result = judged_result(
        ballot,
        [trap],
        {WHOLE: counted(numbers), "@SUM(A1)": counted(numbers)},
        entitled=12,
        units={"@SUM(A1)": 12},
        withheld=0,
        commenced={},
    )
    lines = list(as_csv(statement_of(result, ballot=ballot, commenced={})))
    rows = list(csv.reader(io.StringIO("".join(lines))))
    assert rows[0] == ["question", "unit", "line", "value"]
    assert {row[0] for row in rows[1:]} == {"'=HYPERLINK(1)"}
    assert {row[1] for row in rows[1:]} == {"All units together", "'@SUM(A1)"}


@st.composite
def disaggregated(draw):
    """Invented units of up to 60 people, each with two questions on one paper."""
    units = {}
    for number in range(draw(st.integers(1, 5))):
        entitled = draw(st.integers(1, 60))
        cast = draw(st.integers(0, entitled))
        numbers = {}
        for key in ("strike", "asos"):
            yes = draw(st.integers(0, cast))
            spoiled = draw(st.integers(0, cast - yes))
            numbers[key] = ({"yes": yes, "no": cast - yes - spoiled}, spoiled)
        units[f"Unit {number}"] = (entitled, numbers)
    return units


def summed(units):
    return {
        key: (
            {
                answer: sum(numbers[key][0][answer] for _, numbers in units.values())
                for answer in ("yes", "no")
            },
            sum(numbers[key][1] for _, numbers in units.values()),
        )
        for key in ("strike", "asos")
    }


@given(
    units=disaggregated(),
    opened_on=st.dates(date(2000, 6, 6), date(2028, 1, 1)),
    kind=st.sampled_from(["industrial_action", "recognition", "indicative"]),
)
def test_the_numbers_of_a_statement_always_add_up(units, opened_on, kind):
    statement = stated(
        a_ballot(opened_on, kind=kind, disaggregate_by="employer"),
        summed(units),
        entitled=sum(entitled for entitled, _ in units.values()),
        units=units,
        commenced=S68,
    )
    tables = defaultdict(lambda: defaultdict(int))
    for row in csv.DictReader(io.StringIO("".join(as_csv(statement)))):
        if row["value"].isdigit():
            tables[row["question"], row["unit"]][row["line"]] += int(row["value"])
    for numbers in tables.values():
        entitled = [
            value for line, value in numbers.items() if "entitled" in line or "unit" in line
        ]
        cast = numbers.pop("Votes cast in the ballot")
        assert sum(numbers.values()) - sum(entitled) == cast
        assert all(cast <= each for each in entitled)
    for question in (STRIKE.text, SHORT.text):
        whole = tables[question, "All units together"]
        for line, value in whole.items():
            assert value == sum(tables[question, unit][line] for unit in units)
