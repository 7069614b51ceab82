"""The calculator for everybody: numbers in the address, every period of a book side by side."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app.ballots.commencements import commenced as commenced_in
from app.core.database import ReadSession
from app.core.language import gettext, later, spoken
from app.results.calculator import (
    LARGEST_EXACT,
    ImpossibleNumbers,
    NoRuleYet,
    ThresholdsIn,
    judge_request,
    rule_books,
)
from app.rules.books import STATUTE, BookKey
from app.rules.percent import percent
from app.security import access
from app.web.filters import percent as shown
from app.web.period_columns import PeriodColumn, columns_of
from app.web.templating import page
from app.web.typed import typed_day

router = APIRouter(include_in_schema=False, dependencies=[Depends(access.PUBLIC)])

NUMBERS = (
    ("entitled", later("People entitled to vote")),
    ("votes_cast", later("Votes cast")),
    ("supporting", later("Votes for")),
    ("opposing", later("Votes against")),
    ("spoiled", later("Spoiled papers")),
)
MISSING = {
    "entitled": later("Enter how many people were entitled to vote"),
    "votes_cast": later("Enter how many votes were cast"),
    "supporting": later("Enter the votes for"),
    "opposing": later("Enter the votes against"),
    "spoiled": later("Enter how many papers were spoiled"),
}
# How a sentence about numbers that cannot be begins, and the field it speaks of.
SPOKEN_OF = {
    "People entitled": "entitled",
    "Votes cast": "votes_cast",
    "Supporting votes": "supporting",
    "Opposing votes": "opposing",
    "Spoiled papers": "spoiled",
}
EXAMPLE = {
    "rule_book": STATUTE,
    "opened_on": "2025-12-08",
    "entitled": "54432",
    "votes_cast": "28598",
    "supporting": "26696",
    "opposing": "1885",
    "spoiled": "17",
}
FIELDS = (*EXAMPLE, "important_public_service", "devolved_welsh_authority")


@dataclass(frozen=True)
class Sum:
    """What came of the numbers.

    Attributes:
        opened_on: the opening day.
        carried: whether the rules in force on it are met.
        facts: (words, figure) worth a large print.
        columns: every period of the book.
        statute: on an indicative ballot, every period of the law beside it.
    """

    opened_on: date
    carried: bool
    facts: list[tuple[str, str]]
    columns: list[PeriodColumn]
    statute: list[PeriodColumn]


@router.get("/calculator")
def show_calculator(request: Request, session: ReadSession) -> Response:
    """Show the form, and below it the answer once there are numbers in the address."""
    sent = {name: request.query_params.get(name, "").strip() for name in FIELDS}
    asked = any(name in request.query_params for name in FIELDS)
    errors: dict[str, str] = {}
    begun = commenced_in(session)
    answer = _work_out(sent, errors, commenced=begun) if asked else None
    return page(
        "public/calculator.html",
        status_code=422 if errors else 200,
        books=[(book.key, gettext(book.title)) for book in rule_books(commenced=begun)],
        numbers=[(field, gettext(words)) for field, words in NUMBERS],
        sent=sent if asked else sent | {"rule_book": STATUTE},
        errors=list(errors.items()),
        error_of=errors,
        answer=answer,
        example=f"/calculator?{urlencode(EXAMPLE)}",
    )


def _work_out(
    sent: Mapping[str, str], errors: dict[str, str], *, commenced: Mapping[str, date]
) -> Sum | None:
    """Return the answer, or nothing and say in `errors` what is wrong with which field."""
    asked = _read(sent, errors)
    if asked is None:
        return None
    try:
        judged = judge_request(asked, commenced=commenced)
    except ImpossibleNumbers as impossible:
        errors[_spoken_of(impossible.detail)] = _in_their_language(impossible.detail)
        return None
    except NoRuleYet as too_early:
        errors["opened_on"] = _in_their_language(too_early.detail)
        return None
    statute: list[PeriodColumn] = []
    if asked.rule_book == "indicative":
        with suppress(NoRuleYet):
            statute = _beside(asked, commenced=commenced)
    return Sum(
        opened_on=asked.opened_on,
        carried=judged.carried,
        facts=_facts(asked),
        columns=columns_of(judged, book=asked.rule_book, commenced=commenced),
        statute=statute,
    )


def _beside(asked: ThresholdsIn, *, commenced: Mapping[str, date]) -> list[PeriodColumn]:
    by_law = judge_request(asked.model_copy(update={"rule_book": STATUTE}), commenced=commenced)
    return columns_of(by_law, book=STATUTE, commenced=commenced)


def _read(sent: Mapping[str, str], errors: dict[str, str]) -> ThresholdsIn | None:
    if sent["rule_book"] not in get_args(BookKey):
        errors["rule_book"] = gettext("Select the kind of ballot")
    opened_on = typed_day(sent["opened_on"])
    if opened_on is None:
        errors["opened_on"] = gettext(
            "Enter the day on which the ballot opened, such as 2026-04-06"
        )
    numbers = {}
    for field, unsaid in MISSING.items():
        numbers[field] = _number(sent[field])
        if numbers[field] is None:
            missing = gettext(unsaid)
            whole = gettext("%(missing)s, as a whole number", missing=missing)
            errors[field] = whole if sent[field] else missing
    if errors:
        return None
    return ThresholdsIn.model_validate(
        numbers
        | {
            "rule_book": sent["rule_book"],
            "opened_on": opened_on,
            "important_public_service": sent["important_public_service"] == "yes",
            "devolved_welsh_authority": sent["devolved_welsh_authority"] == "yes",
        }
    )


def _number(typed: str) -> int | None:
    """Read a whole number as people write it: "54,432" and "54 432" too."""
    digits = typed.replace(",", "").replace(" ", "").replace("\N{NO-BREAK SPACE}", "")
    if not digits.removeprefix("-").isascii() or not digits.removeprefix("-").isdigit():
        return None
    number = int(digits) if len(digits) <= len(str(LARGEST_EXACT)) else LARGEST_EXACT + 1
    return number if abs(number) <= LARGEST_EXACT else None


def _spoken_of(sentence: str) -> str:
    return next(field for start, field in SPOKEN_OF.items() if sentence.startswith(start))


def _in_their_language(sentence: str) -> str:
    """Return a sentence of the rules, which speak English, or a shorter one in Welsh."""
    if spoken() == "en":
        return sentence
    return gettext("These numbers or this day cannot be. Check them against the others.")


def _facts(asked: ThresholdsIn) -> list[tuple[str, str]]:
    half, two_fifths = Fraction(1, 2), Fraction(2, 5)
    turnout = percent(asked.votes_cast, whole=asked.entitled, threshold=half)
    support = percent(asked.supporting, whole=asked.entitled, threshold=two_fifths)
    facts = [
        (gettext("Turnout"), shown(turnout)),
        (gettext("In support, of those entitled"), shown(support)),
    ]
    valid = asked.supporting + asked.opposing
    if valid:
        of_valid = percent(asked.supporting, whole=valid, threshold=half)
        facts.append((gettext("In support, of valid answers"), shown(of_valid)))
    return facts
