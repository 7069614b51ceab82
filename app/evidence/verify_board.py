"""Check a board from its files alone: the signature, every paper, the tree, and the recount.

Needs no settings, no database and no network.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core.checkpoints import Checkpoint, NotACheckpoint, open_checkpoint
from app.core.merkle import GrowingTree, leaf_hash
from app.core.signing import NotSigned, Verifier
from app.evidence.board_format import (
    ABOUT,
    CHECKPOINT,
    DECLARED,
    PAPERS,
    About,
    NotABoard,
    read_about,
    read_json,
    read_leaf,
)
from app.evidence.files import Files, Unreadable, lines_of, small_file
from app.evidence.findings import Finding, broken, holds, note
from app.evidence.receipts import digests_of
from app.results.board_about import BINDS_ABOUT, binding
from app.results.leaves import Shows

SPOILED = ""
CHECKED = frozenset({ABOUT, CHECKPOINT, DECLARED, PAPERS})
NAMED = 5
UNSIGNED = (
    f"No signature covers {DECLARED}, and this board does not show whether the votes for each "
    "answer in it are right. Take the result from the evidence of the ballot."
)
WORDS_OF_A_KEY = (
    "The key was taken from the files themselves. Hold it against the one that the union publishes "
    "elsewhere, or whoever made up the files made up the key as well: {line}"
)


@dataclass
class Read:
    """What the papers were found to be: how many, their root, their receipts and their answers."""

    tree: GrowingTree = field(default_factory=GrowingTree)
    receipts: Counter[str] = field(default_factory=Counter)
    votes: Counter[tuple[str, str]] = field(default_factory=Counter)


def is_board(files: Files) -> bool:
    """Say whether these files are meant to be a board."""
    return CHECKPOINT in files and PAPERS in files


def check_board(
    files: Files, *, verifier: Verifier | None, receipts: tuple[str, ...] = ()
) -> list[Finding]:
    """Check a board: nothing on it was changed, removed, added or moved since it was signed.

    Args:
        files: papers.jsonl, checkpoint.txt, about.json and declared.json, by name.
        verifier: the key that the union publishes; None takes the one that the files name, and
            says so.
        receipts: receipts, as typed, to be looked for among the papers.

    Returns:
        Every finding in the order of the check. It stops where going on would say nothing.
    """
    try:
        content = small_file(files, ABOUT)
        about = read_about(content)
        signed = small_file(files, CHECKPOINT).decode()
    except (Unreadable, NotABoard) as wrong:
        return [broken("files", str(wrong))]
    except UnicodeDecodeError:
        return [broken("files", f"{CHECKPOINT} is no text.")]
    findings = _beside(files)
    checkpoint = _signed_checkpoint(signed, about, verifier=verifier, findings=findings)
    if checkpoint is None:
        return findings
    findings.append(_bound(checkpoint, content, about))
    read = _read_papers(files, about, findings=findings)
    if read is None:
        return findings
    findings += _tree(read, checkpoint)
    findings += [_receipt(each, about, read) for each in receipts]
    return findings + _recount(files, about, read)


def _beside(files: Files) -> list[Finding]:
    """Say which files lie beside a board: nobody is to think that they were checked with it."""
    others = sorted(files.keys() - CHECKED)
    if not others:
        return []
    named = ", ".join(others[:NAMED]) + (", …" if len(others) > NAMED else "")
    return [note("files", f"Not of the board, and not checked: {named}.")]


def _signed_checkpoint(
    signed: str, about: About, *, verifier: Verifier | None, findings: list[Finding]
) -> Checkpoint | None:
    try:
        key = verifier or Verifier.read(about.verifier)
        checkpoint = open_checkpoint(signed, verifier=key)
    except (NotSigned, NotACheckpoint) as wrong:
        findings.append(broken("signature", f"{CHECKPOINT} is not signed as it should be: {wrong}"))
        return None
    findings.append(
        holds("signature", f"{key.name} has signed a board of {checkpoint.size:,} papers.")
    )
    if verifier is None:
        findings.append(note("key", WORDS_OF_A_KEY.format(line=key.line)))
    return checkpoint


def _bound(checkpoint: Checkpoint, content: bytes, about: About) -> Finding:
    """Check that the checkpoint is of this ballot, and of these questions."""
    if not checkpoint.origin.endswith(f"/ballots/{about.ballot}"):
        return broken(
            "ballot", f"The checkpoint is of {checkpoint.origin}, and the files of {about.ballot}."
        )
    lines = [line for line in checkpoint.extensions if line.startswith(BINDS_ABOUT)]
    if lines != [binding(content)]:
        return broken("ballot", f"{ABOUT} is not the one that the checkpoint was signed with.")
    return holds(
        "ballot", f"The ballot is “{about.title}”, with the questions that were signed with it."
    )


def _read_papers(files: Files, about: About, *, findings: list[Finding]) -> Read | None:
    read = Read()
    try:
        for line in lines_of(files, PAPERS):
            leaf = read_leaf(line, about=about)
            read.tree.add(leaf_hash(line))
            read.receipts[leaf["receipt"]] += 1
            for question, answer in leaf.get("answers", {}).items():
                read.votes[question, SPOILED if answer is None else answer] += 1
    except Unreadable as wrong:
        findings.append(broken("papers", str(wrong)))
        return None
    except NotABoard as wrong:
        findings.append(broken("papers", f"{PAPERS}, line {read.tree.size + 1}: {wrong}"))
        return None
    return read


def _tree(read: Read, checkpoint: Checkpoint) -> list[Finding]:
    if (read.tree.size, read.tree.root()) != (checkpoint.size, checkpoint.root):
        return [
            broken(
                "papers",
                f"The {read.tree.size:,} papers are not the {checkpoint.size:,} that were signed: "
                "one or more were changed, removed, added or moved.",
            )
        ]
    found = [
        holds("papers", f"The {read.tree.size:,} papers are those that were signed, unchanged.")
    ]
    shared = sum(number for number in read.receipts.values() if number > 1)
    if shared:
        words = (
            f"{shared:,} papers carry a receipt that another paper carries too. A program that "
            "makes its own receipts may do so; receipts from the voting pages never agree."
        )
        found.append(note("receipts", words))
    return found


def _receipt(typed: str, about: About, read: Read) -> Finding:
    digests = digests_of(typed, slug=about.ballot)
    if any(digest.hex() in read.receipts for digest in digests):
        return holds("receipt", "The paper of this receipt is among those that were counted.")
    return broken("receipt", "No paper on this board has this receipt. Check its spelling.")


def _recount(files: Files, about: About, read: Read) -> list[Finding]:
    """Count the answers where they are shown, and hold the count against what was declared."""
    found = []
    if about.shows is Shows.ANSWERS:
        found += [holds("count", words) for words in _counted(about, read.votes)]
    else:
        words = (
            "This board does not show the answers, so nobody can recount from it. Each paper is "
            "committed to its answers; the scrutineer can open them."
        )
        found.append(note("count", words))
    if DECLARED not in files:
        return [*found, note("result", f"{DECLARED} is not here, so nothing was declared in it.")]
    try:
        declared = read_json(small_file(files, DECLARED), name=DECLARED)
    except (Unreadable, NotABoard) as wrong:
        return [*found, broken("result", str(wrong))]
    found.append(_declared(declared, about, read))
    if about.shows is Shows.INCLUSION:
        found.append(note("result", UNSIGNED))
    return found


def _declared(declared: Mapping[str, Any], about: About, read: Read) -> Finding:
    if declared.get("ballot") != about.ballot or declared.get("votes_cast") != read.tree.size:
        words = (
            f"{DECLARED} states another ballot or another number of votes than there are papers."
        )
        return broken("result", words)
    if about.shows is Shows.INCLUSION:
        if not _adds_up(declared.get("questions"), about, read.tree.size):
            return broken("result", f"The votes in {DECLARED} do not add up to the papers.")
        return holds("result", f"{read.tree.size:,} votes were declared: as many as papers.")
    counted = {
        question: {
            "votes": {answer: read.votes[question, answer] for answer in offered},
            "spoiled": read.votes[question, SPOILED],
        }
        for question, offered in about.answers.items()
    }
    if declared.get("questions") != counted:
        return broken("result", "The papers give another result than the one that was declared.")
    return holds("result", "The papers give exactly the result that was declared.")


def _adds_up(questions: object, about: About, papers: int) -> bool:
    """Say whether each question has, with what is spoiled, as many votes as there are papers."""
    if not isinstance(questions, dict) or questions.keys() != about.answers.keys():
        return False
    try:
        return all(
            questions[question]["votes"].keys() == offered
            and sum(questions[question]["votes"].values()) + questions[question]["spoiled"]
            == papers
            for question, offered in about.answers.items()
        )
    except (KeyError, TypeError, AttributeError):
        return False


def _counted(about: About, votes: Mapping[tuple[str, str], int]) -> list[str]:
    sentences = []
    for question, offered in about.answers.items():
        parts = [
            f"{about.texts[question, answer]}: {votes.get((question, answer), 0):,}"
            for answer in sorted(offered)
        ]
        parts.append(f"spoiled: {votes.get((question, SPOILED), 0):,}")
        sentences.append(f"“{about.texts[question, '']}” {'; '.join(parts)}.")
    return sentences
