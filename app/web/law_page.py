"""The law for everybody: every rule book and period, its sources, and worked examples."""

from fastapi import APIRouter, Depends
from starlette.responses import Response

from app.ballots.commencements import commenced
from app.core.clock import NowDep
from app.core.database import ReadSession
from app.core.language import gettext
from app.rules.london import london_day
from app.rules.nations import EXTENT, OTHER_LEGISLATION, WELSH_EXEMPTION
from app.security import access
from app.web.language import in_english
from app.web.law_words import book_words, day_example_rows, day_rows
from app.web.templating import page

router = APIRouter(include_in_schema=False, dependencies=[Depends(access.PUBLIC)])


@router.get("/law")
def show_law(session: ReadSession, now: NowDep) -> Response:
    """Show every rule that Muster knows, as it stands today."""
    today = london_day(now)
    return page(
        "public/law.html",
        today=today,
        books=book_words(today=today, commenced=commenced(session)),
        days=day_rows(),
        day_examples=day_example_rows(),
        nations=(
            in_english(EXTENT),
            gettext(OTHER_LEGISLATION),
            in_english(WELSH_EXEMPTION),
        ),
    )
