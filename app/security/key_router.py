"""The public keys under which we sign, for everybody who checks what we published."""

from datetime import datetime

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.responses import PlainTextResponse

from app.core.database import ReadSession
from app.core.signing import Verifier
from app.security import access
from app.security.key_models import SigningKey
from app.security.key_rotation import signing_keys

router = APIRouter(tags=["Signatures"], dependencies=[Depends(access.PUBLIC)])
text_router = APIRouter(include_in_schema=False, dependencies=[Depends(access.PUBLIC)])


class SigningKeyOut(BaseModel):
    """One public key, and when it signed.

    Attributes:
        line: what a program that checks signed notes is given: name, id and key.
        name: whose key it is.
        key_id: eight hex digits that a signature names it by.
        used_from: since when it signs.
        used_until: until when it did; null while it is in use.
    """

    line: str
    name: str
    key_id: str
    used_from: datetime
    used_until: datetime | None


class SigningKeysOut(BaseModel):
    """Every key, the newest first."""

    keys: list[SigningKeyOut]


@router.get("/signing-keys")
def show_signing_keys(session: ReadSession) -> SigningKeysOut:
    """List the Ed25519 keys that signed what was published, with the time of each."""
    return SigningKeysOut(keys=[_out(key) for key in signing_keys(session)])


@text_router.get("/signing-keys.txt")
def show_as_text(session: ReadSession) -> PlainTextResponse:
    """Show the same as text: a line to give to a program, and above it when it was in use."""
    parts = [
        f"# {each.name}, used from {each.used_from:%Y-%m-%dT%H:%M:%SZ} until "
        f"{each.used_until.strftime('%Y-%m-%dT%H:%M:%SZ') if each.used_until else 'now'}\n"
        f"{each.line}\n"
        for each in (_out(key) for key in signing_keys(session))
    ]
    return PlainTextResponse("\n".join(parts))


def _out(key: SigningKey) -> SigningKeyOut:
    verifier = Verifier.read(key.line)
    return SigningKeyOut(
        line=key.line,
        name=verifier.name,
        key_id=verifier.key_id.hex(),
        used_from=key.used_from,
        used_until=key.used_until,
    )
