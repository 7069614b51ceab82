"""Boards made of nothing but values, to be harmed and checked: no settings, no database."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from app.core.checkpoints import Checkpoint
from app.core.merkle import inclusion_path, leaf_hash, root_of
from app.core.signing import Signer
from app.core.tiles import Tile, TileMaker, complete_from
from app.evidence.board_format import PROOF_FORMAT
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


def root_of_leaves(lines: Iterable[bytes]) -> bytes:
    """The root of the tree of these lines."""
    return root_of(map(leaf_hash, lines))


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
        root=root or root_of_leaves(lines),
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


def proof_of(number: int, *, shows: Shows = Shows.ANSWERS) -> dict[str, Any]:
    """The proof of one of the five papers, as the file has it."""
    lines = leaves(shows)
    maker = TileMaker()
    tiles: dict[tuple[int, int], Tile] = {}
    for line in lines:
        tiles |= {(tile.level, tile.number): tile for tile in maker.add(leaf_hash(line))}
    tiles |= {(tile.level, tile.number): tile for tile in maker.rest()}
    complete = complete_from(lambda level, n: tiles[level, n].hashes)
    return {
        "format": PROOF_FORMAT,
        "ballot": "pay",
        "leaf": lines[number].decode(),
        "index": number,
        "size": len(lines),
        "path": [each.hex() for each in inclusion_path(number, size=5, complete=complete)],
        "checkpoint": signed(lines, about(shows)).decode(),
        "verifier": SIGNER.verifier.line,
    }
