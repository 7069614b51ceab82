"""The evidence of a declared ballot: the file for everybody, and the keys for those in office."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import HTMLResponse, Response, StreamingResponse

from app.ballots.models import Ballot
from app.ballots.service import get_ballot, get_visible_ballot, key_of
from app.core.clock import NowDep
from app.core.database import DatabaseDep, ReadSession, WriteSession
from app.core.settings import SettingsDep
from app.core.signing import signer_of
from app.evidence.pack_keeper import PackKeeper
from app.evidence.pack_models import EvidencePack
from app.evidence.pack_sealing import Part
from app.evidence.pack_store import find_pack, hand_over_key, may_have_key, pieces_of
from app.security import access
from app.security.access import HqOrScrutineerStaff, SteppedUpHqOrScrutineerStaff
from app.security.service import Staff
from app.web.staff_frame import home_of, staff_page

router = APIRouter(include_in_schema=False)
NAMES = {
    Part.OFFICERS: ("Small units and the whole log", "for headquarters and the scrutineer"),
    Part.ROLL: ("The roll by name, and who has voted", "for the scrutineer alone"),
}


async def _keeper(request: Request) -> PackKeeper:
    keeper: PackKeeper = request.app.state.pack_keeper
    return keeper


Keeper = Annotated[PackKeeper, Depends(_keeper)]


@router.get("/ballots/{slug}/evidence.zip", dependencies=[Depends(access.PUBLIC)])
def download_evidence(
    database: DatabaseDep, keeper: Keeper, slug: str, now: NowDep
) -> StreamingResponse:
    """Send the evidence of a declared ballot to whoever asks."""
    with database.reading() as session:
        ballot = get_visible_ballot(session, slug, staff=None, now=now)
    pack = keeper.pack_of(ballot)
    return StreamingResponse(
        pieces_of(database, key_of(ballot)),
        media_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{slug}-evidence.zip"',
            "Content-Length": str(pack.size),
            # It never changes, so whoever has it need not ask for it again.
            "ETag": f'"{pack.sha256}"',
        },
    )


@router.get("/staff/ballots/{slug}/evidence")
def show_evidence(
    session: ReadSession,
    staff: HqOrScrutineerStaff,
    keeper: Keeper,
    slug: str,
    settings: SettingsDep,
) -> HTMLResponse:
    """Show what is in the evidence, its digest, how to check it, and which keys are for whom."""
    ballot = get_ballot(session, slug)
    pack = keeper.pack_of(ballot) if ballot.declared_at is not None else None
    return _page(ballot, pack, staff=staff, verifier=signer_of(settings).verifier.line)


@router.post("/staff/ballots/{slug}/evidence")
def show_key(  # noqa: PLR0913, PLR0917 - each is one thing that the framework hands in
    session: WriteSession,
    staff: SteppedUpHqOrScrutineerStaff,
    slug: str,
    settings: SettingsDep,
    now: NowDep,
    part: Annotated[Part, Form()],
) -> Response:
    """Show the key to a sealed part, and put on record who has seen it."""
    ballot = get_ballot(session, slug)
    key = hand_over_key(session, ballot, part, staff=staff, now=now)
    return _page(
        ballot,
        find_pack(session, ballot),
        staff=staff,
        verifier=signer_of(settings).verifier.line,
        key=(NAMES[part][0], key),
    )


def _page(
    ballot: Ballot,
    pack: EvidencePack | None,
    *,
    staff: Staff,
    verifier: str,
    key: tuple[str, str] | None = None,
) -> HTMLResponse:
    shown = staff_page(
        "staff/evidence.html",
        staff=staff,
        back=home_of(ballot.slug, staff=staff),
        ballot=ballot,
        pack=pack,
        key=key,
        verifier=verifier,
        parts=[
            (part.value, *NAMES[part], _standing(ballot, part, pack, staff=staff)) for part in Part
        ],
    )
    shown.headers["Cache-Control"] = "no-store"
    return shown


def _standing(ballot: Ballot, part: Part, pack: EvidencePack | None, *, staff: Staff) -> str:
    """Say of a sealed part whether its key is for the reader, and still there."""
    if not may_have_key(ballot, part, staff=staff):
        return "not yours"
    gone = pack is not None and part is Part.ROLL and pack.roll_key is None
    return "gone" if gone else "yours"
