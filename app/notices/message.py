"""Make a mail a message: plain text and HTML, with headers that no name can add to."""

import re
from datetime import datetime
from email.charset import QP, Charset
from email.headerregistry import Address
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import SMTP, compat32
from email.utils import format_datetime
from html import escape

from email_validator import EmailNotValidError, validate_email

from app.notices.words import Mail

# Mail programs read no style sheet of ours, so each part carries its own few words of style.
_PAGE = "margin:0;padding:24px 12px;background:#f4f1ee;color:#1d1a1b"
_SHEET = (
    "max-width:36em;margin:0 auto;padding:24px;background:#ffffff;"
    "font:17px/1.5 Verdana,Geneva,sans-serif;overflow-wrap:anywhere"
)
_BUTTON = (
    "display:inline-block;padding:12px 20px;background:#6b1231;color:#ffffff;"
    "font-weight:bold;text-decoration:none"
)
# Text as RFC 2045 section 6.7 has it, which every server passes on as it is.
_QUOTED = Charset("utf-8")
_QUOTED.body_encoding = QP
# The parts have no header with words of anybody's, so the older and quicker rules do for them.
_PARTS = compat32.clone(linesep="\r\n")
_FOOT = "border-top:1px solid #b9b0ac;padding-top:16px;font-size:14px;color:#4d4547"


class NoSuchAddress(Exception):
    """Refused because mail cannot go to such an address; the message says why."""


def deliverable(address: str) -> str:
    """Return the address in the form that goes to the server.

    Raises:
        NoSuchAddress: it is none, or several, or needs what not every mail server speaks.
    """
    try:
        plain = validate_email(address, check_deliverability=False).ascii_email
    except EmailNotValidError as wrong:
        raise NoSuchAddress(f"The roll’s address cannot be one: {wrong}") from wrong
    if plain is None:
        raise NoSuchAddress("The roll’s address has letters before the @ that mail cannot carry.")
    return plain


def as_bytes(
    mail: Mail, *, sender: Address, recipient: str, message_id: str, now: datetime
) -> bytes:
    """Return a message as it goes over the line.

    Headers are made by the standard library's own classes, which refuse a line break. They are made
    apart from the parts, because they alone need what takes the most time.

    Args:
        mail: what it says.
        sender: who it is from.
        recipient: one address that `deliverable` returned.
        message_id: with its angle brackets; each try has its own, because each carries its own
            code.
        now: this moment.
    """
    head = EmailMessage(policy=SMTP)
    head["From"] = sender
    head["To"] = Address(addr_spec=recipient)
    head["Subject"] = mail.subject
    head["Date"] = format_datetime(now)
    head["Message-ID"] = message_id
    # RFC 3834: nobody's absence notice answers it. It offers no way to be left out of a ballot.
    head["Auto-Submitted"] = "auto-generated"
    head["Content-Language"] = mail.language
    plain = _part(f"{mail.body}\n\n-- \n{mail.footer}\n", "plain")
    parts = MIMEMultipart("alternative", _subparts=[plain, _part(as_html(mail), "html")])
    # Both are lines of headers first; the empty line that ends those of a message comes once.
    return head.as_bytes().removesuffix(b"\r\n") + parts.as_bytes(policy=_PARTS)


def _part(text: str, subtype: str) -> MIMENonMultipart:
    part = MIMENonMultipart("text", subtype, charset="utf-8")
    part.set_payload(text, _QUOTED)
    return part


def as_html(mail: Mail) -> str:
    """Return the HTML part: the same words, with a button for the link, for a phone first."""
    body = "\n".join(_paragraph(part, mail) for part in mail.body.split("\n\n"))
    foot = "\n".join(f"<p>{_lines(part, mail)}</p>" for part in mail.footer.split("\n\n"))
    return (
        f'<!DOCTYPE html>\n<html lang="{mail.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(mail.subject)}</title></head>\n"
        f'<body style="{_PAGE}"><div style="{_SHEET}">\n{body}\n'
        f'<div style="{_FOOT}">\n{foot}\n</div></div></body></html>\n'
    )


def _paragraph(text: str, mail: Mail) -> str:
    if mail.link is None or text.strip() != mail.link:
        return f"<p>{_lines(text, mail)}</p>"
    address = escape(mail.link)
    return (
        f'<p><a href="{address}" style="{_BUTTON}">{escape(mail.button)}</a></p>\n'
        f"<p>{_lines(mail.link, mail)}</p>"
    )


def _lines(text: str, mail: Mail) -> str:
    """Return text as HTML in which our own addresses, and no others, can be followed."""
    html = escape(text).replace("\n", "<br>\n")
    ours = {escape(each) for each in (mail.link, *mail.links) if each}
    if not ours:
        return html
    # The longest first: one address may begin another.
    any_of = "|".join(re.escape(each) for each in sorted(ours, key=len, reverse=True))
    return re.sub(any_of, lambda found: f'<a href="{found[0]}">{found[0]}</a>', html)
