"""The days that the law sets for a ballot on industrial action, and what was missed of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from app.core.language import day_words, gettext
from app.core.spans import cited
from app.cutoffs.asked import Asked
from app.cutoffs.events import Diary
from app.cutoffs.schemas import EventOut
from app.rules import timetable as law
from app.rules.action_notice import (
    AFTER_THE_RESULT_SOURCE,
    earliest_day_of_action,
    latest_day_for_notice_of_action,
)
from app.rules.books import STATUTE, period_in_force
from app.rules.timetable import LegalDay

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Statutory:
    """A statutory ballot, real or thought of.

    Attributes:
        opening_day: the first day on which a paper is sent.
        ballot_dated: the last day on which votes may be cast.
        is_to_come: whether it has yet to open, so that a notice can still be missed.
        today: the London day.
        commenced: the planned changes of law that have their day.
    """

    opening_day: date
    ballot_dated: date
    is_to_come: bool
    today: date
    commenced: Mapping[str, date]

    @property
    def mandate(self) -> LegalDay:
        """The mandate's last day."""
        return law.mandate_ends(ballot_dated=self.ballot_dated, opened_on=self.opening_day)

    @property
    def first_notice_day(self) -> date:
        """The first day, from today on, after the last vote."""
        return max(self.ballot_dated + ONE_DAY, self.today)


def before_the_opening(ballot: Statutory, *, diary: Diary) -> list[EventOut]:
    """Return notice of the ballot and the sample voting paper.

    Source:
        1992 Act s.226A.
    """
    notice = law.last_day_for_notice_of_ballot(ballot.opening_day)
    sample = law.last_day_for_sample_paper(ballot.opening_day)
    return [
        diary.legal_day(
            "notice-of-ballot",
            title=gettext("Last day for the employer to receive notice of the ballot"),
            legal=notice,
            note=gettext("For an opening on %(day)s.", day=day_words(ballot.opening_day)),
            problems=_missed_notice(ballot, notice=notice.day),
        ),
        diary.legal_day(
            "sample-paper",
            title=gettext("Last day for the employer to receive the sample voting paper"),
            legal=sample,
            note=gettext("For an opening on %(day)s.", day=day_words(ballot.opening_day)),
            problems=_missed_sample(ballot, sample=sample.day),
        ),
    ]


def _missed_notice(ballot: Statutory, *, notice: date) -> list[str]:
    if not ballot.is_to_come or notice >= ballot.today:
        return []
    earliest = law.earliest_opening_day(notice_received_on=ballot.today).day
    return [
        gettext(
            "This day is over. Unless the employer received the notice by then, the ballot cannot "
            "open on %(opening)s; a notice received today allows an opening on %(earliest)s at "
            "the earliest.",
            opening=day_words(ballot.opening_day),
            earliest=day_words(earliest),
        )
    ]


def _missed_sample(ballot: Statutory, *, sample: date) -> list[str]:
    if not ballot.is_to_come or sample >= ballot.today:
        return []
    return [
        gettext(
            "This day is over. Unless the employer received the sample by then, the ballot cannot "
            "open on %(opening)s.",
            opening=day_words(ballot.opening_day),
        )
    ]


def date_of_the_ballot(ballot: Statutory, *, diary: Diary) -> EventOut:
    """Return the last day on which votes may be cast, from which mandate and report are counted."""
    rules = law.ballot_days(ballot.opening_day)
    return diary.legal_day(
        "date-of-ballot",
        title=gettext("Date of the ballot"),
        legal=LegalDay(ballot.ballot_dated, label=rules.label, source=law.DATE_OF_BALLOT_SOURCE),
        note=gettext("The last day on which votes may be cast. The mandate begins with it."),
    )


def after_the_close(ballot: Statutory, *, diary: Diary, problems: list[str]) -> list[EventOut]:
    """Return the result statement and the scrutineer's report.

    Args:
        ballot: whose.
        diary: writes them.
        problems: what is wrong about the scrutineer.

    Source:
        1992 Act s.231, s.231A, s.231B and s.226B.
    """
    period = period_in_force(STATUTE, opened_on=ballot.opening_day, commenced=ballot.commenced)
    rules = law.ballot_days(ballot.opening_day)
    statement = LegalDay(ballot.ballot_dated, label=period.label, source=law.STATEMENT_SOURCE)
    due = law.report_due(ballot_dated=ballot.ballot_dated)
    return [
        diary.legal_day(
            "result-statement",
            title=gettext("Result statement, from this day"),
            legal=statement,
            note=gettext(
                "To everybody entitled and to the employers, as soon as is reasonably practicable "
                "after the ballot. The law names no last day."
            ),
        ),
        diary.legal_day(
            "report-due",
            title=gettext("Scrutineer’s report due"),
            legal=LegalDay(due, label=rules.label, source=law.REPORT_SOURCE),
            note=gettext(
                "Within four weeks that begin with the date of the ballot. None is needed where "
                "%(few)s or fewer are entitled (%(source)s).",
                few=law.FEWEST_WITHOUT_SCRUTINEER,
                source=cited(law.NO_SCRUTINEER_SOURCE),
            ),
            problems=problems,
        ),
    ]


