"""Bring the roll up to a staged file, in whole sets and in the caller's one transaction."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from app.core.statements import rows_touched
from app.roll import repository
from app.roll.cells import folded_branch
from app.roll.compare import Comparison, Staged, has_not_left
from app.roll.models import Member
from app.roll.refusals import RollHasChanged
from app.roll.rows import NUMBER
from app.roll.staging import MEMBER

# What a member has whose file lacks the column.
BLANKS = {
    name: field.default
    for name, field in Member.model_fields.items()
    if name != "id" and not field.is_required()
}


def apply(staged: Staged, found: Comparison, *, new_branches: Sequence[str]) -> None:
    """Add who is new and change who differs.

    Raises:
        RollHasChanged: the roll is no longer the one that was compared; nothing is done.
    """
    repository.add_branches(
        staged.session, {folded_branch(branch): branch for branch in new_branches}
    )
    updated = _change(staged) if found.updated else 0
    added = _add(staged) if found.added else 0
    if (added, updated) != (found.added, found.updated):
        raise RollHasChanged


def _change(staged: Staged) -> int:
    stage = staged.stage
    changed = (
        sa.update(MEMBER)
        .where(
            stage.c.known_as == MEMBER.c[NUMBER],
            staged.good,
            sa.or_(*staged.differences.values()),
        )
        .values({name: stage.c[name] for name in staged.fields})
    )
    return rows_touched(staged.session.execute(changed))


def _add(staged: Staged) -> int:
    stage = staged.stage
    blanks = {name: blank for name, blank in BLANKS.items() if name not in staged.fields}
    new = (
        sa.select(
            *[stage.c[name] for name in staged.fields],
            *[sa.literal(blank, MEMBER.c[name].type) for name, blank in blanks.items()],
        )
        .select_from(staged.beside_roll)
        .where(staged.good, staged.is_new)
    )
    added = sa.insert(MEMBER).from_select([*staged.fields, *blanks], new)
    # Without the option the count is only kept of changes.
    counted = {"preserve_rowcount": True}
    return rows_touched(staged.session.execute(added, execution_options=counted))


def mark_missing_as_left(staged: Staged, *, left_on: date) -> int:
    """Mark members who are not in the file as having left, and return how many those are."""
    return _mark_as_left(staged, staged.is_missing, left_on=left_on)


def mark_as_left(staged: Staged, numbers: Sequence[str], *, left_on: date) -> int:
    """Mark some members as having left, and return how many had not."""
    chosen = MEMBER.c[NUMBER].in_(numbers)
    return _mark_as_left(
        staged, sa.and_(chosen, has_not_left(MEMBER.c.left_on, staged.today)), left_on=left_on
    )


def _mark_as_left(staged: Staged, who: sa.ColumnElement[bool], *, left_on: date) -> int:
    # Nobody leaves before they join.
    day = sa.case((MEMBER.c.joined_on > left_on, MEMBER.c.joined_on), else_=left_on)
    left = sa.update(MEMBER).where(who).values(left_on=day)
    return rows_touched(staged.session.execute(left))
