"""Where a researcher reports a weakness; without it nothing is published (RFC 9116)."""

from typing import Annotated
from urllib.parse import unquote, urlsplit

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator
from pydantic_settings import BaseSettings

WHAT_TO_WRITE = "write mailto:security@example.org, or a page whose address begins with https://"


def _contact(uri: str | None) -> str | None:
    """Accept one URI of a mailbox or of a page over TLS; an empty text means none."""
    if not uri:
        return None
    if not uri.isascii() or not uri.isprintable() or " " in uri or not _leads_somewhere(uri):
        raise ValueError(WHAT_TO_WRITE)
    return uri


def _leads_somewhere(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        if parts.scheme == "mailto":
            mailbox = unquote(parts.path)
            validate_email(mailbox, check_deliverability=False, test_environment=True)
            return True
        return parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except (EmailNotValidError, ValueError):  # no mailbox, or a port that is no number
        return False


class ContactSettings(BaseSettings):
    """Whom somebody writes to who has found a weakness."""

    security_contact: Annotated[str | None, AfterValidator(_contact)] = None
