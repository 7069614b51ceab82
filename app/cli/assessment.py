"""`muster assessment`: the security assessment for the responsible person, as Markdown."""

from datetime import UTC, datetime

import typer

from app.cli.doors import open_database
from app.core.settings import read_settings
from app.web.assessment import assess
from app.web.assessment_text import as_markdown

commands = typer.Typer()


@commands.command("assessment")
def show_assessment() -> None:
    """Print the security assessment, filled in from this configuration, to be completed."""
    with open_database() as database:
        found = assess(database, settings=read_settings(), now=datetime.now(UTC))
    typer.echo(as_markdown(found))
