"""Worked examples: numbers and days that show a rule at work. What comes of them is worked out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from app.rules.action_notice import earliest_day_of_action, latest_day_for_notice_of_action
from app.rules.books import BookKey
from app.rules.days import in_words
from app.rules.thresholds import Count
from app.rules.timetable import LegalDay, last_day_for_notice_of_ballot, mandate_ends

GUIDANCE = "the government's guidance on the transition to the Employment Rights Act 2025"
INVENTED = "invented"


@dataclass(frozen=True, slots=True)
class Example:
    """A count that one or more rules decide.

    Attributes:
        book: which rule book it is for.
        title: what it shows.
        origin: whose numbers they are; "invented" where nobody's.
        count: the numbers.
        important_public_service: whether it is in important public services.
    """

    book: BookKey
    title: str
    origin: str
    count: Count
    important_public_service: bool = False


@dataclass(frozen=True, slots=True)
class DayExample:
    """A day that the law sets, worked out from another: what is asked, and the answer."""

    asked: str
    answer: LegalDay
    origin: str


EXAMPLES: Sequence[Example] = (
    Example(
        book="industrial-action",
        title="Resident doctors in England",
        origin="BMA, ballot closed on 2 February 2026",
        count=Count(54_432, 28_598, supporting=26_696, opposing=1_885, spoiled=17),
        important_public_service=True,
    ),
    Example(
        book="industrial-action",
        title="The same, one vote short of half",
        origin=INVENTED,
        count=Count(54_432, 27_215, supporting=25_313, opposing=1_885, spoiled=17),
        important_public_service=True,
    ),
    Example(
        book="industrial-action",
        title="The 40 % test decides: strike action at Govia Thameslink Railway",
        origin="RMT, ballot closed on 24 May 2022",
        count=Count(2_327, 1_198, supporting=926, opposing=267, spoiled=5),
        important_public_service=True,
    ),
    Example(
        book="industrial-action",
        title="Two spoiled papers decide: 50 Yes, 49 No",
        origin=INVENTED,
        count=Count(200, 101, supporting=50, opposing=49, spoiled=2),
    ),
    Example(
        book="recognition",
        title="A bargaining unit of 200: 47 Yes, 43 No",
        origin=INVENTED,
        count=Count(200, 90, supporting=47, opposing=43, spoiled=0),
    ),
    Example(
        book="indicative",
        title="Three spoiled papers carry the turnout over half",
        origin="CWU, Royal Mail Property and Facilities Solutions, 23 June 2021",
        count=Count(477, 240, supporting=226, opposing=11, spoiled=3),
    ),
    Example(
        book="indicative",
        title="A minority votes, and most of it for the union's side",
        origin=INVENTED,
        count=Count(1_000, 320, supporting=250, opposing=70, spoiled=0),
    ),
)


def day_examples() -> Iterator[DayExample]:
    """Yield the worked examples of days, each worked out by the rule that it shows."""
    for opens_on in (date(2026, 2, 20), date(2026, 2, 25)):
        yield DayExample(
            f"The last day for notice of a ballot that opens on {in_words(opens_on)}",
            last_day_for_notice_of_ballot(opens_on),
            origin=GUIDANCE,
        )
    yield DayExample(
        "The last day of the mandate of a ballot dated 27 February 2026, opened on 20 February",
        mandate_ends(ballot_dated=date(2026, 2, 27), opened_on=date(2026, 2, 20)),
        origin=GUIDANCE,
    )
    yield DayExample(
        "The last day of the mandate of a ballot dated 27 February 2026, opened on 30 January",
        mandate_ends(ballot_dated=date(2026, 2, 27), opened_on=date(2026, 1, 30)),
        origin=INVENTED,
    )
    for received_on in (date(2026, 2, 17), date(2026, 2, 18)):
        yield DayExample(
            f"The first day of action if its notice is received on {in_words(received_on)}",
            earliest_day_of_action(notice_received_on=received_on),
            origin=INVENTED,
        )
    for action_on in (date(2026, 2, 27), date(2026, 2, 28)):
        yield DayExample(
            f"The last day for notice of action on {in_words(action_on)}",
            latest_day_for_notice_of_action(action_on=action_on),
            origin=INVENTED,
        )
