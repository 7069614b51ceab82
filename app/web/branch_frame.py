"""What every page of a branch asks first: which branch, and may this officer see it."""

from urllib.parse import quote

from sqlmodel import Session

from app.ballots.freeze import policy_of
from app.ballots.models import Ballot
from app.core.errors import NotFound
from app.roll.cells import folded_branch
from app.roll.repository import find_branch
from app.security.models import Role
from app.security.service import Staff


class UnknownBranch(NotFound):
    """There is no such branch, or it is not the officer's own; the two look the same."""

    code = "unknown_branch"
    message = "There is no branch here that you may see. Go back to your ballots."


def branch_for(session: Session, asked: str | None, *, staff: Staff) -> str:
    """Return the code of the branch that is shown, as the roll spells it.

    Raises:
        UnknownBranch: it is not on the roll, or not the officer's own.
    """
    if staff.role is not Role.HQ:
        own = staff.branch or ""
        if asked is not None and folded_branch(asked) != folded_branch(own):
            raise UnknownBranch
        found = find_branch(session, own)
        # An officer's account may be older than the first import with their branch.
        return found.code if found else own
    # PostgreSQL cannot even look for a NUL.
    found = find_branch(session, (asked or "").replace("\0", " "))
    if found is None:
        raise UnknownBranch
    return found.code


def is_balloted(ballot: Ballot, *, branch: str) -> bool:
    """Say whether a ballot is put to a branch at all."""
    branches = policy_of(ballot).constituency.branches
    return not branches or branch.casefold() in branches


def address_of(slug: str, branch: str, *, page: str = "") -> str:
    """Return where a page of a branch stands, such as `/branch/pay-2026/ask?branch=Leeds`."""
    return f"/branch/{slug}{page}?branch={quote(branch, safe='')}"
