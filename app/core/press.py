"""The press: a template and what is to stand on it go in, a PDF comes out.

Run as a process of its own: setting type takes the interpreter for longer than a vote may wait, and
the library keeps what it has set.
"""

import json
import os
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
    run = run_apart("app.core.press", order=order, longest=LONGEST)
    if run.returncode != 0:
        # What it said is left out: it may quote what was given.
        raise RuntimeError(f"the press ended with {run.returncode} at {template.name}")
    return run.stdout


def run_apart(
    module: str, *, order: Mapping[str, Any], longest: int
) -> subprocess.CompletedProcess[bytes]:
    """Run a module of ours by our own Python, with an order as JSON on its standard input.

    Args:
        module: its name.
        order: what it is to do.
        longest: how many seconds it may take.
    """
    return subprocess.run(  # noqa: S603 - our own Python, and a module that our code names
        [sys.executable, "-m", module],
        input=json.dumps(order).encode(),
        capture_output=True,
        timeout=longest,
        # It needs none of our secrets.
        env={name: text for name, text in os.environ.items() if not name.startswith("MUSTER_")},
        check=False,
    )


def typeset(
    template: Path, *, given: Mapping[str, Any], made_at: int, tagged: bool = True
) -> bytes:
    """Set a template in this process.

    Args:
        template: in Typst, which finds what is given in `sys.inputs.given`.
        given: what is to stand on it.
        made_at: the moment that the document bears, in seconds since 1970.
        tagged: whether it keeps PDF/UA-1, for those who hear a page.

    Raises:
        typst.TypstError: the template panics, or the standard cannot be kept.
    """
    import typst

    made = typst.compile(
        template,
        root=template.parent,
        # The same page everywhere: only the fonts that come with the library.
        ignore_system_fonts=True,
        sys_inputs={"given": json.dumps(given)},
        format="pdf",
        pdf_standards=["ua-1"] if tagged else [],
        timestamp=datetime.fromtimestamp(made_at, tz=UTC),
    )
    if not isinstance(made, bytes):
        raise TypeError("the press made no file")
    return made


def _main() -> None:
    order = json.load(sys.stdin.buffer)
    made = typeset(Path(order["template"]), given=order["given"], made_at=order["made_at"])
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    _main()
