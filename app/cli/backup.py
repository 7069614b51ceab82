"""`muster backup`, `muster restore`, and `muster stir` before a copy that is made otherwise."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.doors import REFUSED, open_database, stop
from app.core.backup import back_up, restore, table_digests
from app.core.clock import system_clock
from app.core.database import Database
from app.core.settings import read_settings
from app.voting.stirring import stir_boxes

commands = typer.Typer()

BackupFile = Annotated[Path, typer.Argument(metavar="FILE", help="The file of the backup.")]


@commands.command("backup")
def back_up_database(file: BackupFile) -> None:
    """Copy the whole database into a new file, while voting goes on.

    The papers of running ballots are stirred first. The file holds personal data and must be kept
    like the roll itself.
    """
    settings = read_settings()
    with open_database() as database:
        for box in stir_boxes(database, settings=settings, now=system_clock()):
            if box.unopened:
                # What the backup holds is what there is: it is made all the same.
                typer.echo(_do_not_open(box.slug, box.unopened, papers=box.papers), err=True)
        back_up(settings.database_url, file)
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


@commands.command("stir")
def stir() -> None:
    """Rewrite the sealed papers of running ballots in random order, while voting goes on.

    The service does so by itself, and `muster backup` does; say it before a copy of your own.
    """
    with open_database() as database:
        boxes = stir_boxes(database, settings=read_settings(), now=system_clock())
    for box in boxes:
        typer.echo(f"{box.slug}: {box.papers:,} papers were rewritten in random order.")
    typer.echo("Every running ballot is stirred." if boxes else "No ballot is running.")
    shut = [
        _do_not_open(each.slug, each.unopened, papers=each.papers)
        for each in boxes
        if each.unopened
    ]
    if shut:
        stop(" ".join(shut), status=REFUSED)


def _do_not_open(slug: str, unopened: int, *, papers: int) -> str:
    return (
        f"{slug}: {unopened:,} of {papers:,} papers do not open with the keys that are set, and "
        "would stop the count. Set MUSTER_SECRET_KEY and MUSTER_PREVIOUS_SECRET_KEY to those in "
        "use while members voted; if they are, papers were changed."
    )
