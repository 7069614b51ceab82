"""The paper as a form: what a member has filled in so far, and the receipt that belongs to it.

Everything travels in the form itself. Nothing is kept in a cookie, so that two members at one
shared computer can never vote with each other's code.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.datastructures import FormData

from app.ballots.codes import LENGTH
from app.ballots.schemas import QuestionIO
from app.core.language import gettext
from app.security.secrets import keyed_digest
from app.voting.receipts import RECEIPT_BYTES, new_receipt

# What a mail program may have left at the end of a link, or a person around a code.
AROUND_A_CODE = " \t.,;:!?'\"<>()[]"
LONGEST_CODE = 200
MOST_ANSWERS_NAMED = 3
SEED = re.compile(r"[0-9a-f]{32}")
FIELD = re.compile(r"q[0-9]{1,2}")


@dataclass(frozen=True, repr=False)
class PaperForm:
    """A paper on its way through the pages. It has no repr: it never reaches a log.

    Attributes:
        code: the voting code, as it came.
        seed: 128 random bits in hex, made when the question was first shown.
        chosen: field to answer key; "" leaves the question blank; absent is not chosen yet.
    """

    code: str
    seed: str
    chosen: Mapping[str, str]


@dataclass(frozen=True)
class AskedQuestion:
    """One question as the page shows it.

    Attributes:
        field: its name in the form, by its place: keys could clash with ids on the page.
        chosen: the answer key chosen, "" for blank, None for nothing yet.
        chosen_text: the same in the words of the paper.
        error: what is wrong with it, if anything.
    """

    field: str
    key: str
    text: str
    answers: Sequence[tuple[str, str]]
    chosen: str | None
    chosen_text: str
    error: str | None


def new_form(code: str) -> PaperForm:
    """Return an empty paper for a code."""
    return PaperForm(tidy_code(code), seed=new_receipt(), chosen={})


def read_form(sent: FormData) -> PaperForm:
    """Read a paper from what the browser sent; what is not ours is left out."""
    fields = {name: value for name, value in sent.items() if isinstance(value, str)}
    seed = fields.get("seed", "")
    return PaperForm(
        tidy_code(fields.get("code", "")),
        seed=seed if SEED.fullmatch(seed) else new_receipt(),
        chosen={name: value for name, value in fields.items() if FIELD.fullmatch(name)},
    )


def tidy_code(typed: str) -> str:
    """Return a code without what people and mail programs leave around it, or the whole link."""
    of_link = typed.strip(AROUND_A_CODE).rpartition("/")[2].partition("?")[0]
    return of_link.strip(AROUND_A_CODE)[:LONGEST_CODE]


def wrong_code_words(code: str) -> str:
    """Say what may be wrong with a code that opens nothing, by what was typed alone."""
    typed = sum(symbol.isalnum() for symbol in code)
    if typed != LENGTH:
        return gettext(
            "A voting code has %(length)s letters and numbers. You typed: %(typed)s",
            length=LENGTH,
            typed=typed,
        )
    return gettext(
        "This voting code does not work. Check each group of four. If you were sent more than one "
        "code, only the newest works"
    )


def ask(
    questions: Sequence[QuestionIO], form: PaperForm, *, complain: bool = False
) -> list[AskedQuestion]:
    """Return the questions with what was chosen.

    Args:
        questions: those of the ballot, in order.
        form: what was filled in so far.
        complain: whether a question without a choice is an error by now.
    """
    several = len(questions) > 1
    asked = []
    for place, question in enumerate(questions, start=1):
        chosen = _chosen(question, form.chosen.get(f"q{place}"))
        missing = complain and chosen is None
        asked.append(
            AskedQuestion(
                field=f"q{place}",
                key=question.key,
                text=question.text,
                answers=[(answer.key, answer.text) for answer in question.answers],
                chosen=chosen,
                chosen_text=_in_words(question, chosen),
                error=_select_one(question, several=several) if missing else None,
            )
        )
    return asked


def receipt_of(form: PaperForm, asked: Sequence[AskedQuestion], *, key: str) -> str:
    """Return the receipt of a paper as it is filled in (32 hex digits).

    The same paper sent again has the same receipt, so an answer that was lost can be asked for
    again. Another choice from the same page has another receipt: whoever goes back and chooses
    differently after voting is told that the first vote stands, and not that this one counted.
    """
    answers = json.dumps({question.key: question.chosen for question in asked}, sort_keys=True)
    digest = keyed_digest(f"{form.seed}\0{answers}", purpose="form-receipt", key=key)
    return digest[:RECEIPT_BYTES].hex()


def _chosen(question: QuestionIO, sent: str | None) -> str | None:
    offered = {answer.key for answer in question.answers} | {""}
    return sent if sent in offered else None


def _in_words(question: QuestionIO, chosen: str | None) -> str:
    texts = {answer.key: answer.text for answer in question.answers}
    return texts.get(chosen or "", gettext("Left blank"))


def _select_one(question: QuestionIO, *, several: bool) -> str:
    texts = [answer.text for answer in question.answers]
    named = gettext("an answer")
    if len(texts) <= MOST_ANSWERS_NAMED:
        first, last = ", ".join(texts[:-1]), texts[-1]
        named = gettext("%(first)s or %(last)s", first=first, last=last)
    if several:
        return gettext(
            "Select %(named)s, or leave this question blank: %(question)s",
            named=named,
            question=question.text,
        )
    return gettext("Select %(named)s, or leave the question blank", named=named)
