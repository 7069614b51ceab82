"""Read the form that sets up a ballot: what was typed, what is wrong with it, or the ballot."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from pydantic import ValidationError
from starlette.datastructures import FormData

from app.ballots.schemas import BallotIn
from app.roll.overview import NamesOnRoll
from app.rules.london import london_day
from app.rules.nations import NATIONS, OTHER_LEGISLATION, act_extends_to
from app.web.ballot_words import CONSTITUENCY_LISTS, GROUPINGS, KINDS
from app.web.london_times import Unreadable, read_day, read_moment

# Blocks of question fields on the page. Over REST a ballot may have more.
BLOCKS = (1, 2, 3)
TEXT_FIELDS = (
    "title",
    "kind",
    "opens_day",
    "opens_time",
    "closes_day",
    "closes_time",
    "cut_off_day",
    "announced_on",
    "scrutineer",
    "important_public_service",
    "nation",
    "disaggregate_by",
    *(f"{name}_{block}" for block in BLOCKS for name in ("question", "answers", "supports")),
)
LIST_FIELDS = (
    *(name for name, _ in CONSTITUENCY_LISTS),
    "exclude_arrears",
    "small_in_steps",
    "reps_see_unvoted",
    "board_answers",
    "declared_by_two",
    "devolved_welsh_authority",
)
PAGE_ORDER = (
    "title",
    "kind",
    *(f"{name}_{block}" for block in BLOCKS for name in ("question", "answers", "supports")),
    "opens_day",
    "closes_day",
    "cut_off_day",
    "announced_on",
    *LIST_FIELDS[:-1],
    "scrutineer",
    "important_public_service",
    "nation",
    "devolved_welsh_authority",
    "disaggregate_by",
)
MISSING_DAYS = {
    "opens": "Enter the day and time at which voting opens.",
    "closes": "Enter the day and time at which voting closes.",
    "cut_off": "Enter the last day to join and vote.",
}
# A pydantic location and the field of the form that it is about.
FIELD_OF = {"title": "title", "scrutineer": "scrutineer", "questions": "question_1"}
LONGEST_KEY = 40
FEWEST_ANSWERS = 2


@dataclass
class BallotForm:
    """A form as it was sent, kept so that nobody types it twice."""

    typed: dict[str, str] = field(default_factory=lambda: dict.fromkeys(TEXT_FIELDS, ""))
    picked: dict[str, list[str]] = field(
        default_factory=lambda: {name: [] for name in LIST_FIELDS} | {"small_in_steps": ["yes"]}
    )
    error_of: dict[str, str] = field(default_factory=dict)
    ballot_in: BallotIn | None = None

    @property
    def blocks(self) -> list[int]:
        """The blocks of question fields that hold anything; the first always counts."""
        parts = ("question", "answers", "supports")
        return [n for n in BLOCKS if n == 1 or any(self.typed[f"{part}_{n}"] for part in parts)]

    @property
    def errors(self) -> list[tuple[str, str]]:
        """What is wrong, in the order of the page, as the error summary lists it."""
        return [(name, self.error_of[name]) for name in PAGE_ORDER if name in self.error_of]

    def refuse(self, name: str, sentence: str) -> None:
        """Note what is wrong with a field; of several things the first is said."""
        self.error_of.setdefault(name, sentence)


def read_ballot_form(
    sent: FormData, *, names: NamesOnRoll, scrutineers: Sequence[str], now: datetime
) -> BallotForm:
    """Read the form. Either `ballot_in` is there, or `errors` says why not.

    Args:
        sent: what the browser sent.
        names: what stands on the roll; a constituency can name nothing else.
        scrutineers: whose name may be chosen.
        now: a ballot opens today or later, London time.
    """
    form = BallotForm()
    form.typed |= {name: str(sent.get(name, "")).strip() for name in TEXT_FIELDS}
    form.picked = {name: _lines(sent, name) for name in LIST_FIELDS}
    moments = _moments(form, now=now)
    facts: dict[str, Any] = {
        "title": form.typed["title"],
        "kind": form.typed["kind"] or "indicative",
        "questions": [_question(form, block) for block in form.blocks],
        "constituency": _constituency(form, names=names),
        "exclude_arrears": bool(form.picked["exclude_arrears"]),
        "small_in_steps": bool(form.picked["small_in_steps"]),
        "reps_see_unvoted": bool(form.picked["reps_see_unvoted"]),
        "board": "answers" if form.picked["board_answers"] else "inclusion",
        "declared_by_two": bool(form.picked["declared_by_two"]),
        "important_public_service": form.typed["important_public_service"] == "yes",
        "nation": form.typed["nation"] or None,
        "devolved_welsh_authority": bool(form.picked["devolved_welsh_authority"]),
        "scrutineer": form.typed["scrutineer"] or None,
        "disaggregate_by": form.typed["disaggregate_by"] or None,
        **moments,
        "announced_on": _announced_on(form, closes=moments.get("closes_at")),
    }
    _check_choices(form, scrutineers=scrutineers)
    if not form.errors:
        _make(form, facts)
    return form


def _lines(sent: FormData, name: str) -> list[str]:
    """Return what was ticked, or typed one a line."""
    lines = [line.strip() for value in sent.getlist(name) for line in str(value).splitlines()]
    return [line for line in lines if line]


def _check_choices(form: BallotForm, *, scrutineers: Sequence[str]) -> None:
    if not form.typed["title"]:
        form.refuse("title", "Enter a title, such as Pay offer 2027.")
    if form.typed["kind"] not in {"", *KINDS}:
        form.refuse("kind", "Choose what kind of ballot it is.")
    if form.typed["important_public_service"] not in {"yes", "no"}:
        form.refuse("important_public_service", "Say whether it is an important public service.")
    if form.typed["scrutineer"] not in {"", *scrutineers}:
        form.refuse("scrutineer", "Choose a scrutineer from the list, or nobody.")
    if form.typed["disaggregate_by"] not in {"", *GROUPINGS}:
        form.refuse("disaggregate_by", "Choose one of the ways on the list.")
    _check_nation(form)


def _check_nation(form: BallotForm) -> None:
    if form.typed["nation"] not in {"", *NATIONS}:
        form.refuse("nation", "Choose a nation from the list.")
    elif form.typed["kind"] not in {"", "indicative"} and not act_extends_to(form.typed["nation"]):
        form.refuse("nation", OTHER_LEGISLATION)
    elif form.picked["devolved_welsh_authority"] and form.typed["nation"] != "wales":
        form.refuse(
            "devolved_welsh_authority",
            "Devolved Welsh authorities are in Wales. Choose Wales above, or leave this empty.",
        )


def _question(form: BallotForm, block: int) -> dict[str, Any]:
    text = form.typed[f"question_{block}"]
    if not text:
        form.refuse(f"question_{block}", "Enter the question.")
    answers = _answers(form, block)
    supported = form.typed[f"supports_{block}"].casefold()
    keys = [answer["key"] for answer in answers if answer["text"].casefold() == supported]
    if answers and not keys:
        choices = " or ".join(answer["text"] for answer in answers)
        form.refuse(f"supports_{block}", f"Type one of the answers above: {choices}.")
    return {
        "key": f"question-{block}",
        "text": text,
        "answers": answers,
        "supported_answer": keys[0] if keys else "",
    }


def _answers(form: BallotForm, block: int) -> list[dict[str, str]]:
    name = f"answers_{block}"
    lines = [line.strip() for line in form.typed[name].splitlines() if line.strip()]
    if len(lines) < FEWEST_ANSWERS:
        form.refuse(name, "Enter at least two answers, one on each line.")
        return []
    folded = [line.casefold() for line in lines]
    twice = next((line for line in lines if folded.count(line.casefold()) > 1), None)
    if twice:
        form.refuse(name, f"Two answers are the same: {twice}. Change one of them.")
        return []
    taken: set[str] = set()
    return [{"key": _key(line, taken=taken), "text": line} for line in lines]


def _key(text: str, *, taken: set[str]) -> str:
    """Make a key of an answer's words that no other answer has."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:LONGEST_KEY].strip("-")
    key = plain if plain and plain not in taken else f"answer-{len(taken) + 1}"
    taken.add(key)
    return key


