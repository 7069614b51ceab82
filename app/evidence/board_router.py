"""Boards over REST: what was signed, and the proof of one paper."""

from fastapi import APIRouter, Depends

from app.core.clock import NowDep
from app.core.database import ReadSession
from app.evidence.board import open_board, signed_board
from app.evidence.board_format import ABOUT, CHECKPOINT, DECLARED, PAPERS, read_about
from app.evidence.board_schemas import BoardFile, BoardOut, ProofIn, ProofOut
from app.evidence.inclusion import proof_file, prove_digest, prove_receipt
from app.security import access

router = APIRouter(prefix="/ballots", tags=["Results"], dependencies=[Depends(access.PUBLIC)])
ARCHIVE = "board.zip"
SIGNED = (CHECKPOINT, ABOUT)
OPEN = (*SIGNED, PAPERS, DECLARED, ARCHIVE)
LARGEST_QUESTION = 4096  # bytes


@router.get("/{slug}/board")
def show_board(session: ReadSession, slug: str, now: NowDep) -> BoardOut:
    """Say what was signed of a ballot's papers; from the close on, before anybody knows the result.

    The files are at addresses that stay: the papers from the declaration on.
    """
    published = signed_board(session, slug, now=now)
    board = published.board
    return BoardOut(
        ballot=slug,
        shows=published.form.shows.value,
        papers=board.size,
        root=board.root.hex(),
        checkpoint=board.checkpoint,
        verifier=read_about(board.about.encode()).verifier,
        signed_at=board.made_at,
        published=published.is_open,
        files=[
            BoardFile(name=name, address=f"/ballots/{slug}/board/{name}")
            for name in (OPEN if published.is_open else SIGNED)
        ],
    )


@router.post("/{slug}/board/proof", max_body_size=LARGEST_QUESTION)
def prove(session: ReadSession, slug: str, asked: ProofIn, now: NowDep) -> ProofOut:
    """Prove that the paper of a receipt is in the count. The receipt is not stored and not logged.

    Where papers share a receipt, which a program that makes its own may bring about, the first of
    them is proved.
    """
    published = open_board(session, slug, now=now)
    if asked.digest is not None:
        proofs = prove_digest(session, published, digest=bytes.fromhex(asked.digest))
    else:
        proofs = prove_receipt(session, published, receipt=asked.receipt or "")
    return ProofOut.model_validate(proof_file(published, proofs[0]))
