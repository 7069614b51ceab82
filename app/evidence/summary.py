"""The summary of a pack as a tagged PDF: made of nothing but the pack's own open files.

So whoever has the pack can set it again and see that it says what the files say. The press runs as
a process of its own (`app.core.press`), and this module is what it runs.
"""

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from app.core.press import run_apart, typeset
from app.evidence.summary_parts import parts_of, title_of

TEMPLATE = Path(__file__).with_name("summary.typ")
LONGEST = 120  # seconds
OPEN = ("ballot", "roll", "codes", "rules", "tally", "result", "statement", "software")


def summary_pdf(files: Mapping[str, bytes]) -> bytes:
    """Return the summary as PDF/UA-1 (ISO 14289-1).

    Args:
        files: the open files of a pack, by name.

    Raises:
        RuntimeError: the press broke down.
        KeyError, ValueError: a file is missing or is not ours.
    """
    facts = {name: json.loads(files[f"{name}.json"]) for name in OPEN}
    facts["events"] = json.loads(files["audit/events.json"])
    declared_at = datetime.fromisoformat(facts["result"]["declared_at"])
    order = {
        "given": {
            "title": title_of(facts),
            "subject": "Evidence of the ballot, made by Muster when its result was declared.",
            "running": facts["ballot"]["ballot"]["title"],
            "parts": parts_of(facts),
        },
        "made_at": int(declared_at.timestamp()),
    }
    run = run_apart("app.evidence.summary", order=order, longest=LONGEST)
    if run.returncode != 0:
        raise RuntimeError(f"the press ended with {run.returncode} at {TEMPLATE.name}")
    return run.stdout


def _set(order: Mapping[str, Any]) -> bytes:
    import typst

    try:
        return typeset(TEMPLATE, given=order["given"], made_at=order["made_at"])
    except typst.TypstError:
        # A letter in a title that no font of ours holds: an empty box, and not PDF/UA.
        return typeset(TEMPLATE, given=order["given"], made_at=order["made_at"], tagged=False)


if __name__ == "__main__":
    sys.stdout.buffer.write(_set(json.load(sys.stdin.buffer)))
