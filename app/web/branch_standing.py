"""What a branch reads of itself beside its turnout, and the update that it passes on."""

from dataclasses import replace
from datetime import datetime

from app.ballots.lifecycle import State, state_of
from app.ballots.models import Ballot
from app.core.language import gettext, ngettext
from app.core.spoken_times import long_time
from app.turnout.figures import Figures, turnout_from
from app.turnout.schemas import TurnoutOut
from app.turnout.standing import Standing, standing_of
from app.web.filters import percent, thousands


def standing_words(branch: str, figures: Figures, *, is_open: bool) -> list[str]:
    """Return sentences about a branch among the others and what its votes do for the whole.

    Once voting is over only where it stands is left to say.
    """
    whole = turnout_from(figures, group_by="branch", branch=None)
    if not whole.entitled:
        return []
    found = standing_of(branch, whole)
    if not is_open:
        return _rank(replace(found, next_up=None))
    return [
        *_rank(found),
        ngettext(
            "%(num)s vote more, from wherever, lifts the turnout of the whole ballot by one "
            "percentage point.",
            "%(num)s votes more, from wherever, lift the turnout of the whole ballot by one "
            "percentage point.",
            found.votes_for_a_point,
        ),
    ]


def _rank(found: Standing) -> list[str]:
    if found.rank is None or found.branches == 1:
        return []
    said = gettext(
        "By turnout this branch is number %(rank)s of %(branches)s.",
        rank=found.rank,
        branches=found.branches,
    )
    if found.next_up is None:
        return [said]
    more = ngettext(
        "%(num)s vote more would bring it level with the next one.",
        "%(num)s votes more would bring it level with the next one.",
        found.next_up,
    )
    return [f"{said} {more}"]


def update_text(
    turnout: TurnoutOut, *, branch: str, ballot: Ballot, base_url: str, now: datetime
) -> str | None:
    """Return plain text about turnout in a branch for a group chat; None where it is withheld.

    Args:
        turnout: of the branch, as it is shown there.
        branch: its code.
        ballot: which ballot.
        base_url: where Muster is, for the addresses of pages that everybody may see.
        now: the moment of which it speaks.
    """
    if turnout.votes_cast is None or turnout.turnout_percent is None or not turnout.entitled:
        return None
    address, lost_link = f"{base_url}/ballots/{ballot.slug}", f"{base_url}/lost-link"
    lines = [
        f"{ballot.title}: {branch}",
        ngettext(
            "%(num)s of %(entitled)s has voted, %(percent)s (as at: %(when)s).",
            "%(num)s of %(entitled)s have voted, %(percent)s (as at: %(when)s).",
            turnout.votes_cast,
            entitled=thousands(turnout.entitled),
            percent=percent(turnout.turnout_percent),
            when=long_time(turnout.stepped_at or now),
        ),
        *_still_needed(turnout),
    ]
    if state_of(ballot, now=now) is State.OPEN:
        lines += [
            gettext("Voting closes: %(when)s.", when=long_time(ballot.closes_at)),
            gettext(
                "Vote with the link you were sent. Lost it? Get a new one here: %(address)s",
                address=lost_link,
            ),
            gettext("About this ballot: %(address)s", address=address),
        ]
    return "\n".join(lines)


def _still_needed(turnout: TurnoutOut) -> list[str]:
    asked = turnout.threshold if turnout.threshold.required_votes else turnout.statute
    if asked is None or not asked.votes_needed or not asked.required_votes:
        return []
    # Rounded down: half of 329 is 165 votes, and whoever reads "50 %" knows which test is meant.
    share = 100 * asked.required_votes // turnout.entitled
    return [
        ngettext(
            "%(num)s more vote and we are at %(share)s %% here.",
            "%(num)s more votes and we are at %(share)s %% here.",
            asked.votes_needed,
            share=share,
        )
    ]
