"""The command line in this process, with the settings of the test, on both databases."""

import io
import sys
from typing import NamedTuple

import pytest

from app.cli.main import main


class Answer(NamedTuple):
    """A command's exit status, and what it said to whom."""

    status: int
    out: str
    err: str

    @property
    def said(self):
        return self.out + self.err

    @property
    def last_line(self):
        return self.out.splitlines()[-1]


@pytest.fixture
def environment(monkeypatch, settings):
    """The environment of an operator who runs the service of this test."""
    monkeypatch.setenv("MUSTER_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("MUSTER_SECRET_KEY", settings.secret_key.get_secret_value())
    monkeypatch.setenv("MUSTER_BASE_URL", settings.base_url)
    monkeypatch.setenv("MUSTER_SMTP_URL", settings.smtp_url or "")
    return monkeypatch


@pytest.fixture
def muster(environment, capsys):
    """Run a command as an operator would, who may type something or set something else."""

    def run(*words, typed="", **settings):
        for name, value in settings.items():
            environment.setenv(f"MUSTER_{name.upper()}", value)
        environment.setattr(sys, "stdin", io.StringIO(typed))
        with pytest.raises(SystemExit) as leaving:
            main([str(word) for word in words])
        printed = capsys.readouterr()
        return Answer(leaving.value.code or 0, printed.out, printed.err)

    return run
