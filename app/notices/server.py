"""The mail server of the settings: how it is reached, and who our mail is from."""

from dataclasses import dataclass, field
from email.headerregistry import Address
from email.utils import parseaddr
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from app.core.settings import Settings

TLS_PORT, SUBMISSION_PORT, PLAIN_PORT = 465, 587, 25


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed over.

    Attributes:
        host: its name or address.
        port: on which it listens.
        tls: whether the connection begins with TLS.
        starttls: whether TLS must follow (True), must not (False) or is taken if offered (None).
        user: whom to sign in as, if anybody.
        password: their password.
    """

    host: str
    port: int
    tls: bool
    starttls: bool | None
    user: str | None
    password: str | None = field(repr=False)

    @property
    def name(self) -> str:
        """How messages to the operator name it, without user or password."""
        return f"{self.host}:{self.port}"


def mail_server(settings: Settings) -> MailServer | None:
    """Return the server of MUSTER_SMTP_URL, or nothing where mail is off.

    A password is sent in clear to no other machine: with one, TLS must follow unless the address
    says `starttls=never`.
    """
    if settings.smtp_url is None:
        return None
    parts = urlsplit(settings.smtp_url)
    host = parts.hostname or ""
    tls = parts.scheme == "smtps"
    user = unquote(parts.username) if parts.username else None
    wish = parts.query.removeprefix("starttls=") or "auto"
    starttls = {"always": True, "never": False}.get(wish)
    if wish == "auto" and user and not _is_this_machine(host):
        starttls = True
    port = parts.port or (TLS_PORT if tls else SUBMISSION_PORT if user else PLAIN_PORT)
    password = unquote(parts.password or "") if user else None
    return MailServer(
        host, port, tls=tls, starttls=False if tls else starttls, user=user, password=password
    )


def sender_of(settings: Settings) -> Address:
    """Return who our mail is from: as set, else the server's user, else a name at our address."""
    if settings.mail_from:
        name, address = parseaddr(settings.mail_from)
        return Address(name or settings.union_name, addr_spec=address)
    server = mail_server(settings)
    if server is not None and server.user and server.user.count("@") == 1 and server.user.isascii():
        return Address(settings.union_name, addr_spec=server.user)
    return Address(settings.union_name, username="ballots", domain=our_domain(settings))


def our_domain(settings: Settings) -> str:
    """Return the name in the address that members see; an address of numbers is `localhost`."""
    host = urlsplit(settings.base_url).hostname or "localhost"
    return "localhost" if _is_number(host) else host


def _is_this_machine(host: str) -> bool:
    return host == "localhost" or (_is_number(host) and ip_address(host).is_loopback)


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
