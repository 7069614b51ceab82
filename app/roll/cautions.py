"""What is worth a look before an import is applied. Nothing here refuses anything."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy import func

from app.roll.compare import Comparison, Staged, has_not_left
from app.roll.rows import NUMBER
from app.roll.same_people import SamePeople
from app.roll.schemas import Caution, WarningOut
from app.roll.staging import MEMBER
from app.rules.days import in_words

# A column that changes for so many of a hundred members was probably exported wrongly.
MANY_CHANGES_PERCENT = 30
# A branch that shrinks or grows by one in so many.
BRANCH_SHARE = 3
# New members are a spike from so many of a hundred on the roll.
SPIKE_PERCENT = 10
# One person is no pattern, and ten joiners no spike.
FEWEST_CHANGES = 2
FEWEST_JOINERS = 10
MOST_NAMES = 10
MOST_ADDRESSES = 5
# Not the bare column: SQLite would walk through its index and fetch members in that order, one by
# one, which takes five times as long as reading them all.
BRANCH = func.coalesce(MEMBER.c.branch, "").label("branch_of_member")


def cautions(
    staged: Staged,
    found: Comparison,
    *,
    new_branches: Sequence[str],
    same_people: SamePeople,
    mark_missing: bool,
) -> list[WarningOut]:
    """Return every warning about an import that is about to be applied."""
    before = _sizes(staged)
    return [
        *_joining_later(found),
        *_new_branches(new_branches, is_first=not before),
        *_many_changes(found),
        *_branch_sizes(before, _sizes_after(staged, mark_missing=mark_missing)),
        *_spike(staged, found, members=sum(before.values())),
        *_shared_addresses(staged),
        *_same_people(same_people),
    ]


def _joining_later(found: Comparison) -> Iterator[WarningOut]:
    if found.joining_later:
        yield WarningOut(
            code=Caution.JOINS_LATER,
            message=f"Rows whose joining day is still to come: {found.joining_later:,}, the "
            f"first of them row {found.first_joining_later}. Check the year.",
        )


def _new_branches(names: Sequence[str], *, is_first: bool) -> Iterator[WarningOut]:
    # On an empty roll every branch is new, which is no news.
    if names and not is_first:
        yield WarningOut(
            code=Caution.NEW_BRANCHES,
            message=f"Branches that were not on the roll: {_some(names)}. "
            "Check that none is a misspelling of another.",
        )


def _many_changes(found: Comparison) -> Iterator[WarningOut]:
    known = found.updated + found.unchanged
    for name, changed in found.changes.items():
        if changed >= FEWEST_CHANGES and changed * 100 >= known * MANY_CHANGES_PERCENT:
            yield WarningOut(
                code=Caution.MANY_CHANGES,
                message=f"{name} would change for {changed:,} of the {known:,} members in this "
                "file whom the roll knows. Check that the right column stands under it.",
            )


def _sizes(staged: Staged) -> dict[str, int]:
    """Return how many members each branch has who have not left."""
    rows = staged.session.execute(
        sa.select(BRANCH, func.count())
        .where(has_not_left(MEMBER.c.left_on, staged.today))
        .group_by(BRANCH)
    )
    return {branch: members for branch, members in rows}  # noqa: C416 - rows are not pairs to a type checker


def _sizes_after(staged: Staged, *, mark_missing: bool) -> dict[str, int]:
    """Return the same as it would be after the import."""
    stage = staged.stage
    left_on = stage.c.left_on if "left_on" in staged.fields else MEMBER.c.left_on
    rows = staged.session.execute(
        sa.select(stage.c.branch, func.count())
        .select_from(staged.beside_roll)
        .where(staged.good, has_not_left(left_on, staged.today))
        .group_by(stage.c.branch)
    ).all()
    sizes = {branch: members for branch, members in rows}  # noqa: C416 - as above
    staying = [_refused(staged)] if mark_missing else [_refused(staged), _missing(staged)]
    for query in staying:
        for branch, members in staged.session.execute(query):
            sizes[branch] = sizes.get(branch, 0) + members
    return sizes


def _refused(staged: Staged) -> sa.Executable:
    """Count by branch who stays as they are because all their rows were refused."""
    stage, other = staged.stage, staged.stage.alias("other")
    good = sa.select(other.c.row_no).where(
        other.c.refused.is_(sa.false()), other.c.known_as == stage.c.known_as
    )
    return (
        sa.select(MEMBER.c.branch, func.count(MEMBER.c.id.distinct()))
        .join(stage, stage.c.known_as == MEMBER.c[NUMBER])
        .where(
            stage.c.refused.is_(sa.true()),
            has_not_left(MEMBER.c.left_on, staged.today),
            ~good.exists(),
        )
        .group_by(MEMBER.c.branch)
    )


def _missing(staged: Staged) -> sa.Executable:
    """Count by branch who stays as they are because they are not in the file."""
    return sa.select(BRANCH, func.count()).where(staged.is_missing).group_by(BRANCH)


def _branch_sizes(before: Mapping[str, int], after: Mapping[str, int]) -> Iterator[WarningOut]:
    changed = [
        f"{branch} (from {size:,} to {after.get(branch, 0):,})"
        for branch, size in sorted(before.items())
        if _differs_by_a_third(size, after.get(branch, 0))
    ]
    if changed:
        yield WarningOut(
            code=Caution.BRANCH_SIZE,
            message=f"Branches that would shrink or grow by a third or more: {_some(changed)}. "
            "Check that the file is whole and that their codes are right.",
        )


def _differs_by_a_third(before: int, after: int) -> bool:
    difference = abs(after - before)
    return difference >= FEWEST_CHANGES and difference * BRANCH_SHARE >= before


def _spike(staged: Staged, found: Comparison, *, members: int) -> Iterator[WarningOut]:
    # The first file is all joiners.
    if not members or found.added < FEWEST_JOINERS:
        return
    if found.added * 100 < members * SPIKE_PERCENT:
        return
    stage = staged.stage
    row = staged.session.execute(
        sa.select(stage.c.joined_on, func.count().label("joined"))
        .select_from(staged.beside_roll)
        .where(staged.good, staged.is_new)
        .group_by(stage.c.joined_on)
        .order_by(sa.desc("joined"), stage.c.joined_on.desc())
        .limit(1)
    ).first()
    # Another import may have brought them all in since they were counted.
    if row is not None:
        day, joined = row
        yield WarningOut(code=Caution.JOINER_SPIKE, message=_of_spike(found, members, day, joined))


def _of_spike(found: Comparison, members: int, day: date, joined: int) -> str:
    return (
        f"{found.added:,} new members on a roll of {members:,} are many at once; {joined:,} of "
        f"them have {in_words(day)} as their joining day. Check that these are joiners and not "
        "members whose numbers have changed."
    )


def _shared_addresses(staged: Staged) -> Iterator[WarningOut]:
    if "email" not in staged.fields:
        return
    stage = staged.stage
    in_file = sa.select(func.lower(stage.c.email).label("email"), stage.c[NUMBER]).where(
        staged.good, stage.c.email != ""
    )
    on_roll = sa.select(func.lower(MEMBER.c.email), MEMBER.c[NUMBER]).where(
        staged.is_missing, MEMBER.c.email != ""
    )
    everybody = sa.union_all(in_file, on_roll).subquery()
    members = func.count().label("members")
    shared = (
        sa.select(
            everybody.c.email,
            members,
            func.min(everybody.c[NUMBER]),
            func.max(everybody.c[NUMBER]),
            func.count().over().label("addresses"),
        )
        .group_by(everybody.c.email)
        .having(func.count() > 1)
        .order_by(sa.desc("members"), everybody.c.email)
        .limit(MOST_ADDRESSES)
    )
    rows = staged.session.execute(shared).all()
    if rows:
        named = [f"{email} ({_whose(*each)})" for email, *each, _ in rows]
        more = rows[0].addresses - len(rows)
        yield WarningOut(
            code=Caution.SHARED_EMAIL,
            message=f"E-mail addresses that more than one member would have: {', '.join(named)}"
            f"{f' and {more:,} more' if more else ''}. Whoever reads them sees all their mail.",
        )


def _whose(members: int, first: str, last: str) -> str:
    others = f" and {members - 2:,} more" if members > 2 else ""  # noqa: PLR2004 - first and last
    return f"{first}, {last}{others}"


def _same_people(found: SamePeople) -> Iterator[WarningOut]:
    if not found.pairs:
        return
    first, second = found.pairs[0]
    pairs = f"{len(found.pairs):,} pairs" if len(found.pairs) > 1 else "1 pair"
    yield WarningOut(
        code=Caution.SAME_PEOPLE,
        message=f"{'More than ' if found.more else ''}{pairs} of members with nearly the same "
        f"name and the same postcode, such as {first.membership_number} and "
        f"{second.membership_number}. Each pair may be one person.",
    )


def _some(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
