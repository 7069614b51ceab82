"""What crosses the wire about key dates."""

from datetime import date

from pydantic import BaseModel

from app.ballots.schemas import Moment, Nation


class CutOffOut(BaseModel):
    """Whether somebody who joins on a day may vote, and the whole days left from it."""

    cut_off_at: Moment
    joins_in_time: bool
    days_left: int


class EventOut(BaseModel):
    """One key date: its London day, and the moment where it has one.

    `rule_book` and `period` stand where the law sets the day. `problems` are sentences about what
    was missed or cannot be. `cancelled`: the ballot was cancelled before this came.
    """

    key: str
    title: str
    day: date
    weekday: str
    at: Moment | None
    note: str
    source: str
    bank_holidays: list[str] = []
    rule_book: str | None = None
    period: str | None = None
    problems: list[str] = []
    cancelled: bool = False


class FollowUpOut(BaseModel):
    """The days of a statutory ballot that would follow an indicative one.

    `chosen` says whether somebody chose the opening day; if not, it is the first there can be.
    """

    opens_on: date
    closes_on: date
    chosen: bool
    events: list[EventOut]


class TimetableOut(BaseModel):
    """A ballot's key dates, in the order in which they come.

    `statute` stands on an indicative ballot. `remarks` say what the dates leave out, and why.
    """

    ballot: str
    title: str
    nation: Nation | None
    events: list[EventOut]
    statute: FollowUpOut | None
    remarks: list[str]
