"""Check a proof that one paper is in the count: a small file that its member can keep."""

from dataclasses import dataclass

from app.core.checkpoints import NotACheckpoint, open_checkpoint
from app.core.merkle import is_included, leaf_hash
from app.core.signing import NotSigned, Verifier
from app.evidence.board_format import PROOF_FORMAT, NotABoard, read_json
from app.evidence.files import LARGEST_SMALL_FILE
from app.evidence.findings import Finding, broken, holds, note
from app.evidence.receipts import digests_of
from app.evidence.verify_board import WORDS_OF_A_KEY

LONGEST_PATH = 64


@dataclass(frozen=True)
class Proof:
    """An inclusion proof as the file has it."""

    ballot: str
    leaf: bytes
    index: int
    size: int
    path: list[bytes]
    checkpoint: str
    verifier: str


def is_proof(content: bytes) -> bool:
    """Say whether a file is meant to be a proof."""
    if len(content) > LARGEST_SMALL_FILE:
        return False
    try:
        return read_json(content, name="It").get("format") == PROOF_FORMAT
    except NotABoard:
        return False


def read_proof(content: bytes) -> Proof:
    """Read a proof.

    Raises:
        NotABoard: it is none.
    """
    read = read_json(content, name="The proof")
    try:
        proof = Proof(
            ballot=str(read["ballot"]),
            leaf=str(read["leaf"]).encode(),
            index=read["index"],
            size=read["size"],
            path=[bytes.fromhex(each) for each in read["path"]],
            checkpoint=str(read["checkpoint"]),
            verifier=str(read["verifier"]),
        )
    except (KeyError, TypeError, ValueError, RecursionError) as wrong:
        raise NotABoard("Something is missing in the proof.") from wrong
    if (
        type(proof.index) is not int
        or type(proof.size) is not int
        or len(proof.path) > LONGEST_PATH
    ):
        raise NotABoard("Something is wrong in the proof.")
    return proof


def check_proof(
    content: bytes, *, verifier: Verifier | None, receipts: tuple[str, ...] = ()
) -> list[Finding]:
    """Check that the paper in a proof is one of those that were signed.

    Args:
        content: the file.
        verifier: the key that the union publishes; None takes the one that the file names, and
            says so.
        receipts: receipts, as typed, that the paper is said to have.
    """
    try:
        proof = read_proof(content)
        key = verifier or Verifier.read(proof.verifier)
        checkpoint = open_checkpoint(proof.checkpoint, verifier=key)
        leaf = read_json(proof.leaf, name="The paper in the proof")
    except (NotABoard, NotSigned, NotACheckpoint) as wrong:
        return [broken("proof", str(wrong))]
    found = [holds("signature", f"{key.name} has signed a board of {checkpoint.size:,} papers.")]
    if verifier is None:
        found.append(note("key", WORDS_OF_A_KEY.format(line=key.line)))
    of_this = checkpoint.origin.endswith(f"/ballots/{proof.ballot}")
    if not of_this or proof.size != checkpoint.size:
        return [*found, broken("proof", "The proof is of another board than the checkpoint.")]
    if not is_included(
        leaf_hash(proof.leaf),
        index=proof.index,
        size=proof.size,
        path=proof.path,
        root=checkpoint.root,
    ):
        return [*found, broken("proof", "This paper is not among those that were signed.")]
    words = (
        f"This paper is number {proof.index + 1:,} of the papers of {proof.ballot}, in the count."
    )
    found.append(holds("proof", words))
    return found + [_receipt(each, proof, leaf.get("receipt")) for each in receipts]


def _receipt(typed: str, proof: Proof, digest: object) -> Finding:
    if digest in {each.hex() for each in digests_of(typed, slug=proof.ballot)}:
        return holds("receipt", "It is the paper of this receipt.")
    return broken("receipt", "The receipt belongs to another paper. Check its spelling.")
