"""`muster courses`: how turnout came about in ballots that were held elsewhere, for comparison."""

from pathlib import Path
from typing import Annotated

import typer

from app.audit.service import COMMAND_LINE
from app.cli.doors import open_database
from app.core.clock import system_clock
from app.rules.days import in_words
from app.rules.london import london_day
from app.turnout.course import turnout_of
from app.turnout.course_files import read_courses, remove, supplied_courses, supply

commands = typer.Typer(
    help="How turnout came about in ballots held elsewhere.", no_args_is_help=True
)


@commands.command("add")
def add_courses(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="JSON or CSV.")
    ],
) -> None:
    """Keep courses for comparison and for the forecast; one of the same name is replaced."""
    courses = [
        course for file in files for course in read_courses(file.read_bytes(), name=file.name)
    ]
    with open_database() as database, database.writing() as session:
        for course in courses:
            supply(session, course, actor=COMMAND_LINE, now=system_clock())
    for course in courses:
        note = "" if course.is_comparable else "; its course has a gap, so it is not compared with"
        typer.echo(f"{course.name}: {len(course.points)} totals{note}")


@commands.command("list")
def list_courses() -> None:
    """List the courses that were supplied."""
    with open_database() as database, database.reading() as session:
        courses = supplied_courses(session)
    for course in courses:
        turnout = turnout_of(course.votes_cast, course=course)
        closed = in_words(london_day(course.closes_at))
        typer.echo(f"{course.name}: closed {closed}, {course.votes_cast:,} votes, {turnout} %")
    if not courses:
        typer.echo("No course was supplied.")


@commands.command("remove")
def remove_course(name: Annotated[str, typer.Argument(help="As `list` shows it.")]) -> None:
    """Forget a supplied course."""
    with open_database() as database, database.writing() as session:
        remove(session, name, actor=COMMAND_LINE, now=system_clock())
    typer.echo(f"{name} is no longer compared with.")
