"""Cells, figures and counters of invented ballots."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from app.ballots.models import Ballot
from app.ballots.repository import Cell, cells_of
from app.core.database import Database
from app.rules.books import NOTHING_COMMENCED
from app.turnout.figures import Figures
from app.turnout.frozen_roll import FrozenRoll
from app.turnout.steps import Step
from app.turnout.yardstick import statute_of, yardstick_of
from app.voting.models import TurnoutCounter

OPENED = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)
# An indicative ballot of these days had a yardstick of 50 %; since 6 April 2026 it has none.
OPENED_UNDER_THE_OLD_YARDSTICK = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def unsaved_ballot(*, kind: str = "industrial_action", opens_at: datetime = OPENED) -> Ballot:
    return Ballot(
        slug="pay-2026",
        title="Pay offer 2026",
        kind=kind,
        opens_at=opens_at,
        closes_at=opens_at + timedelta(days=14),
        cut_off_at=opens_at - timedelta(days=1),
        announced_on=(opens_at - timedelta(days=20)).date(),
        constituency={},
        created_at=opens_at - timedelta(days=20),
        created_by="hq-officer",
    )


def cell(number: int, entitled: int, **place: str) -> Cell:
    """A cell of one branch, in one region, with one employer and one workplace for all."""
    usual = {"branch": f"Branch {number}", "region": "", "employer": "", "workplace": ""}
    return Cell(id=number, entitled=entitled, **(usual | place))


def branches(*sizes: int) -> tuple[Cell, ...]:
    """One cell a branch, named Branch 1, Branch 2, ... in the order of these sizes."""
    return tuple(cell(number, size) for number, size in enumerate(sizes, 1))


def figures(
    cells: tuple[Cell, ...],
    votes: Mapping[int, int],
    *,
    kind: str = "industrial_action",
    opens_at: datetime = OPENED,
    floor: int = 5,
    in_steps: bool = False,
    step: Step | None = None,
) -> Figures:
    ballot = unsaved_ballot(kind=kind, opens_at=opens_at)
    return Figures(
        ballot=ballot.slug,
        yardstick=yardstick_of(ballot, commenced=NOTHING_COMMENCED),
        statute=statute_of(ballot, commenced=NOTHING_COMMENCED),
        roll=FrozenRoll(cells, floor=floor, in_steps=in_steps),
        votes=votes,
        read_at=OPENED + timedelta(hours=1),
        step=step,
    )


def set_votes(database: Database, ballot_id: int, *, writer: int = 1, **by_branch: int) -> None:
    """Write the counters of one writer for branches of one cell each."""
    with database.writing() as session:
        for found in cells_of(session, ballot_id):
            if found.branch in by_branch:
                session.merge(
                    TurnoutCounter(
                        ballot_id=ballot_id,
                        cell_id=found.id,
                        writer=writer,
                        votes_cast=by_branch[found.branch],
                    )
                )
