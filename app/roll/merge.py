"""Hold rows of a file against the roll: add, change, or leave alone."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row
from sqlmodel import Session

from app.roll import repository
from app.roll.cells import folded_branch
from app.roll.rows import NUMBER, RowOfRoll, RowReader, left_before_joining
from app.roll.schemas import Caution, WarningOut

# The facts of an existing member begin here in what `members_by_number` returns.
FIRST_FIELD = 3
MOST_NAMES = 10


class Merge:
    """Takes slices of rows. A dry run comes to the same numbers and writes nothing."""

    def __init__(self, session: Session, reader: RowReader, *, dry_run: bool, today: date) -> None:
        self.added = self.updated = self.unchanged = 0
        self._session = session
        self._reader = reader
        self._dry_run = dry_run
        self._today = today
        self._fields = reader.fields
        self._codes = repository.codes_by_folded_code(session)
        self._had_branches = bool(self._codes)
        self._new_branches: list[str] = []
        self._joining_later = 0
        self._first_joining_later = 0

    def take(self, rows: Sequence[RowOfRoll]) -> None:
        """Merge rows, each of another member."""
        existing = repository.members_by_number(
            self._session, [row.facts[NUMBER] for row in rows], fields=self._fields
        )
        new: list[dict[str, Any]] = []
        changed: list[dict[str, Any]] = []
        branches: dict[str, str] = {}
        for row in rows:
            before = existing.get(row.facts[NUMBER])
            if before is not None and self._is_refused(row, before=before):
                continue
            self._settle_branch(row, new=branches)
            self._note_joining_day(row)
            if before is None:
                new.append(row.facts)
            elif tuple(before[FIRST_FIELD:]) != tuple(row.facts[name] for name in self._fields):
                changed.append({"id": before.id, **row.facts})
            else:
                self.unchanged += 1
        self.added += len(new)
        self.updated += len(changed)
        if not self._dry_run:
            repository.add_branches(self._session, branches)
            repository.add_members(self._session, new)
            repository.change_members(self._session, changed)

    def _is_refused(self, row: RowOfRoll, *, before: Row[Any]) -> bool:
        """Refuse a joining day after the leaving day that the roll keeps."""
        if "left_on" in self._fields:
            return False
        problem = left_before_joining(
            row.number, joined_on=row.facts["joined_on"], left_on=before.left_on
        )
        if problem is None:
            return False
        self._reader.refuse(problem)
        return True

    def _note_joining_day(self, row: RowOfRoll) -> None:
        if row.facts["joined_on"] > self._today:
            self._joining_later += 1
            self._first_joining_later = self._first_joining_later or row.number

    def _settle_branch(self, row: RowOfRoll, *, new: dict[str, str]) -> None:
        """Spell a branch as the roll does; the first spelling of a new branch stands."""
        spelled = row.facts["branch"]
        folded = folded_branch(spelled)
        if folded not in self._codes:
            self._codes[folded] = new[folded] = spelled
            self._new_branches.append(spelled)
        row.facts["branch"] = self._codes[folded]

    def warnings(self) -> list[WarningOut]:
        """Return what was noticed on the way."""
        found = []
        if self._joining_later:
            found.append(
                WarningOut(
                    code=Caution.JOINS_LATER,
                    message=f"Rows whose joining day is still to come: {self._joining_later}, the "
                    f"first of them row {self._first_joining_later}. Check the year.",
                )
            )
        # On an empty roll every branch is new, which is no news.
        if self._new_branches and self._had_branches:
            found.append(
                WarningOut(
                    code=Caution.NEW_BRANCHES,
                    message=f"Branches that were not on the roll: {_some(self._new_branches)}. "
                    "Check that none is a misspelling of another.",
                )
            )
        return found


def _some(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
