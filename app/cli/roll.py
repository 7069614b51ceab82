"""`muster roll`: the union's roll of members."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.audit.service import COMMAND_LINE
from app.cli.doors import GIVEN_WRONGLY, open_database, stop
from app.core.clock import system_clock
from app.core.errors import Invalid
from app.roll.schemas import ImportOut
from app.roll.service import import_roll

# Whoever has more rows refused than this mends these first and runs the import again.
MOST_PROBLEMS = 200

commands = typer.Typer(help="The union's roll of members.", no_args_is_help=True)


@commands.callback()
def roll() -> None:
    """Keep `import` a word of its own, though it is the only command here."""


@commands.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen and change nothing.")
    ] = False,
) -> None:
    """Bring the roll up to a membership file (CSV or XLSX).

    Rows that cannot be right are left out and listed; the others are applied together.

    Exits with 0 when the file was read, also when rows were left out, and with 2 when the file as
    a whole could not be read and nothing was changed.
    """
    with open_database() as database, file.open("rb") as content:
        try:
            outcome = import_roll(
                database,
                content,
                file_name=file.name,
                dry_run=dry_run,
                actor=COMMAND_LINE,
                now=system_clock(),
            )
        except Invalid as refusal:
            stop(refusal.detail, status=GIVEN_WRONGLY)
    _print_import(outcome)


def _print_import(outcome: ImportOut) -> None:
    console = Console(highlight=False)
    counts = Table(title="Nothing was changed: dry run" if outcome.dry_run else None)
    for kind in ("rows", "added", "updated", "unchanged", "rejected"):
        counts.add_column(kind, justify="right")
    numbers = (
        outcome.rows,
        outcome.added,
        outcome.updated,
        outcome.unchanged,
        outcome.rejected,
    )
    counts.add_row(*(f"{number:,}" for number in numbers))
    console.print(counts)
    for warning in outcome.warnings:
        console.print(_plain(f"Note: {warning.message}"))
    if outcome.problems:
        problems = Table("row", "column", "why it was left out")
        for problem in outcome.problems[:MOST_PROBLEMS]:
            place = (str(problem.row), problem.column or "")
            problems.add_row(*place, _plain(problem.message))
        console.print(problems)
    if len(outcome.problems) > MOST_PROBLEMS:
        console.print(f"And {len(outcome.problems) - MOST_PROBLEMS:,} more problems.")


def _plain(words: str) -> Text:
    """Show what a file says as it is: no markup, nothing that moves a terminal's cursor."""
    return Text(
        "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in words)
    )
