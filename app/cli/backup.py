"""`muster backup` and `muster restore`."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.doors import open_database
from app.core.backup import back_up, restore, table_digests
from app.core.database import Database
from app.core.settings import read_settings

commands = typer.Typer()

BackupFile = Annotated[Path, typer.Argument(metavar="FILE", help="The file of the backup.")]


@commands.command("backup")
def back_up_database(file: BackupFile) -> None:
    """Copy the whole database into a new file, while voting goes on.

    The file holds personal data and must be kept like the roll itself.
    """
    with open_database():
        back_up(read_settings().database_url, file)
    typer.echo(f"The database is copied to {file} ({file.stat().st_size:,} bytes).")


@commands.command("restore")
def restore_database(file: BackupFile) -> None:
    """Put a backup into an empty database, and print a digest of each table."""
    settings = read_settings()
    restore(file, settings.database_url)
    database = Database(settings.database_url)
    try:
        for table, digest in table_digests(database).items():
            typer.echo(f"{table:<16} {digest}")
    finally:
        database.dispose()
    typer.echo("The database is restored. Run `muster migrate` if this version is newer.")
