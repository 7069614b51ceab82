"""What need not be asked of both databases, because neither could answer otherwise than the other.

What a template says, what a form refuses before anything is stored, what a signature is worth: a
test of these runs on SQLite, which is there in half the time. Of many cases that take one way
through the code, one runs on PostgreSQL too.
"""

from collections.abc import Sequence
from typing import Any

import pytest

ON_ONE_DATABASE = pytest.mark.parametrize("database_server", ["sqlite"], indirect=True)


def one_case_on_both(names: str | Sequence[str], cases: Sequence[Any]) -> pytest.MarkDecorator:
    """Run a test with each case on SQLite, and with the first on PostgreSQL too.

    Args:
        names: of the test's arguments, as `pytest.mark.parametrize` takes them.
        cases: of each the values, or a `pytest.param`.
    """
    names = [names] if isinstance(names, str) else list(names)
    alone = len(names) == 1
    return pytest.mark.parametrize(
        ("database_server", *names),
        [
            _on(server, case, alone=alone)
            for server, chosen in (("sqlite", cases), ("postgres", cases[:1]))
            for case in chosen
        ],
        indirect=["database_server"],
    )


def _on(server: str, case: Any, *, alone: bool) -> Any:
    if hasattr(case, "marks"):
        name = None if case.id is None else f"{server}-{case.id}"
        return pytest.param(server, *case.values, id=name, marks=case.marks)
    return pytest.param(server, *([case] if alone else case))
