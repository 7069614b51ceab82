"""`muster mail bounces`: read what came back from a mailbox."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from app.audit.service import COMMAND_LINE
from app.cli import mail
from app.cli.doors import GIVEN_WRONGLY, open_database, stop
from app.core.clock import system_clock
from app.notices.bounce_reports import messages_in, read_report
from app.notices.bounces import mark_all

STDIN = "-"
commands = mail.commands


@commands.command()
def bounces(
    places: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="A message, an mbox, a Maildir, or - for stdin."),
    ],
) -> None:
    """Read the reports of mail that came back. The same one read twice counts once.

    Nothing is taken from the mailbox or moved in it. What is not such a report is left alone.
    """
    files = list(_files(places))
    messages = failed = 0
    reports = []
    for content in map(_content, files):
        for message in messages_in(content):
            messages += 1
            report = read_report(message)
            if report is not None:
                failed += 1
                reports.append(report)
    with open_database() as database:
        tally = mark_all(database, reports, actor=COMMAND_LINE, now=system_clock())
    for number, words in (
        (messages, "messages read"),
        (messages - failed, "not reports of a failure"),
        (tally.hard, "addresses of no use: nothing more is sent to them until they change"),
        (tally.soft, "not delivered this time"),
        (tally.known, "known before"),
        (tally.unknown, "about messages that are not ours"),
        (tally.with_code, "came back with a code, with which nobody can vote any more"),
    ):
        typer.echo(f"{number:>12,}  {words}")


def _files(places: Sequence[str]) -> Iterator[Path | None]:
    """Yield each file; a Maildir's messages stand in its folders `new` and `cur`."""
    for place in places:
        path = Path(place)
        if place == STDIN:
            yield None
        elif path.is_dir():
            folders = [each for each in (path / "new", path / "cur") if each.is_dir()] or [path]
            for folder in folders:
                yield from sorted(each for each in folder.iterdir() if each.is_file())
        elif path.is_file():
            yield path
        else:
            stop(f"There is no file or mailbox {place}.", status=GIVEN_WRONGLY)


def _content(path: Path | None) -> bytes:
    return sys.stdin.buffer.read() if path is None else path.read_bytes()
