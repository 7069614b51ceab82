"""What crosses the wire about key dates."""

from datetime import date

from pydantic import BaseModel

from app.ballots.schemas import Moment


class CutOffOut(BaseModel):
    """Whether somebody who joins on a day may vote, and the whole days left from it."""

    cut_off_at: Moment
    joins_in_time: bool
    days_left: int


class EventOut(BaseModel):
    """One key date: its London day, and the moment where it has one."""

    key: str
    title: str
    day: date
    weekday: str
    at: Moment | None
    note: str
    source: str


class TimetableOut(BaseModel):
    """A ballot's key dates, in the order in which they come."""

    ballot: str
    title: str
    events: list[EventOut]