def mandate_end(ballot: Statutory, *, diary: Diary) -> EventOut:
    """Return the mandate's last day, and the later one where the employer can agree to it.

    Source:
        1992 Act s.234, by the day on which the ballot opened.
    """
    note = gettext(
        "It begins with the date of the ballot, %(day)s.", day=day_words(ballot.ballot_dated)
    )
    months = law.ballot_days(ballot.opening_day).mandate_months_if_agreed
    if months is not None:
        agreed = law.mandate_ends(
            ballot_dated=ballot.ballot_dated, opened_on=ballot.opening_day, employer_agrees=True
        )
        longer = gettext(
            "If the employer agrees to %(months)s months, it ends on %(day)s.",
            months=months,
            day=day_words(agreed.day),
        )
        note = f"{note} {longer}"
    return diary.legal_day(
        "mandate-ends",
        title=gettext("Last day of the mandate, if the ballot carries"),
        legal=ballot.mandate,
        note=note,
    )


def notice_and_action(ballot: Statutory, *, asked: Asked, diary: Diary) -> list[EventOut]:
    """Return the earliest day of action for a notice, and the latest notice for a day of action.

    Where no day of notice was picked, it is the first there can be.

    Source:
        1992 Act s.234A(4), by the day on which the notice is received.
    """
    received = asked.notice_on or ballot.first_notice_day
    earliest = earliest_day_of_action(notice_received_on=received)
    events = [
        diary.legal_day(
            "notice-of-action",
            title=gettext("Employer receives notice of action"),
            legal=LegalDay(received, label=earliest.label, source=earliest.source),
            note=gettext("The day you chose.")
            if asked.notice_on
            else gettext("The first day after the last vote."),
            problems=_notice_problems(ballot, received=received),
        ),
        diary.legal_day(
            "earliest-action",
            title=gettext("Earliest day of action"),
            legal=earliest,
            note=gettext("With a notice received on %(day)s.", day=day_words(received)),
            problems=_past_the_mandate(ballot, action=earliest.day),
        ),
    ]
    if asked.action_on is not None:
        events += _for_action_on(ballot, asked.action_on, asked=asked, diary=diary)
    return events


def _for_action_on(
    ballot: Statutory, action: date, *, asked: Asked, diary: Diary
) -> list[EventOut]:
    latest = latest_day_for_notice_of_action(action_on=action)
    problems = _past_the_mandate(ballot, action=action)
    if asked.notice_on is not None and asked.notice_on > latest.day:
        problems.append(
            gettext(
                "Too late: its notice has to be received by %(day)s.", day=day_words(latest.day)
            )
        )
    return [
        diary.legal_day(
            "latest-notice",
            title=gettext("Last day for the employer to receive notice of that action"),
            legal=latest,
            note=gettext("For action on %(day)s.", day=day_words(action)),
            problems=_latest_problems(ballot, latest=latest.day, action=action),
        ),
        diary.legal_day(
            "action",
            title=gettext("Day of action"),
            legal=LegalDay(action, label=latest.label, source=latest.source),
            note=gettext("The day you chose."),
            problems=problems,
        ),
    ]


def _notice_problems(ballot: Statutory, *, received: date) -> list[str]:
    if received >= ballot.ballot_dated:
        return []
    return [
        gettext(
            "Impossible: notice of action follows the result, and votes can be cast until "
            "%(day)s (%(source)s).",
            day=day_words(ballot.ballot_dated),
            source=cited(AFTER_THE_RESULT_SOURCE),
        )
    ]


def _latest_problems(ballot: Statutory, *, latest: date, action: date) -> list[str]:
    first = ballot.first_notice_day
    if latest >= max(ballot.ballot_dated, ballot.today):
        return []
    earliest = earliest_day_of_action(notice_received_on=first).day
    days = {"action": day_words(action), "first": day_words(first), "from": day_words(earliest)}
    if latest < ballot.ballot_dated:
        return [
            gettext(
                "Impossible: this day is before the result is known, so there can be no action on "
                "%(action)s. A notice received on %(first)s allows action from %(from)s.",
                **days,
            )
        ]
    return [
        gettext(
            "Impossible: this day is over, so there can be no action on %(action)s. A notice "
            "received on %(first)s allows action from %(from)s.",
            **days,
        )
    ]


def _past_the_mandate(ballot: Statutory, *, action: date) -> list[str]:
    if action <= ballot.mandate.day:
        return []
    return [
        gettext("Impossible: the mandate’s last day is %(day)s.", day=day_words(ballot.mandate.day))
    ]
