"""The board of a ballot's papers: what was signed, and its files at addresses that stay."""

from collections.abc import Iterator
from datetime import datetime

from fastapi import APIRouter, Depends, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from app.core.clock import NowDep
from app.core.database import DatabaseDep, ReadSession
from app.evidence.board import Published, open_board, paper_lines, signed_board, small_files
from app.evidence.board_format import ABOUT, CHECKPOINT, DECLARED, PAPERS, read_about
from app.evidence.board_router import ARCHIVE
from app.evidence.board_zip import zipped
from app.evidence.files import LONGEST_LINE
from app.results.leaves import Shows
from app.security import access
from app.web.filters import thousands
from app.web.templating import page

router = APIRouter(
    prefix="/ballots", include_in_schema=False, dependencies=[Depends(access.PUBLIC)]
)
# They never change once they are published, so a proxy may keep them for everybody.
KEEP = "public, max-age=86400"
LINES = "application/jsonl; charset=utf-8"
NOT_MODIFIED = 304


@router.get("/{slug}/board")
def show_board(session: ReadSession, slug: str, now: NowDep) -> Response:
    """Show what was signed of a ballot's papers, and where the files are."""
    published = signed_board(session, slug, now=now)
    board = published.board
    return page(
        "public/board.html",
        ballot=published.ballot,
        shows_answers=published.form.shows is Shows.ANSWERS,
        papers=thousands(board.size),
        root=board.root.hex(),
        checkpoint=board.checkpoint,
        verifier=read_about(board.about.encode()).verifier,
        signed_at=board.made_at,
        is_open=published.is_open,
        archive=ARCHIVE,
        files=_names(published),
    )


@router.get("/{slug}/board/checkpoint.txt")
def send_checkpoint(session: ReadSession, slug: str, now: NowDep) -> Response:
    """Send what was signed."""
    return PlainTextResponse(_small(session, slug, CHECKPOINT, now=now))


@router.get("/{slug}/board/about.json")
def send_about(session: ReadSession, slug: str, now: NowDep) -> Response:
    """Send what the board is of, as it was signed."""
    return Response(_small(session, slug, ABOUT, now=now), media_type="application/json")


@router.get("/{slug}/board/declared.json")
def send_declared(session: ReadSession, slug: str, now: NowDep) -> Response:
    """Send the result that the papers must give."""
    open_board(session, slug, now=now)
    return Response(_small(session, slug, DECLARED, now=now), media_type="application/json")


@router.get("/{slug}/board/papers.jsonl")
def send_papers(request: Request, database: DatabaseDep, slug: str, now: NowDep) -> Response:
    """Send every paper, one a line."""
    with database.reading() as session:
        published = open_board(session, slug, now=now)
    return _streamed(request, published, paper_lines(database, published), name=PAPERS, kind=LINES)


@router.get("/{slug}/board/board.zip")
def send_archive(request: Request, database: DatabaseDep, slug: str, now: NowDep) -> Response:
    """Send all files in one archive, which `muster verify` reads as it is."""
    with database.reading() as session:
        published = open_board(session, slug, now=now)
        files = small_files(session, published)
    pieces = zipped(
        files,
        large=PAPERS,
        pieces=paper_lines(database, published),
        at_most=published.board.size * LONGEST_LINE,
    )
    name = f"{slug}-board.zip"
    return _streamed(request, published, pieces, name=name, kind="application/zip")


def _small(session: ReadSession, slug: str, name: str, *, now: datetime) -> bytes:
    return small_files(session, signed_board(session, slug, now=now))[name]


def _names(published: Published) -> list[str]:
    return [CHECKPOINT, ABOUT, PAPERS, DECLARED] if published.is_open else [CHECKPOINT, ABOUT]


def _streamed(
    request: Request, published: Published, pieces: Iterator[bytes], *, name: str, kind: str
) -> Response:
    """Send a file of any length; whoever has it already is told so in a few bytes."""
    tag = f'"{published.board.root.hex()}"'
    headers = {"ETag": tag, "Cache-Control": KEEP}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=NOT_MODIFIED, headers=headers)
    headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return StreamingResponse(pieces, media_type=kind, headers=headers)
