"""What the messages of one batch have in common, read once, and a ballot's words filled in."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session

from app.ballots.codes import read_code
from app.ballots.credentials import voting_link
from app.ballots.repository import extensions_of
from app.core.settings import Settings
from app.notices.facts import Facts, facts_of
from app.notices.in_hand import InHand
from app.notices.recipients import Recipient, recipients_of
from app.notices.text_words import plain_marks, shortened
from app.notices.words import HELP, MEMBER, UNION, Mail, Words, fill, moment, one_line
from app.notices.words_kept import words_of
from app.notices.words_kinds import Kind, Way
from app.notices.words_shipped import ASK_AGAIN, FOOTERS, VOTE_NOW
from app.voting.marked_roll import entries_with_marks

# Stands for a code where none may be: in previews and tests. It opens nothing.
SAMPLE_CODE = "0000-0000-0000-0000-0000-0000-0000"
SAMPLE_NAMES = {"en": "Sam Sample", "cy": "Siân Sampl"}
# Stands for the reason of a later close where there is none yet.
SAMPLE_REASONS = {"en": "the reason that officers give", "cy": "y rheswm a roddir gan swyddogion"}

_BEGINS_WITH_UNION = re.compile(r"(?:\A|(?<=\n\n))\{union\}")


class Desk:
    """What the messages of one batch have in common, read once.

    Args:
        session: a session that writes.
        settings: address of the service, its key, the union's name.
        now: this moment.
    """

    def __init__(self, session: Session, *, settings: Settings, now: datetime) -> None:
        self.session = session
        self.settings = settings
        self.now = now
        self._ballots: dict[int, Facts] = {}
        self._reasons: dict[int, str] = {}
        self._words: dict[tuple[int, str, str], Words] = {}
        self._recipients: Mapping[int, Recipient] = {}
        # Entries that have voted.
        self.voted: set[int] = set()

    def read(self, rows: Sequence[InHand]) -> None:
        """Read whom these messages are for, and who of them has voted."""
        self._recipients = recipients_of(self.session, [row.id for row in rows])
        entries = {row.entry_id for row in rows if row.entry_id is not None}
        ballots = {row.ballot_id for row in rows if row.ballot_id is not None}
        self.voted = entries_with_marks(self.session, ballots=ballots, entries=entries)

    def recipient(self, row: InHand) -> Recipient:
        """Return whom a message is for."""
        return self._recipients[row.id]

    def ballot(self, ballot_id: int) -> Facts:
        """Return a ballot as its messages have it."""
        if ballot_id not in self._ballots:
            self._ballots[ballot_id] = facts_of(self.session, ballot_id)
        return self._ballots[ballot_id]

    def words(self, ballot_id: int, *, kind: Kind, language: str) -> Words:
        """Return a ballot's words for a message, read once."""
        key = (ballot_id, kind.key, language)
        if key not in self._words:
            self._words[key] = words_of(self.session, ballot_id, kind=kind, language=language)
        return self._words[key]

    def reason(self, ballot_id: int, *, language: str) -> str:
        """Return why voting closes later, or a sample where the close was not moved."""
        if ballot_id not in self._reasons:
            moved = extensions_of(self.session, ballot_id)
            self._reasons[ballot_id] = one_line(moved[-1].reason) if moved else ""
        return self._reasons[ballot_id] or SAMPLE_REASONS[language]

    def values(
        self, ballot_id: int, *, kind: Kind, language: str, name: str = "", code: str = ""
    ) -> dict[str, str]:
        """Return what stands in a message's fields, and in those of what stands in every one."""
        ballot, settings = self.ballot(ballot_id), self.settings
        # The pages behind these links know nothing yet of who reads them. Texts must be short.
        spoken = "?lang=cy" if language == "cy" and kind.way is not Way.TEXT else ""
        values = {
            "name": one_line(name) or MEMBER[language],
            "title": one_line(ballot.title),
            "opens": moment(ballot.opens_at, language=language),
            "closes": moment(ballot.closes_at, language=language),
            "union": settings.union_name or UNION[language],
            "help": settings.help_contact or HELP[language],
            "link": voting_link(code, settings=settings),
            "lost_link": f"{settings.base_url}/lost-link{spoken}",
            "my_details": f"{settings.base_url}/my-details{spoken}",
        }
        if "question" in kind.fields:
            values["question"] = ballot.question
        if "reason" in kind.fields:
            values["reason"] = self.reason(ballot_id, language=language)
        if kind.way is Way.TEXT:
            # Each character counts.
            values["link"] = f"{settings.base_url}/vote/{read_code(code)}"
        return values

    def filled(self, words: Words, *, values: Mapping[str, str]) -> Words:
        """Return words with every field filled in."""
        return Words(_filled(words.subject, values), _filled(words.body, values))

    def mail(  # noqa: PLR0913 - a message is this many facts
        self,
        ballot_id: int,
        *,
        kind: Kind,
        language: str,
        name: str,
        code: str = "",
        words: Words | None = None,
    ) -> Mail:
        """Return a mail for one member.

        Args:
            ballot_id: whose words and facts.
            kind: which message.
            language: `en` or `cy`.
            name: the member's.
            code: the member's, where the message has a voting link.
            words: instead of those that are kept, as a preview has them.
        """
        words = words or self.words(ballot_id, kind=kind, language=language)
        values = self.values(ballot_id, kind=kind, language=language, name=name, code=code)
        filled = self.filled(words, values=values)
        votes = "link" in kind.fields
        return Mail(
            language=language,
            subject=one_line(filled.subject),
            body=filled.body,
            footer=fill(FOOTERS[language], values),
            link=values["link" if votes else "lost_link"],
            button=(VOTE_NOW if votes else ASK_AGAIN)[language],
            links=(values["lost_link"], values["my_details"]),
        )

    def text(
        self,
        ballot_id: int,
        *,
        kind: Kind,
        language: str,
        code: str = "",
        words: Words | None = None,
    ) -> str:
        """Return a text message; the title gives way where that saves a text.

        Args:
            ballot_id: whose words and facts.
            kind: which message.
            language: `en` or `cy`.
            code: the member's, where the message has a voting link.
            words: instead of those that are kept, as a preview has them.
        """
        body = (words or self.words(ballot_id, kind=kind, language=language)).body
        values = self.values(ballot_id, kind=kind, language=language, code=code)

        def text_with(title: str) -> str:
            return plain_marks(_filled(body, values | {"title": title}))

        return text_with(shortened(values["title"], text_with=text_with))


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Fill in the fields; "your union" has a capital where it begins a paragraph."""
    union = values["union"]
    begun = {"Union": union[:1].upper() + union[1:]}
    return fill(_BEGINS_WITH_UNION.sub("{Union}", text), {**values, **begun})
