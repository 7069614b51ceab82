"""Every door of the house in one place: the REST interface, the pages, and the service's health."""

from fastapi import APIRouter

from app.ballots.router import router as ballots
from app.results.calculator_router import router as calculator
from app.results.router import router as results
from app.roll.router import router as roll
from app.web.health import router as health
from app.web.member_pages import router as member_pages

API = (roll, ballots, results, calculator)
PAGES = (health, member_pages)


def all_routes() -> APIRouter:
    """Return one router that holds every route."""
    everything = APIRouter()
    for router in API:
        everything.include_router(router, prefix="/api/v1")
    for router in PAGES:
        everything.include_router(router)
    return everything
