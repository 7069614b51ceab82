"""The files of a board: what they are called, and what stands in them. Pure.

`about.json` is fixed before the first paper is read and bound into the signed checkpoint, so that
nobody can change afterwards what a question said or which answer a key stood for.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.results.board_about import FORMAT
from app.results.leaves import CANONICAL, Shows

PAPERS = "papers.jsonl"
CHECKPOINT = "checkpoint.txt"
ABOUT = "about.json"
DECLARED = "declared.json"
PROOF_FORMAT = "muster proof 1"


class NotABoard(Exception):
    """The file is not of a board, or is written as none is."""


@dataclass(frozen=True)
class About:
    """What a board is of.

    Attributes:
        ballot: its short name.
        title: its title.
        shows: what its papers show.
        has_units: whether each paper is committed to a unit beside its answers.
        answers: by the key of each question, the keys of its answers.
        texts: by question and answer key, the words on the paper; "" is the question itself.
        verifier: the line that names the key which signed its checkpoint.
    """

    ballot: str
    title: str
    shows: Shows
    has_units: bool
    answers: Mapping[str, frozenset[str]]
    texts: Mapping[tuple[str, str], str]
    verifier: str


def as_json(content: Mapping[str, Any]) -> bytes:
    """Return a small JSON file, for people to read as well."""
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def read_json(content: bytes, *, name: str) -> dict[str, Any]:
    """Read a small JSON file that holds one object.

    Raises:
        NotABoard: it is something else.
    """
    try:
        read = json.loads(content.decode(), object_pairs_hook=unrepeated)
    except (ValueError, RecursionError) as wrong:
        raise NotABoard(f"{name} is no JSON file.") from wrong
    if not isinstance(read, dict):
        raise NotABoard(f"{name} does not hold what such a file holds.")
    return read


def unrepeated(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object in which no name stands twice: one reader would take the other value.

    Raises:
        ValueError: one does.
    """
    read = dict(pairs)
    if len(read) < len(pairs):
        raise ValueError("a name stands twice")
    return read


def read_about(content: bytes) -> About:
    """Read about.json.

    Raises:
        NotABoard: it is of another format, or something in it is missing.
    """
    read = read_json(content, name=ABOUT)
    if read.get("format") != FORMAT:
        raise NotABoard(f"{ABOUT} is not of the form “{FORMAT}”.")
    try:
        texts: dict[tuple[str, str], str] = {}
        answers: dict[str, frozenset[str]] = {}
        for question in read["questions"]:
            key = str(question["key"])
            texts[key, ""] = str(question["text"])
            offered = {str(each["key"]): str(each["text"]) for each in question["answers"]}
            texts |= {(key, answer): text for answer, text in offered.items()}
            answers[key] = frozenset(offered)
        return About(
            ballot=str(read["ballot"]),
            title=str(read["title"]),
            shows=Shows(read["shows"]),
            has_units=read["units"] is True,
            answers=answers,
            texts=texts,
            verifier=str(read["verifier"]),
        )
    except (KeyError, TypeError, ValueError, RecursionError) as wrong:
        raise NotABoard(f"Something is missing in {ABOUT}.") from wrong


def read_leaf(line: bytes, *, about: About) -> dict[str, Any]:
    """Read one line of papers.jsonl, which has exactly one spelling.

    Raises:
        NotABoard: it holds more or less than this board shows, or is spelled otherwise.
    """
    leaf = read_json(line, name="This line")
    try:
        is_canonical = CANONICAL.encode(leaf).encode() == line
    except RecursionError:
        is_canonical = False
    if not is_canonical:
        raise NotABoard("This line is not spelled as lines of a board are.")
    digests = {"receipt", "paper"} if about.shows is Shows.INCLUSION else {"receipt"}
    if about.shows is Shows.ANSWERS and about.has_units:
        digests |= {"unit"}
    expected = digests if about.shows is Shows.INCLUSION else digests | {"answers"}
    if leaf.keys() != expected:
        more = sorted(leaf.keys() - expected)
        what = f"shows {more[0]!r:.40}" if more else f"lacks {min(expected - leaf.keys())!r}"
        raise NotABoard(f"This line {what}, as no line of such a board does.")
    if not all(_is_digest(leaf[name]) for name in digests):
        raise NotABoard("This line holds a digest that is none.")
    if about.shows is Shows.ANSWERS:
        _refuse_wrong_answers(leaf["answers"], about=about)
    return leaf


def _is_digest(value: object) -> bool:
    size = 2 * hashlib.sha256().digest_size
    return (
        isinstance(value, str) and len(value) == size and not set(value) - set("0123456789abcdef")
    )


def _refuse_wrong_answers(answers: object, *, about: About) -> None:
    if not isinstance(answers, dict) or answers.keys() != about.answers.keys():
        raise NotABoard("This line does not answer the questions of this ballot.")
    for question, answer in answers.items():
        if answer is not None and (
            not isinstance(answer, str) or answer not in about.answers[question]
        ):
            raise NotABoard("This line gives an answer that this ballot does not offer.")
