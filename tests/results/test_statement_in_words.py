"""A statement in the words that everybody reads, for each kind of ballot, whole and by unit."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.ballots.models import Ballot
from app.ballots.schemas import QuestionIO
from app.results.count import Count, QuestionCount
from app.results.models import WHOLE
from app.results.presentation import judged_result
from app.results.statement import statement_of
from app.results.statement_text import as_text

STRIKE = QuestionIO.model_validate(
    {
        "key": "strike",
        "text": "Are you prepared to take part in strike action?",
        "answers": [{"key": "yes", "text": "Yes"}, {"key": "no", "text": "No"}],
        "supported_answer": "yes",
    }
)
OPENED = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
SINCE = "ballots opened from 18 February 2026"
SINCE_APRIL = "ballots opened after the April change (from 6 April 2026)"
# Invented: two employers, one of which the roll does not name.
WHOLE_COUNT, NORTH, UNNAMED = (926, 267, 5), (600, 67, 5), (326, 200, 0)


def counted(yes, no, spoiled):
    question = QuestionCount(votes={"yes": yes, "no": no}, spoiled=spoiled)
    return Count(yes + no + spoiled, questions={"strike": question})


def statement(kind, *, by_employer=False, withheld=0, opened=OPENED):
    ballot = Ballot(
        slug="gtr-2026",
        title="Govia Thameslink Railway",
        kind=kind,
        opens_at=opened,
        closes_at=opened + timedelta(days=28),
        cut_off_at=opened,
        announced_on=opened.date(),
        constituency={},
        created_at=opened,
        created_by="hq-officer",
        declared_at=opened + timedelta(days=29),
        disaggregate_by="employer" if by_employer else None,
    )
    result = judged_result(
        ballot,
        [STRIKE],
        {WHOLE: counted(*WHOLE_COUNT), "North": counted(*NORTH), "": counted(*UNNAMED)},
        entitled=2_327,
        units={"North": 1_000, "": 1_327} if by_employer else {},
        withheld=withheld,
        commenced={},
    )
    return statement_of(result, ballot=ballot, commenced={})


ACT = "Trade Union and Labour Relations (Consolidation) Act 1992"
BY_UNIT = (
    "Each unit is decided by itself. All units together stand beside them and decide for none."
)
TELL = (
    "To be told to everybody entitled to vote as soon as is reasonably practicable after the "
    "ballot, each question by itself."
)
NO_MANDATE = (
    "This was an indicative ballot. It confers no mandate: no industrial action may be called on "
    "it, whatever its numbers. That takes a ballot under section 226 of the Trade Union and "
    "Labour Relations (Consolidation) Act 1992."
)
NO_FORM = (
    "Section 231 of the Trade Union and Labour Relations (Consolidation) Act 1992 is about "
    "industrial action. No form is set for this; it gives every number."
)
S231 = (
    f"{ACT} s.231, without the 40 % line, which Employment Rights Act 2025 s.69(3) omits",
    "The union's own form; no statute sets one",
)


BY_UNIT_AS_SENT = """\
RESULT OF AN INDICATIVE BALLOT
Govia Thameslink Railway

Opened on 2 November 2026. Date of the ballot, the last day on which
votes could be cast: 30 November 2026. Declared on 1 December 2026.

This was an indicative ballot. It confers no mandate: no industrial
action may be called on it, whatever its numbers. That takes a ballot
under section 226 of the Trade Union and Labour Relations
(Consolidation) Act 1992.

Each unit is decided by itself. All units together stand beside them and
decide for none.

Units withheld because they are small: 2.

QUESTION: Are you prepared to take part in strike action?
UNIT: All units together
- Members entitled to vote: 2,327
- Votes cast in the ballot: 1,198
- Members answering “Yes”: 926
- Members answering “No”: 267
- Spoiled or otherwise invalid voting papers returned: 5
Beside the units, and deciding for none of them, by the union's own
yardstick for ballots opened after the April change (from 6 April 2026):
carried.
- Majority: 597 needed, 926 in support: met
What the law would have said of the same numbers in a statutory ballot
on industrial action opened the same day: would have been carried.
- Turnout: 1,164 needed, 1,198 cast: met
- Majority: 600 needed, 926 in support: met

QUESTION: Are you prepared to take part in strike action?
UNIT: North
- Members entitled to vote: 1,000
- Votes cast in the ballot: 672
- Members answering “Yes”: 600
- Members answering “No”: 67
- Spoiled or otherwise invalid voting papers returned: 5
By the union's own yardstick for ballots opened after the April change
(from 6 April 2026): carried.
- Majority: 334 needed, 600 in support: met
What the law would have said of the same numbers in a statutory ballot
on industrial action opened the same day: would have been carried.
- Turnout: 500 needed, 672 cast: met
- Majority: 337 needed, 600 in support: met

QUESTION: Are you prepared to take part in strike action?
UNIT: Not stated on the roll
- Members entitled to vote: 1,327
- Votes cast in the ballot: 526
- Members answering “Yes”: 326
- Members answering “No”: 200
- Spoiled or otherwise invalid voting papers returned: 0
By the union's own yardstick for ballots opened after the April change
(from 6 April 2026): carried.
- Majority: 264 needed, 326 in support: met
What the law would have said of the same numbers in a statutory ballot
on industrial action opened the same day: would not have been carried.
- Turnout: 664 needed, 526 cast: not met
- Majority: 264 needed, 326 in support: met

