"""What a chat app or a search engine shows of a ballot's page: its title, a sentence, its address.

Pages name no picture: one from elsewhere would tell its host who reads, and none of ours is needed.
"""

from dataclasses import dataclass

from app.ballots.lifecycle import State
from app.ballots.schemas import BallotOut
from app.core.language import gettext, spoken
from app.core.settings import Settings
from app.core.spoken_times import long_time
from app.results.schemas import ResultOut
from app.web.filters import percent, thousands

# How Open Graph names what we speak.
LOCALES = {"en": "en_GB", "cy": "cy_GB"}
LONGEST = 200  # characters; more is cut by those who show it


@dataclass(frozen=True)
class Sharing:
    """How a page is shown where its address is passed on.

    Attributes:
        title: the ballot's own.
        sentence: where it stands, in one line.
        address: the one address of this page, in the language that is spoken.
        plain_address: the same without a language.
        locale: what is spoken, as Open Graph writes it.
    """

    title: str
    sentence: str
    address: str
    plain_address: str
    locale: str


def sharing_of(
    ballot: BallotOut, *, state: State, result: ResultOut | None, settings: Settings
) -> Sharing:
    """Say what is passed on with a ballot's address: before the declaration never an answer."""
    plain = f"{settings.base_url}/ballots/{ballot.slug}"
    language = spoken()
    return Sharing(
        title=ballot.title,
        sentence=_cut(_sentence(ballot, state=state, result=result)),
        address=plain if language == "en" else f"{plain}?lang={language}",
        plain_address=plain,
        locale=LOCALES[language],
    )


def _sentence(ballot: BallotOut, *, state: State, result: ResultOut | None) -> str:
    asked = ballot.questions[0].text
    if result is not None:
        return gettext(
            "%(votes)s of %(entitled)s members voted, %(turnout)s. %(question)s",
            votes=thousands(result.votes_cast),
            entitled=thousands(result.entitled),
            turnout=percent(result.turnout_percent),
            question=asked,
        )
    if ballot.cancelled:
        return gettext("This ballot was cancelled. %(question)s", question=asked)
    if state is State.OPEN:
        when = long_time(ballot.closes_at)
        return gettext("Voting closes: %(when)s. %(question)s", when=when, question=asked)
    if state is State.FROZEN:
        when = long_time(ballot.opens_at)
        return gettext("Voting opens: %(when)s. %(question)s", when=when, question=asked)
    return gettext(
        "Voting is over, and the result is not declared yet. %(question)s", question=asked
    )


def _cut(sentence: str) -> str:
    if len(sentence) <= LONGEST:
        return sentence
    return f"{sentence[: LONGEST - 1].rsplit(' ', 1)[0]}…"
