"""How the words of a message would read, with an invented name and a link that opens nothing."""

from dataclasses import dataclass

from app.ballots.models import Ballot
from app.ballots.service import key_of
from app.notices.composing import SAMPLE_CODE, SAMPLE_NAMES, Desk
from app.notices.letter_sheets import sample_sheet
from app.notices.text_words import TextLength, length_of
from app.notices.words import Words
from app.notices.words_kinds import Kind, Way


@dataclass(frozen=True)
class Preview:
    """A message filled in.

    Attributes:
        subject: above it; empty for a text.
        parts: its paragraphs, each as its lines; those that stand in every message are the last.
        length: of a text.
    """

    subject: str
    parts: list[list[str]]
    length: TextLength | None = None


def preview_of(desk: Desk, ballot: Ballot, kind: Kind, *, words: Words, language: str) -> Preview:
    """Return a message with these words as a member would read it."""
    way = {Way.MAIL: _mail, Way.TEXT: _text, Way.POST: _letter}[kind.way]
    return way(desk, key_of(ballot), kind, words, language)


def _mail(desk: Desk, ballot_id: int, kind: Kind, words: Words, language: str) -> Preview:
    mail = desk.mail(
        ballot_id,
        kind=kind,
        language=language,
        name=SAMPLE_NAMES[language],
        code=SAMPLE_CODE,
        words=words,
    )
    return Preview(mail.subject, _parts(f"{mail.body}\n\n{mail.footer}"))


def _text(desk: Desk, ballot_id: int, kind: Kind, words: Words, language: str) -> Preview:
    text = desk.text(ballot_id, kind=kind, language=language, code=SAMPLE_CODE, words=words)
    return Preview("", _parts(text), length_of(text))


def _letter(desk: Desk, ballot_id: int, kind: Kind, words: Words, language: str) -> Preview:
    del kind
    sheet = sample_sheet(desk, ballot_id, language=language, words=words)
    fixed = [[sheet.follow, sheet.link], [sheet.enter, sheet.code], [sheet.foot]]
    return Preview(sheet.subject, [*(list(part) for part in sheet.body), *fixed])


def _parts(text: str) -> list[list[str]]:
    return [part.split("\n") for part in text.split("\n\n")]
