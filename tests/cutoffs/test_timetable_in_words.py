"""A timetable in the words that everybody reads: every title, note and problem, in full."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.ballots.proposal_models import WindowExtension
from app.cutoffs.asked import Asked, NoSuchDays
from app.cutoffs.own_days import why_extended
from app.cutoffs.timetable import Facts, timetable_of
from app.rules.books import NOTHING_COMMENCED
from tests.support.turnout import unsaved_ballot

ACT = "Trade Union and Labour Relations (Consolidation) Act 1992"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
# From Monday 7 to Monday 21 December 2026, at nine and at noon.
OPENS = datetime(2026, 12, 7, 9, 0, tzinfo=UTC)
CLOSES = datetime(2026, 12, 21, 12, 0, tzinfo=UTC)
CUT_OFF = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def timetable(*, kind="industrial_action", now=NOW, entitled=None, asked=None, **changes):
    ballot = unsaved_ballot(kind=kind, opens_at=changes.get("opens_at", OPENS))
    usual = {"closes_at": CLOSES, "cut_off_at": CUT_OFF, "frozen_at": NOW, "scrutineer": "ada"}
    for name, value in (usual | changes).items():
        setattr(ballot, name, value)
    grace = timedelta(seconds=5)
    facts = Facts(commenced=NOTHING_COMMENCED, entitled=entitled, close_grace=grace, now=now)
    return timetable_of(ballot, facts=facts, asked=Asked(**(asked or {})))


def said(events):
    return {event.key: (event.title, event.note) for event in events}


def problems(key, **facts):
    return next(event for event in timetable(**facts).events if event.key == key).problems


OWN_DAYS = {
    "announced": (
        "Ballot announced",
        "Members who joined on or after this day are listed on their branch's page.",
    ),
    "cut-off": (
        "Last day to join and vote",
        (
            "Join on or before Friday 20 November 2026 to vote in this ballot. The day itself is "
            "in time."
        ),
    ),
    "frozen": ("Roll frozen", "At 12:00 London time. Who may vote in this ballot was fixed."),
    "opens": ("Voting opens", "At 09:00 London time. From this moment a voting link works."),
    "replacement": (
        "Last day for a replacement link",
        (
            "A new link is sent by e-mail at once and works until 12:00 London time. A letter "
            "takes days."
        ),
    ),
    "closes": (
        "Voting closes",
        "At 12:00 London time. A vote that reaches us at this moment or later is not counted.",
    ),
    "count-from": (
        "Count may begin",
        "At 12:00 London time. Every vote that arrived in time has been written by now.",
    ),
    "declared": (
        "Result declared, from this day",
        "At 12:00 London time. The union sets the day. It follows the count.",
    ),
}
STATUTORY_DAYS = {
    "notice-of-ballot": (
        "Last day for the employer to receive notice of the ballot",
        "For an opening on 7 December 2026.",
    ),
    "sample-paper": (
        "Last day for the employer to receive the sample voting paper",
        "For an opening on 7 December 2026.",
    ),
    "date-of-ballot": (
        "Date of the ballot",
        "The last day on which votes may be cast. The mandate begins with it.",
    ),
    "result-statement": (
        "Result statement, from this day",
        (
            "To everybody entitled and to the employers, as soon as is reasonably practicable "
            "after the ballot. The law names no last day."
        ),
    ),
    "notice-of-action": (
        "Employer receives notice of action",
        "The first day after the last vote.",
    ),
    "earliest-action": ("Earliest day of action", "With a notice received on 22 December 2026."),
    "latest-notice": (
        "Last day for the employer to receive notice of that action",
        "For action on 4 January 2027.",
    ),
    "action": ("Day of action", "The day you chose."),
    "report-due": (
        "Scrutineer’s report due",
        (
            "Within four weeks that begin with the date of the ballot. None is needed where 50 or "
            f"fewer are entitled ({ACT} s.226C)."
        ),
    ),
    "mandate-ends": (
        "Last day of the mandate, if the ballot carries",
        "It begins with the date of the ballot, 21 December 2026.",
    ),
}


def test_a_statutory_ballot_has_the_unions_days_and_the_laws():
    found = timetable(asked={"action_on": date(2027, 1, 4)})
    assert said(found.events) == OWN_DAYS | STATUTORY_DAYS
    assert found.remarks == [
        "All days are calendar days in London. A bank holiday counts like any other day."
    ]


def test_each_of_the_laws_days_cites_its_section():
    found = timetable(asked={"action_on": date(2027, 1, 4)})
    notice_of_action = f"{ACT} s.234A(4), as amended by Employment Rights Act 2025 s.74"
    assert {event.key: event.source for event in found.events if event.key in STATUTORY_DAYS} == {
        "notice-of-ballot": f"{ACT} s.226A(1)(a): not later than the seventh day before the "
        "opening day",
        "sample-paper": f"{ACT} s.226A(1)(b): not later than the third day before the opening day",
        "date-of-ballot": f"{ACT} s.246: the last day on which votes may be cast",
        "result-statement": f"{ACT} s.231 and s.231A",
        "report-due": f"{ACT} s.226B(1)(b) and s.231B",
        "mandate-ends": f"{ACT} s.234, as amended by Employment Rights Act 2025 s.72",
        "notice-of-action": notice_of_action,
        "earliest-action": notice_of_action,
        "latest-notice": notice_of_action,
        "action": notice_of_action,
    }


def test_each_of_the_laws_days_says_the_span_of_days_whose_rules_set_it():
    found = timetable(
        opens_at=datetime(2026, 2, 17, 9, 0, tzinfo=UTC),
        closes_at=datetime(2026, 2, 27, 12, 0, tzinfo=UTC),
        now=datetime(2026, 2, 1, 12, 0, tzinfo=UTC),
        asked={"action_on": date(2026, 3, 20)},
    )
    # The days of the ballot follow its opening; those of action follow the notice of it.
    by_opening, by_notice = "1 March 2017 to 17 February 2026", "received from 18 February 2026"
    assert {event.key: event.period for event in found.events if event.key in STATUTORY_DAYS} == {
        "notice-of-ballot": by_opening,
        "sample-paper": by_opening,
        "date-of-ballot": by_opening,
        "result-statement": by_opening,
        "report-due": by_opening,
        "mandate-ends": by_opening,
        "notice-of-action": by_notice,
        "earliest-action": by_notice,
        "latest-notice": by_notice,
        "action": by_notice,
    }


def test_what_follows_an_indicative_ballot_says_whose_choice_its_opening_is():
    first = timetable(kind="indicative").statute
    chosen = timetable(kind="indicative", asked={"opens_on": date(2027, 1, 11)}).statute
    assert said(first.events)["opens"] == (
        "Statutory ballot opens",
        "The first day there can be. Its rules apply to the end.",
    )
    assert said(chosen.events)["opens"] == (
        "Statutory ballot opens",
        "The day you chose. Its rules apply to the end.",
    )
    [opens] = [event for event in first.events if event.key == "opens"]
    assert (opens.source, opens.period) == (
        "Trade Union Act 2016 s.2(3): the opening day decides which rules apply",
        "from 18 February 2026",
    )


def test_what_follows_lasts_as_long_as_this_one_and_a_notice_may_be_picked_for_it():
    found = timetable(kind="indicative", asked={"notice_on": date(2027, 2, 1)}).statute
    assert (found.opens_on, found.closes_on, found.chosen) == (
        date(2026, 12, 29),
        date(2027, 1, 12),
        False,
    )
    assert said(found.events)["notice-of-action"][1] == "The day you chose."
    assert said(found.events)["earliest-action"][1] == "With a notice received on 1 February 2027."


def test_an_opening_before_the_indicative_result_is_said_to_come_too_soon():
    [opens] = [
        event
        for event in timetable(
            kind="indicative", asked={"opens_on": date(2026, 12, 21)}
        ).statute.events
        if event.key == "opens"
    ]
    assert opens.problems == [
        "The indicative ballot runs until 21 December 2026, so its result is not known yet."
    ]


def test_a_declared_result_and_a_roll_yet_to_be_frozen_have_words_of_their_own():
    declared = said(timetable(declared_at=CLOSES + timedelta(hours=2)).events)
    assert declared["declared"] == (
        "Result declared",
        "At 14:00 London time. The result was published.",
    )
    assert said(timetable(frozen_at=None).events)["frozen"] == (
        "Roll to be frozen",
        "After the cut-off and before voting opens. It fixes who may vote.",
    )


@pytest.mark.parametrize(
    ("key", "facts", "sentence"),
    [
        pytest.param(
            "cut-off",
            {"cut_off_at": datetime(2026, 11, 16, 12, 0, tzinfo=UTC)},
            "Impossible to meet: it was over before the ballot was announced.",
            id="a cut-off before the announcement",
        ),
        pytest.param(
            "cut-off",
            {"cut_off_at": OPENS},
            "This day is not over when voting opens. The roll has to be frozen before that, and "
            "whoever joins after the freeze is not on it.",
            id="a cut-off on the opening day",
        ),
        pytest.param(
            "frozen",
            {"frozen_at": CUT_OFF},
            "The roll was frozen before the cut-off was over: whoever joined in between is not on "
            "it, unless headquarters added them.",
            id="a freeze too soon",
        ),
        pytest.param(
            "frozen",
            {"frozen_at": OPENS},
            "Missed: the roll was frozen after the moment set for the opening.",
            id="a freeze too late",
        ),
        pytest.param(
            "frozen",
            {"frozen_at": None, "now": OPENS},
            "Missed: voting was to open on 7 December 2026, and nobody can vote until the roll is "
            "frozen.",
            id="no freeze at the opening",
        ),
        pytest.param(
            "frozen",
            {"frozen_at": None, "now": CLOSES},
            "Missed: the roll was never frozen, so nobody could vote, and voting is over.",
            id="no freeze at the close",
        ),
        pytest.param(
            "notice-of-ballot",
            {"now": NOW + timedelta(days=12)},
            "This day is over. Unless the employer received the notice by then, the ballot cannot "
            "open on 7 December 2026; a notice received today allows an opening on "
            "10 December 2026 at the earliest.",
            id="notice of the ballot missed",
        ),
        pytest.param(
            "sample-paper",
            {"now": NOW + timedelta(days=15)},
            "This day is over. Unless the employer received the sample by then, the ballot cannot "
            "open on 7 December 2026.",
            id="sample paper missed",
        ),
        pytest.param(
            "report-due",
            {"scrutineer": None, "entitled": 51},
            "This ballot names no scrutineer, and a statutory ballot of more than 50 people needs "
            "an independent one.",
            id="no scrutineer",
        ),
        pytest.param(
            "notice-of-action",
            {"asked": {"notice_on": date(2026, 12, 20)}},
            "Impossible: notice of action follows the result, and votes can be cast until "
            f"21 December 2026 ({ACT} s.234A(4)(a)).",
            id="notice of action before the result",
        ),
        pytest.param(
            "latest-notice",
            {"asked": {"action_on": date(2026, 12, 30)}},
            "Impossible: this day is before the result is known, so there can be no action on "
            "30 December 2026. A notice received on 22 December 2026 allows action from "
            "1 January 2027.",
            id="action before a notice can be given",
        ),
        pytest.param(
            "latest-notice",
            {
                "now": datetime(2027, 1, 10, 12, 0, tzinfo=UTC),
                "asked": {"action_on": date(2027, 1, 15)},
            },
            "Impossible: this day is over, so there can be no action on 15 January 2027. A notice "
            "received on 10 January 2027 allows action from 20 January 2027.",
            id="action whose last day for notice is over",
        ),
        pytest.param(
            "latest-notice",
            {
                "now": datetime(2026, 12, 22, 12, 0, tzinfo=UTC),
                "asked": {"action_on": date(2026, 12, 31)},
            },
            "Impossible: this day is over, so there can be no action on 31 December 2026. A notice "
            "received on 22 December 2026 allows action from 1 January 2027.",
            id="action for which only the date of the ballot was left",
        ),
        pytest.param(
            "action",
            {"asked": {"notice_on": date(2026, 12, 26), "action_on": date(2027, 1, 4)}},
            "Too late: its notice has to be received by 25 December 2026.",
            id="a notice too late for its action",
        ),
    ],
)
def test_what_was_missed_or_cannot_be_is_said_in_a_sentence(key, facts, sentence):
    assert problems(key, **facts) == [sentence]


def test_a_notice_given_today_for_action_in_time_is_no_problem():
    now = datetime(2027, 1, 10, 12, 0, tzinfo=UTC)
    for action_on in (date(2027, 1, 20), date(2027, 1, 21)):
        assert problems("latest-notice", now=now, asked={"action_on": action_on}) == []


def test_a_moved_close_says_each_time_from_when_and_why():
    def moved(old_close, reason):
        return WindowExtension(old_close=old_close, reason=reason)

    assert why_extended([]) == ""
    assert why_extended(
        [
            moved(datetime(2026, 12, 14, 12, 0, tzinfo=UTC), "Postal strike."),
            moved(datetime(2027, 6, 16, 23, 30, tzinfo=UTC), "Flood at depot X"),
        ]
    ) == (
        " It was to be 14 December 2026 at 12:00, and was moved: Postal strike."
        " It was to be 17 June 2027 at 00:30, and was moved: Flood at depot X."
    )


def test_why_the_close_was_moved_follows_the_note_on_the_close():
    ballot = unsaved_ballot(kind="recognition", opens_at=OPENS)
    ballot.closes_at = CLOSES
    grace = timedelta(seconds=5)
    facts = Facts(
        commenced=NOTHING_COMMENCED,
        entitled=None,
        close_grace=grace,
        now=NOW,
        extended=" It was moved: Flood.",
    )
    assert said(timetable_of(ballot, facts=facts).events)["closes"][1].endswith(
        "at this moment or later is not counted. It was moved: Flood."
    )


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("opens_on", "the opening day"),
        ("closes_on", "the closing day"),
        ("notice_on", "the day of the notice"),
        ("action_on", "the day of action"),
    ],
)
def test_days_that_a_ballot_does_not_have_are_refused_by_their_names(name, called):
    day = {name: date(2027, 1, 11)}
    with pytest.raises(NoSuchDays) as of_recognition:
        timetable(kind="recognition", asked=day)
    assert str(of_recognition.value) == (
        f"A ballot on recognition has no notice of action, so {called} means nothing here. "
        "Ask without it."
    )
    with pytest.raises(NoSuchDays) as elsewhere:
        timetable(kind="indicative", nation="northern_ireland", asked=day)
    assert str(elsewhere.value).endswith(f"So it cannot say {called}.")


@pytest.mark.parametrize("name", ["opens_on", "closes_on"])
def test_a_statutory_ballot_says_that_it_has_its_own_opening_and_closing(name):
    with pytest.raises(NoSuchDays) as refused:
        timetable(asked={name: date(2027, 1, 11)})
    assert str(refused.value) == (
        "This ballot has its own opening and closing. Ask without other ones."
    )
