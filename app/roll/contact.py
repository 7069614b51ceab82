"""How a member can be reached, as the roll holds it: by e-mail, by text message, at work."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlmodel import col

from app.roll.models import Member


def can_be_reached(*, email: str, mobile: str) -> bool:
    """Say whether a voting link can be sent to a member: by e-mail or to a mobile phone.

    A letter reaches people too, but too late for a link, so a postal address does not count.
    """
    return bool(email or mobile)


def is_at_work(email: str, *, work_domains: Collection[str]) -> bool:
    """Say whether an e-mail address is one that the member's employer can read.

    A domain stands for itself and for everything beneath it: `gov.uk` for `justice.gov.uk` too,
    and never for `notgov.uk`.

    Args:
        email: as the roll holds it; empty is at no work.
        work_domains: lower-case domains of employers, without a leading dot.
    """
    domain = email.rpartition("@")[2].lower()
    return any(domain == work or domain.endswith(f".{work}") for work in work_domains)


def unreachable() -> ColumnElement[bool]:
    """Return the condition that `can_be_reached` denies, for a query."""
    return sa.and_(col(Member.email) == "", col(Member.mobile) == "")


def at_work(work_domains: Collection[str]) -> ColumnElement[bool]:
    """Return the condition that `is_at_work` answers, for a query.

    Args:
        work_domains: as the settings hold them: checked, so no letter of theirs is a wildcard.
    """
    email = sa.func.lower(col(Member.email))
    return sa.or_(
        sa.false(),
        *[email.endswith(f"{before}{work}") for work in work_domains for before in "@."],
    )
