"""Ready-made ballots with invented members, made through the same services that staff use."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.audit.service import COMMAND_LINE
from app.ballots.credentials import issue_codes
from app.ballots.freeze import freeze_roll
from app.ballots.models import Ballot
from app.ballots.schemas import BallotIn
from app.ballots.service import create_ballot
from app.core.database import Database
from app.core.settings import Settings
from app.roll.models import Branch, Member
from app.security.models import Role
from app.security.service import Staff, add_staff, issue_token

HQ = Staff("hq-officer", role=Role.HQ, branch=None)
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
OFFER = {
    "key": "offer",
    "text": "Do you accept the pay offer?",
    "answers": [{"key": "accept", "text": "Accept"}, {"key": "reject", "text": "Reject"}],
    "supported_answer": "reject",
}


@dataclass(frozen=True)
class ReadyBallot:
    """A frozen ballot, its codes by membership number, and the key of its row."""

    id: int
    slug: str
    codes: Mapping[str, str]

    @property
    def any_code(self) -> str:
        return next(iter(self.codes.values()))


def add_members(database: Database, number: int, *, branch: str = "Leeds", **facts: Any) -> None:
    """Put invented members on the roll: numbers LEE0001, LEE0002, ..."""
    prefix = branch[:3].upper()
    with database.writing() as session:
        if session.get(Branch, branch) is None:
            session.add(Branch(code=branch, folded_code=branch.casefold()))
            session.flush()
        for n in range(1, number + 1):
            details = {
                "given_name": "Invented",
                "family_name": f"Member {n}",
                "email": f"{prefix.lower()}{n}@example.org",
                "region": "North",
                "employer": "Probation Service",
                "workplace": f"{branch} office",
                "category": "full",
                "joined_on": date(2020, 1, 1),
            } | facts
            session.add(Member(membership_number=f"{prefix}{n:04}", branch=branch, **details))


def ballot_in(*, now: datetime = NOON, **changes: Any) -> BallotIn:
    """A ballot that opened an hour ago and closes in a week, unless changed."""
    facts: dict[str, Any] = {
        "slug": "pay-2026",
        "title": "Pay offer 2026",
        "opens_at": now - timedelta(hours=1),
        "closes_at": now + timedelta(days=7),
        "cut_off_at": now - timedelta(days=1),
        "questions": [OFFER],
    }
    return BallotIn.model_validate(facts | changes)


def given_ballot(
    database: Database, settings: Settings, *, now: datetime = NOON, **changes: Any
) -> ReadyBallot:
    """A frozen ballot of everybody on the roll, with a code for each."""
    with database.writing() as session:
        ballot = create_ballot(session, ballot_in(now=now, **changes), staff=HQ, now=now)
        freeze_roll(session, ballot, staff=HQ, now=now)
        issued = issue_codes(session, ballot, staff=HQ, settings=settings, now=now)
        assert ballot.id is not None
        codes = {each.membership_number: each.code for each in issued}
        return ReadyBallot(ballot.id, slug=ballot.slug, codes=codes)


def move_window(database: Database, ballot_id: int, **moments: datetime) -> None:
    """Move a ballot's window behind its back, as only a test may."""
    with database.writing() as session:
        ballot = session.get(Ballot, ballot_id)
        assert ballot is not None
        for name, moment in moments.items():
            setattr(ballot, name, moment)


def given_token(
    database: Database,
    settings: Settings,
    *,
    name: str = "hq-officer",
    role: Role = Role.HQ,
    branch: str | None = None,
    now: datetime = NOON,
) -> str:
    """A staff account and an API token for it."""
    with database.writing() as session:
        add_staff(
            session,
            name=name,
            role=role,
            branch=branch,
            password="correct horse battery",
            actor=COMMAND_LINE,
            now=now,
        )
        return issue_token(session, name, actor=COMMAND_LINE, settings=settings, now=now)