def _constituency(form: BallotForm, *, names: NamesOnRoll) -> dict[str, list[str]]:
    """Return whom the ballot is put to, spelled as on the roll."""
    return {
        name: _on_roll(form, name, heading=heading, known=getattr(names, name))
        for name, heading in CONSTITUENCY_LISTS
    }


def _on_roll(form: BallotForm, name: str, *, heading: str, known: Sequence[str]) -> list[str]:
    spelled = {each.casefold(): each for each in known}
    found = [spelled.get(each.casefold()) for each in form.picked[name]]
    for each, as_on_roll in zip(form.picked[name], found, strict=True):
        if as_on_roll is None:
            form.refuse(name, f"{heading}: “{each}” is not on the roll. Check the spelling.")
    return [each for each in found if each is not None]


def _moments(form: BallotForm, *, now: datetime) -> dict[str, datetime]:
    times = {
        "opens": form.typed["opens_time"],
        "closes": form.typed["closes_time"],
        # The whole day is in time, whatever the moment; the clocks never change at its end.
        "cut_off": "23:59",
    }
    moments: dict[str, datetime] = {}
    for name, typed_time in times.items():
        typed_day = form.typed[f"{name}_day"]
        try:
            moments[f"{name}_at"] = read_moment(typed_day, typed_time)
        except Unreadable as wrong:
            form.refuse(f"{name}_day", str(wrong) if typed_day else MISSING_DAYS[name])
    _check_order(form, moments, now=now)
    return moments


