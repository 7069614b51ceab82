"""Where a webhook may go: the open internet over TLS, and nowhere inside unless a setting says so.

Whoever can name an address could otherwise make this machine speak to its own neighbours.
"""

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from app.core.errors import Invalid

# Addresses of IPv4 in the clothes of IPv6 (RFC 6052).
TRANSLATED = IPv6Network("64:ff9b::/96")

LONGEST = 500


class WrongAddress(Invalid):
    """An address that no webhook goes to."""

    code = "wrong_webhook_address"
    message = "Write an address that begins with https:// and names a machine on the internet."


class Unreachable(Exception):
    """The address leads nowhere that we would go; the message says why, in a few words."""


@dataclass(frozen=True)
class Target:
    """A webhook's address, taken apart."""

    host: str
    port: int
    path: str
    tls: bool

    @property
    def name(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.tls else 80
        return host if self.port == usual else f"{host}:{self.port}"


def target_of(url: str, *, inside: bool) -> Target:
    """Take an address apart.

    Args:
        url: as somebody typed it.
        inside: whether private networks and addresses without TLS are allowed.

    Raises:
        WrongAddress: no webhook goes there.
    """
    if len(url) > LONGEST:
        raise WrongAddress(f"Shorten the address to {LONGEST} characters or fewer.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise WrongAddress from None
    schemes = {"https", "http"} if inside else {"https"}
    plain = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme not in schemes or not parts.hostname or not plain or parts.fragment:
        raise WrongAddress
    if parts.username is not None or parts.password is not None:
        raise WrongAddress("Leave out the user and password: each message is signed instead.")
    if not inside and _is_forbidden_number(parts.hostname):
        raise WrongAddress("That address is in a private network. Name a machine on the internet.")
    tls = parts.scheme == "https"
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    return Target(parts.hostname, port or (443 if tls else 80), path=path, tls=tls)


def numbers_of(target: Target, *, inside: bool) -> str:
    """Look a target's name up, and return the number to connect to.

    The number that was looked at is the one that is connected to, so that a name cannot answer
    twice in two ways. One number inside makes the whole name suspect.

    Raises:
        Unreachable: there is no such name, or it leads inside.
    """
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except OSError as unknown:
        raise Unreachable("the name was not found") from unknown
    numbers = [str(each[4][0]) for each in found]
    if not inside and any(not is_public(number) for number in numbers):
        raise Unreachable("the name leads into a private network")
    return numbers[0]


def is_public(number: str) -> bool:
    """Say whether an IP address is one on the open internet."""
    address: IPv4Address | IPv6Address = ip_address(number.partition("%")[0])
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in TRANSLATED:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        address = inner or address
    return address.is_global and not address.is_multicast and not address.is_reserved


def _is_forbidden_number(host: str) -> bool:
    try:
        return not is_public(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
