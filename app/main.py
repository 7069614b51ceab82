"""Put the application together: settings, database, ballot box, routes, middleware."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from app.audit.keeper import AuditKeeper
from app.ballots.turning_points import turning_points
from app.core.clock import Clock, system_clock
from app.core.database import Database
from app.core.logging import set_up_logging
from app.core.release import software_version
from app.core.request_limits import RequestLimits
from app.core.settings import Settings, read_settings
from app.evidence.pack_keeper import PackKeeper
from app.notices.watch import Watch
from app.routes import all_routes
from app.security import access
from app.security.identity_provider import provider_of
from app.security.key_rotation import note_signing_key
from app.turnout.broadcast import Broadcast
from app.turnout.keeper import HourKeeper
from app.turnout.shared import SharedTurnout
from app.voting.box import open_box
from app.voting.paper import PaperRack
from app.voting.router import VOTE_ROUTE, describe_vote
from app.voting.stirrer import Stirrer
from app.web.api_examples import describe_examples
from app.web.api_refusals import describe_refusals
from app.web.head_requests import HeadAsGet
from app.web.language import SpokenLanguage
from app.web.proof_pages import ask_for_proof
from app.web.refusals import install_refusals
from app.web.request_log import RequestLog
from app.web.security_headers import RefuseOtherSites, SecurityHeaders
from app.web.static_files import BuiltFiles
from app.web.templating import STATIC


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.ballot_box = open_box(app.state.settings.database_url, pulse=app.state.database.pulse)
    _note_signing_key(app)
    await app.state.broadcast.start()
    await app.state.hour_keeper.start()
    await app.state.pack_keeper.start()
    await app.state.stirrer.start()
    await app.state.audit_keeper.start()
    yield
    await app.state.audit_keeper.stop()
    await app.state.stirrer.stop()
    await app.state.pack_keeper.stop()
    await app.state.hour_keeper.stop()
    await app.state.broadcast.stop()
    await app.state.ballot_box.close()
    app.state.database.dispose()


def _note_signing_key(app: FastAPI) -> None:
    """Publish under which key this process signs, while it already serves."""
    database: Database = app.state.database

    def note() -> None:
        note_signing_key(database, settings=app.state.settings, now=app.state.clock())

    database.background.start(note, name="signing key")


def create_app(settings: Settings | None = None, *, clock: Clock = system_clock) -> FastAPI:
    """Make the application.

    Args:
        settings: read from the environment where left out.
        clock: what tells the time; tests bring their own.

    Raises:
        WrongSetting: the environment lacks a setting or has a wrong one.
        RuntimeError: a route does not state who may use it.
    """
    settings = settings or read_settings()
    set_up_logging()
    app = FastAPI(
        title="Muster",
        version=software_version(),
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        summary="Indicative ballots: one member one vote, live turnout, the rules of the day.",
    )
    _furnish(app, settings=settings, clock=clock)
    # First of all routes: it is asked for most.
    app.router.routes.append(VOTE_ROUTE)
    app.router.routes += all_routes().routes
    _describe(app)
    _serve_static(app)
    install_refusals(app)
    app.add_exception_handler(access.ProofNeeded, ask_for_proof)
    app.add_middleware(SpokenLanguage)
    app.add_middleware(HeadAsGet)
    app.add_middleware(RefuseOtherSites)
    app.add_middleware(RequestLimits, largest_upload=settings.largest_upload)
    app.add_middleware(SecurityHeaders, https=settings.https)
    app.add_middleware(RequestLog)
    access.check_every_route(app.routes)
    return app


def _furnish(app: FastAPI, *, settings: Settings, clock: Clock) -> None:
    """Give the application what its routes and its keepers work with."""
    app.state.settings = settings
    app.state.clock = clock
    app.state.database = Database(settings.database_url)
    app.state.papers = PaperRack(app.state.database)
    app.state.broadcast = Broadcast(
        app.state.database, clock=clock, close_grace=settings.close_grace
    )
    app.state.hour_keeper = HourKeeper(app.state.database, clock=clock)
    app.state.pack_keeper = PackKeeper(app.state.database, settings=settings, clock=clock)
    app.state.stirrer = Stirrer(app.state.database, settings=settings, clock=clock)
    app.state.audit_keeper = AuditKeeper(
        app.state.database, settings=settings, clock=clock, occasions=turning_points
    )
    app.state.identity_provider = provider_of(settings, clock=clock)
    app.state.watch = Watch(app.state.database, settings=settings, clock=clock)
    app.state.shared_turnout = SharedTurnout(age=settings.turnout_age)


def _describe(app: FastAPI) -> None:
    """Complete FastAPI's description of the interface: the vote's own door, and every refusal."""
    generate = app.openapi

    def completed() -> dict[str, Any]:
        document = generate()
        describe_vote(document)
        describe_refusals(document, app=app)
        describe_examples(document)
        return document

    app.openapi = completed  # type: ignore[method-assign]  # how FastAPI documents extending it


def _serve_static(app: FastAPI) -> None:
    files = BuiltFiles(directory=STATIC, check_dir=False)
    files.access = access.PUBLIC  # type: ignore[attr-defined]  # read by check_every_route
    app.mount("/static", files, name="static")
