"""`muster codes`: what to do when a file of codes was lost."""

from typing import Annotated

import typer

from app.audit.service import COMMAND_LINE
from app.ballots.service import get_ballot
from app.cli.doors import open_database
from app.core.clock import system_clock
from app.voting.revoke import revoke_codes

commands = typer.Typer(help="The voting codes of a ballot.", no_args_is_help=True)


@commands.callback()
def codes() -> None:
    """Keep `revoke` a word of its own, though it is the only command here."""


@commands.command("revoke")
def revoke_voting_codes(
    slug: Annotated[str, typer.Argument(metavar="BALLOT", help="The ballot's short name.")],
    number: Annotated[
        list[str] | None, typer.Option(help="A membership number; give it again for more.")
    ] = None,
) -> None:
    """End the codes of members who have not voted: all of them, or those of --number.

    The next hand-out of codes makes new ones for exactly those members. It is in the audit log.
    """
    with open_database() as database, database.writing() as session:
        ballot = get_ballot(session, slug)
        revoked = revoke_codes(
            session, ballot, numbers=number or [], actor=COMMAND_LINE, now=system_clock()
        )
    typer.echo(
        f"{revoked} codes are ended. Hand out codes again to make new ones for these members."
    )
