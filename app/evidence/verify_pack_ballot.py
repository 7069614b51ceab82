"""Check what a pack says of the ballot: its questions, its window, and the chain of its roll."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from app.ballots.chain import next_digest
from app.evidence.findings import Finding, broken, holds
from app.evidence.pack_facts import questions_digest

Facts = Mapping[str, Any]


def check_questions(facts: Facts) -> Iterator[Finding]:
    """Hold the digest of the questions against their words."""
    asked = facts["ballot"]["ballot"]["questions"]
    if questions_digest(asked) != facts["ballot"]["questions"]["sha256"]:
        yield broken("questions", "The questions are not those whose digest was kept.")
        return
    number = "One question was" if len(asked) == 1 else f"{len(asked)} questions were"
    yield holds("questions", f"{number} asked, in the words that were set.")


def check_window(facts: Facts) -> Iterator[Finding]:
    """Check that the window follows from every change of it, and that all came in order."""
    window, ballot = facts["ballot"]["window"], facts["ballot"]["ballot"]
    moments = facts["ballot"]["moments"]
    approved = [each for each in window["proposals"] if each["outcome"] == "approved"]
    close = window["first_close"]
    for each in approved:
        if each["old_close"] != close or _at(each["new_close"]) <= _at(close):
            yield broken("window", "A change of the close does not follow from the one before it.")
            return
        if each["decided_by"] == each["proposed_by"] or _at(each["decided_at"]) >= _at(close):
            yield broken("window", "The close was moved by one officer alone, or when it had come.")
            return
        close = each["new_close"]
    same = (
        close == window["closes_at"]
        and _at(window["closes_at"]) == _at(ballot["closes_at"])
        and _at(window["opens_at"]) == _at(ballot["opens_at"])
    )
    # A declaration bears the moment at which it was asked for, which may be while the last votes
    # that came in time were still being stored.
    orders = (
        [moments["frozen_at"], window["closes_at"], moments["sealed_at"], moments["stirred_at"]],
        [window["opens_at"], window["closes_at"], moments["declared_at"]],
    )
    in_order = all(sorted(each, key=_at) == each for each in orders)
    if not same or not in_order or _at(window["opens_at"]) == _at(close):
        yield broken("window", "The moments of the ballot are not in the order in which they came.")
        return
    changed = {0: "was never moved", 1: "was moved once, by two officers"}.get(
        len(approved), f"was moved {len(approved)} times, each time by two officers"
    )
    yield holds(
        "window",
        f"The close {changed}; the box was sealed after it, and nothing was counted before.",
    )


def check_roll(facts: Facts) -> Iterator[Finding]:
    """Check the chain of the roll's digests, and that the numbers of entitled follow from it."""
    roll = facts["roll"]
    digest, entitled = roll["frozen_digest"], roll["entitled_at_the_freeze"]
    for number, each in enumerate(roll["changes"], 1):
        entitled += each["members"] if each["kind"] == "supplement" else -each["members"]
        follows = (each["number"], each["previous_digest"]) == (number, digest)
        digest = next_digest(digest, content_digest=each["content_digest"])
        if not follows or each["digest"] != digest or each["entitled_after"] != entitled:
            words = f"Change {number} of the roll does not follow from the one before it."
            yield broken("roll", words)
            return
        if each["kind"] != "supplement" and each["approved_by"] in {None, each["proposed_by"]}:
            yield broken("roll", f"Change {number} took a member off by one officer alone.")
            return
    shown = facts["ballot"]["ballot"]["roll_digest"]
    if (digest, entitled) != (roll["digest"], roll["entitled"]) or digest != shown:
        yield broken("roll", "The roll at the close does not follow from the frozen roll.")
        return
    changes = len(roll["changes"])
    after = "was never changed" if not changes else f"changed {changes} times, each on record"
    yield holds("roll", f"{entitled:,} were entitled; the roll {after} after it was frozen.")


def _at(moment: str) -> datetime:
    return datetime.fromisoformat(moment)
