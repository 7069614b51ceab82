"""A ballot's key dates in the order in which they come: the union's own and the law's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session

from app.ballots.commencements import commenced
from app.ballots.models import Ballot
from app.ballots.repository import entitled_count, extensions_of
from app.ballots.service import key_of
from app.core.language import day_words, gettext, later
from app.cutoffs import statute
from app.cutoffs.asked import (
    NOTHING_ASKED,
    Asked,
    refuse_close_before_opening,
    refuse_impossible,
)
from app.cutoffs.cancelled import without_those_to_come
from app.cutoffs.events import Diary
from app.cutoffs.own_days import OwnDays, why_extended
from app.cutoffs.schemas import EventOut, FollowUpOut, TimetableOut
from app.cutoffs.statute import Statutory
from app.rules.books import BOOK_OF_KIND, STATUTE, NoRuleInForce, period_in_force
from app.rules.london import london_day
from app.rules.nations import OTHER_LEGISLATION, act_extends_to
from app.rules.sources import ACT_2016
from app.rules.timetable import LegalDay, date_of_ballot, earliest_opening_day, needs_scrutineer

COUNTED = later("All days are calendar days in London. A bank holiday counts like any other day.")
RECOGNITION = later(
    "The 1992 Act sets none of these days for a ballot on recognition: whoever holds it and the "
    "Central Arbitration Committee do."
)
OPENING_SOURCE = f"{ACT_2016} s.2(3): the opening day decides which rules apply"
NO_SCRUTINEER = later(
    "This ballot names no scrutineer, and a statutory ballot of more than 50 people needs an "
    "independent one."
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a timetable depends on beside the ballot.

    Attributes:
        commenced: the planned changes of law that have their day.
        entitled: how many are on the frozen roll; None before the freeze.
        close_grace: how long after the close a vote that arrived in time may still be written.
        now: the moment at which something is missed or still to come.
        extended: why the close was moved, in the words that everybody reads; empty where not.
    """

    commenced: Mapping[str, date]
    entitled: int | None
    close_grace: timedelta
    now: datetime
    extended: str = ""

    @property
    def today(self) -> date:
        """The London day."""
        return london_day(self.now)


def read_timetable(
    session: Session,
    ballot: Ballot,
    *,
    close_grace: timedelta,
    now: datetime,
    asked: Asked = NOTHING_ASKED,
) -> TimetableOut:
    """Return a ballot's key dates by the law as it stands entered.

    Args:
        session: a session that reads.
        ballot: whose dates.
        close_grace: how long after the close a vote that arrived in time may still be written.
        now: the moment at which something is missed or still to come.
        asked: the days that somebody picked.

    Raises:
        NoSuchDays, DayIsOver, ClosesBeforeItOpens: a day that was picked cannot be.
    """
    facts = Facts(
        commenced=commenced(session),
        entitled=entitled_count(session, key_of(ballot)) if ballot.frozen_at else None,
        close_grace=close_grace,
        now=now,
        extended=why_extended(extensions_of(session, key_of(ballot))),
    )
    return timetable_of(ballot, facts=facts, asked=asked)


def timetable_of(ballot: Ballot, *, facts: Facts, asked: Asked = NOTHING_ASKED) -> TimetableOut:
    """Return a ballot's key dates: London days, and moments where a date has one.

    The opening says which rule book and period the ballot falls under.

    Args:
        ballot: whose dates.
        facts: what they depend on beside it.
        asked: the days that somebody picked.

    Raises:
        NoSuchDays, DayIsOver, ClosesBeforeItOpens: a day that was picked cannot be.

    Source:
        The union's own dates; and for a statutory ballot on industrial action, or the one that
        could follow an indicative one, the 1992 Act by the rules of its opening day.
    """
    refuse_impossible(asked, ballot=ballot, today=facts.today)
    diary = Diary(nation=ballot.nation)
    own = OwnDays(
        ballot,
        close_grace=facts.close_grace,
        now=facts.now,
        diary=diary,
        extended=facts.extended,
    )
    remarks = [gettext(COUNTED)]
    before: Sequence[EventOut] = []
    after: Sequence[EventOut] = []
    if ballot.kind == "industrial_action":
        try:
            before, after = _by_law(ballot, facts=facts, asked=asked, diary=diary)
        except NoRuleInForce as too_early:
            remarks.append(str(too_early))
    elif ballot.kind == "recognition":
        remarks.append(gettext(RECOGNITION))
    if not act_extends_to(ballot.nation):
        remarks.append(gettext(OTHER_LEGISLATION))
    events = [
        *own.until_the_roll_is_frozen(),
        *before,
        *own.while_voting(),
        *after[:1],
        *own.after_the_close(),
        *after[1:],
    ]
    return TimetableOut(
        ballot=ballot.slug,
        title=ballot.title,
        nation=ballot.nation,
        events=_in_order(_as_they_come(events, ballot=ballot, facts=facts)),
        statute=_follow_up(ballot, facts=facts, asked=asked, diary=diary),
        remarks=remarks,
    )


