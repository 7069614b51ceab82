"""Large live pages, packed once for all who ask: half a megabyte of 500 branches becomes 17 kB.

Every other page leaves as it is, so that its length on the wire does not betray what it holds
(deploy/nginx.conf.template). These hold counts that all of headquarters see, no code, no answer of
a member, and nothing that whoever asks could have put there to be packed beside a secret.
"""

import gzip
from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse

LARGE = 65_536  # bytes; less goes out in one piece anyway
# The quickest level: a page of half a megabyte takes a millisecond.
LEVEL = 1


@dataclass(frozen=True, slots=True)
class LargePage:
    """A page as it is, and packed where it is large."""

    whole: bytes
    packed: bytes | None

    def sent_to(self, request: Request) -> HTMLResponse:
        """Return it in the form that a browser takes."""
        if self.packed is None or not takes_packed(request.headers):
            return HTMLResponse(self.whole, headers={"Vary": "Accept-Encoding"})
        headers = {"Vary": "Accept-Encoding", "Content-Encoding": "gzip"}
        return HTMLResponse(self.packed, headers=headers)


def takes_packed(headers: Headers) -> bool:
    """Whether a browser says that it takes what is packed by gzip (RFC 9110 s.12.5.3)."""
    return "gzip" in headers.get("accept-encoding", "")


def large_page(whole: bytes) -> LargePage:
    """Pack a page if it is large."""
    packed = gzip.compress(whole, LEVEL, mtime=0) if len(whole) > LARGE else None
    return LargePage(whole, packed=packed)
