"""The part of headquarters' live pages that moves: made once for each reading and shared by all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from markupsafe import Markup
from sqlmodel import Session

from app.ballots.commencements import commenced
from app.ballots.lifecycle import State, state_of
from app.ballots.models import Ballot
from app.ballots.schemas import Grouping
from app.ballots.service import get_ballot
from app.turnout.figures import Figures, turnout_from
from app.turnout.live_course import live_course
from app.turnout.schemas import TurnoutOut
from app.turnout.shared import Reading
from app.web import live_units as units
from app.web import turnout_words as words
from app.web.ballot_words import GROUPINGS, state_words, time_left
from app.web.course_words import TOO_FEW, words_of
from app.web.live_strip import strip_of
from app.web.live_units import Sort, UnitRow
from app.web.reach_words import has_unreachable, reach_line
from app.web.templating import fragment
from app.web.turnout_course import chart_of

# States in which numbers move, so that a page has something to wait for.
MOVING = {State.FROZEN, State.OPEN}
# Columns that look ahead.
TO_BE_WON = {"waiting", "winnable"}
Form = Literal["page", "wall"]
# The whole, and the part of it that moves.
TEMPLATES: dict[Form, tuple[str, str]] = {
    "page": ("hq/turnout.html", "hq/_turnout.html"),
    "wall": ("hq/wall.html", "hq/_wall.html"),
}


@dataclass(frozen=True, slots=True)
class View:
    """What an officer looks at: by which units, in which order, at a desk or on the wallboard."""

    slug: str
    group_by: Grouping
    sort: Sort = "winnable"
    form: Form = "page"

    @property
    def template(self) -> str:
        """The template of the whole."""
        return TEMPLATES[self.form][0]

    @property
    def part_template(self) -> str:
        """The template of the part that moves."""
        return TEMPLATES[self.form][1]

    @property
    def address(self) -> str:
        """Where turnout of the ballot is."""
        return f"/hq/ballots/{self.slug}/turnout"

    @property
    def whole(self) -> str:
        """The address of the whole."""
        return self._of("/wall" if self.form == "wall" else "")

    @property
    def panel(self) -> str:
        """The address of the part that moves."""
        return self._of("/wall/panel" if self.form == "wall" else "/panel")

    def _of(self, place: str) -> str:
        order = "" if self.form == "wall" else f"&sort={self.sort}"
        return f"{self.address}{place}?group_by={self.group_by}{order}"


@dataclass(frozen=True, slots=True)
class Column:
    """A heading of the table: its order, its words, and what a click makes of the order."""

    by: str
    text: str
    leads_to: str
    direction: str | None
    numeric: bool = True


def shared_panel(session: Session, reading: Reading, view: View) -> dict[str, Any]:
    """Return the panel as `drawn`, and what it shows; all of headquarters see the same one.

    Args:
        session: a session that reads.
        reading: the figures that everybody is answered from now.
        view: what is looked at.
    """
    shown = shared_facts(session, reading, view)

    def make() -> dict[str, Any]:
        drawn = Markup(fragment(view.part_template, **shown))  # noqa: S704 - the template escapes
        return shown | {"drawn": drawn}

    return reading.answer(("panel", view), make)


def shared_facts(session: Session, reading: Reading, view: View) -> dict[str, Any]:
    """Return what the panel shows, undrawn: for files, which have a form of their own."""
    course = reading.answer("course", lambda: _course(session, reading.figures))

    def make() -> dict[str, Any]:
        shown = _panel(session, reading.figures, view) | course
        return shown | {"wall_facts": _wall_facts(shown)}

    return reading.answer(("facts", view), make)


def _course(session: Session, figures: Figures) -> dict[str, Any]:
    """Return how turnout came about, as a chart and in words; nothing before voting opens."""
    ballot, now = get_ballot(session, figures.ballot), figures.read_at
    if state_of(ballot, now=now) is State.FROZEN:
        return {"course_words": None, "chart": None}
    whole = turnout_from(figures, group_by=None, branch=None)
    live = live_course(session, ballot, shown=whole, now=now)
    return {"course_words": words_of(live), "chart": chart_of(live)}


def _panel(session: Session, figures: Figures, view: View) -> dict[str, Any]:
    ballot, now = get_ballot(session, figures.ballot), figures.read_at
    turnout = turnout_from(figures, group_by=view.group_by, branch=None)
    begun = commenced(session)
    line = words.line_of(ballot, commenced=begun)
    state = state_of(ballot, now=now)
    return {
        "ballot": ballot,
        "address": view.address,
        "turnout": turnout,
        "state": state,
        "state_words": state_words(ballot, now=now),
        "headline": words.headline(turnout, ballot=ballot, commenced=begun),
        "short_headline": words.short_headline(turnout, ballot=ballot, commenced=begun),
        "line": line,
        "met": words.is_met(turnout),
        "rules": words.rules(turnout, ballot=ballot, commenced=begun),
        "reach": reach_line(turnout),
        "opens_in": time_left(ballot.opens_at, now=now),
        "closes_in": time_left(ballot.closes_at, now=now),
        "groupings": [(key, name) for key, (name, _) in GROUPINGS.items()],
        "group_by": view.group_by,
        "sort": view.sort,
        **_units(turnout, view, ballot=ballot, line=line, moving=state in MOVING),
    }


def _units(
    turnout: TurnoutOut, view: View, *, ballot: Ballot, line: words.Line | None, moving: bool
) -> dict[str, Any]:
    heading, many = GROUPINGS[view.group_by]
    by_own = turnout.threshold.required_votes is not None
    rows = units.unit_rows(turnout, floor=ballot.floor, by_own=by_own)
    shows_reached = view.group_by == "branch" and has_unreachable(turnout)
    sort: Sort = "name" if not moving and view.sort.removeprefix("-") in TO_BE_WON else view.sort
    return {
        "grouping": heading,
        "many": many,
        # After the close nobody waits and nothing can be won.
        "moving": moving,
        "rows": units.in_order(rows, sort=sort),
        "columns": [
            column
            for column in _columns(heading, line=line, shows_reached=shows_reached, sort=sort)
            if moving or column.by not in TO_BE_WON
        ],
        "shows_reached": shows_reached,
        "withheld_columns": 3 + 2 * moving + bool(line) + shows_reached,
        "waiting": _waiting(shows_reached=shows_reached),
        "in_steps": _in_steps(rows, many=many, floor=ballot.floor),
        "first": units.first_to_win(rows),
        "nearest": units.nearest_to_line(rows) if moving else [],
        "strip": strip_of(rows, line=line, many=many),
    }


def _wall_facts(shown: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the few figures of the wallboard, as (words, figure); what is too few is left out."""
    facts = []
    if shown["state"] is State.OPEN:
        facts.append(("left to vote", words.short_left(shown["closes_in"])))
    elif shown["state"] is State.FROZEN:
        facts.append(("until voting opens", words.short_left(shown["opens_in"])))
    counted = [row for row in shown["rows"] if row.percent is not None]
    if shown["line"] and counted:
        over = sum(row.met for row in counted)
        at = f"{shown['many']} at {shown['line'].at} %"
        facts.append((at, f"{over} of {len(counted)}"))
    if shown["course_words"]:
        figures = shown["course_words"].figures
        facts += [(each.label, each.value) for each in figures if each.value != TOO_FEW]
    return facts


