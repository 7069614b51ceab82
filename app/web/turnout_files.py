"""What a turnout page shows, as CSV, as a workbook and as a page for a meeting.

Made from the same rows as the page, so that what is withheld there is withheld here.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]  # ships no types

from app.ballots.lifecycle import State
from app.core.csv_lines import csv_line
from app.core.press import printed
from app.core.spoken_times import long_time
from app.web.live_units import UnitRow, first_to_win, in_order

BRIEFING = Path(__file__).with_name("briefing.typ")
# The UTF-8 mark: without it a spreadsheet takes the Welsh letters for others.
MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
LINES_OF_BRIEFING = 8
Shown = Mapping[str, Any]
Cell = str | int | float | None


def headings(shown: Shown) -> list[str]:
    """Return the headings of the table of units, from left to right."""
    line = shown["line"]
    return [
        shown["grouping"],
        "Entitled",
        "Have voted",
        "Turnout, %",
        *([f"Needed for {line.at} %"] if line else []),
        shown["waiting"],
        "Winnable",
        "Note",
    ]


def lines(shown: Shown) -> list[list[Cell]]:
    """Return the table of units in the order of the page; what is withheld says why."""
    return [_line(row, has_line=bool(shown["line"])) for row in shown["rows"]]


def _line(row: UnitRow, *, has_line: bool) -> list[Cell]:
    return [
        row.name,
        row.entitled,
        row.votes,
        None if row.percent is None else float(row.percent),
        *([row.needed] if has_line else []),
        row.waiting,
        row.winnable,
        _note_of(row),
    ]


def _note_of(row: UnitRow) -> str:
    if row.why_withheld:
        return row.why_withheld
    in_steps = f"as at {row.as_of}, rounded down" if row.as_of else ""
    at_most = "not voted: so many at most" if row.waiting and not row.waits_exactly else ""
    return "; ".join(filter(None, (in_steps, at_most)))


def csv_of(shown: Shown) -> bytes:
    """Return the table of units as CSV in UTF-8, for a spreadsheet or a program."""
    rows: list[Sequence[Cell]] = [headings(shown), *lines(shown)]
    cells = [["" if cell is None else _plain(cell) for cell in row] for row in rows]
    return (MARK + "".join(csv_line(row) for row in cells)).encode()


def _plain(cell: str | float) -> str:
    return f"{cell:.2f}" if isinstance(cell, float) else str(cell)


def workbook_of(by_grouping: Sequence[Shown]) -> bytes:
    """Return a workbook: how the ballot stands, a sheet of units for each grouping, and by day.

    Args:
        by_grouping: what the page shows, once for each grouping.
    """
    # How the whole ballot stands is the same in all.
    whole = by_grouping[0]
    file = io.BytesIO()
    # What stands on a roll is text: never a formula, a link or a number.
    text_only = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(file, text_only) as book:
        # Of its reading, not of its making: nothing in a file tells more than the page does.
        book.set_properties({"created": whole["turnout"].as_at.replace(tzinfo=None)})
        bold = book.add_format({"bold": True})
        _write(book.add_worksheet("Turnout"), [["", ""], *_standing(whole)], bold=bold)
        for shown in by_grouping:
            sheet = book.add_worksheet(shown["many"].capitalize())
            _write(sheet, [headings(shown), *lines(shown)], bold=bold)
        if whole["chart"]:
            _write(book.add_worksheet("By day"), _by_day(whole), bold=bold)
    return file.getvalue()


def _standing(shown: Shown) -> list[list[Cell]]:
    turnout = shown["turnout"]
    figures = shown["course_words"].figures if shown["course_words"] else []
    return [
        ["Ballot", shown["ballot"].title],
        ["As at", long_time(turnout.as_at)],
        ["Entitled", turnout.entitled],
        ["Have voted", turnout.votes_cast],
        ["In words", shown["headline"]],
        *[[figure.label, figure.value] for figure in figures],
        *[[whose, asked] for whose, asked in shown["rules"]],
    ]


def _by_day(shown: Shown) -> list[list[Cell]]:
    rows = [[row.day.isoformat(), row.votes_cast, row.turnout] for row in shown["chart"].rows]
    return [["Day", "Votes", "Turnout"], *rows]


def _write(
    sheet: Any,  # noqa: ANN401 - the library has no types
    rows: Sequence[Sequence[Cell]],
    *,
    bold: Any,  # noqa: ANN401 - the library has no types
) -> None:
    for place, row in enumerate(rows):
        for column, cell in enumerate(row):
            write = sheet.write_string if isinstance(cell, str) else sheet.write
            write(place, column, cell, *([bold] if place == 0 else []))
    sheet.freeze_panes(1, 1)
    sheet.autofit(400)


def briefing_of(shown: Shown, *, now: datetime) -> bytes:
    """Return one A4 page for a meeting, as a tagged PDF.

    Raises:
        RuntimeError: the press broke down.
    """
    course, chart = shown["course_words"], shown["chart"]
    named = headings(shown)[:-1]
    units = [row for row in in_order(shown["rows"], sort="winnable") if row.winnable is not None]
    given = {
        "title": shown["ballot"].title,
        "as_at": f"as at {long_time(shown['turnout'].as_at)}",
        "made_at": long_time(now),
        "headline": shown["headline"],
        "time_left": _time_left(shown),
        "figures": [asdict(figure) for figure in course.figures] if course else [],
        "forecast": course.forecast if course else None,
        "notes": course.notes if course else [],
        "chart": _drawing(chart) if chart else None,
        "columns": named,
        "units": [_printed(row, shown) for row in units[:LINES_OF_BRIEFING]],
        "units_note": _units_note(shown, first=first_to_win(shown["rows"]), counted=len(units)),
        "rules": shown["rules"],
    }
    return printed(BRIEFING, given=given, made_at=now)


def _drawing(chart: Any) -> dict[str, Any]:  # noqa: ANN401 - a CourseChart
    return {name: each for name, each in asdict(chart).items() if name != "rows"}


def _printed(row: UnitRow, shown: Shown) -> list[str]:
    cells = _line(row, has_line=bool(shown["line"]))[:-1]
    return ["" if cell is None else _grouped(cell) for cell in cells]


def _grouped(cell: str | float) -> str:
    if isinstance(cell, float):
        return f"{cell:.2f}"
    return f"{cell:,}" if isinstance(cell, int) else cell


def _time_left(shown: Shown) -> str | None:
    if shown["state"] is State.OPEN:
        return f"Voting closes in {shown['closes_in']}."
    if shown["state"] is State.FROZEN:
        return f"Voting opens in {shown['opens_in']}."
    return "Voting has closed."


def _units_note(shown: Shown, *, first: Sequence[UnitRow], counted: int) -> str:
    withheld = len(shown["rows"]) - counted
    said = f"{counted} {shown['many']} are shown, {withheld} withheld." if withheld else ""
    if not first:
        return f"No unit is behind the others. {said}".strip()
    return (
        "Winnable: votes that would come if turnout there were that of all the others. "
        f"{said}".strip()
    )
