"""Settings: what is missing or wrong is named, and what is secret is not shown."""

import os
from datetime import timedelta

import pytest
from pydantic import ValidationError

from app.core.settings import Settings, WrongSetting, read_settings

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Only the secret key is set, as an operator would set it."""
    for name in list(os.environ):
        if name.startswith("MUSTER_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MUSTER_SECRET_KEY", KEY)
    return monkeypatch


def why_wrong():
    with pytest.raises(WrongSetting) as wrong:
        read_settings()
    # What led to it would hold what was set.
    assert wrong.value.__cause__ is None
    assert wrong.value.__suppress_context__
    return str(wrong.value)


def test_the_secret_key_is_all_that_must_be_set():
    settings = read_settings()
    assert settings.database_url == "sqlite:///muster.sqlite3"
    assert settings.session_length == timedelta(hours=12)
    assert settings.demo is False


def test_a_missing_secret_key_is_named_with_what_to_do(environment):
    environment.delenv("MUSTER_SECRET_KEY")
    assert why_wrong() == "MUSTER_SECRET_KEY is not set. Set it in the environment and start again."


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MUSTER_SECRET_KEY", "thirty-one-letters-are-too-few!"),
        ("MUSTER_DATABASE_URL", "mysql://root:hunter2@db/muster"),
        ("MUSTER_DATABASE_URL", "hunter2"),
        ("MUSTER_BASE_URL", "vote.hunter2.example"),
        ("MUSTER_BASE_URL", "ftp://hunter2.example"),
        ("MUSTER_SESSION_LENGTH", "hunter2"),
        ("MUSTER_CLOSE_GRACE", "hunter2"),
        ("MUSTER_FAILURES_ALLOWED", "0"),
        ("MUSTER_FAILURES_ALLOWED", "hunter2"),
        ("MUSTER_LARGEST_UPLOAD", "-1"),
        ("MUSTER_DEMO", "hunter2"),
        ("MUSTER_WORK_MAIL_DOMAINS", "justice.gov.uk, hunter2 example"),
        ("MUSTER_WORK_MAIL_DOMAINS", "hunter2@justice.gov.uk"),
        ("MUSTER_JOIN_URL", "javascript:hunter2"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not_shown(environment, name, value):
    environment.setenv(name, value)
    sentence = why_wrong()
    assert sentence.startswith(f"{name} is wrong: ")
    assert sentence.endswith(".")
    assert "hunter2" not in sentence
    assert "thirty-one" not in sentence


def test_a_duration_that_is_none_says_how_to_write_one(environment):
    environment.setenv("MUSTER_RETENTION", "a year")
    assert why_wrong() == (
        "MUSTER_RETENTION is wrong: write a number of seconds, or a duration such as PT10M."
    )


def test_everything_that_is_wrong_is_named_at_once(environment):
    environment.setenv("MUSTER_SECRET_KEY", "short")
    environment.setenv("MUSTER_BASE_URL", "nowhere")
    assert "MUSTER_SECRET_KEY" in why_wrong()
    assert "MUSTER_BASE_URL" in why_wrong()


def test_the_secret_key_is_not_shown_with_the_settings():
    settings = read_settings()
    assert KEY not in f"{settings} {settings!r} {settings.model_dump()}"


def test_a_bare_postgres_address_means_the_driver_we_have(environment):
    environment.setenv("MUSTER_DATABASE_URL", "postgresql://muster@db/muster")
    assert read_settings().database_url == "postgresql+psycopg://muster@db/muster"


@pytest.mark.parametrize(
    ("address", "kept", "https"),
    [
        ("https://vote.example.org/", "https://vote.example.org", True),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000", False),
    ],
)
def test_the_address_of_the_service_says_whether_it_is_reached_by_tls(
    environment, address, kept, https
):
    environment.setenv("MUSTER_BASE_URL", address)
    assert (read_settings().base_url, read_settings().https) == (kept, https)


def test_settings_do_not_change_once_read():
    settings = read_settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.demo = True


def test_every_setting_that_may_be_wrong_has_a_name_of_its_own():
    assert {f"MUSTER_{name.upper()}" for name in Settings.model_fields} >= {
        "MUSTER_DATABASE_URL",
        "MUSTER_SECRET_KEY",
        "MUSTER_BASE_URL",
        "MUSTER_SMTP_URL",
    }


@pytest.mark.parametrize(
    ("given", "meant"),
    [("2.5", timedelta(seconds=2.5)), ("0", timedelta(0)), ("PT1M", timedelta(minutes=1))],
)
def test_a_duration_is_seconds_or_iso_8601(environment, given, meant):
    environment.setenv("MUSTER_CLOSE_GRACE", given)
    assert read_settings().close_grace == meant


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MUSTER_FAILURES_WINDOW", "0"),
        ("MUSTER_CLOSE_GRACE", "-1"),
        ("MUSTER_DATABASE_URL", "sqlite:///:memory:"),
    ],
)
def test_a_setting_that_would_fail_later_is_refused_at_the_start(environment, name, value):
    environment.setenv(name, value)
    assert name in why_wrong()


@pytest.mark.parametrize(
    ("written", "domains"),
    [
        ("", ()),
        ("justice.gov.uk", ("justice.gov.uk",)),
        (" Justice.GOV.uk , @probation.example.org,", ("justice.gov.uk", "probation.example.org")),
        (".xn--caf-dma.example", ("café.example",)),
    ],
)
def test_the_employers_mail_domains_are_read_as_the_roll_keeps_addresses(
    environment, written, domains
):
    environment.setenv("MUSTER_WORK_MAIL_DOMAINS", written)
    assert read_settings().work_mail_domains == domains
