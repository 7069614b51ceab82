"""The press: a template and what is to stand on it go in, a PDF comes out.

Run as a process of its own: setting type takes the interpreter for longer than a vote may wait, and
the library keeps what it has set.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

LONGEST = 60  # seconds


def printed(template: Path, *, given: Mapping[str, Any], made_at: datetime) -> bytes:
    """Return a tagged PDF (PDF/UA-1, ISO 14289-1).

    Args:
        template: in Typst. It finds what is given as JSON in `sys.inputs.given`, as data and never
            as markup.
        given: what is to stand on it.
        made_at: the moment that the document bears.

    Raises:
        RuntimeError: the press broke down.
    """
    order = {"template": str(template), "given": given, "made_at": int(made_at.timestamp())}
    # Our own module, by our own Python.
    run = subprocess.run(
        [sys.executable, "-m", "app.core.press"],
        input=json.dumps(order).encode(),
        capture_output=True,
        timeout=LONGEST,
        check=False,
    )
    if run.returncode != 0:
        # What it said is left out: it may quote what was given.
        raise RuntimeError(f"the press ended with {run.returncode} at {template.name}")
    return run.stdout


def _main() -> None:
    import typst

    order = json.load(sys.stdin.buffer)
    template = Path(order["template"])
    made = typst.compile(
        template,
        root=template.parent,
        # The same page everywhere: only the fonts that come with the library.
        ignore_system_fonts=True,
        sys_inputs={"given": json.dumps(order["given"])},
        format="pdf",
        pdf_standards=["ua-1"],
        timestamp=datetime.fromtimestamp(order["made_at"], tz=UTC),
    )
    if not isinstance(made, bytes):
        raise TypeError("the press made no file")
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    _main()
