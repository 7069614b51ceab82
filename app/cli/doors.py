"""What every command shares: the door to the database, and the way out with a sentence."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

from app.core.database import Database
from app.core.migrations import newest_revision, revision_of
from app.core.settings import read_settings
from app.web.health import SchemaIsOld

# Exit statuses: 1 for a refusal, 2 for what was set or given wrongly.
REFUSED = 1
GIVEN_WRONGLY = 2


@contextmanager
def open_database() -> Iterator[Database]:
    """Open the database of the settings.

    Raises:
        SchemaIsOld: it was never migrated, or not since this version was installed.
    """
    database = Database(read_settings().database_url)
    try:
        if revision_of(database) != newest_revision():
            raise SchemaIsOld
        yield database
    finally:
        database.dispose()


def stop(sentence: str, *, status: int) -> NoReturn:
    """Say on standard error why it ends here, and exit with the status."""
    typer.echo(sentence, err=True)
    sys.exit(status)
