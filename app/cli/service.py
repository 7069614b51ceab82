"""Run the service itself: serve, migrate, and the demo."""

import socket
from pathlib import Path
from typing import Annotated

import typer
from alembic.util import CommandError

from app.cli.doors import REFUSED, open_database, stop
from app.core.clock import system_clock
from app.core.database import Database
from app.core.logging import set_up_logging
from app.core.metrics import shared_by_workers
from app.core.migrations import migrate, newest_revision
from app.core.settings import read_settings
from app.core.unknown_settings import warn_of_unknown_settings
from app.voting.open_papers import is_from_before_the_seal, seal_open_papers
from app.voting.seal_status import refuse_keys_that_open_nothing

GRACEFUL = 10  # seconds for requests that are under way when the server is told to stop

commands = typer.Typer()


@commands.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Processes that share the work.")] = 1,
    *,
    key_is_lost: Annotated[
        bool,
        typer.Option(
            "--key-is-lost", help="Start although no paper of a ballot opens, to cancel it."
        ),
    ] = False,
) -> None:
    """Serve members, staff and programs, until told to stop."""
    import uvicorn

    settings = read_settings()
    with open_database() as database, database.reading() as session:
        if not key_is_lost:
            refuse_keys_that_open_nothing(session, settings=settings, now=system_clock())
    _refuse_a_taken_port(host, port)
    set_up_logging()
    warn_of_unknown_settings()
    with shared_by_workers(workers):
        uvicorn.run(
            "app.main:create_app",
            factory=True,
            host=host,
            port=port,
            workers=workers,
            http="httptools",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=True,
            forwarded_allow_ips=settings.trusted_proxies,
            timeout_graceful_shutdown=GRACEFUL,
        )


def _refuse_a_taken_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as door:
        # As the server itself asks for it: one that has just stopped is in nobody's way.
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, port))
        except OSError as refused:
            stop(
                f"Port {port} of {host} cannot be listened on: {refused.strerror}. Stop what has "
                "it (`ss -ltnp` names it), or choose another with --port.",
                status=REFUSED,
            )


@commands.command("migrate")
def migrate_command() -> None:
    """Bring the database to this version's schema; nothing happens if it is there."""
    settings = read_settings()
    database = Database(settings.database_url)
    try:
        is_old = is_from_before_the_seal(database)
        migrate(settings.database_url)
        if is_old:
            seal_open_papers(database, settings=settings, now=system_clock())
    except CommandError:
        stop(
            "The database is at a schema that this version does not know. "
            "Run the version of Muster that made it, or a newer one.",
            status=REFUSED,
        )
    finally:
        database.dispose()
    typer.echo(f"The database is at this version's schema ({newest_revision()}).")


@commands.command()
def demo(
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    data: Annotated[Path, typer.Option(help="The folder to keep it in.")] = Path("demo-data"),
    *,
    live: Annotated[
        bool, typer.Option("--live", help="Let invented members vote while you watch.")
    ] = False,
    pace: Annotated[
        float, typer.Option(min=0.1, max=1000, help="How many times as fast they vote.")
    ] = 1.0,
) -> None:
    """Serve an invented union with a ballot under way, to try everything out."""
    from app.demo.run import run_demo

    run_demo(port=port, data=data, live=live, pace=pace)
