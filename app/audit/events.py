"""Typed events: one small class for each thing worth remembering.

The class name is the action, `subject` says what it happened to, and the other fields are the
details. Counts and names of things only: never a choice, a code, a token or a password.

An event that changes something says in `changes` what it was before and after:
`StaffAdded("anna", ..., changes=changes(after={"role": "hq"}))`. Where it is empty it is left out.
"""

from dataclasses import dataclass, field

from app.audit.changes import Changes


@dataclass(frozen=True)
class Event:
    """Anything that goes into the audit log."""

    subject: str
    changes: Changes = field(default_factory=dict, kw_only=True)


@dataclass(frozen=True)
class StaffAdded(Event):
    """A staff account was made."""

    role: str
    branch: str | None


@dataclass(frozen=True)
class StaffSignedIn(Event):
    """A member of staff signed in, by a password and what else was proved last."""

    by: str


@dataclass(frozen=True)
class StaffSignedOut(Event):
    """A member of staff signed out, which ends that session."""


@dataclass(frozen=True)
class SessionsRevoked(Event):
    """Every session and API token of an account was ended."""

    sessions: int
    tokens: int


@dataclass(frozen=True)
class StaffDisabled(Event):
    """An account was closed for good."""


@dataclass(frozen=True)
class PasswordChanged(Event):
    """An account was given another password."""


@dataclass(frozen=True)
class TokenIssued(Event):
    """An API token was made for an account."""


@dataclass(frozen=True)
class MembersListed(Event):
    """A list of members to ask was taken away as a file. Says of whom by branch alone."""

    branch: str
    which: str
    members: int


@dataclass(frozen=True)
class RollImported(Event):
    """A membership file was applied to the roll. Names nobody: counts by column, and digests."""

    rows: int
    added: int
    updated: int
    unchanged: int
    rejected: int
    file_digest: str
    columns: dict[str, int]
    marked_as_left: int


@dataclass(frozen=True)
class ColumnsMatched(Event):
    """The columns of roll files with such a header were matched with ours, to be remembered."""


@dataclass(frozen=True)
class BallotCreated(Event):
    """A ballot was set up."""

    title: str
    kind: str
    opens_at: str
    closes_at: str
    cut_off_at: str


@dataclass(frozen=True)
class RollFrozen(Event):
    """The roll was fixed for one ballot."""

    entitled: int
    excluded: dict[str, int]
    roll_digest: str


@dataclass(frozen=True)
class CodesIssued(Event):
    """Voting codes were made and handed over once."""

    issued: int


@dataclass(frozen=True)
class CodesRevoked(Event):
    """Codes that nobody had voted with were ended."""

    revoked: int


@dataclass(frozen=True)
class BoxSealed(Event):
    """The ballot box was closed for good and stirred before the count."""

    papers: int


@dataclass(frozen=True)
class BoardSigned(Event):
    """Every paper was committed to, before anybody read one: how many, and the root in hex."""

    papers: int
    root: str
    shows: str


@dataclass(frozen=True)
class ResultDeclared(Event):
    """The result was declared."""

    votes_cast: int
    entitled: int
    tally_digest: str


@dataclass(frozen=True)
class CommencementEntered(Event):
    """The day on which a planned change of law comes into force was entered, and whence."""

    day: str
    source: str


@dataclass(frozen=True)
class CommencementWithdrawn(Event):
    """The day entered for a planned change of law was taken back."""

    day: str


@dataclass(frozen=True)
class InvitationsQueued(Event):
    """Invitations to a ballot were put into the outbox; each makes its code as it leaves."""

    queued: int


@dataclass(frozen=True)
class MessagesQueuedAgain(Event):
    """Messages that were refused, or of which we were unsure, were queued once more."""

    state: str
    messages: int


@dataclass(frozen=True)
class WordsChanged(Event):
    """The words of a ballot's message were changed."""

    purpose: str
    language: str


@dataclass(frozen=True)
class MailPaused(Event):
    """Mail was stopped for all ballots until somebody resumes it."""


@dataclass(frozen=True)
class MailResumed(Event):
    """Mail was let go again."""


@dataclass(frozen=True)
class RollSupplemented(Event):
    """Members came onto a frozen roll: the change's number, how many, and the new digest."""

    change: int
    added: int
    entitled: int
    roll_digest: str


@dataclass(frozen=True)
class ExclusionProposed(Event):
    """An officer asked for somebody to be taken off a frozen roll. Whom is not said here."""

    proposal: int


@dataclass(frozen=True)
class ExclusionDecided(Event):
    """A proposal was approved, refused, withdrawn, or closed because the member had voted."""

    proposal: int
    outcome: str


@dataclass(frozen=True)
class MemberExcluded(Event):
    """Somebody was taken off a frozen roll by two officers. Whom is not said here."""

    change: int
    proposed_by: str
    entitled_before: int
    entitled: int
    roll_digest: str


@dataclass(frozen=True)
class MemberExported(Event):
    """Everything held about a member was handed over. The subject is a keyed digest."""


@dataclass(frozen=True)
class MemberErased(Event):
    """A member was erased. The subject is a keyed digest of the membership number."""

    entries: int


@dataclass(frozen=True)
class LinkAskedFor(Event):
    """An officer had a new voting link sent. The member is a keyed digest of their number."""

    member: str
    reason: str


@dataclass(frozen=True)
class CourseSupplied(Event):
    """How turnout came about in a ballot held elsewhere was added for comparison."""

    entitled: int
    votes: int
    points: int


@dataclass(frozen=True)
class CourseRemoved(Event):
    """Such a course was taken away again."""


@dataclass(frozen=True)
class TurnoutLinkMade(Event):
    """A link to the turnout of a branch was made, to be passed on to reps."""

    link: int
    branch: str
    days: int


@dataclass(frozen=True)
class TurnoutLinkEnded(Event):
    """A link to the turnout of a branch was ended before its time."""

    link: int
    branch: str
