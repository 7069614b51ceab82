"""Find members who are probably one person: nearly the same name at the same postcode.

Only pairs with somebody new are looked for: of the others headquarters has been told before. Names
are compared within one postcode and one first letter, so the work does not grow with the square of
the roll.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, func

from app.roll.compare import Staged
from app.roll.rows import NUMBER
from app.roll.staging import MEMBER

# So many at one postcode with one first letter live in one large house, or nowhere in particular.
MOST_TOGETHER = 30
# How many people, and pairs, are looked at in one file. More are a fault of the file.
MOST_PEOPLE = 100_000
MOST_PAIRS = 500
# Of 100, as rapidfuzz counts. Okafor and Okaffor are 92, Reid and Reed 75.
SAME_FAMILY_NAME = 85
# Of 1: Jon and John 0.93, Katherine and Catherine 0.93, John and Joan 0.87.
SAME_GIVEN_NAME = 0.9


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the file, on the roll, or both.

    Attributes:
        row: where they stand in the file; None for whoever is only on the roll.
        is_new: whether the roll does not know the number.
    """

    membership_number: str
    row: int | None
    is_new: bool
    given_name: str
    family_name: str
    branch: str


@dataclass(frozen=True)
class SamePeople:
    """Pairs of members who are probably one person: some of them, and whether there may be more."""

    pairs: tuple[tuple[Person, Person], ...]
    more: bool


def find_same_people(staged: Staged) -> SamePeople:
    """Return who is probably one person. A file without given names or postcodes tells nothing."""
    if not {"given_name", "postcode"} <= set(staged.fields):
        return SamePeople((), more=False)
    people = staged.session.execute(_candidates(staged).limit(MOST_PEOPLE)).all()
    pairs: list[tuple[Person, Person]] = []
    for pair in alike_pairs(people):
        if len(pairs) == MOST_PAIRS:
            return SamePeople(tuple(pairs), more=True)
        pairs.append(pair)
    return SamePeople(tuple(pairs), more=len(people) == MOST_PEOPLE)


def _candidates(staged: Staged) -> sa.Select[Any]:
    """Select who shares postcode and first letter with a few others, one of them new."""
    stage = staged.stage
    in_file = (
        sa.select(
            stage.c[NUMBER],
            stage.c.row_no,
            sa.case((staged.is_new, 1), else_=0).label("is_new"),
            stage.c.given_name,
            stage.c.family_name,
            stage.c.branch,
            home_of(stage.c.postcode, stage.c.family_name).label("home"),
        )
        .select_from(staged.beside_roll)
        .where(staged.good, stage.c.postcode != "")
    )
    on_roll = sa.select(
        MEMBER.c[NUMBER],
        sa.null(),
        sa.literal(0),
        MEMBER.c.given_name,
        MEMBER.c.family_name,
        MEMBER.c.branch,
        home_of(MEMBER.c.postcode, MEMBER.c.family_name),
    ).where(staged.is_missing, MEMBER.c.postcode != "")
    # Twice in full rather than once as a table of their own: it would not fit into memory.
    people, everybody = (sa.union_all(in_file, on_roll).subquery(name) for name in ("p", "e"))
    shared = (
        sa.select(everybody.c.home)
        .group_by(everybody.c.home)
        .having(func.count().between(2, MOST_TOGETHER), func.max(everybody.c.is_new) == 1)
        .subquery("shared")
    )
    return (
        sa.select(people)
        .join(shared, shared.c.home == people.c.home)
        .order_by(people.c.home, people.c[NUMBER])
    )


def home_of(
    postcode: sa.ColumnExpressionArgument[str], family_name: sa.ColumnExpressionArgument[str]
) -> ColumnElement[str]:
    """Return postcode and first letter, without the space that half of all people leave out."""
    return func.upper(func.replace(postcode, " ", "") + "/" + func.substr(family_name, 1, 1))


def alike_pairs(people: Iterable[sa.Row[Any]]) -> Iterator[tuple[Person, Person]]:
    """Yield who is probably one person, each pair with somebody new in it.

    Args:
        people: rows of one home after another, with `home` and what a `Person` has.
    """
    for _, together in groupby(people, key=lambda row: row.home):
        here = [_person(row) for row in together]
        for first, second in combinations(here, 2):
            if (first.is_new or second.is_new) and _are_alike(first, second):
                yield first, second


def _person(row: sa.Row[Any]) -> Person:
    return Person(
        row.membership_number,
        row=row.row_no,
        is_new=bool(row.is_new),
        given_name=row.given_name,
        family_name=row.family_name,
        branch=row.branch,
    )


def _are_alike(first: Person, second: Person) -> bool:
    # Loaded here: only an import needs it.
    from rapidfuzz.distance import JaroWinkler
    from rapidfuzz.fuzz import ratio

    short, long = sorted((_folded(first.given_name), _folded(second.given_name)), key=len)
    if not short:
        return False
    if ratio(_folded(first.family_name), _folded(second.family_name)) < SAME_FAMILY_NAME:
        return False
    is_initial = len(short) == 1 and long.startswith(short)
    return is_initial or JaroWinkler.similarity(short, long) >= SAME_GIVEN_NAME


def _folded(name: str) -> str:
    return name.casefold().strip(" .")
