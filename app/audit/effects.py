"""What each kind of event changed: before and after, where its own facts say so.

Every kind of event stands in exactly one of three tables: what it changes follows from its facts;
or whoever records it gives it; or it changes nothing that this log is about, for a reason.
"""

from collections.abc import Callable, Mapping
from typing import Any

from app.audit import (
    events,
    evidence_events,
    key_events,
    notice_events,
    officer_events,
    staff_events,
    start_events,
)
from app.audit.changes import Changes, changes
from app.audit.events import Event

Effect = Callable[[Any], Changes]


def changes_of(event: Event) -> Changes:
    """Return what an event changed: as whoever records it says, else as its own facts say."""
    effect = EFFECTS.get(type(event))
    return event.changes or (effect(event) if effect else {})


def _made(*names: str) -> Effect:
    """Nothing before; after it these facts of the event."""
    return lambda event: changes(after={name: getattr(event, name) for name in names})


def _turned(name: str, before: object, after: object) -> Effect:
    """One thing that is now another, whatever the event's facts are."""
    return lambda _: changes({name: before}, {name: after})


def _decided(event: Any) -> Changes:  # noqa: ANN401 - any event with an outcome
    return changes({"proposal": "waiting"}, {"proposal": event.outcome})


PROPOSED = _turned("proposal", None, "waiting")
EFFECTS: Mapping[type[Event], Effect] = {
    # Staff accounts.
    events.StaffAdded: _made("role", "branch"),
    events.StaffDisabled: _turned("account", "open", "closed"),
    events.TokenIssued: _turned("API token", None, "issued"),
    events.SessionsRevoked: lambda e: changes(
        {"sessions": e.sessions, "tokens": e.tokens}, {"sessions": 0, "tokens": 0}
    ),
    staff_events.SessionsEnded: lambda e: changes({"sessions": e.sessions}, {"sessions": 0}),
    staff_events.FactorAdded: lambda e: changes(
        {"second factors": e.factors_before}, {"second factors": e.factors}
    ),
    staff_events.FactorRemoved: lambda e: changes(
        {"second factors": e.factors_before}, {"second factors": e.factors}
    ),
    staff_events.FactorsReset: lambda e: changes(
        {"second factors": e.factors_before, "recovery codes": e.codes_before},
        {"second factors": 0, "recovery codes": 0},
    ),
    staff_events.RecoveryCodesMade: lambda e: changes(
        {"recovery codes": e.left_before}, {"recovery codes": e.made}
    ),
    staff_events.StaffInvited: _made("role", "branch", "ends_at"),
    staff_events.InvitationWithdrawn: _turned("invitation", "open", "withdrawn"),
    staff_events.InvitationAccepted: _turned("invitation", "open", "accepted"),
    key_events.IdentityBound: _made("issuer", "identity"),
    key_events.IdentityUnbound: lambda e: changes({"issuer": e.issuer}),
    # Ballots and their rolls.
    events.RollFrozen: lambda e: changes(
        {"state": "draft"},
        {"state": "frozen", "entitled": e.entitled, "roll_digest": e.roll_digest},
    ),
    events.ExclusionProposed: PROPOSED,
    events.ExclusionDecided: _decided,
    notice_events.ExtensionProposed: PROPOSED,
    notice_events.ExtensionDecided: _decided,
    notice_events.WindowExtended: lambda e: changes(
        {"closes_at": e.closed_at}, {"closes_at": e.closes_at}
    ),
    officer_events.CancellationProposed: PROPOSED,
    officer_events.CancellationDecided: _decided,
    officer_events.BallotCancelled: lambda e: changes({"state": e.before}, {"state": "cancelled"}),
    officer_events.DeclarationConfirmed: PROPOSED,
    officer_events.DeclarationDecided: _decided,
    events.BoxSealed: _turned("box", "open", "sealed"),
    events.BoardSigned: _made("papers", "root", "shows"),
    events.ResultDeclared: lambda e: changes(
        {"state": "closed"}, {"state": "declared", "tally_digest": e.tally_digest}
    ),
    evidence_events.EvidenceMade: _made("sha256", "size"),
    events.MemberErased: lambda e: changes(
        {"entries that say whose": e.entries}, {"entries that say whose": 0}
    ),
    # Codes: of exactly those members for whom they were made or ended.
    events.CodesIssued: lambda e: changes({"live codes": 0}, {"live codes": e.issued}),
    events.CodesRevoked: lambda e: changes({"live codes": e.revoked}, {"live codes": 0}),
    # Rules.
    events.CommencementEntered: _made("day", "source"),
    events.CommencementWithdrawn: lambda e: changes({"day": e.day}),
    # What is set while the service runs.
    events.MailPaused: _turned("mail", "running", "paused"),
    events.MailResumed: _turned("mail", "paused", "running"),
    notice_events.ReminderPlanned: _made("due", "branch"),
    notice_events.ReminderCancelled: _turned("reminder", "planned", "cancelled"),
    notice_events.WebhookAdded: _turned("told of events", False, True),
    notice_events.WebhookEnded: _turned("told of events", True, False),
    events.TurnoutLinkMade: _made("branch", "days"),
}

# Only where it happens is it known what was before.
GIVEN: Mapping[type[Event], str] = {
    events.BallotCreated: "everything that was set, questions and all",
    events.RollImported: "how many members there were, and digests of the roll's state",
    events.RollSupplemented: "how many were entitled before, and the digest before",
    events.MemberExcluded: "how many were entitled before, and the digest before",
    events.WordsChanged: "the words themselves",
    events.CourseSupplied: "what stood under that name before",
    events.CourseRemoved: "what stood under that name before",
    events.TurnoutLinkEnded: "when it would have ended",
    events.ColumnsMatched: "how the columns of such a file were matched before",
    start_events.SettingsChanged: "each setting",
    start_events.RulesChanged: "the digest of each rule book",
}

CHANGES_NOTHING: Mapping[type[Event], str] = {
    events.StaffSignedIn: "an account is as it was",
    events.StaffSignedOut: "an account is as it was",
    staff_events.StaffProved: "an account is as it was",
    staff_events.FactorRefused: "an account is as it was",
    events.PasswordChanged: "neither password may be shown, nor anything made of one",
    events.MembersListed: "a list was read",
    notice_events.UnvotedListSeen: "a list was read",
    events.MemberExported: "what is held was read",
    evidence_events.EvidenceBegun: "keys that nobody has seen yet",
    evidence_events.EvidenceKeyHandedOver: "a key was read",
    events.InvitationsQueued: "messages are in the delivery ledger",
    events.MessagesQueuedAgain: "messages are in the delivery ledger",
    events.LinkAskedFor: "whether a code is made for it nobody may learn",
    notice_events.NewLinksAskedFor: "whether a code is made for it nobody may learn",
    notice_events.NoticeQueued: "messages are in the delivery ledger",
    notice_events.ReminderQueued: "messages are in the delivery ledger",
    notice_events.TextsQueued: "messages are in the delivery ledger",
    notice_events.LettersMade: "its codes are in an event of their own",
    notice_events.MessagesCameBack: "whether a code still worked nobody may learn",
    key_events.GuessingSeen: "nothing was changed by it",
    key_events.KeysRotated: "the fingerprint of the key is among the settings",
}
