"""Changes of a frozen roll in words: the sum, each change with its percentages, who decided."""

from collections.abc import Sequence

from app.ballots.supplements import Latecomer
from app.core.spoken_times import day, long_time
from app.rules.entitlement import IN_SHORT
from app.turnout.roll_changes import ProposalOut, RollChangeOut, RollChangesOut, TurnoutThenOut
from app.web.filters import percent, plural, thousands

OUTCOMES = {
    "approved": "Approved by {by}: change {change}",
    "refused": "Refused by {by}",
    "withdrawn": "Withdrawn by {by}",
    "had_voted": "Not done: the member has voted ({by} had approved)",
}
ERASED = "A member since erased"
ERASED_REASON = "(erased with the member)"


def denominator_rows(found: RollChangesOut) -> list[tuple[str, str]]:
    """Return of whom the denominator of turnout consists, line by line."""
    return [
        ("On the roll when it was frozen", thousands(found.roll.frozen)),
        ("Came in by supplement", f"+\N{NO-BREAK SPACE}{thousands(found.roll.supplements)}"),
        ("Taken off", f"\N{MINUS SIGN}\N{NO-BREAK SPACE}{thousands(found.roll.exclusions)}"),
        ("Entitled to vote: turnout is measured against these", thousands(found.entitled)),
    ]


def change_rows(found: RollChangesOut) -> list[tuple[str, ...]]:
    """Return (number, what, why, who, when, turnout before and after) of each change."""
    return [
        (
            f"{change.number}",
            _what(change),
            change.reason or ERASED_REASON,
            _who(change),
            long_time(change.made_at),
            f"{_share(change.before)} → {_share(change.after)}",
        )
        for change in found.changes
    ]


def _what(change: RollChangeOut) -> str:
    if change.kind == "supplement":
        return f"{plural(change.entries, 'member')} added"
    return f"{plural(change.entries, 'member')} taken off"


def _who(change: RollChangeOut) -> str:
    if change.approved_by is None:
        return change.proposed_by
    return f"{change.proposed_by}, approved by {change.approved_by}"


def _share(then: TurnoutThenOut) -> str:
    return percent(then.turnout_percent)


def effect_rows(found: RollChangesOut) -> list[tuple[str, ...]]:
    """Return turnout as it is, and as it would be with one fewer entitled."""
    return [
        (
            words,
            thousands(then.entitled),
            thousands(then.votes_cast),
            _share(then),
        )
        for words, then in (("Now", found.now), ("Afterwards", found.after_one_exclusion))
    ]


def about(proposal: ProposalOut) -> list[tuple[str, str]]:
    """Return what a proposal says."""
    rows = [
        ("Member", proposal.membership_number or ERASED),
        ("Branch", proposal.branch),
        ("Reason", proposal.reason or ERASED_REASON),
        ("Proposed by", proposal.proposed_by),
        ("Proposed on", long_time(proposal.proposed_at)),
    ]
    return [*rows, ("Decision", outcome(proposal))] if proposal.outcome else rows


def outcome(proposal: ProposalOut) -> str:
    """Say what became of a proposal."""
    if proposal.outcome is None:
        return "Waits for a second officer"
    return OUTCOMES[proposal.outcome].format(by=proposal.decided_by, change=proposal.change)


def decided_rows(found: RollChangesOut) -> list[tuple[str, ...]]:
    """Return (member, reason, who proposed it, what became of it) of each decided proposal."""
    return [
        (
            each.membership_number or ERASED,
            each.reason or ERASED_REASON,
            each.proposed_by,
            outcome(each),
        )
        for each in found.proposals
        if each.outcome is not None
    ]


def latecomer_rows(late: Sequence[Latecomer]) -> list[tuple[str, ...]]:
    """Return (number, name, branch, joined, why they are not on the roll) of each latecomer."""
    return [
        (
            each.membership_number,
            f"{each.given_name} {each.family_name}".strip(),
            each.standing.branch,
            day(each.standing.joined_on),
            IN_SHORT.get(each.left_out, each.left_out) if each.left_out else "Was not on file yet",
        )
        for each in late
    ]
