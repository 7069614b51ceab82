"""Courses of ballots that were held elsewhere, read from files and kept for comparison.

JSON as `GET /api/v1/ballots/{slug}/turnout/history` answers it, or CSV with a row for each total.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, Field, ValidationError
from sqlmodel import Session, select

from app.audit.changes import changes
from app.audit.events import CourseRemoved, CourseSupplied
from app.audit.service import Actor, record
from app.core.errors import Invalid, NotFound
from app.turnout.course import Course, Point
from app.turnout.history import course_from
from app.turnout.models import SuppliedCourse

COLUMNS = ("name", "opens_at", "closes_at", "entitled", "at", "votes_cast")
Number = Annotated[int, Field(ge=0, le=1_000_000_000)]


class NotACourse(Invalid):
    """A file is no course of turnout, or its numbers cannot be."""

    code = "not_a_course"
    message = "This is no course of turnout. Use the forms that docs/turnout.md shows."


class UnknownCourse(NotFound):
    """No course of that name was supplied."""

    code = "unknown_course"
    message = "No course of that name was supplied. `muster courses list` shows those there are."


class _PointIn(BaseModel):
    at: AwareDatetime
    votes_cast: Number


class _CourseIn(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=200)]
    opens_at: AwareDatetime
    closes_at: AwareDatetime
    entitled: Annotated[int, Field(ge=1, le=1_000_000_000)]
    votes_cast: Number
    points: list[_PointIn]


class _RowIn(BaseModel):
    name: str
    opens_at: AwareDatetime
    closes_at: AwareDatetime
    entitled: int
    at: AwareDatetime
    votes_cast: int


def read_courses(content: bytes, *, name: str) -> list[Course]:
    """Return the courses of ballots that are over from a file.

    Args:
        content: UTF-8; JSON where it begins with a bracket, CSV otherwise.
        name: of the file, for the sentence of a refusal.

    Raises:
        NotACourse: it is neither, or a number in it cannot be.
    """
    try:
        text = content.decode("utf-8-sig").strip()
        sent = _of_json(text) if text[:1] in {"{", "["} else _of_csv(text)
        return [_course(each) for each in sent]
    except (UnicodeDecodeError, json.JSONDecodeError, csv.Error):
        raise NotACourse(f"{name} is neither JSON nor CSV in UTF-8.") from None
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise NotACourse(f"{name}: {place or 'the whole'}: {first['msg']}.") from None
    except NotACourse as wrong:
        raise NotACourse(f"{name}: {wrong.detail}") from None


def supply(session: Session, course: Course, *, actor: Actor, now: datetime) -> None:
    """Keep a course for comparison; one of the same name is replaced. It is in the audit log."""
    before = _said_of(session.get(SuppliedCourse, course.name))
    session.merge(
        SuppliedCourse(
            name=course.name,
            opens_at=course.opens_at,
            closes_at=course.closes_at,
            entitled=course.entitled,
            votes_cast=course.votes_cast,
            points=[
                [round((point.at - course.opens_at).total_seconds()), point.votes_cast]
                for point in course.points
            ],
            supplied_at=now,
        )
    )
    event = CourseSupplied(
        course.name,
        entitled=course.entitled,
        votes=course.votes_cast,
        points=len(course.points),
        changes=changes(before, _said_of(session.get(SuppliedCourse, course.name))),
    )
    record(session, event, actor=actor, now=now)


def supplied_courses(session: Session) -> list[Course]:
    """Return every supplied course, by its name."""
    rows = session.exec(select(SuppliedCourse).order_by(SuppliedCourse.name))
    return [course_from(row) for row in rows]


def remove(session: Session, name: str, *, actor: Actor, now: datetime) -> None:
    """Forget a supplied course. It is in the audit log.

    Raises:
        UnknownCourse: there is none of that name.
    """
    row = session.get(SuppliedCourse, name)
    if row is None:
        raise UnknownCourse
    session.delete(row)
    removed = CourseRemoved(name, changes=changes(_said_of(row)))
    record(session, removed, actor=actor, now=now)


def _said_of(row: SuppliedCourse | None) -> dict[str, Any]:
    """Return what the audit log says of a course: its ballot's window and numbers."""
    if row is None:
        return {}
    return row.model_dump(include={"opens_at", "closes_at", "entitled", "votes_cast"})


def _of_json(text: str) -> list[_CourseIn]:
    found = json.loads(text)
    listed = found if isinstance(found, list) else [found]
    # The course stands inside the answer about the turnout of a ballot.
    inner = [each.get("course", each) if isinstance(each, dict) else each for each in listed]
    return [_CourseIn.model_validate(each) for each in inner]


def _of_csv(text: str) -> list[_CourseIn]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise NotACourse(f"The column {missing[0]} is missing.")
    together: dict[str, list[_RowIn]] = {}
    for row in reader:
        point = _RowIn.model_validate(row)
        together.setdefault(point.name, []).append(point)
    if not together:
        raise NotACourse("There are no rows in it.")
    return [_CourseIn.model_validate(_joined(rows)) for rows in together.values()]


def _joined(rows: Iterable[_RowIn]) -> Mapping[str, Any]:
    """Join the rows of one ballot; the last one, at the close, is the final count."""
    *before, last = rows
    if any((row.opens_at, row.closes_at) != (last.opens_at, last.closes_at) for row in before):
        raise NotACourse(f"{last.name} has more than one window.")
    if last.at != last.closes_at:
        raise NotACourse(f"The last row of {last.name} must be its final count, at the close.")
    facts = last.model_dump(include={"name", "opens_at", "closes_at", "entitled", "votes_cast"})
    return facts | {"points": [row.model_dump(include={"at", "votes_cast"}) for row in before]}


def _course(sent: _CourseIn) -> Course:
    course = Course(
        sent.name,
        opens_at=sent.opens_at,
        closes_at=sent.closes_at,
        entitled=sent.entitled,
        points=tuple(Point(each.at, votes_cast=each.votes_cast) for each in sent.points),
        votes_cast=sent.votes_cast,
        is_over=True,
    )
    _refuse_impossible(course)
    return course


def _refuse_impossible(course: Course) -> None:
    if course.opens_at >= course.closes_at:
        raise NotACourse(f"{course.name} closes before it opens.")
    if course.votes_cast > course.entitled:
        raise NotACourse(f"{course.name} has more votes than people entitled to vote.")
    for before, after in pairwise(course.line):
        if before.at >= after.at:
            raise NotACourse(f"In {course.name}, {after.at.isoformat()} is out of order.")
        if before.votes_cast > after.votes_cast:
            raise NotACourse(f"In {course.name}, votes are fewer at {after.at.isoformat()}.")
