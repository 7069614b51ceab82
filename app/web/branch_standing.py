"""What a branch reads of itself beside its turnout, and the update that it passes on."""

from datetime import datetime

from app.ballots.lifecycle import State, state_of
from app.ballots.models import Ballot
from app.turnout.figures import Figures, turnout_from
from app.turnout.schemas import TurnoutOut
from app.turnout.standing import Standing, standing_of
from app.web.filters import long_time, percent, plural, thousands


def standing_words(branch: str, figures: Figures) -> list[str]:
    """Return sentences about a branch among the others and what its votes do for the whole."""
    whole = turnout_from(figures, group_by="branch", branch=None)
    found = standing_of(branch, whole)
    point = plural(found.votes_for_a_point, "vote")
    lifts = f"{point} more, from wherever, lift the turnout of the whole ballot by one per cent."
    return [*_rank(found), lifts] if whole.entitled else []


def _rank(found: Standing) -> list[str]:
    if found.rank is None or found.branches == 1:
        return []
    said = f"This branch stands {found.rank} of {found.branches} by turnout."
    if found.next_up is None:
        return [said]
    more = plural(found.next_up, "vote")
    return [f"{said} {more} more would bring it to the next one up."]


def update_text(
    turnout: TurnoutOut, *, branch: str, ballot: Ballot, address: str, now: datetime
) -> str | None:
    """Return plain text about turnout in a branch for a group chat; None where it is withheld.

    Args:
        turnout: of the branch, as it is shown there.
        branch: its code.
        ballot: which ballot.
        address: of the ballot's public page.
        now: the moment of which it speaks.
    """
    if turnout.votes_cast is None or turnout.turnout_percent is None or not turnout.entitled:
        return None
    have = "has" if turnout.votes_cast == 1 else "have"
    of_all = f"{thousands(turnout.votes_cast)} of {thousands(turnout.entitled)}"
    at = long_time(turnout.stepped_at or now)
    lines = [
        f"{ballot.title}: {branch}",
        f"{of_all} {have} voted, {percent(turnout.turnout_percent)} (as at {at}).",
        *_still_needed(turnout),
    ]
    if state_of(ballot, now=now) is State.OPEN:
        lines += [
            f"Voting closes {long_time(ballot.closes_at)}.",
            f"Vote with the link you were sent. Lost it? Get a new one here: {address}",
        ]
    return "\n".join(lines)


def _still_needed(turnout: TurnoutOut) -> list[str]:
    asked = turnout.threshold if turnout.threshold.required_votes else turnout.statute
    if asked is None or not asked.votes_needed or not asked.required_votes:
        return []
    share = -(-100 * asked.required_votes // turnout.entitled)
    return [f"{plural(asked.votes_needed, 'more vote')} and we are at {share} % here."]
