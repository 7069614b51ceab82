"""Settings of sign-in by the union's own identity provider; without them there is no such door."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import BaseSettings, NoDecode


def _issuer(url: str | None) -> str | None:
    """Accept a provider reached over TLS, or one on this machine. A slash at its end is its own."""
    if not url:
        return None
    parts = urlsplit(url)
    here = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if not parts.hostname or (parts.scheme != "https" and not (here and parts.scheme == "http")):
        raise ValueError("write the provider's issuer, such as https://id.example.org")
    return url


def _words(given: object) -> object:
    """Read words between commas."""
    if not isinstance(given, str):
        return given
    return tuple(part.strip() for part in given.split(",") if part.strip())


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]


class IdentitySettings(BaseSettings):
    """The provider (OpenID Connect), and us as it knows us."""

    oidc_issuer: Annotated[str | None, AfterValidator(_issuer)] = None
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    # What the provider says (`amr`, `acr`) of a sign-in whose second factor counts here; nothing
    # means that none does.
    oidc_second_factors: Words = ()
    # What the button on the sign-in page calls the provider.
    oidc_name: str = "your union account"

    @property
    def has_oidc(self) -> bool:
        """Whether there is a provider to sign in by."""
        return bool(self.oidc_issuer and self.oidc_client_id)
