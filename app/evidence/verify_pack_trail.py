"""Check the papers and the log of a pack, and that both say what was declared."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from app.audit.chain import LogState
from app.audit.notes import WrongCheckpoint, notes_in, read_state, read_states
from app.ballots.schemas import BallotOut
from app.core.checkpoints import open_checkpoint
from app.core.signing import Verifier
from app.evidence.board_format import ABOUT, CHECKPOINT, DECLARED, read_json
from app.evidence.findings import Finding, Standing, broken, holds, note
from app.evidence.pack_keys import in_use_in_words, signer_among
from app.evidence.pack_tally import counts_in
from app.evidence.verify_board import check_board
from app.results.repository import tally_digest

Facts = Mapping[str, Any]
BOARD = "board/"
WINDOW = ("opens_at", "closes_at")
ABOUT_EARLIER_KEYS = "earlier key"


def board_in(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files of the board, by the names that they have alone."""
    return {
        name.removeprefix(BOARD): content
        for name, content in files.items()
        if name.startswith(BOARD)
    }


def check_board_in(
    files: Mapping[str, bytes],
    facts: Facts,
    *,
    verifiers: Sequence[Verifier],
    receipts: tuple[str, ...],
) -> Iterator[Finding]:
    """Check the board as if it lay alone, and that it is of the votes that were declared."""
    board = board_in(files)
    if not board and all(each["action"] != "BoardSigned" for each in facts["events"]):
        yield note("papers", "This ballot was counted before Muster kept boards, so it has none.")
        if receipts:
            yield broken("receipt", "Without a board no receipt can be looked for.")
        return
    key = signer_among(verifiers, note=board.get(CHECKPOINT, b"").decode())
    found = check_board(board, verifier=key, receipts=receipts)
    yield from found
    if any(each.standing is Standing.BROKEN for each in found):
        return
    if key != verifiers[0]:
        yield note(
            ABOUT_EARLIER_KEYS,
            f"The board was signed with an earlier key: {in_use_in_words(facts, key)}. Hold it "
            "against the line that the union published then.",
        )
    root = open_checkpoint(board[CHECKPOINT].decode(), verifier=key).root.hex()
    wrong = _unlike_the_board(facts, board, root=root)
    if wrong is not None:
        yield broken("papers", wrong)
        return
    yield holds("papers", "The board is of the votes that were declared.")


def _unlike_the_board(facts: Facts, board: Mapping[str, bytes], *, root: str) -> str | None:
    """Say where the board and the other files say two things, if they do."""
    signed = [each for each in facts["events"] if each["action"] == "BoardSigned"]
    if [each["details"]["root"] for each in signed] != [root]:
        return "The log says that another board was signed."
    if not _is_of_this_ballot(read_json(board[ABOUT], name=ABOUT), facts["ballot"]["ballot"]):
        return "The board was signed with other questions, or for another ballot or another close."
    published, tally = json.loads(board[DECLARED]), facts["tally"]
    if any(published[name] != tally[name] for name in ("votes_cast", "entitled")):
        return "The board states other numbers of votes or of entitled than the tally."
    if published["questions"] != tally["questions"]:
        return "The board states another result than the tally."
    return None


def _is_of_this_ballot(about: Facts, ballot: Facts) -> bool:
    """Hold what was fixed before the first paper was read against what the pack says was asked."""
    questions = [
        {
            "key": question["key"],
            "text": question["text"],
            "answers": [{"key": each["key"], "text": each["text"]} for each in question["answers"]],
        }
        for question in ballot["questions"]
    ]
    said = (ballot["slug"], ballot["title"], ballot["board"], questions)
    moments = [datetime.fromisoformat(each[name]) for each in (about, ballot) for name in WINDOW]
    return (
        (about["ballot"], about["title"], about["shows"], about["questions"]) == said
        and about["units"] is (ballot["disaggregate_by"] is not None)
        and moments[:2] == moments[2:]
    )


def check_log(
    files: Mapping[str, bytes], facts: Facts, *, verifiers: Sequence[Verifier]
) -> Iterator[Finding]:
    """Check that the signed state of the log ends with the declaration, and that all agree."""
    events = facts["events"]
    try:
        state = read_state(files["audit/checkpoint.txt"].decode(), verifier=verifiers[0])
    except WrongCheckpoint as wrong:
        yield broken("log", str(wrong))
        return
    numbers = [each["number"] for each in events]
    last = events[-1]
    if numbers != sorted(set(numbers)) or last["action"] != "ResultDeclared":
        yield broken("log", "The events of the ballot are not in their order.")
        return
    if (state.events, state.head) != (last["number"], last["hash"]):
        yield broken("log", "The log was signed in another state than the one in the pack.")
        return
    earlier = _earlier_states(files, state, verifiers=verifiers)
    if earlier is not None:
        yield earlier
    wrong_words = _disagreement(facts)
    if wrong_words:
        yield broken("log", wrong_words)
        return
    yield holds(
        "log",
        f"{len(events):,} events of this ballot, of {state.events:,} in the log; its state at the "
        "declaration is signed.",
    )


def _earlier_states(
    files: Mapping[str, bytes], state: LogState, *, verifiers: Sequence[Verifier]
) -> Finding | None:
    """Say what is to be said of the states of the log that were public before, if anything."""
    later, unread = 0, 0
    for each in published_in(files):
        try:
            [before] = read_states([each], verifiers=verifiers)
            later += before.events > state.events
        except WrongCheckpoint:
            unread += 1
    if later:
        return broken("log", "A longer state of the log was signed before this one.")
    if unread:
        return note("log", f"{unread:,} earlier states of the log bear no key that is known.")
    return None


def published_in(files: Mapping[str, bytes]) -> list[str]:
    """Return the signed states of the log that were public before the declaration."""
    text = files["audit/published.txt"].decode()
    return list(notes_in(text)) if text else []


def _disagreement(facts: Facts) -> str | None:
    """Say where the log and the other files say two things, if they do."""
    tally, roll = facts["tally"], facts["roll"]
    last = facts["events"][-1]["details"]
    if (last["votes_cast"], last["entitled"]) != (tally["votes_cast"], tally["entitled"]):
        return "The log says that other numbers were declared."
    frozen = [each for each in facts["events"] if each["action"] == "RollFrozen"]
    if [each["details"]["roll_digest"] for each in frozen] != [roll["frozen_digest"]]:
        return "The log says that another roll was frozen."
    sealed = [each for each in facts["events"] if each["action"] == "BoxSealed"]
    if [each["details"]["papers"] for each in sealed] != [tally["votes_cast"]]:
        return "The log says that another number of papers was sealed."
    if tally["units_withheld"] == 0 and last["tally_digest"] != digest_of_tally(facts, tally):
        return "The log says that another tally was declared."
    return None


def digest_of_tally(facts: Facts, tally: Mapping[str, Any]) -> str:
    """Return the digest of a complete tally, as the declaration put it on record."""
    described = BallotOut.model_validate(facts["ballot"]["ballot"])
    counts, _ = counts_in(tally, questions=described.questions)
    return tally_digest(counts)
