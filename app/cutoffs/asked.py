"""The days that somebody picks in a timetable, refused where they cannot be."""

from dataclasses import dataclass
from datetime import date

from app.ballots.models import Ballot
from app.core.errors import Invalid
from app.core.language import day_words, gettext, later
from app.rules.nations import OTHER_LEGISLATION, act_extends_to


class DayIsOver(Invalid):
    """A day that was picked lies in the past."""

    code = "day_is_over"
    message = "That day is over. Give today or a later day."


class ClosesBeforeItOpens(Invalid):
    """A ballot cannot close before it opens."""

    code = "closes_before_it_opens"
    message = "That ballot would close before it opens. Give a later closing day."


class NoSuchDays(Invalid):
    """This ballot has no days of that kind to pick."""

    code = "no_such_days"
    message = "These days are for ballots on industrial action. Ask without them."


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody picked.

    Attributes:
        opens_on: the opening day of a statutory ballot that would follow an indicative one.
        closes_on: its last day of voting.
        notice_on: the day on which the employer receives notice of action.
        action_on: the first day of action.
    """

    opens_on: date | None = None
    closes_on: date | None = None
    notice_on: date | None = None
    action_on: date | None = None

    @property
    def names(self) -> dict[str, date]:
        """What was picked, by name."""
        days = {
            "opens_on": self.opens_on,
            "closes_on": self.closes_on,
            "notice_on": self.notice_on,
            "action_on": self.action_on,
        }
        return {name: day for name, day in days.items() if day is not None}


NOTHING_ASKED = Asked()
WORDS = {
    "opens_on": later("the opening day"),
    "closes_on": later("the closing day"),
    "notice_on": later("the day of the notice"),
    "action_on": later("the day of action"),
}


def refuse_impossible(asked: Asked, *, ballot: Ballot, today: date) -> None:
    """Refuse days that cannot be; what is possible and comes too late is flagged and not refused.

    Args:
        asked: what was picked.
        ballot: whose timetable it is.
        today: the London day.

    Raises:
        NoSuchDays: this ballot has no days of that kind.
        DayIsOver: a day lies before today.
    """
    for name, day in asked.names.items():
        _refuse_kind(name, ballot=ballot)
        if day < today:
            raise DayIsOver(
                gettext(
                    "%(day)s is over, so it cannot be %(what)s. Give today or a later day.",
                    day=day_words(day),
                    what=gettext(WORDS[name]),
                )
            )


def refuse_close_before_opening(*, opens_on: date, closes_on: date) -> None:
    """Refuse a ballot that would close before the day on which it opens.

    Raises:
        ClosesBeforeItOpens: that is so.
    """
    if closes_on < opens_on:
        raise ClosesBeforeItOpens(
            gettext(
                "A ballot that opens on %(opening)s cannot close on %(closing)s. Give a later "
                "closing day.",
                opening=day_words(opens_on),
                closing=day_words(closes_on),
            )
        )


def _refuse_kind(name: str, *, ballot: Ballot) -> None:
    if not act_extends_to(ballot.nation):
        unsaid = gettext("So it cannot say %(what)s.", what=gettext(WORDS[name]))
        raise NoSuchDays(f"{gettext(OTHER_LEGISLATION)} {unsaid}")
    if ballot.kind == "recognition":
        raise NoSuchDays(
            gettext(
                "A ballot on recognition has no notice of action, so %(what)s means nothing here. "
                "Ask without it.",
                what=gettext(WORDS[name]),
            )
        )
    if ballot.kind == "industrial_action" and name in {"opens_on", "closes_on"}:
        raise NoSuchDays(
            gettext("This ballot has its own opening and closing. Ask without other ones.")
        )
