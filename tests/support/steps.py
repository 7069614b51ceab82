"""Databases that stand at any earlier step of the schema, empty, each made from the one before."""

import shutil
from itertools import count

from alembic import command
from alembic.script import ScriptDirectory

from app.core import migrations
from tests.support.databases import PostgresForTests, SqliteForTests

STEPS = [
    step.revision
    for step in reversed(
        [*ScriptDirectory.from_config(migrations._config("")).walk_revisions()],
    )
]

_copies = count(1)


class StepDatabases:
    """Makes copies of a database at any step; walks up to it once.

    Args:
        server: where they are made.
    """

    def __init__(self, server: PostgresForTests | SqliteForTests) -> None:
        self.server = server
        self._made: dict[str, str] = {}

    def empty_at(self, revision: str) -> str:
        """Make a database at a step and return its address."""
        if revision not in self._made:
            earlier = [step for step in STEPS[: STEPS.index(revision)] if step in self._made]
            url = self._copy(self._made[earlier[-1]]) if earlier else self.server.create_empty()
            command.upgrade(migrations._config(url), revision)
            self._made[revision] = url
        return self._copy(self._made[revision])

    def drop(self) -> None:
        for url in self._made.values():
            self.server.drop(url)

    def _copy(self, url: str) -> str:
        copy = self.server.url(f"step_{next(_copies)}")
        if isinstance(self.server, SqliteForTests):
            shutil.copyfile(url.removeprefix("sqlite:///"), copy.removeprefix("sqlite:///"))
        else:
            self.server._run(f"CREATE DATABASE {_name_in(copy)} TEMPLATE {_name_in(url)}")
        return copy


def _name_in(url: str) -> str:
    return url.split("@/")[1].split("?", maxsplit=1)[0]