def _in_steps(rows: Sequence[UnitRow], *, many: str, floor: int) -> str | None:
    """Explain the numbers of small units, where there are any that do not move with each vote."""
    times = [row.as_of for row in rows if row.as_of]
    if not times:
        return None
    return (
        f"Votes with a time, such as “at {times[0]}”, are those of small {many}: as they stood "
        f"then, rounded down to a multiple of {floor}, so that nobody can watch a vote arrive."
    )


def _waiting(*, shows_reached: bool) -> str:
    return "Reachable, not voted" if shows_reached else "Not voted yet"


def _columns(
    heading: str, *, line: words.Line | None, shows_reached: bool, sort: Sort
) -> list[Column]:
    """Return the headings from left to right; that of `Of those reached` stands by itself."""
    named = {
        "name": heading,
        "entitled": "Entitled",
        "voted": "Have voted",
        "turnout": "Turnout",
        "needed": f"Needed for {line.at}\N{NO-BREAK SPACE}%" if line else None,
        "waiting": _waiting(shows_reached=shows_reached),
        "winnable": "Winnable",
    }
    directions = units.direction_of(sort)
    return [
        Column(
            by,
            text=text,
            leads_to=units.next_sort(by, sort=sort),
            direction=directions.get(by),
            numeric=by != "name",
        )
        for by, text in named.items()
        if text
    ]
