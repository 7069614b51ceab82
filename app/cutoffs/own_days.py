"""The union's own dates of a ballot, and what cannot be or was missed of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.ballots.lifecycle import count_from
from app.ballots.models import Ballot
from app.ballots.proposal_models import WindowExtension
from app.core.language import day_words, gettext, later, weekday_words
from app.cutoffs.events import Diary
from app.cutoffs.schemas import EventOut
from app.rules.london import LONDON, end_of, london_day

ANNOUNCED = later("Members who joined on or after this day are listed on their branch's page.")
OPENS = later("From this moment a voting link works.")
CLOSES = later("A vote that reaches us at this moment or later is not counted.")
COUNT = later("Every vote that arrived in time has been written by now.")


def why_extended(extensions: Sequence[WindowExtension]) -> str:
    """Say from when the close was moved and why, as it follows the note on the close."""
    return "".join(
        " "
        + gettext(
            "It was to be %(when)s, and was moved: %(reason)s.",
            when=_moment(each.old_close),
            reason=each.reason.rstrip("."),
        )
        for each in extensions
    )


def _moment(at: datetime) -> str:
    local = at.astimezone(LONDON)
    return gettext("%(day)s at %(hour)s", day=day_words(local.date()), hour=f"{local:%H:%M}")


@dataclass(frozen=True, slots=True)
class OwnDays:
    """A ballot's own dates at a moment.

    Attributes:
        ballot: whose.
        close_grace: how long after the close a vote that arrived in time may still be written.
        now: the moment at which something is missed or still to come.
        diary: writes them.
        extended: why the close was moved; empty where it was not.
    """

    ballot: Ballot
    close_grace: timedelta
    now: datetime
    diary: Diary
    extended: str = ""

    def until_the_roll_is_frozen(self) -> list[EventOut]:
        """Return the announcement, the cut-off, and the freeze where it comes before voting."""
        announced = self.diary.own_day(
            "announced",
            title=gettext("Ballot announced"),
            day=self.ballot.announced_on,
            note=gettext(ANNOUNCED),
        )
        frozen = [] if self._was_frozen_late else [self._freeze()]
        return [announced, self._cut_off(), *frozen]

    def while_voting(self) -> list[EventOut]:
        """Return the opening, a late freeze, the last day for a new link, and the close."""
        opens = self.diary.moment(
            "opens", title=gettext("Voting opens"), at=self.ballot.opens_at, note=gettext(OPENS)
        )
        closes = self.diary.moment(
            "closes",
            title=gettext("Voting closes"),
            at=self.ballot.closes_at,
            note=f"{gettext(CLOSES)}{self.extended}",
        )
        late = [self._freeze()] if self._was_frozen_late else []
        return [opens, *late, self._replacement(), closes]

    def after_the_close(self) -> list[EventOut]:
        """Return the count and the declaration, done or to come."""
        begins = count_from(self.ballot, grace=self.close_grace)
        count = self.diary.moment(
            "count-from", title=gettext("Count may begin"), at=begins, note=gettext(COUNT)
        )
        if self.ballot.declared_at is None:
            declared = self.diary.moment(
                "declared",
                title=gettext("Result declared, from this day"),
                at=begins,
                note=gettext("The union sets the day. It follows the count."),
            )
        else:
            declared = self.diary.moment(
                "declared",
                title=gettext("Result declared"),
                at=self.ballot.declared_at,
                note=gettext("The result was published."),
            )
        return [count, declared]

    @property
    def _was_frozen_late(self) -> bool:
        return self.ballot.frozen_at is not None and self.ballot.frozen_at >= self.ballot.opens_at

    @property
    def _cut_off_day(self) -> date:
        return london_day(self.ballot.cut_off_at)

    def _cut_off(self) -> EventOut:
        day = self._cut_off_day
        problems = []
        if day < self.ballot.announced_on:
            problems.append(
                gettext("Impossible to meet: it was over before the ballot was announced.")
            )
        if day >= london_day(self.ballot.opens_at):
            problems.append(
                gettext(
                    "This day is not over when voting opens. The roll has to be frozen before "
                    "that, and whoever joins after the freeze is not on it."
                )
            )
        event = self.diary.own_day(
            "cut-off",
            title=gettext("Last day to join and vote"),
            day=day,
            note=gettext(
                "Join on or before %(day)s to vote in this ballot. The day itself is in time.",
                day=f"{weekday_words(day)} {day_words(day)}",
            ),
            problems=problems,
        )
        return event.model_copy(update={"at": self.ballot.cut_off_at})

    def _freeze(self) -> EventOut:
        if self.ballot.frozen_at is None:
            return self._freeze_to_come()
        problems = []
        if self.ballot.frozen_at < end_of(self._cut_off_day):
            problems.append(
                gettext(
                    "The roll was frozen before the cut-off was over: whoever joined in between "
                    "is not on it, unless headquarters added them."
                )
            )
        if self._was_frozen_late:
            problems.append(
                gettext("Missed: the roll was frozen after the moment set for the opening.")
            )
        return self.diary.moment(
            "frozen",
            title=gettext("Roll frozen"),
            at=self.ballot.frozen_at,
            note=gettext("Who may vote in this ballot was fixed."),
            problems=problems,
        )

    def _freeze_to_come(self) -> EventOut:
        opening_day = london_day(self.ballot.opens_at)
        problems = []
        if self.now >= self.ballot.closes_at:
            problems.append(
                gettext(
                    "Missed: the roll was never frozen, so nobody could vote, and voting is over."
                )
            )
        elif self.now >= self.ballot.opens_at:
            problems.append(
                gettext(
                    "Missed: voting was to open on %(day)s, and nobody can vote until the roll is "
                    "frozen.",
                    day=day_words(opening_day),
                )
            )
        return self.diary.own_day(
            "frozen",
            title=gettext("Roll to be frozen"),
            day=min(self._cut_off_day + timedelta(days=1), opening_day),
            note=gettext("After the cut-off and before voting opens. It fixes who may vote."),
            problems=problems,
        )

    def _replacement(self) -> EventOut:
        # A vote at the closing instant is late, so that instant is not part of the last day.
        last = self.ballot.closes_at - timedelta(microseconds=1)
        until = self.ballot.closes_at.astimezone(LONDON)
        event = self.diary.own_day(
            "replacement",
            title=gettext("Last day for a replacement link"),
            day=london_day(last),
            note=gettext(
                "A new link is sent by e-mail at once and works until %(hour)s London time. "
                "A letter takes days.",
                hour=f"{until:%H:%M}",
            ),
        )
        return event.model_copy(update={"at": self.ballot.closes_at})
