"""Passkeys (W3C WebAuthn): a key pair that a device keeps and opens by finger, face or PIN."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from sqlalchemy import update
from sqlmodel import Session, col, select
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.core.errors import Conflict, Invalid
from app.core.settings import Settings
from app.core.statements import rows_touched
from app.security.factor_models import Passkey
from app.security.models import StaffSession
from app.security.sessions import Visit

LONGEST_NAME = 60
LONGEST_ANSWER = 16_384  # characters; a device's answer has about a thousand
REQUIRED = UserVerificationRequirement.REQUIRED


class WrongPasskey(Invalid):
    """The device's answer is not one to what we asked."""

    code = "wrong_passkey"
    message = "The passkey could not be checked. Try it again."


class PasskeyTaken(Conflict):
    """The device's key is registered already."""

    code = "passkey_taken"
    message = "That passkey is set up already."


@dataclass(frozen=True)
class Site:
    """Us, as browsers know us: what passkeys are bound to."""

    host: str
    origin: str


def site_of(settings: Settings) -> Site | None:
    """Return what passkeys would be bound to, or None where browsers allow none.

    Source:
        W3C WebAuthn: the id is a domain, so no bare address, and the page's origin is secure.
    """
    parts = urlsplit(settings.base_url)
    host = parts.hostname or ""
    try:
        ip_address(host)
    except ValueError:
        secure = settings.https or host == "localhost" or host.endswith(".localhost")
        return Site(host, f"{parts.scheme}://{parts.netloc}") if secure else None
    return None


def passkeys_of(session: Session, staff_id: int) -> Sequence[Passkey]:
    """Return an account's passkeys, the oldest first."""
    return session.exec(
        select(Passkey).where(Passkey.staff_id == staff_id).order_by(col(Passkey.id))
    ).all()


def ask_to_register(session: Session, visit: Visit, *, settings: Settings) -> str:
    """Return what the browser is to ask a device for a new passkey, as JSON; remember it.

    Raises:
        WrongPasskey: there can be no passkeys at this service's address.
    """
    options = generate_registration_options(
        rp_id=_site(settings).host,
        rp_name="Muster",
        user_name=visit.staff.name,
        user_id=f"muster staff {visit.staff_id}".encode(),
        exclude_credentials=_descriptors(session, visit),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED, user_verification=REQUIRED
        ),
    )
    _remember(session, visit, challenge=options.challenge)
    return options_to_json(options)


def ask_to_sign(session: Session, visit: Visit, *, settings: Settings) -> str:
    """Return what the browser is to have signed by one of the account's passkeys; remember it.

    Raises:
        WrongPasskey: there can be no passkeys at this service's address.
    """
    options = generate_authentication_options(
        rp_id=_site(settings).host,
        allow_credentials=_descriptors(session, visit),
        user_verification=REQUIRED,
    )
    _remember(session, visit, challenge=options.challenge)
    return options_to_json(options)


def take_challenge(session: Session, visit: Visit) -> bytes | None:
    """Return what the browser was last asked to have signed; the next to ask gets None."""
    row = col(StaffSession.digest) == visit.digest
    challenge = session.exec(select(StaffSession.challenge).where(row)).first()
    taken = session.execute(
        update(StaffSession)
        .where(row, col(StaffSession.challenge) == challenge)
        .values(challenge=None)
    )
    return challenge if rows_touched(taken) else None


def register_passkey(  # noqa: PLR0913 - a passkey is this many facts
    session: Session,
    visit: Visit,
    *,
    answer: str,
    challenge: bytes | None,
    name: str,
    settings: Settings,
    now: datetime,
) -> Passkey:
    """Let a device's key be a passkey of the account.

    Raises:
        WrongPasskey: the answer is not one to what was asked, or the device did not check who
            holds it.
        PasskeyTaken: that key is a passkey already.
    """
    site, sent = _site(settings), _read(answer)
    if challenge is None:
        raise WrongPasskey
    try:
        verified = verify_registration_response(
            credential=sent,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except WebAuthnException as wrong:
        raise WrongPasskey from wrong
    taken = select(Passkey).where(Passkey.credential_id == verified.credential_id)
    if session.exec(taken).first() is not None:
        raise PasskeyTaken
    passkey = Passkey(
        staff_id=visit.staff_id,
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        name=" ".join(name.split())[:LONGEST_NAME] or "Passkey",
        added_at=now,
    )
    session.add(passkey)
    session.flush()
    return passkey


def accept_passkey(  # noqa: PLR0913 - a signature is this many facts
    session: Session,
    visit: Visit,
    *,
    answer: str,
    challenge: bytes | None,
    settings: Settings,
    now: datetime,
) -> bool:
    """Say whether one of the account's passkeys signed what was asked, its holder checked."""
    site, sent = _site(settings), _read(answer)
    try:
        credential_id = base64url_to_bytes(str(sent.get("rawId", "")))
    except ValueError:
        return False
    passkey = session.exec(
        select(Passkey).where(
            Passkey.credential_id == credential_id, Passkey.staff_id == visit.staff_id
        )
    ).first()
    if passkey is None or challenge is None:
        return False
    try:
        verified = verify_authentication_response(
            credential=sent,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except WebAuthnException:
        return False
    passkey.sign_count = verified.new_sign_count
    passkey.used_at = now
    session.add(passkey)
    session.flush()
    return True


def _site(settings: Settings) -> Site:
    site = site_of(settings)
    if site is None:
        raise WrongPasskey("There can be no passkeys here: browsers want a domain and https.")
    return site


def _descriptors(session: Session, visit: Visit) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(id=each.credential_id)
        for each in passkeys_of(session, visit.staff_id)
    ]


def _remember(session: Session, visit: Visit, *, challenge: bytes) -> None:
    row = col(StaffSession.digest) == visit.digest
    session.execute(update(StaffSession).where(row).values(challenge=challenge))


def _read(answer: str) -> dict[str, object]:
    try:
        sent = json.loads(answer[:LONGEST_ANSWER])
    except (ValueError, RecursionError) as wrong:
        raise WrongPasskey from wrong
    if not isinstance(sent, dict):
        raise WrongPasskey
    return sent
