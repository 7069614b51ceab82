"""A setting that is misspelt is named when a server or a worker starts; its value never is."""

import json

import pytest
from structlog.testing import capture_logs

from app.core.unknown_settings import KNOWN, warn_of_unknown_settings
from tests.conftest import SECRET
from tests.support.pythons import run_python

MISSPELT = {"MUSTER_SMPT_URL": "smtp://anna:hunter2@mail.example.org", "muster_reminder_bach": "9"}


@pytest.fixture
def heard(monkeypatch):
    """What is logged where the environment holds some names, and no other of ours."""

    def heard(environment):
        monkeypatch.setattr("os.environ", environment)
        with capture_logs() as lines:
            warn_of_unknown_settings()
        return lines

    return heard


def test_each_misspelt_name_is_said_with_the_one_that_was_perhaps_meant(heard):
    lines = heard(MISSPELT | {"MUSTER_APP_1": "127.0.0.1:8001"})
    assert {line["name"]: line["perhaps_meant"] for line in lines} == {
        "MUSTER_SMPT_URL": "MUSTER_SMTP_URL",
        "muster_reminder_bach": "MUSTER_REMINDER_BATCH",
        "MUSTER_APP_1": None,
    }
    assert "hunter2" not in str(lines)


def test_of_every_setting_there_is_and_of_other_programs_nothing_is_said(heard):
    assert "MUSTER_SMTP_URL" in KNOWN
    known = dict.fromkeys([*KNOWN, "muster_smtp_url", "PATH", "MUSTERED"], "1")
    assert heard(known) == []


def test_a_worker_says_so_when_it_starts(sqlite):
    url = sqlite.create_migrated()
    environment = MISSPELT | {"MUSTER_DATABASE_URL": url, "MUSTER_SECRET_KEY": SECRET}
    ended = run_python("app", "worker", "--until-idle", env=environment, timeout=60)
    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    assert [(line["event"], line.get("perhaps_meant")) for line in lines] == [
        ("unknown_setting", "MUSTER_SMTP_URL"),
        ("unknown_setting", "MUSTER_REMINDER_BATCH"),
        ("worker_begins", None),
    ]
    assert (lines[2]["mail"], lines[2]["texts"]) == (False, False)
    sqlite.drop(url)
