"""Second factors of invented people: an app's codes, and a passkey made of software."""

import hashlib
import json
import struct
from datetime import timedelta

import cbor2
import pyotp
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url

from app.security.apps import set_up_app
from app.security.factors import held_by
from app.security.recovery import make_recovery_codes
from app.security.service import find_account, key_of
from app.security.sessions import visit_with_session
from tests.support.staff import ADDRESS, NOON, PASSWORD, given_account, signed_in

USER_PRESENT, USER_VERIFIED, HAS_KEY = 0x01, 0x04, 0x40
BEFORE = NOON - timedelta(hours=1)
STRICT = {
    "second_factor": "required",
    "proof_lasts": timedelta(minutes=10),
    "session_idle": timedelta(hours=4),
}


def strictly(settings):
    """As an operator has it who changed nothing."""
    return settings.model_copy(update=STRICT)


def code_at(secret, now):
    """What the app shows."""
    return pyotp.TOTP(secret).at(now)


def given_app(database, settings, name="anna", *, now=BEFORE, **facts):
    """An account with an app set up; returns the app's secret and the recovery codes."""
    given_account(database, name, **facts)
    return add_app(database, settings, name, now=now)


def add_app(database, settings, name, *, now=BEFORE):
    secret = pyotp.random_base32()
    with database.writing() as session:
        staff_id = key_of(find_account(session, name))
        typed = code_at(secret, now)
        set_up_app(session, staff_id, secret=secret, typed=typed, settings=settings, now=now)
        codes = make_recovery_codes(session, staff_id, settings=settings, now=now)
    return secret, codes


def visit_of(database, settings, secret, *, now=NOON):
    with database.reading() as session:
        return visit_with_session(session, secret, origin=ADDRESS, settings=settings, now=now)


def given_visit(database, settings, name="anna", *, now=NOON):
    """A browser in which the account's password was typed."""
    secret, _ = signed_in(database, settings, name, now=now)
    return visit_of(database, settings, secret, now=now)


def held(database, name="anna"):
    with database.reading() as session:
        return held_by(session, key_of(find_account(session, name)))


class Phone:
    """A browser at the pages of sign-in, with an app in its owner's hand."""

    def __init__(self, client, clock, name="anna", *, password=PASSWORD):
        self.client, self.clock = client, clock
        client.forget_cookies()
        self.answer = client.post("/sign-in", data={"name": name, "password": password})

    def show_code(self, secret, **more):
        typed = {"code": code_at(secret, self.clock.now)}
        self.answer = self.client.post("/sign-in/factor", data=typed | more)
        return self.answer


class Authenticator:
    """A passkey of software, as W3C WebAuthn describes one: P-256, no attestation."""

    def __init__(self, host, origin, *, flags=USER_PRESENT | USER_VERIFIED, count=1):
        self.host, self.origin, self.flags, self.count = host, origin, flags, count
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = hashlib.sha256(self._public()).digest()

    def register(self, options, **instead):
        """Answer `navigator.credentials.create`."""
        asked = json.loads(options)
        key_id = struct.pack(">16sH", bytes(16), len(self.id)) + self.id
        data = self._data(self.flags | HAS_KEY) + key_id + self._public()
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client_data = self._client_data("webauthn.create", asked, **instead)
        return self._answer(clientDataJSON=client_data, attestationObject=attested)

    def sign(self, options, **instead):
        """Answer `navigator.credentials.get`."""
        asked = json.loads(options)
        self.count += 1
        data, client_data = (
            self._data(self.flags),
            self._client_data("webauthn.get", asked, **instead),
        )
        signed = data + hashlib.sha256(client_data).digest()
        signature = self.key.sign(signed, ec.ECDSA(SHA256()))
        return self._answer(clientDataJSON=client_data, authenticatorData=data, signature=signature)

    def _public(self):
        numbers = self.key.public_key().public_numbers()
        x, y = (each.to_bytes(32, "big") for each in (numbers.x, numbers.y))
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})

    def _data(self, flags):
        host = hashlib.sha256(self.host.encode()).digest()
        return host + struct.pack(">BI", flags, self.count)

    def _client_data(self, kind, asked, *, challenge=None, origin=None):
        said = {"type": kind, "challenge": challenge or asked["challenge"]}
        return json.dumps(said | {"origin": origin or self.origin, "crossOrigin": False}).encode()

    def _answer(self, **response):
        key_id = bytes_to_base64url(self.id)
        said = {name: bytes_to_base64url(value) for name, value in response.items()}
        return json.dumps({"id": key_id, "rawId": key_id, "type": "public-key", "response": said})
