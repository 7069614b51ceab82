"""What the ballot box says in its log."""

import json

import pytest

from app.core.logging import set_up_logging


@pytest.fixture
def said(capsys):
    """The lines of the log of some events since it was last asked, without their moments."""
    set_up_logging(json=True)

    def lines_of(*events):
        lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
        return [
            {name: fact for name, fact in line.items() if name != "timestamp"}
            for line in lines
            if line["event"] in events
        ]

    return lines_of
