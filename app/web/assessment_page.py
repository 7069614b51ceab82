"""The responsible person reads the security assessment, fills it in and prints it."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from app.core.clock import NowDep
from app.core.database import DatabaseDep
from app.core.settings import SettingsDep
from app.security.access import HqOrScrutineerStaff
from app.web.assessment import assess
from app.web.assessment_form import QUESTIONS
from app.web.assessment_text import as_markdown
from app.web.staff_frame import staff_page

router = APIRouter(prefix="/staff", include_in_schema=False)


@router.get("/assessment")
def show_assessment(
    database: DatabaseDep, staff: HqOrScrutineerStaff, settings: SettingsDep, now: NowDep
) -> HTMLResponse:
    """Show what the running service tells of itself, and ask what only a person can answer."""
    return staff_page(
        "staff/assessment.html",
        staff=staff,
        assessment=assess(database, settings=settings, now=now),
        questions=QUESTIONS,
    )


@router.get("/assessment.md")
def download_assessment(
    database: DatabaseDep, staff: HqOrScrutineerStaff, settings: SettingsDep, now: NowDep
) -> Response:
    """Hand over the same as a Markdown file."""
    del staff
    return Response(
        as_markdown(assess(database, settings=settings, now=now)),
        media_type="text/markdown; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="security-assessment.md"'},
    )
