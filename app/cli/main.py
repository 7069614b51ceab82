"""Every command in one place, and how a refusal leaves the house."""

from collections.abc import Sequence
from typing import Annotated

import typer
from sqlalchemy.exc import InterfaceError, OperationalError

from app.cli import (
    assessment,
    audit,
    backup,
    bounces,
    codes,
    count,
    courses,
    mail,
    members,
    roll,
    secrets,
    service,
    staff,
    verify,
)
from app.cli.doors import GIVEN_WRONGLY, REFUSED, stop
from app.core.database import DISK_FULL, cause_of
from app.core.errors import DomainError
from app.core.release import software_version
from app.core.settings import WrongSetting

SILENT = "The database does not answer. Check MUSTER_DATABASE_URL, and that the database runs."
FULL = (
    "The disk of the database is full, so nothing was changed. Make room, then give this command "
    "again. Never delete a file of the database."
)
# By what the driver calls it; its own words may hold the password that is in the address.
AWAY = dict.fromkeys(DISK_FULL, FULL) | {
    "SQLITE_CANTOPEN": "The database file cannot be opened. Check MUSTER_DATABASE_URL: the folder "
    "must exist, and whoever gives this command must be allowed to write in it.",
    "SQLITE_READONLY": "The database file cannot be written. Give this command as the user whose "
    "file it is.",
}

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # a traceback with its values would show what must stay secret
)
cli.add_typer(service.commands)
cli.add_typer(mail.worker_command)
cli.add_typer(backup.commands)
cli.add_typer(count.commands)
cli.add_typer(verify.commands)
cli.add_typer(assessment.commands)
cli.add_typer(staff.commands, name="staff")
cli.add_typer(roll.commands, name="roll")
cli.add_typer(members.commands, name="members")
cli.add_typer(codes.commands, name="codes")
cli.add_typer(bounces.commands, name="mail")
cli.add_typer(courses.commands, name="courses")
cli.add_typer(audit.commands, name="audit")
cli.add_typer(secrets.commands, name="secrets")


def _say_version(asked: bool) -> None:  # noqa: FBT001 - typer hands it over by position
    if asked:
        typer.echo(f"Muster {software_version()}")
        raise typer.Exit


@cli.callback()
def about(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_say_version, is_eager=True, help="Say which version this is."
        ),
    ] = False,
) -> None:
    """Muster runs a trade union's indicative ballots. Settings come from MUSTER_… variables."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit: 0 done, 1 refused, 2 something set or given wrongly.

    Args:
        arguments: what follows `muster`; those of this process where left out.
    """
    try:
        cli(args=arguments, prog_name="muster")
    except WrongSetting as wrong:
        stop(str(wrong), status=GIVEN_WRONGLY)
    except DomainError as refusal:
        stop(refusal.detail, status=REFUSED)
    except (OperationalError, InterfaceError) as away:
        stop(AWAY.get(cause_of(away), SILENT), status=REFUSED)
