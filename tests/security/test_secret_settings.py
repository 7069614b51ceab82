"""Secrets come from the environment alone, and leave it for nowhere."""

import re
import traceback
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.core.settings import Settings, WrongSetting, read_settings
from app.main import create_app
from tests.support.client import AppClient
from tests.support.staff import everything_in

ROOT = Path(__file__).parents[2]
# Settings whose name says that they are secret, or that may hold a password.
SECRETS = {
    name: f"a secret for the test of {name}, long enough"
    for name, field in Settings.model_fields.items()
    if "SecretStr" in str(field.annotation)
}
ADDRESSES = {
    "database_url": "postgresql+psycopg://muster:hunter2@db/muster",
    "smtp_url": "smtp://muster:hunter2@mail.example.org",
}
MADE_UP = re.compile(r"(SECRET|KEY|PASSWORD|TOKEN)[A-Z_]*=(?P<value>\S+)")


def with_secrets():
    key = {"sms_key": "Authorization: a secret for the test of sms_key, long enough"}
    return Settings(**(SECRETS | key | ADDRESSES))


def test_every_setting_that_sounds_secret_is_kept_as_one():
    sounding = {
        name
        for name in Settings.model_fields
        if name.endswith(("_key", "_secret", "_password", "_token"))
    }
    assert SECRETS.keys() >= sounding
    assert len(SECRETS) >= 6


def test_none_has_a_default_and_no_file_is_read():
    for name in SECRETS:
        default = Settings.model_fields[name].get_default()
        held = default.get_secret_value() if isinstance(default, SecretStr) else ""
        assert not held, name
    config = Settings.model_config
    assert not config.get("env_file")
    assert not config.get("secrets_dir")


@pytest.mark.parametrize(
    "show",
    [
        pytest.param(repr, id="repr"),
        pytest.param(str, id="str"),
        pytest.param(lambda settings: f"{settings.model_copy()!r}", id="a copy"),
        pytest.param(lambda settings: str(vars(settings)["secret_key"]), id="one by itself"),
    ],
)
def test_settings_that_are_shown_show_none(show):
    shown = show(with_secrets())
    assert "a secret for the test" not in shown
    assert "hunter2" not in shown


def test_an_error_while_settings_are_at_hand_quotes_none():
    settings = with_secrets()
    try:
        assert settings.secret_key == settings.previous_secret_key
    except AssertionError as wrong:
        shown = "".join(
            traceback.TracebackException.from_exception(wrong, capture_locals=True).format()
        )
    assert "settings" in shown
    assert "a secret for the test" not in shown
    assert "hunter2" not in shown


def test_a_wrong_secret_is_not_quoted(monkeypatch):
    monkeypatch.setenv("MUSTER_SECRET_KEY", "x" * 40)
    for name in ("PREVIOUS_SECRET_KEY", "SIGNING_KEY", "BOUNCE_SECRET"):
        monkeypatch.setenv(f"MUSTER_{name}", "hunter2")
    monkeypatch.setenv("MUSTER_OIDC_ISSUER", "http://hunter2.example.org")
    with pytest.raises(WrongSetting) as wrong:
        read_settings()
    said = str(wrong.value)
    assert all(f"MUSTER_{name} is wrong" in said for name in ("PREVIOUS_SECRET_KEY", "OIDC_ISSUER"))
    assert "hunter2" not in said


def test_what_is_published_and_kept_holds_none(database, settings, clock):
    held = {name: SecretStr(value) for name, value in SECRETS.items()}
    secret = settings.model_copy(update=held)
    with AppClient(create_app(secret, clock=clock)) as client:
        for path in ("/metrics", "/openapi.json", "/signing-keys.txt", "/readyz", "/docs"):
            answer = client.get(path)
            assert answer.status_code == 200
            assert "a secret for the test" not in answer.text
        client.app.state.database.background.finish()
    assert "a secret for the test" not in everything_in(database)


def files_of_operators():
    yield from (ROOT / "deploy").rglob("*")
    yield from (ROOT / each for each in ("compose.yaml", "Dockerfile", "README.md"))
    yield from (ROOT / "docs").glob("*.md")


@pytest.mark.parametrize("file", [each for each in files_of_operators() if each.is_file()], ids=str)
def test_no_file_of_ours_carries_one(file):
    for found in MADE_UP.finditer(file.read_text("utf-8", errors="replace")):
        # A placeholder, another variable, or where it is to be put.
        assert re.match(r"[….$`\"'{<]|/", found["value"]), f"{file.name}: {found[0]}"
