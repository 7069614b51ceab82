"""`muster members`: show everything that is held about a member, and erase it."""

import json
from datetime import date, datetime
from typing import Annotated, Any

import typer
from sqlmodel import Session

from app.audit import service as audit
from app.audit.events import MemberExported
from app.audit.service import COMMAND_LINE
from app.ballots import erasure as ballots
from app.ballots.erasure import Erasure, erase_member, get_anyones, number_digest
from app.ballots.held import due_members, held_in_ballots
from app.cli.doors import GIVEN_WRONGLY, open_database, stop
from app.core.clock import system_clock
from app.core.database import Database
from app.core.settings import Settings, read_settings
from app.evidence import pack_store as evidence
from app.notices import erasure as notices
from app.roll.models import Member
from app.voting.exclusions import has_voted

commands = typer.Typer(help="What is held about a member.", no_args_is_help=True)
HOW = "How a member voted is not held: papers carry no member (docs/secrecy.md)."


@commands.command("export")
def export_member(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="The membership number.")],
) -> None:
    """Print everything that is held about a member, as JSON, for them to have.

    It is in the audit log, which keeps a keyed digest of the number.
    """
    settings, now = read_settings(), system_clock()
    with open_database() as database, database.writing() as session:
        held = everything_held(session, number)
        event = MemberExported(number_digest(number, settings=settings))
        audit.record(session, event, actor=COMMAND_LINE, now=now)
    typer.echo(json.dumps(held, indent=2, ensure_ascii=False, default=_plain))


@commands.command("erase")
def erase(
    number: Annotated[
        str | None, typer.Argument(metavar="NUMBER", help="The membership number.")
    ] = None,
    *,
    due: Annotated[
        bool, typer.Option("--due", help="Everybody who has left and whose records are over.")
    ] = False,
) -> None:
    """Erase a member for good: their record, and their name to every entry on a roll.

    Refused while a ballot of theirs is not declared or was declared less than MUSTER_RETENTION
    ago. No count, digest or recount changes. It is in the audit log, without the number.
    """
    if (number is None) != due:
        stop("Give one membership number, or --due.", status=GIVEN_WRONGLY)
    settings, now = read_settings(), system_clock()
    with open_database() as database:
        erased = _erase(database, number, settings=settings, now=now)
        ballots.clear_traces(database, tables=ballots.TABLES + notices.TABLES + evidence.TABLES)
    typer.echo(
        f"Erased: {erased} member{'' if erased == 1 else 's'}. Backups made before today still "
        "hold them: delete those as their time comes."
    )


def _erase(database: Database, number: str | None, *, settings: Settings, now: datetime) -> int:
    if number is not None:
        numbers = [number]
    else:
        with database.reading() as session:
            numbers = due_members(session, retention=settings.retention, now=now)
    erasure = Erasure(settings=settings, forget=_forget, actor=COMMAND_LINE, now=now)
    for each in numbers:
        # One at a time, so that votes and staff never wait for all of them.
        with database.writing() as session:
            erase_member(session, each, erasure=erasure)
    return len(numbers)


def _forget(session: Session, member: Member) -> None:
    notices.forget_member(session, member)
    evidence.forget_member(session, member)


def everything_held(session: Session, number: str) -> dict[str, Any]:
    """Return everything that any table holds about a member.

    Raises:
        UnknownMember: nobody has the number.
    """
    member = get_anyones(session, number)
    return {
        "membership": member.model_dump(exclude={"id"}),
        "ballots": held_in_ballots(session, member, has_voted=has_voted),
        "mail": notices.held_in_mail(session, member),
        "votes": HOW,
    }


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is nothing that a person can be shown")
