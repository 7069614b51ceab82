"""Four invented ballots: one open, one to come, one being planned, one closed and declared."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from app.ballots.codes import code_digest
from app.ballots.credentials import IssuedCode, issue_codes
from app.ballots.freeze import freeze_roll
from app.ballots.models import Ballot
from app.ballots.schemas import BallotIn
from app.ballots.service import create_ballot, get_ballot
from app.core.database import Database
from app.core.settings import Settings
from app.demo.people import BRANCHES, SEED
from app.results.opening import open_box_for_count
from app.results.service import declare_result
from app.roll.repository import find_member
from app.rules.london import start_of
from app.security.service import Staff
from app.voting.paper import paper_of
from app.voting.receipts import new_receipt
from app.voting.sealing import seal_of
from app.voting.sqlite_box import SqliteBox
from app.voting.votes import Vote

OPEN, TO_COME, PLANNED, DECLARED = (
    "pay-offer",
    "safe-staffing",
    "estate-closures",
    "pay-2025-26",
)
BATCH = 500
# Of one vote in the declared ballot, so that whoever tries the demonstration can look for it.
RECEIPT = "5f0c6d2e9b7a41838d1f64c2a90e7b35"
# "Power responds to numbers, turnout and unity": the turnout that missed the half, in thousandths.
MISSED = 449.2
FULL_MEMBERS = {"categories": ["full"]}


@dataclass(frozen=True)
class Days:
    """The moments around which the demonstration is arranged."""

    now: datetime

    def london_noon(self, days: int) -> datetime:
        """Return noon in London, so many days from today."""
        midnight = start_of((self.now + timedelta(days=days)).date())
        return midnight.astimezone(UTC) + timedelta(hours=12)


def open_ballot(days: Days) -> BallotIn:
    """Return the pay offer on which members vote now."""
    return BallotIn.model_validate(
        {
            "slug": OPEN,
            "title": "Pay offer 2026–27",
            "kind": "indicative",
            "opens_at": days.london_noon(-9),
            "closes_at": days.london_noon(12),
            "cut_off_at": days.london_noon(-10),
            "announced_on": (days.now - timedelta(days=30)).date(),
            "constituency": FULL_MEMBERS,
            "exclude_arrears": True,
            "questions": [
                {
                    "key": "offer",
                    "text": "Do you accept or reject the employer’s pay offer?",
                    "answers": [
                        {"key": "accept", "text": "Accept the offer"},
                        {"key": "reject", "text": "Reject the offer"},
                    ],
                    "supported_answer": "reject",
                }
            ],
        }
    )


def ballot_to_come(days: Days) -> BallotIn:
    """Return the ballot whose roll is frozen and which opens next week."""
    return BallotIn.model_validate(
        {
            "slug": TO_COME,
            "title": "Workloads and safe staffing",
            "kind": "indicative",
            "opens_at": days.london_noon(6),
            "closes_at": days.london_noon(27),
            "cut_off_at": days.london_noon(-1),
            "announced_on": (days.now - timedelta(days=16)).date(),
            "constituency": FULL_MEMBERS,
            "scrutineer": "s.okoro",
            "disaggregate_by": "region",
            "questions": [
                {
                    "key": "strike",
                    "text": "Would you be willing to take part in a strike over workloads?",
                    "answers": [{"key": "yes", "text": "Yes"}, {"key": "no", "text": "No"}],
                    "supported_answer": "yes",
                },
                {
                    "key": "short",
                    "text": "Would you be willing to take part in action short of a strike?",
                    "answers": [{"key": "yes", "text": "Yes"}, {"key": "no", "text": "No"}],
                    "supported_answer": "yes",
                },
            ],
        }
    )


def ballot_being_planned(days: Days) -> BallotIn:
    """Return the draft whose cut-off is still ahead: those who join now can vote in it."""
    return BallotIn.model_validate(
        {
            "slug": PLANNED,
            "title": "Office closures",
            "kind": "indicative",
            "opens_at": days.london_noon(20),
            "closes_at": days.london_noon(41),
            "cut_off_at": days.london_noon(12),
            "announced_on": (days.now - timedelta(days=7)).date(),
            "constituency": FULL_MEMBERS,
            "questions": [
                {
                    "key": "closures",
                    "text": "Should the union oppose the closure of local offices?",
                    "answers": [{"key": "yes", "text": "Yes"}, {"key": "no", "text": "No"}],
                    "supported_answer": "yes",
                }
            ],
        }
    )


def declared_ballot() -> BallotIn:
    """Return the ballot that missed the half in March, before the April change."""
    return BallotIn.model_validate(
        {
            "slug": DECLARED,
            "title": "Pay 2025–26",
            "kind": "indicative",
            "opens_at": datetime(2026, 3, 2, 12, tzinfo=UTC),
            "closes_at": datetime(2026, 3, 23, 12, tzinfo=UTC),
            "cut_off_at": datetime(2026, 2, 27, 12, tzinfo=UTC),
            "announced_on": "2026-02-09",
            "constituency": FULL_MEMBERS,
            "scrutineer": "s.okoro",
            "disaggregate_by": "region",
            "board": "answers",
            "questions": [
                {
                    "key": "action",
                    "text": "Are you prepared to take industrial action over pay?",
                    "answers": [{"key": "yes", "text": "Yes"}, {"key": "no", "text": "No"}],
                    "supported_answer": "yes",
                }
            ],
        }
    )


def set_up(  # noqa: PLR0913 - a ballot is this many facts
    database: Database,
    ballot_in: BallotIn,
    *,
    hq: Staff,
    holder: Staff,
    settings: Settings,
    now: datetime,
) -> list[IssuedCode]:
    """Create and freeze a ballot as of a moment, and hand out its codes."""
    with database.writing() as session:
        ballot = create_ballot(session, ballot_in, staff=hq, now=now)
        freeze_roll(session, ballot, staff=hq, now=now)
    with database.writing() as session:
        ballot = get_ballot(session, ballot.slug)
        return issue_codes(session, ballot, staff=holder, settings=settings, now=now)


def vote_by_branch(
    database: Database, slug: str, issued: Iterable[IssuedCode], *, settings: Settings
) -> Mapping[str, list[str]]:
    """Let part of each branch vote, as its plan says; return codes not used, by branch."""
    chance = random.Random(SEED)  # noqa: S311 - invented votes
    used: list[IssuedCode] = []
    left: dict[str, list[str]] = {}
    for branch, codes in _by_branch(database, issued).items():
        turnout = next(plan.turnout for plan in BRANCHES if plan.code == branch)
        chance.shuffle(codes)
        # Rounded down, so that a branch planned just short of half is short of it.
        share = len(codes) * turnout // 1000
        used += codes[:share]
        left[branch] = [each.code for each in codes[share:]]
    _cast(database, slug, used, answers=_answers(chance, len(used), "offer"), settings=settings)
    return left


def vote_and_declare(
    database: Database, issued: list[IssuedCode], *, scrutineer: Staff, settings: Settings
) -> None:
    """Let just under half vote in the ballot of March, close it and declare it."""
    chance = random.Random(SEED)  # noqa: S311 - invented votes
    votes = round(len(issued) * MISSED / 1000)
    used = chance.sample(issued, votes)
    answers = [
        f'{{"action":{choice}}}'
        for choice in chance.choices(('"yes"', '"no"', "null"), (86, 13, 1), k=votes)
    ]
    _cast(database, DECLARED, used, answers=answers, settings=settings)
    with database.reading() as session:
        ballot: Ballot = get_ballot(session, DECLARED)
    after = ballot.closes_at + timedelta(hours=2)
    open_box_for_count(database, ballot, settings=settings, now=after)
    with database.writing() as session:
        declare_result(session, DECLARED, staff=scrutineer, now=after)


def _answers(chance: random.Random, number: int, question: str) -> list[str]:
    choices = chance.choices(('"reject"', '"accept"', "null"), (81, 18, 1), k=number)
    return [f'{{"{question}":{choice}}}' for choice in choices]


def _cast(
    database: Database,
    slug: str,
    codes: list[IssuedCode],
    *,
    answers: list[str],
    settings: Settings,
) -> None:
    with database.reading() as session:
        ballot = get_ballot(session, slug)
        paper = paper_of(session, slug)
    key = settings.secret_key.get_secret_value()
    arrived_at = ballot.opens_at + timedelta(hours=1)
    votes = [
        seal_of(settings, slug).vote(
            paper.ballot_id,
            code_digest=code_digest(each.code, key=key),
            answers=answer,
            receipt=RECEIPT if (slug, n) == (DECLARED, 0) else new_receipt(),
            width=paper.width,
            arrived_at=arrived_at,
        )
        for n, (each, answer) in enumerate(zip(codes, answers, strict=True))
    ]
    asyncio.run(_put_in(SqliteBox(database.url), votes))


async def _put_in(box: SqliteBox, votes: Sequence[Vote]) -> None:
    for start in range(0, len(votes), BATCH):
        await box.commit(votes[start : start + BATCH])
    await box.close()


def _by_branch(database: Database, issued: Iterable[IssuedCode]) -> Mapping[str, list[IssuedCode]]:
    branches: dict[str, list[IssuedCode]] = defaultdict(list)
    with database.reading() as session:
        for each in issued:
            branches[_branch_of(session, each)].append(each)
    return branches


def _branch_of(session: Session, issued: IssuedCode) -> str:
    member = find_member(session, issued.membership_number)
    assert member is not None  # noqa: S101 - codes are issued to members
    return member.branch
