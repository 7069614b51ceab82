"""What becomes of the dates of a ballot that two officers cancelled: those to come never come."""

from collections.abc import Sequence

from app.ballots.models import Ballot
from app.core.language import gettext
from app.cutoffs.schemas import EventOut
from app.rules.london import start_of


def without_those_to_come(events: Sequence[EventOut], *, ballot: Ballot) -> list[EventOut]:
    """Mark each date after the cancellation as one that never comes; calendars strike it out."""
    at = ballot.cancelled_at
    if at is None:
        return list(events)
    never = {"cancelled": True, "problems": [gettext("Never: this ballot was cancelled.")]}
    return [
        event.model_copy(update=never) if (event.at or start_of(event.day)) > at else event
        for event in events
    ]
