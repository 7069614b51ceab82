"""The roll over REST: import a file, show a member."""

from fastapi import APIRouter, UploadFile

from app.core.clock import NowDep
from app.core.database import DatabaseDep, ReadSession
from app.roll import service
from app.roll.schemas import ImportOut, MemberOut
from app.security.access import HqOrBranchStaff, HqStaff

router = APIRouter(tags=["Roll"])


@router.post("/roll/imports")
def import_roll(
    database: DatabaseDep,
    staff: HqStaff,
    file: UploadFile,
    now: NowDep,
    *,
    dry_run: bool = False,
) -> ImportOut:
    """Import a roll file, CSV in UTF-8 or XLSX.

    A client that posts an import means one, so `dry_run` is false where it is left out; the same
    file twice changes nothing. A dry run never waits for a writer or holds one up.
    """
    # It returns after its commit: an import that could not be committed is not answered.
    return service.import_roll(
        database,
        file.file,
        file_name=file.filename or "",
        dry_run=dry_run,
        actor=staff.actor,
        now=now,
    )


# The membership number may hold slashes.
@router.get("/members/{membership_number:path}")
def show_member(session: ReadSession, staff: HqOrBranchStaff, membership_number: str) -> MemberOut:
    """Show one member. A branch officer sees members of their own branch only."""
    member = service.get_member(session, membership_number, staff=staff)
    return MemberOut.model_validate(member)
