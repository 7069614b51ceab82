"""`muster audit`: the log of what staff did."""

import typer

from app.audit.service import walk_chain
from app.cli.doors import REFUSED, open_database, stop

commands = typer.Typer(help="The log of what staff did.", no_args_is_help=True)


@commands.callback()
def audit() -> None:
    """Keep `verify` a word of its own, though it is the only command here."""


@commands.command("verify")
def verify_audit_log() -> None:
    """Walk the log's chain of hashes, and name the first event that was tampered with.

    Events cut off at the end cannot be seen from the log alone, so keep the last line with the
    minutes: later logs must contain that event with that hash.
    """
    with open_database() as database, database.reading() as session:
        walk = walk_chain(session)
    if walk.broken is not None:
        sound = f"The {walk.events} before it are sound." if walk.events else "None is sound."
        stop(f"The chain is broken: {walk.broken.reason}. {sound}", status=REFUSED)
    typer.echo(f"{walk.events} events, the chain holds")
    if walk.events:
        typer.echo(f"Event {walk.events} has the hash {walk.head}")
