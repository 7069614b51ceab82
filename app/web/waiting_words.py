"""What waits for a second officer, in words, with the page on which it is answered."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.ballots.models import Ballot
from app.ballots.service import key_of
from app.ballots.waiting import Question, waiting_questions
from app.security.models import Role
from app.security.service import Staff

# What is asked, as it goes on after "proposes", and where it is answered.
QUESTIONS = {
    "cancel": ("to cancel this ballot", "/staff/ballots/{slug}/cancel"),
    "declare": ("to declare the result", "/staff/ballots/{slug}/count"),
    "close": ("a later close", "/hq/ballots/{slug}/close"),
    "exclude": ("to take somebody off the roll", "/hq/ballots/{slug}/roll#proposals"),
}
FOR_HEADQUARTERS = {"close", "exclude"}


@dataclass(frozen=True)
class Decision:
    """One line that leads to what is to be decided."""

    words: str
    href: str


def decisions(
    session: Session, ballots: list[Ballot], *, staff: Staff, now: datetime
) -> dict[str, list[Decision]]:
    """Return what waits about each ballot, by its short name, as this officer is told of it."""
    if staff.role is Role.BRANCH:
        return {}
    found = waiting_questions(session, ballots, now=now)
    return {
        ballot.slug: [
            _decision(each, slug=ballot.slug, staff=staff)
            for each in found.get(key_of(ballot), [])
            if staff.role is Role.HQ or each.kind not in FOR_HEADQUARTERS
        ]
        for ballot in ballots
    }


def _decision(question: Question, *, slug: str, staff: Staff) -> Decision:
    what, href = QUESTIONS[question.kind]
    if question.proposed_by == staff.name:
        words = f"You propose {what}. It waits for a second officer."
    else:
        words = f"{question.proposed_by} proposes {what}. It waits for a second officer."
    return Decision(words, href.format(slug=slug))
