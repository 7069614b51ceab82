"""Past results over REST: the same numbers under the rules of every period. Nothing is stored."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, UploadFile

from app.ballots.commencements import commenced
from app.core.body_limit import route_that_reads
from app.core.clock import NowDep
from app.core.database import ReadSession
from app.results.past_file import rows_of
from app.results.past_results import meaning_out, units_of, work_out
from app.results.past_rows import read_units
from app.results.past_schemas import AskedOfPast, PastResultsIn, PastResultsOut
from app.rules.london import london_day
from app.security import access

# Twenty thousand units at fifty bytes. Anybody may send a file, so nobody may send more; so much is
# held in memory and never touches a disk, and nginx lets it through (deploy/nginx.conf.template).
LARGEST = 1024 * 1024  # bytes
router = APIRouter(
    prefix="/past-results",
    tags=["Rules"],
    dependencies=[Depends(access.PUBLIC)],
    route_class=route_that_reads(LARGEST),
)


@router.post("")
def judge_past_results(session: ReadSession, body: PastResultsIn, now: NowDep) -> PastResultsOut:
    """Judge past results, unit by unit, by the rules of every period of a book."""
    meaning = work_out(
        units_of(body), asked=body, today=london_day(now), commenced=commenced(session)
    )
    return meaning_out(meaning)


@router.post("/file")
def judge_past_results_file(
    session: ReadSession, file: UploadFile, asked: Annotated[AskedOfPast, Query()], now: NowDep
) -> PastResultsOut:
    """Judge a file of past results, CSV or XLSX: unit, entitled, yes, no, spoiled.

    Rows that cannot be taken are named in the answer, and the others are judged.
    """
    read = read_units(rows_of(file.file.read()))
    meaning = work_out(read.units, asked=asked, today=london_day(now), commenced=commenced(session))
    return meaning_out(meaning, read=read)
