"""Treat two membership numbers as one person, where headquarters says that they are.

What merging does depends on where the two stand. It never removes a member from the roll: ballots
of the past refer to them.
"""

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from app.roll.compare import Staged
from app.roll.refusals import WrongMerge
from app.roll.rows import NUMBER, Problems, problem_of
from app.roll.schemas import Fault
from app.roll.staging import MEMBER


class Standing(NamedTuple):
    """Where one of two numbers stands.

    Attributes:
        number: the membership number.
        row: its row in the file; None where it is in none, or in a refused one.
        on_roll: whether the roll knows it.
    """

    number: str
    row: int | None
    on_roll: bool


class Merged(NamedTuple):
    """What a merge does.

    Attributes:
        refuses: the row that is left out, if any.
        renames: the row that changes a member whom the roll knows by `other`, if any.
        leaves: the number that is marked as having left, if any.
        other: the number that is given up.
        kept: the number that stays.
    """

    kept: str
    other: str
    refuses: int | None = None
    renames: int | None = None
    leaves: str | None = None

    @property
    def in_words(self) -> str:
        """Say to headquarters what merging the two does."""
        if self.renames is not None:
            return f"Member {self.other} stays on the roll with the new number {self.kept}."
        left = f" Member {self.other} is marked as having left." if self.leaves else ""
        if self.refuses is not None:
            return f"Row {self.refuses} is left out, and {self.kept} stays.{left}"
        return f"{self.kept} stays.{left}"


def merged(first: Standing, second: Standing) -> Merged:
    """Say what merging two numbers does.

    Raises:
        WrongMerge: neither is in the file, or they are one number.
    """
    in_file = [each for each in (first, second) if each.row is not None]
    if not in_file or first.number == second.number:
        raise WrongMerge
    if len(in_file) == 1:
        [kept] = in_file
        other = second if kept is first else first
        if not other.on_roll:
            raise WrongMerge
        if kept.on_roll:
            return Merged(kept.number, other.number, leaves=other.number)
        return Merged(kept.number, other.number, renames=kept.row)
    # Whom the roll knows is kept, and then whoever stands first in the file.
    kept, other = sorted(in_file, key=lambda each: (not each.on_roll, each.row))
    leaves = other.number if other.on_roll else None
    return Merged(kept.number, other.number, refuses=other.row, leaves=leaves)


def standing_of(staged: Staged, number: str) -> Standing:
    """Look up where a number stands."""
    stage = staged.stage
    row = staged.session.scalar(
        sa.select(stage.c.row_no).where(stage.c[NUMBER] == number, staged.good)
    )
    on_roll = staged.session.scalar(sa.select(MEMBER.c.id).where(MEMBER.c[NUMBER] == number))
    return Standing(number, row, on_roll=on_roll is not None)


def merge(staged: Staged, pairs: Sequence[tuple[str, str]], *, problems: Problems) -> list[str]:
    """Merge pairs of numbers in the staging table, and return who is to be marked as having left.

    Raises:
        WrongMerge: of one of the pairs neither number is in the file.
    """
    stage = staged.stage
    leaving = []
    for pair in pairs:
        done = merged(*[standing_of(staged, number) for number in pair])
        if done.refuses is not None:
            staged.session.execute(
                sa.update(stage).where(stage.c.row_no == done.refuses).values(refused=True)
            )
            problems.refuse(
                problem_of(
                    done.refuses,
                    Fault.SAME_PERSON,
                    f"This is the same person as membership number {done.kept}, as headquarters "
                    "said, and was left out.",
                    column=NUMBER,
                )
            )
        if done.renames is not None:
            staged.session.execute(
                sa.update(stage).where(stage.c.row_no == done.renames).values(known_as=done.other)
            )
        if done.leaves is not None:
            leaving.append(done.leaves)
    return leaving
