"""Ballots that were voted in, closed and declared, and the files of their boards."""

from collections.abc import Mapping
from datetime import timedelta

from app.ballots.service import get_ballot
from app.core.database import Database
from app.core.settings import Settings
from app.evidence.board import board_files
from app.results.opening import open_box_for_count
from app.results.service import declare_result
from tests.support.ballots import HQ, NOON, ReadyBallot, add_members, given_ballot
from tests.support.votes import cast

CLOSED = NOON + timedelta(days=8)
CHOICES = ["reject"] * 7 + ["accept"] * 3 + [None]


def given_votes(database: Database, settings: Settings, **facts: object) -> ReadyBallot:
    """Eleven votes in a ballot of twenty. Each receipt is the code of its voter."""
    add_members(database, 20)
    ballot = given_ballot(database, settings, **facts)
    cast(database, ballot, CHOICES)
    return ballot


def open_for_count(database: Database, settings: Settings, slug: str = "pay-2026") -> None:
    """Do what the first look at the count does, a day after the close."""
    with database.reading() as session:
        ballot = get_ballot(session, slug)
    open_box_for_count(database, ballot, settings=settings, now=CLOSED)


def declare(database: Database, settings: Settings, slug: str = "pay-2026") -> None:
    """Count and declare, a day after the close."""
    open_for_count(database, settings, slug)
    with database.writing() as session:
        declare_result(session, slug, staff=HQ, now=CLOSED)


def files_of(database: Database, slug: str = "pay-2026") -> dict[str, bytes]:
    """Every file of a declared ballot's board."""
    with database.reading() as session:
        return board_files(session, get_ballot(session, slug))


def broken(findings: list) -> list[str]:  # type: ignore[type-arg]  # of Finding
    """What the findings say is broken."""
    return [finding.about for finding in findings if finding.standing.value == "broken"]


def without(files: Mapping[str, bytes], name: str) -> dict[str, bytes]:
    """The same files but one."""
    return {each: content for each, content in files.items() if each != name}
