"""Some of what a file would do, to look at: who is new, who changes and how, who is missing."""

from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel

from app.roll.compare import Staged
from app.roll.merges import merged, standing_of
from app.roll.rows import NUMBER
from app.roll.same_people import Person, SamePeople
from app.roll.staging import MEMBER

# Nobody reads further; the counts are of all.
MOST_LISTED = 500


class ListedMember(BaseModel):
    """A member, and where they stand in the file; `row` is None for whoever is not in it."""

    membership_number: str
    name: str
    branch: str
    row: int | None = None


class ListedChange(BaseModel):
    """One fact of one member that would change."""

    row: int
    membership_number: str
    name: str
    column: str
    before: str
    after: str


class ListedPair(BaseModel):
    """Two members who are probably one person."""

    first: ListedMember
    second: ListedMember
    what_merging_does: str


class Findings(BaseModel):
    """At most 500 of each kind."""

    added: list[ListedMember] = []
    changed: list[ListedChange] = []
    missing: list[ListedMember] = []
    same_people: list[ListedPair] = []


def findings_of(staged: Staged, *, same_people: SamePeople) -> Findings:
    """List some of what an import would do."""
    return Findings(
        added=_added(staged),
        changed=_changed(staged),
        missing=_missing(staged),
        same_people=[_pair(staged, *pair) for pair in same_people.pairs],
    )


def _added(staged: Staged) -> list[ListedMember]:
    stage = staged.stage
    given = stage.c.given_name if "given_name" in staged.fields else sa.literal("")
    new = (
        sa.select(stage.c.row_no, stage.c[NUMBER], given, stage.c.family_name, stage.c.branch)
        .select_from(staged.beside_roll)
        .where(staged.good, staged.is_new)
        .order_by(stage.c.row_no)
        .limit(MOST_LISTED)
    )
    return [
        ListedMember(membership_number=number, name=_name(*names), branch=branch, row=row)
        for row, number, *names, branch in staged.session.execute(new)
    ]


def _changed(staged: Staged) -> list[ListedChange]:
    stage = staged.stage
    rows = (
        sa.select(
            stage.c.row_no,
            MEMBER.c[NUMBER],
            MEMBER.c.given_name,
            MEMBER.c.family_name,
            *[stage.c[name].label(f"after_{name}") for name in staged.fields],
            *[MEMBER.c[name].label(f"before_{name}") for name in staged.fields],
        )
        .select_from(staged.beside_roll)
        .where(staged.good, staged.differs)
        .order_by(stage.c.row_no)
        .limit(MOST_LISTED)
    )
    changes = [
        ListedChange(
            row=row["row_no"],
            membership_number=row[NUMBER],
            name=_name(row["given_name"], row["family_name"]),
            column=name,
            before=_in_words(row[f"before_{name}"]),
            after=_in_words(row[f"after_{name}"]),
        )
        for row in staged.session.execute(rows).mappings()
        for name in staged.fields
        if row[f"before_{name}"] != row[f"after_{name}"]
    ]
    return changes[:MOST_LISTED]


def _missing(staged: Staged) -> list[ListedMember]:
    rows = (
        sa.select(MEMBER.c[NUMBER], MEMBER.c.given_name, MEMBER.c.family_name, MEMBER.c.branch)
        .where(staged.is_missing)
        .order_by(MEMBER.c[NUMBER])
        .limit(MOST_LISTED)
    )
    return [
        ListedMember(membership_number=number, name=_name(*names), branch=branch)
        for number, *names, branch in staged.session.execute(rows)
    ]


def _pair(staged: Staged, first: Person, second: Person) -> ListedPair:
    standings = [standing_of(staged, each.membership_number) for each in (first, second)]
    return ListedPair(
        first=_listed(first),
        second=_listed(second),
        what_merging_does=merged(*standings).in_words,
    )


def _listed(person: Person) -> ListedMember:
    return ListedMember(
        membership_number=person.membership_number,
        name=_name(person.given_name, person.family_name),
        branch=person.branch,
        row=person.row,
    )


def _name(given: str, family: str) -> str:
    return f"{given} {family}".strip()


def _in_words(value: Any) -> str:  # noqa: ANN401 - whatever a column holds
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
