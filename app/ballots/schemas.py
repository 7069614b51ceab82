"""What crosses the wire about ballots."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from app.ballots.lifecycle import State
from app.rules.london import london_day
from app.rules.nations import NATIONS

Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def _written_out(sent: object) -> object:
    """Refuse a bare number, which would be taken for seconds since 1970."""
    digits = isinstance(sent, str) and sent.strip().lstrip("+-").replace(".", "", 1).isdigit()
    if digits or isinstance(sent, int | float):
        raise ValueError("write the time out, as in 2026-11-30T12:00:00Z")
    return sent


def _believable(at: datetime) -> datetime:
    if not EARLIEST <= at < LATEST:
        raise ValueError("give a time between the years 2000 and 2100")
    return at.astimezone(UTC)


def _printable(text: str) -> str:
    text = text.replace("\u00a0", " ")
    if not text.isprintable():
        raise ValueError("leave out line breaks and invisible characters")
    return text


def _believable_day(day: date) -> date:
    if not EARLIEST.date() <= day < LATEST.date():
        raise ValueError("give a day between the years 2000 and 2100")
    return day


Moment = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(_believable)]
Day = Annotated[date, BeforeValidator(_written_out), AfterValidator(_believable_day)]
Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    AfterValidator(_printable),
]
Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_printable),
]
Kind = Literal["indicative", "industrial_action", "recognition"]


def _known_nation(sent: object) -> object:
    if isinstance(sent, str) and sent not in NATIONS:
        known = ", ".join(NATIONS)
        raise ValueError(f"no such nation: give one of {known}, or none for all of Great Britain")
    return sent


Nation = Annotated[
    Literal["england", "wales", "scotland", "northern_ireland"], BeforeValidator(_known_nation)
]
Grouping = Literal["branch", "region", "employer", "workplace"]
BoardShows = Literal["inclusion", "answers"]
FEWEST_ANSWERS = 2


class AnswerIO(BaseModel):
    """One answer on the paper."""

    model_config = ConfigDict(extra="forbid")

    key: Key
    text: Text


class QuestionIO(BaseModel):
    """One question on the paper, and which answer is the union's side."""

    model_config = ConfigDict(extra="forbid")

    key: Key
    text: Text
    answers: Annotated[list[AnswerIO], Field(min_length=FEWEST_ANSWERS, max_length=20)]
    supported_answer: Key

    @model_validator(mode="after")
    def _answers_make_sense(self) -> Self:
        keys = [answer.key for answer in self.answers]
        if len(set(keys)) < len(keys):
            raise ValueError(f"question {self.key} has two answers with the same key")
        if self.supported_answer not in keys:
            raise ValueError(f"supported_answer of question {self.key} is not one of its answers")
        return self


class ConstituencyIO(BaseModel):
    """Who the ballot is put to. An empty list leaves that out of the question: all."""

    model_config = ConfigDict(extra="forbid")

    categories: list[Text] = []
    branches: list[Text] = []
    regions: list[Text] = []
    employers: list[Text] = []
    workplaces: list[Text] = []


class BallotIn(BaseModel):
    """A ballot as headquarters sets it up."""

    model_config = ConfigDict(extra="forbid")

    slug: Slug | None = None
    title: Title
    kind: Kind = "indicative"
    opens_at: Moment
    closes_at: Moment
    cut_off_at: Moment
    announced_on: Day | None = None
    important_public_service: bool = False
    nation: Nation | None = None
    devolved_welsh_authority: bool = False
    scrutineer: str | None = None
    constituency: ConstituencyIO = ConstituencyIO()
    exclude_arrears: bool = False
    disaggregate_by: Grouping | None = None
    floor: Annotated[int, Field(ge=1, le=1000)] = 5
    small_in_steps: bool = False
    reps_see_unvoted: bool = False
    board: BoardShows = "inclusion"
    declared_by_two: bool = False
    questions: Annotated[list[QuestionIO], Field(min_length=1, max_length=20)]

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        if self.opens_at >= self.closes_at:
            raise ValueError("the ballot closes before it opens: set closes_at after opens_at")
        if self.cut_off_at > self.closes_at:
            raise ValueError("the cut-off is after the close: nobody who joins then could vote")
        if self.announced_on and self.announced_on > london_day(self.closes_at):
            raise ValueError(
                "announced_on is after the close: set it to the day on which members are told"
            )
        keys = [question.key for question in self.questions]
        if len(set(keys)) < len(keys):
            raise ValueError("two questions have the same key")
        if self.devolved_welsh_authority and self.nation != "wales":
            raise ValueError(
                "devolved Welsh authorities are in Wales: set nation to wales, or "
                "devolved_welsh_authority to false"
            )
        return self

    def slug_or_title(self) -> str:
        """Return the slug, made from the title where none was given."""
        return self.slug or re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")[:80].rstrip(
            "-"
        )


class ExtensionOut(BaseModel):
    """One time that two officers moved the close to a later moment, and why."""

    model_config = ConfigDict(from_attributes=True)

    old_close: Moment
    new_close: Moment
    reason: str
    decided_at: datetime


class CancelledOut(BaseModel):
    """When two officers cancelled a ballot for good, and why."""

    at: datetime
    reason: str


class BallotOut(BaseModel):
    """A ballot as everybody may see it."""

    slug: str
    title: str
    kind: Kind
    state: State
    opens_at: Moment
    closes_at: Moment
    cut_off_at: Moment
    announced_on: date
    important_public_service: bool
    nation: Nation | None
    devolved_welsh_authority: bool
    scrutineer: str | None
    constituency: ConstituencyIO
    exclude_arrears: bool
    disaggregate_by: Grouping | None
    floor: int
    small_in_steps: bool
    reps_see_unvoted: bool
    board: BoardShows
    declared_by_two: bool
    cancelled: CancelledOut | None
    extensions: list[ExtensionOut]
    frozen_at: datetime | None
    roll_digest: str | None
    declared_at: datetime | None
    questions: list[QuestionIO]


class LeftOutOut(BaseModel):
    """How many were left off the roll for one reason."""

    reason: str
    count: int


class FrozenRollOut(BaseModel):
    """What the freeze fixed."""

    entitled: int
    excluded: list[LeftOutOut]
    roll_digest: str