def _announced_on(form: BallotForm, *, closes: datetime | None) -> date | None:
    """Return the day that headquarters states; a ballot is announced today where it states none."""
    typed = form.typed["announced_on"]
    if not typed:
        return None
    try:
        day = read_day(typed)
    except Unreadable as wrong:
        form.refuse("announced_on", str(wrong))
        return None
    if closes and day > london_day(closes):
        form.refuse("announced_on", "That day is after the close. Choose an earlier day.")
    return day


def _check_order(form: BallotForm, moments: Mapping[str, datetime], *, now: datetime) -> None:
    opens, closes = moments.get("opens_at"), moments.get("closes_at")
    if opens and london_day(opens) < london_day(now):
        form.refuse("opens_day", "That day is over. Voting opens today at the earliest.")
    if closes and closes <= now:
        form.refuse("closes_day", "That time has passed. Choose a closing time to come.")
    if opens and closes and closes <= opens:
        form.refuse("closes_day", "Voting must close after it opens. Choose a later closing time.")
    cut_off = moments.get("cut_off_at")
    if closes and cut_off and cut_off > closes:
        form.refuse("cut_off_day", "The cut-off is after the close. Choose an earlier day.")


def _make(form: BallotForm, facts: dict[str, Any]) -> None:
    try:
        form.ballot_in = BallotIn.model_validate(facts)
    except ValidationError as wrong:
        for fault in wrong.errors(include_url=False):
            form.refuse(
                _field_of(form, fault["loc"]), _sentence(fault["type"], fault.get("ctx", {}))
            )


def _field_of(form: BallotForm, place: tuple[int | str, ...]) -> str:
    match place:
        case ("questions", int(index), part, *_):
            return f"{'answers' if part == 'answers' else 'question'}_{form.blocks[index]}"
        case (str(name), *_):
            return FIELD_OF.get(name, "title")
    return "title"


def _sentence(kind: str, limits: Mapping[str, Any]) -> str:
    if kind == "string_too_long":
        return f"Shorten this to {limits['max_length']} characters or fewer."
    if kind == "too_long":
        return f"Give {limits['max_length']} at most."
    return "Muster cannot use this. Change it and try again."