Form: ballots opened after the April change (from 6 April 2026).
The union's own form; no statute sets one.
"""


@pytest.mark.parametrize(
    ("kind", "heading", "note", "source"),
    [
        ("industrial_action", "Result of a ballot on industrial action", TELL, S231[0]),
        ("recognition", "Result of a ballot on recognition", NO_FORM, S231[1]),
        ("indicative", "Result of an indicative ballot", NO_MANDATE, S231[1]),
    ],
)
def test_a_statement_says_what_it_is_and_in_whose_form(kind, heading, note, source):
    told = statement(kind)
    assert (told.heading, told.notes, told.source) == (heading, [note], source)
    assert statement(kind, by_employer=True).notes == [note, BY_UNIT]


def test_a_statement_says_of_which_ballot_and_of_which_days():
    told = statement("industrial_action")
    assert (told.ballot, told.title) == ("gtr-2026", "Govia Thameslink Railway")
    assert (told.opened_on, told.date_of_ballot) == (date(2026, 11, 2), date(2026, 11, 30))
    assert told.declared_at == OPENED + timedelta(days=29)
    assert (told.form.since, told.form.until, told.form.label) == (
        date(2026, 2, 18),
        None,
        "from 18 February 2026",
    )


@pytest.mark.parametrize(
    ("kind", "entitled", "answering"),
    [
        (
            "industrial_action",
            "Individuals entitled to vote in the ballot",
            "Individuals answering",
        ),
        ("recognition", "Workers constituting the bargaining unit", "Workers answering"),
        ("indicative", "Members entitled to vote", "Members answering"),
    ],
)
def test_the_numbers_are_told_in_the_words_of_their_kind(kind, entitled, answering):
    [told] = statement(kind).stated
    assert told.question == "Are you prepared to take part in strike action?"
    assert told.unit is None
    assert [(line.key, line.words, line.number) for line in told.lines][:5] == [
        ("entitled", entitled, 2_327),
        ("votes_cast", "Votes cast in the ballot", 1_198),
        ("answer", f"{answering} “Yes”", 926),
        ("answer", f"{answering} “No”", 267),
        ("spoiled", "Spoiled or otherwise invalid voting papers returned", 5),
    ]


def test_a_statement_by_unit_is_sent_whole_with_what_the_law_would_have_said():
    assert as_text(statement("indicative", by_employer=True, withheld=2)) == BY_UNIT_AS_SENT


def test_no_line_of_a_statutory_form_is_told_of_a_ballot_that_has_none():
    # An indicative ballot of these days had a turnout to reach, and recognition a support.
    for kind in ("indicative", "recognition"):
        [told] = statement(kind, opened=datetime(2026, 3, 2, 9, tzinfo=UTC)).stated
        assert [line.key for line in told.lines] == [
            "entitled",
            "votes_cast",
            "answer",
            "answer",
            "spoiled",
        ]


@pytest.mark.parametrize(
    ("kind", "rules"),
    [
        ("industrial_action", f"the rules for {SINCE}"),
        ("recognition", "the rules for ballots opened from 6 April 2026"),
        (
            "indicative",
            f"the union's own yardstick for {SINCE_APRIL}",
        ),
    ],
)
def test_a_judgement_says_by_which_rules_and_whether_it_decides(kind, rules):
    [alone] = statement(kind).stated
    assert alone.judgement.words == f"By {rules}"
    whole, *units = statement(kind, by_employer=True).stated
    assert whole.judgement.words == f"Beside the units, and deciding for none of them, by {rules}"
    assert [(each.unit, each.judgement.words) for each in units] == [
        ("North", f"By {rules}"),
        ("Not stated on the roll", f"By {rules}"),
    ]


def test_each_unit_is_told_with_its_own_numbers_tests_and_outcome():
    whole, north, unnamed = statement("indicative", by_employer=True).stated
    for told, entitled, (yes, no, spoiled) in (
        (whole, 2_327, WHOLE_COUNT),
        (north, 1_000, NORTH),
        (unnamed, 1_327, UNNAMED),
    ):
        numbers = [line.number for line in told.lines]
        assert numbers == [entitled, yes + no + spoiled, yes, no, spoiled]
        assert [(test.test, test.actual_votes) for test in told.statute.tests] == [
            ("turnout", yes + no + spoiled),
            ("majority", yes),
        ]
    assert [each.judgement.carried for each in (whole, north, unnamed)] == [True, True, True]
    # 526 of 1,327 are fewer than half.
    assert [each.statute.carried for each in (whole, north, unnamed)] == [True, True, False]


def test_an_indicative_ballot_is_laid_beside_the_law_in_a_sentence_and_others_are_not():
    [told] = statement("indicative").stated
    assert told.statute.words == (
        "What the law would have said of the same numbers in a statutory ballot on industrial "
        "action opened the same day"
    )
    for kind in ("industrial_action", "recognition"):
        assert [each.statute for each in statement(kind).stated] == [None]


def test_a_statement_says_how_many_units_are_withheld():
    assert statement("industrial_action").units_withheld == 0
    assert statement("industrial_action", by_employer=True, withheld=2).units_withheld == 2
