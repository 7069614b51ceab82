"""What a board is of, fixed before the first paper is read: about.json, and what binds it. Pure."""

import hashlib
import json
from collections.abc import Sequence

from app.ballots.models import Ballot
from app.ballots.schemas import QuestionIO

FORMAT = "muster board 1"
# In front of the SHA-256 of about.json, on a line of the checkpoint.
BINDS_ABOUT = "about.json sha256 "
HOW_TO_CHECK = """\
papers.jsonl holds one paper a line. The leaves of the tree (RFC 9162, section 2.1) are these \
lines without their line feeds, in this order. \
checkpoint.txt states how many they are, the root of their tree (C2SP tlog-checkpoint) and the \
SHA-256 of this file. It was signed before anybody read a paper, with the Ed25519 key that the \
line under verifier names (C2SP signed-note). \
The receipt on a line is the SHA-256 of: muster receipt, a zero byte, the ballot's short name, a \
zero byte, the member's receipt. `muster verify` does all of this without a network."""


def about_of(ballot: Ballot, *, questions: Sequence[QuestionIO], verifier: str) -> str:
    """Return about.json of a ballot's board, as it is published.

    Args:
        ballot: which.
        questions: those on its paper, in order.
        verifier: the line that names the key which signs its checkpoint.
    """
    content = {
        "format": FORMAT,
        "ballot": ballot.slug,
        "title": ballot.title,
        "opens_at": ballot.opens_at.isoformat(),
        "closes_at": ballot.closes_at.isoformat(),
        "shows": ballot.board,
        "units": ballot.disaggregate_by is not None,
        "questions": [
            {
                "key": question.key,
                "text": question.text,
                "answers": [{"key": each.key, "text": each.text} for each in question.answers],
            }
            for question in questions
        ],
        "verifier": verifier,
        "how_to_check": HOW_TO_CHECK,
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def binding(about: bytes) -> str:
    """Return the checkpoint's line that fixes about.json."""
    return BINDS_ABOUT + hashlib.sha256(about).hexdigest()
