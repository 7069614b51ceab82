"""`muster recount`: count the papers again."""

from typing import Annotated

import typer

from app.ballots.service import get_ballot
from app.cli.doors import REFUSED, open_database, stop
from app.results.boards import BoardDisagrees
from app.results.service import recount

commands = typer.Typer()


@commands.command("recount")
def recount_ballot(
    slug: Annotated[str, typer.Argument(metavar="BALLOT", help="The ballot's short name.")],
) -> None:
    """Count a declared ballot's papers again, and compare with what was declared."""
    with open_database() as database, database.reading() as session:
        found = recount(session, get_ballot(session, slug))
    if not found.agrees:
        stop(
            f"The papers now give {found.recounted_digest}, and {found.declared_digest} was "
            "declared. Something was changed: keep the database as it is and have it examined.",
            status=REFUSED,
        )
    if not found.same_papers:
        stop(BoardDisagrees.message, status=REFUSED)
    typer.echo(f"The papers give what was declared: {found.declared_digest}")
