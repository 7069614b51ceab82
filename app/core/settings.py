"""Settings, read once from the environment (prefix MUSTER_) when the application is made."""

from datetime import time, timedelta
from email.utils import getaddresses
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email
from fastapi import Depends, Request
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, TypeAdapter, ValidationError
from pydantic_settings import NoDecode, SettingsConfigDict

from app.core.contact_settings import ContactSettings
from app.core.identity_settings import IdentitySettings

PREFIX = "MUSTER_"
SHORTEST_SECRET = 32


class WrongSetting(Exception):
    """A setting is missing or wrong; the message names it and says what to do."""


def _known_database(url: str) -> str:
    if url == "sqlite:///" or ":memory:" in url:
        raise ValueError("a database in memory is gone when its process ends; write sqlite:///FILE")
    if url.startswith(("sqlite:///", "postgresql+psycopg://")):
        return url
    if url.startswith("postgresql://"):
        return url.replace("postgresql://", "postgresql+psycopg://", 1)
    raise ValueError("write sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME")


def _long_secret(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < SHORTEST_SECRET:
        raise ValueError(
            f"use at least {SHORTEST_SECRET} characters; `openssl rand -hex 32` makes one"
        )
    return secret


def _long_secret_if_any(secret: SecretStr | None) -> SecretStr | None:
    return _long_secret(secret) if secret and secret.get_secret_value() else None


def _web_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ValueError("write the address members see, such as https://vote.example.org")
    return url.rstrip("/")


def _mail_server(url: str | None) -> str | None:
    """Accept what a mail server's address can be; nothing and an empty text mean no mail."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"smtp", "smtps"} and parts.hostname and parts.port != 0
    except ValueError:  # a port that is no number
        known = False
    starttls = parts.query.removeprefix("starttls=") if known and parts.query else "auto"
    if not known or starttls not in {"always", "never", "auto"}:
        raise ValueError(
            "write smtp://USER:PASSWORD@HOST:PORT or smtps://…, with %40 for an @ in USER or "
            "PASSWORD; ?starttls=always or ?starttls=never may follow"
        )
    return url


def _sms_provider(url: str | None) -> str | None:
    if not url:
        return None
    parts = urlsplit(url)
    here = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if not parts.hostname or (parts.scheme != "https" and not (here and parts.scheme == "http")):
        raise ValueError("write the provider's address, such as https://sms.example.org/send")
    return url


def _header(line: SecretStr) -> SecretStr:
    text = line.get_secret_value()
    if text and not (text.isascii() and text.isprintable() and text.partition(":")[2].strip()):
        raise ValueError("write one header, such as Authorization: Bearer KEY")
    return line


def _sms_body(body: str) -> str:
    if "{number}" not in body or "{text}" not in body:
        raise ValueError("write the body that the provider expects, with {number} and {text} in it")
    return body


def _join_address(url: str | None) -> str | None:
    return _web_address(url) if url else None


def _sender(given: str | None) -> str | None:
    """Accept one address, with or without a name before it."""
    if not given:
        return None
    [(_, address), *others] = getaddresses([given])
    if others or not given.isprintable() or not address.isascii() or address.count("@") != 1:
        raise ValueError("write one address, such as Union ballots <ballots@example.org>")
    return given


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("write one line")
    return text.strip()


def _domains(given: object) -> object:
    """Read mail domains between commas, each as addresses on the roll have it."""
    if not isinstance(given, str):
        return given
    written = (part.strip().lstrip("@.").lower() for part in given.split(","))
    return tuple(_domain(each) for each in written if each)


def _domain(written: str) -> str:
    try:
        checked = validate_email(
            f"any@{written}", check_deliverability=False, test_environment=True
        )
    except EmailNotValidError:
        raise ValueError(
            "write mail domains between commas, such as justice.gov.uk, probation.example.org"
        ) from None
    return checked.domain


def _quiet_hours(given: object) -> object:
    """Read two times on the wall in London; an empty text means that no hour is quiet."""
    if not isinstance(given, str):
        return given
    if not given.strip():
        return None
    try:
        begin, end = (time.fromisoformat(part.strip()) for part in given.split("-"))
    except ValueError:
        begin = end = time()
    if begin == end or begin.tzinfo or end.tzinfo:
        raise ValueError(
            "write two London times, such as 21:00-08:00, or nothing for no such hours"
        )
    return begin, end


def _folder(given: object) -> object:
    """Read an empty text as no folder."""
    return None if isinstance(given, str) and not given.strip() else given


def _seconds(given: object) -> object:
    """Read a bare number as seconds, and what else pydantic reads as a duration (ISO 8601)."""
    if not isinstance(given, str):
        return given
    if given.replace(".", "", 1).isdigit():
        return float(given)
    try:
        return TypeAdapter(timedelta).validate_python(given)
    except ValidationError:
        raise ValueError("write a number of seconds, or a duration such as PT10M") from None


Domains = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_domains)]
QuietHours = Annotated[tuple[time, time] | None, NoDecode, BeforeValidator(_quiet_hours)]
Duration = Annotated[timedelta, BeforeValidator(_seconds)]
Positive = Annotated[Duration, Field(gt=timedelta(0))]


class Settings(ContactSettings, IdentitySettings):
    """Everything an operator can set. Durations are `timedelta`, read as ISO 8601 or seconds."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True)

    # Not shown when settings are: it may hold a password.
    database_url: Annotated[str, AfterValidator(_known_database), Field(repr=False)] = (
        "sqlite:///muster.sqlite3"
    )
    secret_key: Annotated[SecretStr, AfterValidator(_long_secret)]
    # The secret key before this one, while something still depends on it (`muster secrets status`).
    previous_secret_key: Annotated[SecretStr | None, AfterValidator(_long_secret_if_any)] = None
    # Signs what is published, so that a new secret key need not change it; made from the secret key
    # where it is not set.
    signing_key: Annotated[SecretStr | None, AfterValidator(_long_secret_if_any)] = None
    base_url: Annotated[str, AfterValidator(_web_address)] = "http://127.0.0.1:8000"
    # The server that takes our mail; without it mail is off, and pages say so.
    smtp_url: Annotated[str | None, AfterValidator(_mail_server), Field(repr=False)] = None
    # Domains of employers, each with all beneath it: an address there is one at work.
    work_mail_domains: Domains = ()
    # Where people join the union, for the notice of a branch; our own address where it is not set.
    join_url: Annotated[str | None, AfterValidator(_join_address)] = None
    # Who the mail is from; made from the server's user or our address where it is not set.
    mail_from: Annotated[str | None, AfterValidator(_sender)] = None
    # Messages a second of one worker; 0 is as fast as the server takes them.
    mail_rate: Annotated[float, Field(ge=0, le=10_000)] = 0
    # Connections that a worker holds to the mail server at once.
    mail_connections: Annotated[int, Field(ge=1, le=50)] = 12
    # What a provider that reports returned mail must know (`Authorization: Bearer …`); without it
    # no such report is taken.
    bounce_secret: Annotated[SecretStr | None, AfterValidator(_long_secret_if_any)] = None
    # A provider of text messages: its address, one header that holds the key, and the body it
    # expects, with {number} and {text}; without an address no text is sent.
    sms_url: Annotated[str | None, AfterValidator(_sms_provider)] = None
    sms_key: Annotated[SecretStr, AfterValidator(_header)] = SecretStr("")
    sms_body: Annotated[str, AfterValidator(_sms_body)] = '{"to": "{number}", "text": "{text}"}'
    # Texts a second of one worker; 0 is as fast as the provider takes them.
    sms_rate: Annotated[float, Field(ge=0, le=10_000)] = 0
    # How members know the union, and whom they contact for help; in every message.
    union_name: Annotated[str, AfterValidator(_one_line)] = ""
    help_contact: Annotated[str, AfterValidator(_one_line)] = ""
    # When no reminder leaves, by London's clocks.
    quiet_hours: QuietHours = (time(21), time(8))
    # What one member is sent at most in one ballot.
    reminders_per_member: Annotated[int, Field(ge=1, le=20)] = 3
    # The fewest who are reminded together, so that no vote can be put down to one of them; and the
    # time over which their messages leave, each at a random moment.
    reminder_batch: Annotated[int, Field(ge=10)] = 20
    reminder_spread: Annotated[Duration, Field(ge=timedelta(minutes=10))] = timedelta(minutes=30)
    # Whether webhooks may go to addresses inside the union's own network, and without TLS.
    webhooks_inside: bool = False
    # A staff session ends after this long; shorter means officers sign in more often.
    session_length: Positive = timedelta(hours=12)
    # It ends before that when its browser asks for nothing for so long.
    session_idle: Positive = timedelta(hours=4)
    # How long after it proved whose it is a browser may do what cannot be undone.
    proof_lasts: Positive = timedelta(minutes=10)
    # Whether headquarters and scrutineers need a second factor beside their password.
    second_factor: Literal["required", "optional"] = "required"
    # How long after the close a batch that arrived in time may still commit; then counting starts.
    close_grace: Annotated[Duration, Field(ge=timedelta(0))] = timedelta(seconds=5)
    # How often the papers of a running ballot are rewritten in random order.
    stir_every: Positive = timedelta(minutes=10)
    # How old a turnout page or answer may be, so that many who ask share one; 0 shares nothing.
    turnout_age: Annotated[Duration, Field(ge=timedelta(0))] = timedelta(seconds=1)
    # Failed sign-ins or codes from one place before it has to wait; successes never count.
    failures_allowed: Annotated[int, Field(ge=1)] = 20
    failures_window: Positive = timedelta(minutes=10)
    # How long after its declaration a ballot keeps what it holds about members who have left.
    # Twelve months, the longest they can be; shorter means less is left to answer a dispute with.
    retention: Positive = timedelta(days=366)
    # The largest roll file. 1.3 million members at 150 bytes each are 200 MB.
    largest_upload: Annotated[int, Field(ge=1)] = 256 * 1024 * 1024
    # Addresses of reverse proxies whose X-Forwarded-For is believed; "*" only behind a firewall.
    trusted_proxies: str = "127.0.0.1"
    # Where whole backups are put; metrics then say when the newest was made.
    backup_folder: Annotated[Path | None, BeforeValidator(_folder)] = None
    # Only the demo sets this: sign-in details of invented people are shown on the first page.
    demo: bool = False

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """The keys under which something may be kept: the one in use, then the one before it."""
        kept = (self.secret_key, self.previous_secret_key)
        return tuple(key.get_secret_value() for key in kept if key)

    @property
    def https(self) -> bool:
        """Whether members reach us over TLS, so cookies may insist on it."""
        return self.base_url.startswith("https://")


def read_settings() -> Settings:
    """Read the environment.

    Raises:
        WrongSetting: one or more settings are missing or wrong, each named.
    """
    try:
        return Settings()
    except ValidationError as wrong:
        raise WrongSetting(_in_words(wrong)) from None


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


SettingsDep = Annotated[Settings, Depends(_settings)]


def _in_words(wrong: ValidationError) -> str:
    sentences = []
    # The input is left out: a wrong secret is still a secret.
    for error in wrong.errors(include_input=False, include_url=False):
        name = PREFIX + "_".join(str(part) for part in error["loc"]).upper()
        if error["type"] == "missing":
            sentences.append(f"{name} is not set. Set it in the environment and start again.")
        else:
            reason = error["msg"].removeprefix("Value error, ")
            sentences.append(f"{name} is wrong: {reason}.")
    return " ".join(sentences)
