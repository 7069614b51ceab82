"""What those who have not voted are sent: a reminder, or word of a later close.

Neither holds a code: it points to the link that the member has, and to the page that sends a new
one. So a message that is lost on its way ends no link that works (docs/decisions/0035).
"""

from collections.abc import Mapping

from sqlmodel import Session

from app.ballots.models import Ballot
from app.ballots.repository import extensions_of, questions_of
from app.ballots.service import key_of
from app.core.settings import Settings
from app.notices.models import Purpose
from app.notices.words import FOOTERS, HELP, MEMBER, UNION, Letter, Words, fill, moment, one_line

UNVOTED_ONLY = frozenset({Purpose.REMINDER, Purpose.EXTENSION})
WAY_TO_VOTE = {
    "en": (
        "Vote with the personal link that you were sent when voting opened, or with the code from "
        "your letter. If you cannot find it, ask for a new one, which is sent at once:\n\n"
        "{base}/lost-link\n\n"
        "Voting closes: {closes} (London time)"
    ),
    "cy": (
        "Pleidleisiwch drwy’r ddolen bersonol a anfonwyd atoch pan agorodd y bleidlais, neu â’r "
        "cod o’ch llythyr. Os na allwch ddod o hyd iddi, gofynnwch am un newydd, a anfonir ar "
        "unwaith:\n\n"
        "{base}/lost-link\n\n"
        "Pleidleisio’n cau: {closes} (amser Llundain)"
    ),
}
REMINDER = {
    "en": Words(
        "{title}: you have not voted yet",
        "Dear {name},\n\n"
        "{union} asked you to vote in this ballot, and your vote has not reached us yet: {title}."
        "\n\n{question}\n\n{way}\n\n"
        "If you voted in the last few minutes, thank you, and forget this message. Nobody at the "
        "union is told who was sent it, and nobody can see how you vote.",
    ),
    "cy": Words(
        "{title}: nid ydych wedi pleidleisio eto",
        "Annwyl {name},\n\n"
        "Gofynnodd {union} i chi bleidleisio yn y bleidlais hon, ac nid yw eich pleidlais wedi "
        "ein cyrraedd eto: {title}.\n\n{question}\n\n{way}\n\n"
        "Os gwnaethoch bleidleisio yn y munudau diwethaf, diolch, ac anwybyddwch y neges hon. Ni "
        "ddywedir wrth neb yn yr undeb pwy a’i derbyniodd, ac ni all neb weld sut y byddwch yn "
        "pleidleisio.",
    ),
}
EXTENSION = {
    "en": Words(
        "{title}: voting closes later",
        "Dear {name},\n\n"
        "Voting in this ballot closes later than you were told: {title}.\n\n"
        "Why: {reason}\n\n{way}\n\n"
        "Links and codes that you were sent before still work. You are told because your vote had "
        "not reached us when this message left.",
    ),
    "cy": Words(
        "{title}: mae’r pleidleisio’n cau’n hwyrach",
        "Annwyl {name},\n\n"
        "Mae’r pleidleisio yn y bleidlais hon yn cau’n hwyrach nag a ddywedwyd wrthych: {title}."
        "\n\nPam: {reason}\n\n{way}\n\n"
        "Mae dolenni a chodau a anfonwyd atoch o’r blaen yn dal i weithio. Rydych yn cael gwybod "
        "am nad oedd eich pleidlais wedi ein cyrraedd pan adawodd y neges hon.",
    ),
}
WORDS: Mapping[str, Mapping[str, Words]] = {
    Purpose.REMINDER: REMINDER,
    Purpose.EXTENSION: EXTENSION,
}


def unvoted_letter(  # noqa: PLR0913 - a letter is this many facts
    session: Session,
    ballot: Ballot,
    *,
    purpose: str,
    language: str,
    name: str,
    settings: Settings,
) -> Letter:
    """Return the reminder or the notice of a later close for one member."""
    words = WORDS[purpose][language]
    moved = extensions_of(session, key_of(ballot)) if purpose == Purpose.EXTENSION else []
    values = {
        "name": one_line(name) or MEMBER[language],
        "title": one_line(ballot.title),
        "question": "\n".join(each.text for each in questions_of(session, key_of(ballot))),
        "closes": moment(ballot.closes_at, language=language),
        "reason": one_line(moved[-1].reason) if moved else "",
        "union": settings.union_name or UNION[language],
        "help": settings.help_contact or HELP[language],
        "base": settings.base_url,
    }
    values["way"] = fill(WAY_TO_VOTE[language], values)
    body = fill(words.body, values)
    return Letter(
        language=language,
        subject=one_line(fill(words.subject, values)),
        body=body,
        footer=fill(FOOTERS[language], values),
    )
