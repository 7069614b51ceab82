"""Who is entitled and who is not, in words: the sum that makes a denominator, and what sways it."""

from collections.abc import Mapping
from datetime import date

from app.ballots.entitlement import ENTITLED, TAKEN_OFF
from app.ballots.entitlement_counts import EntitlementOut
from app.ballots.lifecycle import State
from app.ballots.models import Ballot
from app.rules.entitlement import IN_SHORT
from app.turnout.yardstick import Yardstick, statute_of, yardstick_of
from app.web.filters import plural, thousands

MINUS = "\N{MINUS SIGN}\N{NO-BREAK SPACE}"
PLUS = "+\N{NO-BREAK SPACE}"
# Every list that a page can show, in the order of the sum.
LISTS: Mapping[str, str] = {
    **IN_SHORT,
    TAKEN_OFF: "Taken off the frozen roll by two officers",
    ENTITLED: "Entitled to vote",
}


def sum_rows(found: EntitlementOut) -> list[tuple[str, str]]:
    """Return the sum, line by line, from the union's roll to the denominator of turnout."""
    draft = found.state is State.DRAFT
    rows = [
        (
            "On the union’s roll today" if draft else "On the union’s roll at the freeze",
            thousands(found.judged),
        )
    ]
    rows += [
        (LISTS.get(each.reason, each.reason), f"{MINUS}{thousands(each.count)}")
        for each in found.left_out
    ]
    if found.supplements:
        rows.append(
            ("Came in by supplement after the freeze", f"{PLUS}{thousands(found.supplements)}")
        )
    if found.taken_off:
        rows.append((LISTS[TAKEN_OFF], f"{MINUS}{thousands(found.taken_off)}"))
    rows.append(
        ("Would be entitled to vote" if draft else "Entitled to vote", thousands(found.entitled))
    )
    return rows


def turnout_asked(ballot: Ballot, *, commenced: Mapping[str, date]) -> Yardstick | None:
    """Return the turnout threshold to name beside a denominator: the ballot's, or the statute's."""
    both = (yardstick_of(ballot, commenced=commenced), statute_of(ballot, commenced=commenced))
    return next((each for each in both if each is not None and each.threshold is not None), None)


def weighed(found: EntitlementOut, *, asked: Yardstick | None) -> list[str]:
    """Say in sentences what the rules of a draft do to its denominator.

    Args:
        found: the counts.
        asked: the turnout threshold to name, if there is one.
    """
    said = []
    required = asked.required(found.entitled) if asked else None
    if asked is not None and asked.threshold is not None and required is not None:
        said.append(
            f"{asked.threshold * 100}\N{NO-BREAK SPACE}% of {thousands(found.entitled)} is "
            f"{plural(required, 'vote')}."
        )
    if found.arrears is not None:
        said.append(_arrears(found))
    outside = [each.category for each in found.categories or [] if not each.entitled]
    if outside and found.entitled:
        said.append(f"Nobody would vote of these categories: {', '.join(outside)}.")
    return said


def _arrears(found: EntitlementOut) -> str:
    assert found.arrears is not None  # noqa: S101 - asked for a draft only
    difference = abs(found.arrears.entitled_otherwise - found.entitled)
    if not difference:
        return "Members in arrears make no difference: nobody who would be entitled is in arrears."
    otherwise = thousands(found.arrears.entitled_otherwise)
    if found.arrears.excluded:
        return (
            f"Members in arrears are left out. If they voted, {otherwise} would be entitled, "
            f"{thousands(difference)} more."
        )
    return (
        f"Members in arrears vote. If they were left out, {otherwise} would be entitled, "
        f"{thousands(difference)} fewer."
    )


def frozen_sum(found: EntitlementOut) -> str | None:
    """Say of whom the denominator consists, once the roll has changed after the freeze."""
    if not (found.supplements or found.taken_off):
        return None
    frozen = found.entitled - found.supplements + found.taken_off
    return (
        f"{thousands(found.entitled)} entitled = {thousands(frozen)} when the roll was frozen "
        f"+ {thousands(found.supplements)} by supplement "
        f"{MINUS}{thousands(found.taken_off)} taken off"
    )
