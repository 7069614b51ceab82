"""The union's own identity provider (OpenID Connect): where it is, and what it says of somebody.

Authlib and httpx are an extra (`oidc`) and loaded late. What the provider publishes is kept for an
hour, and while it does not answer for as long as it lasts; a key that it has just taken up is
asked for once a minute at most.

Source: OpenID Connect Core 1.0 §3.1 (authorization code), RFC 7636 (PKCE), RFC 9207 (issuer).
"""

import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlsplit

import structlog

from app.core.clock import Clock
from app.core.errors import Unauthenticated, Unavailable
from app.core.settings import Settings, WrongSetting

# Signed with a key that the provider alone has. "none", and keys that two share, are never enough.
ALGORITHMS = ("RS256", "PS256", "ES256", "RS384", "ES384", "RS512")
KEEP = timedelta(hours=1)
ASK_AGAIN = timedelta(minutes=1)
PATIENCE = 5.0  # seconds
LEEWAY = 60  # seconds that two clocks may be apart
LARGEST = 512 * 1024  # bytes of an answer
CALLBACK = "/sign-in/identity/back"
log = structlog.get_logger()


class ProviderAway(Unavailable):
    """The provider does not answer, or not as such a provider does."""

    code = "identity_provider_away"
    message = "The identity provider does not answer. Sign in with your name and password here."


class WrongIdentity(Unauthenticated):
    """What came back proves nothing."""

    code = "wrong_identity"
    message = (
        "The identity provider did not say who you are in a way that counts. Try it once more, or "
        "sign in with your name and password."
    )


