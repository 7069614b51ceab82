"""A union in use: a ballot that was declared, one under way, and a row in every other table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from app.audit.checkpoints import make_checkpoint
from app.core.database import Database
from app.core.settings import Settings
from app.core.signing import signer_of
from app.main import create_app
from tests.support.ballots import NOON, ReadyBallot, add_members, given_ballot, given_token
from tests.support.client import AppClient, MovableClock

MEMBERS = 6
DECLARED, UNDER_WAY = "pay-2025", "pay-2026"
A_MONTH_AGO = NOON - timedelta(days=30)
# What a row cannot be made of its columns' types alone: most of it what a CHECK asks for. None
# leaves a column empty.
UNDECIDED: Mapping[str, Any] = {"outcome": None, "decided_by": None, "decided_at": None}
PARTICULAR: Mapping[str, Mapping[str, Any]] = {
    "authenticator_app": {"last_step": 0},
    "ballot_proposal": UNDECIDED | {"kind": "cancel", "tally_digest": None},
    "exclusion_proposal": UNDECIDED | {"change": None},
    "member_request": {"wants": "link"},
    "outbox": {"state": "accepted", "purpose": "text"},
    "reminder": {"purpose": "reminder", "stage": "queued", "hours_before": None, "at": NOON}
    | {"turnout_percent": None},
    "roll_change": {"kind": "supplement"},
    "roll_import": {"state": "done"},
    "staff_invitation": {"role": "hq", "branch": None},
    "supplied_course": {"opens_at": A_MONTH_AGO},
    "webhook_delivery": {"state": "delivered"},
    "window_extension": UNDECIDED | {"notice_at": None, "old_close": A_MONTH_AGO},
}


@dataclass(frozen=True)
class Union:
    """What is in its tables, by table, and what those outside know.

    Attributes:
        rows: of each table, every column.
        codes: of the ballot under way, of those who voted in it first.
        voted: how many of them did; the n-th with `receipt(n)`.
        token: an HQ officer's.
        result: what was declared, as the public saw it.
    """

    rows: Mapping[str, list[dict[str, Any]]] = field(repr=False)
    codes: list[str]
    voted: int
    token: str
    result: Mapping[str, Any]


def receipt(number: int) -> str:
    """Return the receipt that the n-th vote came with."""
    return f"{number:032x}"


def union_in_use(database: Database, settings: Settings) -> Union:
    """Fill a database of the newest schema by the doors that staff and members use."""
    clock = MovableClock(A_MONTH_AGO)
    add_members(database, MEMBERS)
    token = given_token(database, settings)
    with AppClient(create_app(settings, clock=clock)) as client:
        past = given_ballot(database, settings, now=clock.now, **_window(DECLARED, clock.now))
        _vote(client, past, 4)
        clock.now += timedelta(days=8)
        declared = client.post(f"/api/v1/ballots/{DECLARED}/declare", token=token)
        assert declared.status_code == 200, declared.text
        clock.now = NOON
        ballot = given_ballot(database, settings, now=NOON, **_window(UNDER_WAY, NOON))
        _vote(client, ballot, 3)
        result = client.get(f"/api/v1/ballots/{DECLARED}/result").json()
    with database.writing() as session:
        make_checkpoint(session, signer=signer_of(settings), now=NOON)
    codes = list(ballot.codes.values())
    return Union(_rows_in(database), codes=codes, voted=3, token=token, result=result)


def _window(slug: str, now: datetime) -> dict[str, Any]:
    opens, closes = now - timedelta(hours=1), now + timedelta(days=7)
    return {"slug": slug, "opens_at": opens, "closes_at": closes, "cut_off_at": opens}


def _vote(client: AppClient, ballot: ReadyBallot, number: int) -> None:
    for n, code in enumerate(list(ballot.codes.values())[:number]):
        vote = {"answers": {"offer": "reject" if n else "accept"}, "receipt": receipt(n)}
        cast = client.post(f"/api/v1/ballots/{ballot.slug}/votes", token=code, json=vote)
        assert cast.status_code == 201, cast.text


def _rows_in(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Read every table, and make a row for each that the ballots left empty."""
    rows: dict[str, list[dict[str, Any]]] = {}
    with database.reading() as session:
        for table in SQLModel.metadata.sorted_tables:
            found = session.execute(sa.select(table)).mappings()
            rows[table.name] = [dict(each) for each in found] or [_row_of(table, rows)]
    return rows


def _row_of(table: sa.Table, rows: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    row = {column.name: _value_of(column) for column in table.columns}
    # A key of several columns goes last: it says which row of several tables together.
    for key in sorted(table.foreign_key_constraints, key=lambda each: len(each.elements)):
        for element in key.elements:
            there = element.column
            row[element.parent.name] = rows[there.table.name][0][there.name]
    return row | PARTICULAR.get(table.name, {})


def _value_of(column: sa.Column[Any]) -> Any:
    kind = getattr(column.type, "impl_instance", column.type).python_type
    length = getattr(column.type, "length", None) or 16
    if kind is bytes:
        return b"\x07" * length
    values = {int: 1, bool: True, str: column.name[:length], datetime: NOON, date: NOON.date()}
    return values.get(kind, {})
