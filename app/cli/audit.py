"""`muster audit`: the log of what staff did."""

from typing import Annotated

import typer

from app.audit.service import walk_chain
from app.ballots.chain import walk_roll
from app.ballots.service import get_ballot
from app.cli.doors import REFUSED, open_database, stop

commands = typer.Typer(help="The log of what staff did.", no_args_is_help=True)


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


@commands.command("roll")
def verify_roll(
    slug: Annotated[str, typer.Argument(metavar="BALLOT", help="The ballot's short name.")],
) -> None:
    """Work out the digests of a frozen roll and of every change of it again.

    The last one is what the ballot shows to everybody.
    """
    with open_database() as database, database.reading() as session:
        walk = walk_roll(session, get_ballot(session, slug))
    if walk.broken is not None:
        stop(f"{walk.broken} Keep the database as it is and have it examined.", status=REFUSED)
    typer.echo(f"The frozen roll and {walk.changes} changes give the digest {walk.head}")
    if walk.unshown:
        typer.echo(
            f"Of {walk.unshown} of them the content can no longer be shown, because a member was "
            "erased. Each still follows from the one before it."
        )