@dataclass(frozen=True)
class Flow:
    """What one browser and we know of one sign-in, and nobody else. All are 43 letters."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class Proven:
    """Who the provider says it is.

    Attributes:
        subject: its name for somebody, which never changes.
        second_factor: whether it says that a second factor was used that counts here.
    """

    subject: str
    second_factor: bool


class IdentityProvider:
    """Speaks to the provider, from threads.

    Args:
        settings: where it is, and what it knows us by.
        clock: tells the time.
    """

    def __init__(self, settings: Settings, *, clock: Clock) -> None:
        if settings.oidc_issuer is None:
            raise ValueError("There is no provider.")
        self.issuer = settings.oidc_issuer
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[datetime, Mapping[str, Any]]] = {}

    def address_to_sign_in(self, flow: Flow) -> str:
        """Return where a browser goes to say who it is.

        Raises:
            ProviderAway: the provider does not say where that is.
        """
        from authlib.oauth2.rfc7636 import (  # type: ignore[import-untyped]  # ships no types
            create_s256_code_challenge,
        )

        asked = {
            "response_type": "code",
            "client_id": self._settings.oidc_client_id,
            "redirect_uri": self._back,
            "scope": "openid",
            "state": flow.state,
            "nonce": flow.nonce,
            "code_challenge": create_s256_code_challenge(flow.verifier),
            "code_challenge_method": "S256",
        }
        return _with(self._described("authorization_endpoint"), asked)

    def address_to_sign_out(self) -> str | None:
        """Return where a browser ends its session there, as far as is known without asking."""
        kept = self._kept.get("description")
        address = kept[1].get("end_session_endpoint") if kept else None
        if not isinstance(address, str) or not self._is_trusted(address):
            return None
        us = f"{self._settings.base_url}/sign-in"
        asked = {"client_id": self._settings.oidc_client_id, "post_logout_redirect_uri": us}
        return _with(address, asked)

    def proven_by(self, code: str, *, flow: Flow, now: datetime) -> Proven:
        """Redeem a code and return who it is.

        Raises:
            WrongIdentity: the code is not good, or the token is not for this sign-in.
            ProviderAway: the provider does not answer.
        """
        answer = self._redeem(code, flow=flow)
        token, access = answer.get("id_token"), answer.get("access_token")
        if not isinstance(token, str):
            raise WrongIdentity
        return self._read(token, access=access, nonce=flow.nonce, now=now)

    def _read(self, token: str, *, access: object, nonce: str, now: datetime) -> Proven:
        from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]  # ships no types
        from joserfc import errors, jwt

        try:
            decoded = jwt.decode(token, self._keys(token), algorithms=ALGORITHMS)
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                options={
                    "iss": {"essential": True, "value": self.issuer},
                    "aud": {"essential": True, "value": self._settings.oidc_client_id},
                },
                params={
                    "nonce": nonce,
                    "client_id": self._settings.oidc_client_id,
                    "access_token": access,
                },
            )
            claims.validate(now=int(now.timestamp()), leeway=LEEWAY)
        except (errors.JoseError, ValueError, TypeError, KeyError) as wrong:
            # The kind only: a message may quote the token.
            log.warning("identity_refused", kind=type(wrong).__name__)
            raise WrongIdentity from None
        subject = claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= 255:  # noqa: PLR2004 - OpenID Connect Core §2
            raise WrongIdentity
        said = {*(claims.get("amr") or ()), claims.get("acr")}
        counts = any(each in said for each in self._settings.oidc_second_factors)
        return Proven(subject, second_factor=counts)

    def _keys(self, token: str) -> Any:  # noqa: ANN401 - a set of keys of a library that is loaded late
        """Return the provider's keys, asked for anew if the token names one that we do not know."""
        from joserfc import jws
        from joserfc.jwk import KeySet

        address = self._described("jwks_uri")
        named = jws.extract_compact(token.encode()).headers().get("kid")
        published = self._fetch("keys", address, keep=KEEP)
        if named not in {each.get("kid") for each in published.get("keys", ())}:
            published = self._fetch("keys", address, keep=ASK_AGAIN)
        return KeySet.import_key_set({"keys": list(published.get("keys", ()))})

    def _redeem(self, code: str, *, flow: Flow) -> Mapping[str, Any]:
        import httpx

        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "code_verifier": flow.verifier,
            "client_id": self._settings.oidc_client_id,
        }
        secret = self._settings.oidc_client_secret.get_secret_value()
        ways = self._description().get("token_endpoint_auth_methods_supported")
        basic = "client_secret_basic" in (ways or ["client_secret_basic"])
        if secret and not basic:
            sent["client_secret"] = secret
        name = (self._settings.oidc_client_id, secret) if secret and basic else None
        try:
            answer = httpx.post(
                self._described("token_endpoint"),
                data=sent,
                auth=name,
                timeout=PATIENCE,
                verify=_whom_we_trust(),
            )
            if 400 <= answer.status_code < 500:  # noqa: PLR2004 - refused, and not broken
                raise WrongIdentity
            return _object(answer)
        except (httpx.HTTPError, ValueError) as away:
            raise self._away(away) from None

    def _description(self) -> Mapping[str, Any]:
        address = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
        description = self._fetch("description", address, keep=KEEP)
        if description.get("issuer") != self.issuer:
            raise self._away(ValueError("another issuer"))
        return description

    def _described(self, what: str) -> str:
        address = self._description().get(what)
        if not isinstance(address, str) or not self._is_trusted(address):
            raise self._away(ValueError(what))
        return address

    def _is_trusted(self, address: str) -> bool:
        """Whether an address of the provider is reached as its issuer is: by TLS, or here."""
        return urlsplit(address).scheme in {"https", urlsplit(self.issuer).scheme}

    def _fetch(self, what: str, address: str, *, keep: timedelta) -> Mapping[str, Any]:
        """Return what is published at an address: as it was kept, unless that is too old."""
        import httpx

        now = self._clock()
        with self._lock:
            kept = self._kept.get(what)
            if kept is not None and now - kept[0] < keep:
                return kept[1]
            try:
                found = _object(httpx.get(address, timeout=PATIENCE, verify=_whom_we_trust()))
            except (httpx.HTTPError, ValueError) as away:
                if kept is None:
                    raise self._away(away) from None
                found = kept[1]
            self._kept[what] = now, found
            return found

    @property
    def _back(self) -> str:
        return f"{self._settings.base_url}{CALLBACK}"

    def _away(self, why: Exception) -> ProviderAway:
        log.warning("identity_provider_away", kind=type(why).__name__)
        return ProviderAway()


def provider_of(settings: Settings, *, clock: Clock) -> IdentityProvider | None:
    """Return the provider of the settings, if there is one.

    Raises:
        WrongSetting: there is one, and what is needed to speak to it is not installed.
    """
    if not settings.has_oidc:
        return None
    try:
        import authlib.oidc.core  # type: ignore[import-untyped]  # noqa: F401 - is it there?
        import httpx  # noqa: F401 - is it there?
    except ImportError:
        raise WrongSetting(
            "MUSTER_OIDC_ISSUER is set, and the extra for it is not installed. Install "
            "muster[oidc], or unset it."
        ) from None
    return IdentityProvider(settings, clock=clock)


@cache
def _whom_we_trust() -> ssl.SSLContext:
    """Read the certificates of those who vouch for others once: it is most of what a call takes."""
    import httpx

    return httpx.create_ssl_context()


def _with(address: str, asked: Mapping[str, str]) -> str:
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(asked)}"


def _object(answer: Any) -> Mapping[str, Any]:  # noqa: ANN401 - an answer of httpx, which is loaded late
    answer.raise_for_status()
    if len(answer.content) > LARGEST:
        raise ValueError("too large")
    found = answer.json()
    if not isinstance(found, dict):
        raise TypeError("no object")
    return found
