"""The calculator and the rule books over REST. Both are public: the law is no secret."""

from fastapi import APIRouter, Depends

from app.ballots.commencements import commenced
from app.core.database import ReadSession
from app.results.calculator import (
    RuleBookOut,
    ThresholdsIn,
    ThresholdsOut,
    judge_request,
    rule_books,
)
from app.security import access

router = APIRouter(tags=["Rules"])
PUBLIC = [Depends(access.PUBLIC)]


@router.post("/thresholds", dependencies=PUBLIC)
def judge_numbers(session: ReadSession, body: ThresholdsIn) -> ThresholdsOut:
    """Judge the numbers of one question by the rules of its opening day, and by every other."""
    return judge_request(body, commenced=commenced(session))


@router.get("/rule-books", dependencies=PUBLIC)
def show_rule_books(session: ReadSession) -> list[RuleBookOut]:
    """Show every rule book, period by period, each number with its source."""
    return rule_books(commenced=commenced(session))
