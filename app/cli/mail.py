"""`muster mail` and `muster worker`: whether mail can leave, how it stands, and what sends it."""

import asyncio
import signal
from typing import Annotated

import structlog
import typer

from app.audit.service import COMMAND_LINE
from app.ballots.service import get_ballot, key_of
from app.cli.doors import open_database
from app.core.clock import system_clock
from app.core.database import Database
from app.core.logging import set_up_logging
from app.core.settings import Settings, read_settings
from app.core.unknown_settings import warn_of_unknown_settings
from app.notices.code_figures import code_figures, in_words
from app.notices.desk import MailDesk, check_server, desk_of, pause_mail, resume_mail
from app.notices.models import Delivery
from app.notices.text_worker import TextWorker
from app.notices.webhook_courier import Courier
from app.notices.worker import Worker

commands = typer.Typer(help="Mail to members.", no_args_is_help=True)
worker_command = typer.Typer()
log = structlog.get_logger()

WORDS = {
    Delivery.QUEUED: "waiting",
    Delivery.SENDING: "being handed over",
    # Together, because of one message they would tell whether its member has voted.
    Delivery.ACCEPTED: "accepted by the mail server, or not needed any more",
    Delivery.REFUSED: "refused by it, or without a usable address",
    Delivery.UNSURE: "unsure: it may or may not have them",
    Delivery.DROPPED: "not sent: their voting closed, or their code or address is another now",
}


@commands.command()
def check() -> None:
    """Try the mail server of MUSTER_SMTP_URL and send nothing; its own words say what is wrong."""
    typer.echo(asyncio.run(check_server(read_settings())))


@commands.command()
def status(
    slug: Annotated[
        str | None, typer.Argument(metavar="[BALLOT]", help="Only this ballot's messages.")
    ] = None,
) -> None:
    """Say how many messages stand where, and whether they are leaving."""
    settings = read_settings()
    with open_database() as database, database.reading() as session:
        ballot_id = key_of(get_ballot(session, slug)) if slug else None
        desk = desk_of(session, settings=settings, now=system_clock(), ballot_id=ballot_id)
        codes = in_words(code_figures(session, get_ballot(session, slug))) if slug else []
    for sentence in _sentences(desk):
        typer.echo(sentence)
    for state, number in desk.numbers.items():
        typer.echo(f"{number:>12,}  {WORDS[Delivery(state)]}")
    if codes:
        typer.echo("Voting codes of this ballot, by number and never by name:")
    for words, number in codes:
        typer.echo(f"{number:>12,}  {words}")


@commands.command()
def pause() -> None:
    """Let no more mail leave, for any ballot. It is in the audit log."""
    with open_database() as database, database.writing() as session:
        pause_mail(session, actor=COMMAND_LINE, now=system_clock())
    typer.echo("Mail is paused. `muster mail resume` lets it go again.")


@commands.command()
def resume() -> None:
    """Let mail leave again. It is in the audit log."""
    with open_database() as database, database.writing() as session:
        resume_mail(session, actor=COMMAND_LINE, now=system_clock())
    typer.echo("Mail is not paused.")


@worker_command.command("worker")
def work(
    *,
    until_idle: Annotated[
        bool, typer.Option("--until-idle", help="End when nothing is due, or the server is away.")
    ] = False,
) -> None:
    """Send what is in the outbox, and answer what members ask, until told to stop."""
    settings = read_settings()
    set_up_logging()
    warn_of_unknown_settings()
    with open_database() as database:
        log.info("worker_begins", mail=bool(settings.smtp_url), texts=bool(settings.sms_url))
        asyncio.run(_work(database, settings=settings, until_idle=until_idle))


async def _work(database: Database, *, settings: Settings, until_idle: bool) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    worker = Worker(database, settings=settings, clock=system_clock)
    courier = Courier(database, settings=settings, clock=system_clock)
    texts = TextWorker(database, settings=settings, clock=system_clock)
    await asyncio.gather(
        worker.run(stop, until_idle=until_idle),
        courier.run(stop, until_idle=until_idle),
        texts.run(stop, until_idle=until_idle),
    )


def _sentences(desk: MailDesk) -> list[str]:
    said = []
    if not desk.on:
        said.append("Mail is off: MUSTER_SMTP_URL is not set.")
    if desk.paused_at is not None:
        said.append(f"Mail was paused by {desk.paused_by} at {desk.paused_at:%Y-%m-%d %H:%M} UTC.")
    if not desk.running:
        said.append("No worker is running: start `muster worker`.")
    if desk.trouble:
        said.append(f"The mail server could last not be used. {desk.trouble}")
    if desk.text_trouble:
        said.append(f"Texts could last not be handed over. {desk.text_trouble}")
    return said or ["Mail is on, and a worker is running."]
