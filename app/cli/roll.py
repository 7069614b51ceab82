"""`muster roll`: the union's roll of members."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from app.audit.service import COMMAND_LINE
from app.cli.doors import GIVEN_WRONGLY, open_database, stop
from app.core.clock import system_clock
from app.core.errors import Invalid
from app.roll.choices import Choices, Missing
from app.roll.files import CHUNK, ZIP_MAGIC
from app.roll.schemas import ImportOut
from app.roll.service import import_roll

# Whoever has more rows refused than this mends these first and runs the import again.
MOST_PROBLEMS = 200

commands = typer.Typer(help="The union's roll of members.", no_args_is_help=True)


@commands.callback()
def roll() -> None:
    """Keep `import` a word of its own, though it is the only command here."""


@commands.command("import")
def import_file(  # noqa: PLR0913 - one for each option
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen and change nothing.")
    ] = False,
    missing: Annotated[
        Missing, typer.Option(help="What becomes of members who are not in the file.")
    ] = Missing.KEEP,
    left_on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day for --missing left; today without it."),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="OURS=THEIRS", help="A column that the file calls something else."),
    ] = None,
    merge: Annotated[
        list[str] | None,
        typer.Option(metavar="NUMBER=NUMBER", help="Two membership numbers of one person."),
    ] = None,
) -> None:
    """Bring the roll up to a membership file (CSV or XLSX).

    Rows that cannot be right are left out and listed; the others are applied together. `--column`
    and `--merge` may be given several times.

    Exits with 0 when the file was read, also when rows were left out, and with 2 when the file as
    a whole could not be read and nothing was changed.
    """
    choices = Choices(
        missing=missing,
        left_on=None if left_on is None else left_on.date(),
        merges=tuple(_pairs(merge)),
        mapping=dict(_pairs(column)) or None,
    )
    _print_import(_imported(file, dry_run=dry_run, choices=choices))


def _imported(file: Path, *, dry_run: bool, choices: Choices) -> ImportOut:
    with open_database() as database, file.open("rb") as content, _shown(file) as tell:
        try:
            return import_roll(
                database,
                content,
                file_name=file.name,
                dry_run=dry_run,
                actor=COMMAND_LINE,
                now=system_clock(),
                choices=choices,
                tell=tell,
            )
        except Invalid as refusal:
            stop(refusal.detail, status=GIVEN_WRONGLY)


def _pairs(given: Sequence[str] | None) -> Iterator[tuple[str, str]]:
    for each in given or ():
        first, equals, second = each.partition("=")
        if not equals:
            stop(f"“{each}” has no = in it. Write two names with = between them.", status=2)
        yield first.strip(), second.strip()


@contextmanager
def _shown(file: Path) -> Iterator[Callable[[int], None]]:
    """Show how far a file is on a terminal; a log would only be filled with it."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(
        *columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal
    ) as progress:
        total = _probable_rows(file)
        task = progress.add_task("Reading", total=total)

        def tell(rows: int) -> None:
            over = total is not None and rows >= total
            words = "Comparing and applying" if over else "Reading"
            progress.update(task, completed=rows, description=words)

        yield tell


def _probable_rows(file: Path) -> int | None:
    """Return how many lines a text file has below its header; None for a workbook."""
    with file.open("rb") as content:
        if content.read(len(ZIP_MAGIC)) == ZIP_MAGIC:
            return None
        return sum(chunk.count(b"\n") for chunk in iter(lambda: content.read(CHUNK), b"")) - 1


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
    for column, members in outcome.changes.items():
        console.print(_plain(f"{column} changes for {members:,}"))
    if outcome.missing:
        left = f"{outcome.left:,} marked as having left" if outcome.left else "kept on the roll"
        console.print(f"On the roll and not in the file: {outcome.missing:,}, {left}.")
    for warning in outcome.warnings:
        console.print(_plain(f"Note: {warning.message}"))
    if outcome.problems:
        problems = Table("row", "column", "why it was left out")
        for problem in outcome.problems[:MOST_PROBLEMS]:
            place = (str(problem.row), problem.column or "")
            problems.add_row(*place, _plain(problem.message))
        console.print(problems)
    unlisted = len(outcome.problems[MOST_PROBLEMS:]) + outcome.unlisted_problems
    if unlisted:
        console.print(f"And {unlisted:,} more problems.")


def _plain(words: str) -> Text:
    """Show what a file says as it is: no markup, nothing that moves a terminal's cursor."""
    return Text(
        "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in words)
    )
