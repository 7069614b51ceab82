"""The schema in the migrations is the schema in the code, on both databases."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlmodel import SQLModel

from app.core import migrations
from app.core.database import Database


def test_the_migrated_schema_is_the_one_in_the_code(database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_a_migrated_database_stands_at_the_newest_revision(database):
    assert migrations.revision_of(database) == migrations.newest_revision()


def test_every_migration_can_be_undone_and_done_again(database_server):
    url = database_server.create_empty()
    migrations.migrate(url)
    command.downgrade(migrations._config(url), "base")
    migrations.migrate(url)
    database = Database(url)
    assert migrations.revision_of(database) == migrations.newest_revision()
    database.dispose()
    database_server.drop(url)
