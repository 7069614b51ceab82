"""Bring a database to the newest schema, and say whether it is there."""

from functools import lru_cache

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from app.core.database import Database

SCRIPTS = "app:migrations"  # the folder app/migrations, wherever Muster is installed


def migrate(database_url: str) -> None:
    """Run every migration that has not run yet; safe to call from several processes at once."""
    command.upgrade(_config(database_url), "head")


@lru_cache(maxsize=1)
def newest_revision() -> str | None:
    """Return the revision this code was written for."""
    return ScriptDirectory.from_config(_config("")).get_current_head()


def revision_of(database: Database) -> str | None:
    """Return the revision a database stands at, or nothing for an empty one."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _config(database_url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", SCRIPTS)
    config.set_main_option("path_separator", "os")
    config.attributes["database_url"] = database_url
    return config