def _as_they_come(events: list[EventOut], *, ballot: Ballot, facts: Facts) -> list[EventOut]:
    ruled = [_with_rules(event, ballot=ballot, facts=facts) for event in events]
    return without_those_to_come(ruled, ballot=ballot)


def _with_rules(event: EventOut, *, ballot: Ballot, facts: Facts) -> EventOut:
    """Say on the opening which period of its book a ballot falls under: that day decides it."""
    if event.key != "opens":
        return event
    book = BOOK_OF_KIND[ballot.kind]
    try:
        period = period_in_force(book, opened_on=event.day, commenced=facts.commenced)
    except NoRuleInForce:
        return event
    return event.model_copy(update={"rule_book": book, "period": period.label})


def _in_order(events: Sequence[EventOut]) -> list[EventOut]:
    """Sort by day; what falls on one day keeps the order of a ballot's life."""
    return sorted(events, key=lambda event: event.day)


def _by_law(
    ballot: Ballot, *, facts: Facts, asked: Asked, diary: Diary
) -> tuple[list[EventOut], list[EventOut]]:
    """Return what comes before the opening, and after the close: the date of the ballot first."""
    statutory = Statutory(
        opening_day=london_day(ballot.opens_at),
        ballot_dated=date_of_ballot(ballot.closes_at),
        is_to_come=facts.now < ballot.opens_at,
        today=facts.today,
        commenced=facts.commenced,
    )
    problems = []
    if ballot.scrutineer is None and facts.entitled and needs_scrutineer(facts.entitled):
        problems.append(gettext(NO_SCRUTINEER))
    after = [
        statute.date_of_the_ballot(statutory, diary=diary),
        *statute.after_the_close(statutory, diary=diary, problems=problems),
        *statute.notice_and_action(statutory, asked=asked, diary=diary),
        statute.mandate_end(statutory, diary=diary),
    ]
    return statute.before_the_opening(statutory, diary=diary), after


def _follow_up(ballot: Ballot, *, facts: Facts, asked: Asked, diary: Diary) -> FollowUpOut | None:
    """Return the days of a statutory ballot that would follow this indicative one.

    Where no opening was picked, it is the first that a notice on the day after this ballot's last
    allows; where no close was, it lasts as many days as this one.
    """
    if ballot.kind != "indicative" or not act_extends_to(ballot.nation):
        return None
    dated = date_of_ballot(ballot.closes_at)
    first_notice = max(dated + timedelta(days=1), facts.today)
    opens_on = asked.opens_on or earliest_opening_day(notice_received_on=first_notice).day
    closes_on = asked.closes_on or opens_on + (dated - london_day(ballot.opens_at))
    refuse_close_before_opening(opens_on=opens_on, closes_on=closes_on)
    following = Statutory(
        opening_day=opens_on,
        ballot_dated=closes_on,
        is_to_come=True,
        today=facts.today,
        commenced=facts.commenced,
    )
    period = period_in_force(STATUTE, opened_on=opens_on, commenced=facts.commenced)
    opens = _opening(opens_on, label=period.label, asked=asked, dated=dated, diary=diary)
    events = [
        *statute.before_the_opening(following, diary=diary),
        opens,
        statute.date_of_the_ballot(following, diary=diary),
        *statute.after_the_close(following, diary=diary, problems=[]),
        *statute.notice_and_action(following, asked=asked, diary=diary),
        statute.mandate_end(following, diary=diary),
    ]
    return FollowUpOut(
        opens_on=opens_on,
        closes_on=closes_on,
        chosen=asked.opens_on is not None,
        events=_in_order(events),
    )


def _opening(opens_on: date, *, label: str, asked: Asked, dated: date, diary: Diary) -> EventOut:
    problems = []
    if opens_on <= dated:
        problems.append(
            gettext(
                "The indicative ballot runs until %(day)s, so its result is not known yet.",
                day=day_words(dated),
            )
        )
    return diary.legal_day(
        "opens",
        title=gettext("Statutory ballot opens"),
        legal=LegalDay(opens_on, label=label, source=OPENING_SOURCE),
        note=(
            gettext("The day you chose. Its rules apply to the end.")
            if asked.opens_on
            else gettext("The first day there can be. Its rules apply to the end.")
        ),
        problems=problems,
    )
