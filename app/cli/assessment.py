"""`muster assessment`: the security assessment for the responsible person, as Markdown."""

import typer

from app.cli.doors import open_database
from app.core.clock import system_clock
from app.core.settings import read_settings
from app.web.assessment import assess
from app.web.assessment_text import as_markdown

commands = typer.Typer()


@commands.command("assessment")
def show_assessment() -> None:
    """Print the security assessment, filled in from this configuration, to be completed."""
    with open_database() as database:
        found = assess(database, settings=read_settings(), now=system_clock())
    typer.echo(as_markdown(found))
