"""Hold a staged file against the roll, in whole sets: what is new, what differs, what is missing.

Nothing here changes the roll. Rows that cannot go in are marked in the staging table.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause, Table, func
from sqlmodel import Session

from app.core.statements import rows_touched
from app.roll import repository
from app.roll.cells import folded_branch
from app.roll.rows import MOST_PROBLEMS, NUMBER, Problems, left_before_joining, problem_of
from app.roll.schemas import Fault, ProblemOut
from app.roll.staging import MEMBER, OWN_COLUMNS


@dataclass(frozen=True)
class Comparison:
    """How a file differs from the roll.

    Attributes:
        added, updated, unchanged: rows.
        changes: for each column, how many members it would change.
        missing: members who have not left and are not in the file.
        joining_later: rows whose joining day is to come.
        first_joining_later: the first of those rows; nought where there is none.
    """

    added: int
    updated: int
    unchanged: int
    changes: Mapping[str, int]
    missing: int
    joining_later: int
    first_joining_later: int


class Staged:
    """The staged file beside the roll."""

    def __init__(self, session: Session, stage: Table, *, today: date) -> None:
        self.session = session
        self.stage = stage
        self.today = today
        self.fields = tuple(column.name for column in stage.columns)[OWN_COLUMNS:]

    @property
    def good(self) -> ColumnElement[bool]:
        """Rows that are not refused."""
        return self.stage.c.refused.is_(sa.false())

    @property
    def beside_roll(self) -> FromClause:
        """Every row, with the member whom the roll knows, if any."""
        return self.stage.outerjoin(MEMBER, MEMBER.c[NUMBER] == self.stage.c.known_as)

    @property
    def is_new(self) -> ColumnElement[bool]:
        """Rows of members whom the roll does not know."""
        return MEMBER.c.id.is_(None)

    @property
    def differs(self) -> ColumnElement[bool]:
        """Rows of members of whom the roll says something else."""
        return sa.and_(MEMBER.c.id.is_not(None), sa.or_(*self.differences.values()))

    @property
    def differences(self) -> dict[str, ColumnElement[bool]]:
        """For each column, whether file and roll say different things."""
        return {name: self.stage.c[name].is_distinct_from(MEMBER.c[name]) for name in self.fields}

    @property
    def is_missing(self) -> ColumnElement[bool]:
        """Members who have not left and are not in the file, not even in a refused row."""
        in_file = sa.select(self.stage.c.known_as).where(self.stage.c.known_as == MEMBER.c[NUMBER])
        return sa.and_(has_not_left(MEMBER.c.left_on, self.today), ~in_file.exists())


def has_not_left(left_on: ColumnElement[Any], today: date) -> ColumnElement[bool]:
    """Whoever left on a day or before it has left."""
    return sa.or_(left_on.is_(None), left_on > today)


def refuse_repeated_numbers(staged: Staged, problems: Problems) -> int:
    """Refuse all rows of a number but the first, and return how many rows that refused."""
    stage = staged.stage
    first = (
        sa.select(stage.c[NUMBER].label("number"), func.min(stage.c.row_no).label("row_no"))
        .group_by(stage.c[NUMBER])
        .having(func.count() > 1)
        .subquery()
    )
    repeated = (
        sa.select(stage.c.row_no, stage.c.refused, stage.c[NUMBER], first.c.row_no.label("first"))
        .join(first, first.c.number == stage.c[NUMBER])
        .where(stage.c.row_no > first.c.row_no)
    )

    def say(row: sa.Row[Any]) -> ProblemOut:
        return problem_of(
            row.row_no,
            Fault.REPEATED_NUMBER,
            f"Membership number {row.membership_number} is already in row {row.first} of this "
            "file. Two members cannot share a number: keep the right row and remove the other.",
            column=NUMBER,
        )

    return _refuse(staged, repeated, problems=problems, say=say)


def refuse_left_before_joining(staged: Staged, problems: Problems) -> None:
    """Refuse a joining day after the leaving day that the roll keeps and the file does not say."""
    if "left_on" in staged.fields:
        return
    stage = staged.stage
    wrong = (
        sa.select(stage.c.row_no, stage.c.refused, stage.c.joined_on, MEMBER.c.left_on)
        .select_from(staged.beside_roll)
        .where(staged.good, MEMBER.c.left_on < stage.c.joined_on)
    )

    def say(row: sa.Row[Any]) -> ProblemOut:
        return left_before_joining(row.row_no, joined_on=row.joined_on, left_on=row.left_on)

    _refuse(staged, wrong, problems=problems, say=say)


def _refuse(
    staged: Staged,
    wrong: sa.Select[Any],
    *,
    problems: Problems,
    say: Callable[[sa.Row[Any]], ProblemOut],
) -> int:
    """Mark rows as refused, say why of as many as are listed, and return how many there were."""
    stage = staged.stage
    listed = staged.session.execute(wrong.order_by(stage.c.row_no).limit(MOST_PROBLEMS)).all()
    if not listed:
        return 0
    for row in listed:
        problems.add(say(row))
    rows = wrong.with_only_columns(stage.c.row_no)
    refused = staged.session.execute(
        sa.update(stage).where(staged.good, stage.c.row_no.in_(rows)).values(refused=True)
    )
    newly = rows_touched(refused)
    problems.rejected += newly
    problems.unlisted += max(newly - len(listed), 0)
    return newly


def settle_branches(staged: Staged) -> list[str]:
    """Spell branches as the roll does by now, and return those that it does not have."""
    stage = staged.stage
    codes = repository.codes_by_folded_code(staged.session)
    spelled = staged.session.scalars(
        sa.select(stage.c.branch)
        .where(staged.good)
        .group_by(stage.c.branch)
        .order_by(func.min(stage.c.row_no))
    ).all()
    new = []
    for branch in spelled:
        folded = folded_branch(branch)
        if folded not in codes:
            new.append(branch)
        code = codes.setdefault(folded, branch)
        if code != branch:
            staged.session.execute(
                sa.update(stage).where(stage.c.branch == branch).values(branch=code)
            )
    return new


def compare(staged: Staged) -> Comparison:
    """Count what an import would do."""
    stage = staged.stage
    later = stage.c.joined_on > staged.today
    counted = sa.select(
        func.count(),
        func.count().filter(staged.is_new),
        func.count().filter(staged.differs),
        func.count().filter(later),
        func.min(stage.c.row_no).filter(later),
        *[
            func.count().filter(MEMBER.c.id.is_not(None), differs)
            for differs in staged.differences.values()
        ],
    )
    rows, added, updated, joining_later, first_later, *changes = staged.session.execute(
        counted.select_from(staged.beside_roll).where(staged.good)
    ).one()
    missing = sa.select(func.count()).select_from(MEMBER).where(staged.is_missing)
    return Comparison(
        added=added,
        updated=updated,
        unchanged=rows - added - updated,
        changes={name: count for name, count in zip(staged.fields, changes, strict=True) if count},
        missing=staged.session.scalar(missing) or 0,
        joining_later=joining_later,
        first_joining_later=first_later or 0,
    )
