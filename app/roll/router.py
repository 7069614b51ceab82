"""The roll over REST: import a file, show a member."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, UploadFile

from app.core.clock import NowDep
from app.core.database import DatabaseDep, ReadSession
from app.roll import service
from app.roll.choices import Choices, Missing, parse_merges
from app.roll.mapping import parse_mapping
from app.roll.schemas import ImportOut, MemberOut
from app.security.access import HqOrBranchStaff, HqStaff

router = APIRouter(tags=["Roll"])


@router.post("/roll/imports")
def import_roll(  # noqa: PLR0913 - one for each field of the form
    database: DatabaseDep,
    staff: HqStaff,
    file: UploadFile,
    now: NowDep,
    *,
    dry_run: bool = False,
    missing: Annotated[Missing, Form()] = Missing.KEEP,
    left_on: Annotated[date | None, Form()] = None,
    mapping: Annotated[str, Form()] = "",
    merges: Annotated[str, Form()] = "",
) -> ImportOut:
    """Import a roll file: CSV or XLSX.

    A client that posts an import means one, so `dry_run` is false where it is left out; the same
    file twice changes nothing. A dry run never waits for a writer or holds one up. Members who are
    on the roll and not in the file stay, or with `missing=left` are marked as having left
    `left_on`, or today. `mapping` is a JSON object, our column to the file's header; `merges` is a
    JSON list of pairs of membership numbers that are one person.
    """
    choices = Choices(
        missing=missing,
        left_on=left_on,
        mapping=parse_mapping(mapping) if mapping else None,
        merges=parse_merges(merges) if merges else (),
    )
    # It returns after its commit: an import that could not be committed is not answered.
    return service.import_roll(
        database,
        file.file,
        file_name=file.filename or "",
        dry_run=dry_run,
        actor=staff.actor,
        now=now,
        choices=choices,
    )


# The membership number may hold slashes.
@router.get("/members/{membership_number:path}")
def show_member(session: ReadSession, staff: HqOrBranchStaff, membership_number: str) -> MemberOut:
    """Show one member. A branch officer sees members of their own branch only."""
    member = service.get_member(session, membership_number, staff=staff)
    return MemberOut.model_validate(member)
