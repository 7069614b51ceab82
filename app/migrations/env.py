"""How migrations run: on the database of the settings, one runner at a time, never waiting long."""

from alembic import context
from sqlalchemy import Connection, text
from sqlmodel import SQLModel

import app.audit.models
import app.ballots.change_models
import app.ballots.models
import app.ballots.proposal_models
import app.cutoffs.models
import app.evidence.pack_models
import app.notices.bounce_models
import app.notices.models
import app.notices.reminder_models
import app.notices.webhook_models
import app.results.models
import app.roll.import_models
import app.roll.mapping_models
import app.roll.models
import app.security.factor_models
import app.security.key_models
import app.security.models
import app.turnout.models
import app.voting.models  # noqa: F401 - each import adds its tables to the metadata
from app.core.database import Database
from app.core.settings import read_settings

# Any fixed number: whoever starts first migrates, the others wait for it and find nothing to do.
MIGRATION_LOCK = 0x4D495247


def run(connection: Connection) -> None:
    """Migrate on a connection, all or nothing."""
    if connection.dialect.name == "sqlite":
        _set_foreign_keys(connection, "OFF")
    _migrate(connection)
    if connection.dialect.name == "sqlite":
        _set_foreign_keys(connection, "ON")


def _set_foreign_keys(connection: Connection, how: str) -> None:
    """Let SQLite build a table anew that others point at; it heeds this only between transactions.

    https://www.sqlite.org/lang_altertable.html#otheralter
    """
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101 - a connection that is open has one
    driver.execute(f"PRAGMA foreign_keys = {how}")


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        compare_type=True,
        compare_server_default=True,
        render_as_batch=False,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL lock_timeout = '60s'"))
            connection.execute(
                text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK}
            )
            # Rather fail than queue behind a long transaction and hold up every vote behind us.
            connection.execute(text("SET LOCAL lock_timeout = '4s'"))
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            lost = connection.execute(text("PRAGMA foreign_key_check")).first()
            if lost is not None:
                raise RuntimeError(
                    f"A row of {lost[0]} points at one of {lost[2]} that is not there."
                )


def main() -> None:
    """Use the connection we are given (tests), or open the one of the settings."""
    given = context.config.attributes.get("connection")
    if given is not None:
        run(given)
        return
    url = context.config.attributes.get("database_url") or read_settings().database_url
    database = Database(url)
    try:
        with database.engine.execution_options(muster_writes=True).connect() as connection:
            run(connection)
    finally:
        database.dispose()


main()
