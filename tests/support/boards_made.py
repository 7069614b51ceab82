"""Boards made of nothing but values, to be harmed and checked: no settings, no database."""

import base64
import json
from collections.abc import Sequence

from app.core.checkpoints import Checkpoint
from app.core.merkle import root_of
from app.core.signing import Signer
from app.results.board_about import FORMAT, binding
from app.results.leaves import Form, Paper, Shows, leaf_of
from app.voting.receipts import receipt_digest

SIGNER = Signer("a secret of invented tests", name="vote.example.org")
CHOICES = ("accept", "reject", "reject", None, "reject")
SALT_KEY = bytes(range(32))


def receipt(number: int) -> str:
    """The receipt of an invented voter, as the pages would have made it."""
    return f"{number:032x}"


def about(shows: Shows, *, units: bool = False, slug: str = "pay") -> bytes:
    """about.json of an invented ballot."""
    content = {
        "format": FORMAT,
        "ballot": slug,
        "title": "Pay offer",
        "shows": shows,
        "units": units,
        "questions": [
            {
                "key": "offer",
                "text": "Do you accept?",
                "answers": [{"key": "accept", "text": "Yes"}, {"key": "reject", "text": "No"}],
            }
        ],
        "verifier": SIGNER.verifier.line,
    }
    return json.dumps(content).encode()


def leaves(shows: Shows, *, unit: str | None = None, slug: str = "pay") -> list[bytes]:
    """The lines of five papers."""
    form = Form(shows, salt_key=SALT_KEY)
    papers = [
        Paper(
            receipt_digest(receipt(n), slug=slug), answers=json.dumps({"offer": choice}), unit=unit
        )
        for n, choice in enumerate(CHOICES)
    ]
    return [leaf_of(paper, index=n, form=form) for n, paper in enumerate(papers)]


def signed(
    lines: Sequence[bytes],
    about_file: bytes,
    *,
    slug: str = "pay",
    signer: Signer = SIGNER,
    root: bytes | None = None,
) -> bytes:
    """checkpoint.txt over lines and about.json."""
    checkpoint = Checkpoint(
        f"vote.example.org/ballots/{slug}",
        size=len(lines),
        root=root or root_of(lines),
        extensions=(binding(about_file),),
    )
    return checkpoint.signed(signer).encode()


def board(shows: Shows = Shows.ANSWERS, *, unit: str | None = None) -> dict[str, bytes]:
    """A sound board of five papers."""
    lines, about_file = leaves(shows, unit=unit), about(shows, units=unit is not None)
    declared = {
        "ballot": "pay",
        "votes_cast": 5,
        "questions": {"offer": {"votes": {"accept": 1, "reject": 3}, "spoiled": 1}},
    }
    return {
        "papers.jsonl": joined(lines),
        "about.json": about_file,
        "checkpoint.txt": signed(lines, about_file),
        "declared.json": json.dumps(declared).encode(),
    }


def joined(lines: Sequence[bytes]) -> bytes:
    """Lines as a file."""
    return b"".join(line + b"\n" for line in lines)


def in_base64(content: bytes) -> str:
    """Bytes as a checkpoint writes them."""
    return base64.b64encode(content).decode()
