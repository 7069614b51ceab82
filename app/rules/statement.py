"""What everybody entitled must be told of a result: 1992 Act s.231, as it was, is and may be."""

from dataclasses import dataclass
from enum import StrEnum

from app.rules.sources import ACT_1992, ACT_2016, ACT_2025

S231 = f"{ACT_1992} s.231"


class Line(StrEnum):
    """One line of a statement. Each question has its own lines."""

    ENTITLED = "entitled"
    VOTES_CAST = "votes_cast"
    SUPPORTING = "supporting"
    OPPOSING = "opposing"
    SPOILED = "spoiled"
    TURNOUT_REACHED = "turnout_reached"
    # Only where the support test applies: in important public services.
    SUPPORT_REACHED = "support_reached"


@dataclass(frozen=True, slots=True)
class Statement:
    """The lines that the ballots of one period must be reported by, and where that stands."""

    lines: tuple[Line, ...]
    source: str


THE_VOTES = (Line.VOTES_CAST, Line.SUPPORTING, Line.OPPOSING, Line.SPOILED)

BEFORE_2017 = Statement(THE_VOTES, source=f"{S231}, before {ACT_2016} s.6 replaced its lines")
FROM_2017 = Statement(
    (Line.ENTITLED, *THE_VOTES, Line.TURNOUT_REACHED, Line.SUPPORT_REACHED),
    source=f"{S231}(a) to (g), as substituted by {ACT_2016} s.6(1)",
)
FROM_FEBRUARY_2026 = Statement(
    (Line.ENTITLED, *THE_VOTES, Line.TURNOUT_REACHED),
    source=f"{S231}, without the 40 % line, which {ACT_2025} s.69(3) omits",
)
FROM_S68 = Statement(
    THE_VOTES,
    source=f"{S231}, without the lines on those entitled and on 50 %, which {ACT_2025} s.68(3) "
    "omits",
)
