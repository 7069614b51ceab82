"""Whom to write to about a weakness, where programs and people look for it (RFC 9116)."""

from datetime import timedelta

from fastapi import APIRouter, Depends
from starlette.responses import PlainTextResponse

from app.core.clock import NowDep
from app.core.errors import NotFound
from app.core.settings import SettingsDep
from app.security import access

router = APIRouter(include_in_schema=False, dependencies=[Depends(access.PUBLIC)])
PATH = "/.well-known/security.txt"
# RFC 9116, section 2.5.5: less than a year, so that nobody relies on what is stale.
GOOD_FOR = timedelta(days=180)


class NoSecurityContact(NotFound):
    """Whoever runs this service has named nobody."""

    code = "no_security_contact"
    message = "Nobody is named here to whom a weakness can be reported. Ask whoever runs Muster."


@router.get(PATH)
def show_security_contact(settings: SettingsDep, now: NowDep) -> PlainTextResponse:
    """Say where to report a weakness, in which languages, and until when that holds.

    Raises:
        NoSecurityContact: MUSTER_SECURITY_CONTACT is not set.
    """
    if settings.security_contact is None:
        raise NoSecurityContact
    lines = [
        f"Contact: {settings.security_contact}",
        f"Expires: {(now + GOOD_FOR).strftime('%Y-%m-%dT%H:%M:%SZ')}",
        "Preferred-Languages: en, cy",
    ]
    # Section 2.5.2: an address of the web here begins with https.
    if settings.https:
        lines.append(f"Canonical: {settings.base_url}{PATH}")
    return PlainTextResponse("\n".join([*lines, ""]))
