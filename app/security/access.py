"""Access as a marker on each route: exactly one, or the application refuses to start.

A FastAPI route depends on one of the markers below; a plain Starlette endpoint carries it as an
attribute, `endpoint.access = VOTER`. What cannot be undone depends on a marker `…_STEPPED_UP`: a
browser must have proved whose it is in the last minutes (docs/decisions/0052).
"""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Annotated

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Mount, Route

from app.core.clock import Clock
from app.core.database import Database
from app.core.errors import Forbidden, Unauthenticated
from app.core.settings import Settings
from app.security import service
from app.security.factors import held_by
from app.security.models import Role
from app.security.service import Staff
from app.security.sessions import Visit, note_seen, visit_with_session

SESSION_COOKIE = "muster_session"
# Ends the name of an access that needs a proof from the last minutes.
STEPPED_UP = ", stepped up"
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
# Made by FastAPI itself: the description of the interface, which is public.
OPEN_PATHS = {"/openapi.json"}


class NotSignedIn(Unauthenticated):
    """A staff page was asked for by nobody we know."""

    code = "not_signed_in"


class ProofNeeded(Forbidden):
    """A browser asks for what cannot be undone, and proved too long ago whose it is."""

    code = "proof_needed"
    message = "Confirm that it is you, and then do this again."


class Access:
    """Says who may use a route. As a dependency it lets everyone through."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def __call__(self) -> None:
        """Let the request through. Async, because a thread of its own would cost more."""


class StaffAccess(Access):
    """Lets staff of the named roles through and says who they are."""

    def __init__(self, name: str, *, roles: frozenset[Role], stepped_up: bool = False) -> None:
        super().__init__(name)
        self.roles = roles
        self.stepped_up = stepped_up

    async def __call__(self, request: Request) -> Staff:  # type: ignore[override]  # says who
        """Return who is asking.

        Raises:
            NotSignedIn: no live token or session was sent.
            Forbidden: the account's role is not among those this route is for.
            ProofNeeded: the browser must prove first that it is they.
        """
        staff, visit = await _asking(request)
        if staff is None:
            raise NotSignedIn
        if staff.role not in self.roles:
            raise Forbidden
        # A token is a program's: there is nobody to ask.
        if self.stepped_up and visit is not None and not _proved_lately(request, visit):
            raise ProofNeeded
        return staff


class BrowserAccess(Access):
    """Lets browsers through whose password was right, and says what they have proved."""

    def __init__(self, name: str, *, proved: bool = False, stepped_up: bool = False) -> None:
        super().__init__(name)
        self.proved = proved
        self.stepped_up = stepped_up

    async def __call__(self, request: Request) -> Visit:  # type: ignore[override]  # says who
        """Return whose browser it says it is.

        Raises:
            NotSignedIn: no live session was sent, or it has not proved all that it must.
            ProofNeeded: the browser must prove once more that it is they.
        """
        visit = await visit_of(request)
        if visit is None or (self.proved and visit.proved_at is None):
            raise NotSignedIn
        if self.stepped_up and not _proved_lately(request, visit):
            raise ProofNeeded
        return visit


class FactorAccess(BrowserAccess):
    """Lets through who may add a second factor: lately proved, or signing in without having one."""

    async def __call__(self, request: Request) -> Visit:  # type: ignore[override]  # says who
        """Return whose browser it is.

        Raises:
            NotSignedIn: no live session was sent, or its second factor is outstanding.
            ProofNeeded: the browser must prove first that it is they.
        """
        visit = await super().__call__(request)
        if visit.proved_at is None:
            database: Database = request.app.state.database
            if (await database.glance(partial(held_by, staff_id=visit.staff_id))).any:
                raise NotSignedIn
        elif not _proved_lately(request, visit):
            raise ProofNeeded
        return visit


PUBLIC = Access("public")
# The voting code is checked by the ballot box itself, in the statement that casts the vote.
VOTER = Access("voter")
HQ = StaffAccess("hq", roles=frozenset({Role.HQ}))
BRANCH = StaffAccess("branch", roles=frozenset({Role.BRANCH}))
HQ_OR_BRANCH = StaffAccess("hq or branch", roles=frozenset({Role.HQ, Role.BRANCH}))
HQ_OR_SCRUTINEER = StaffAccess("hq or scrutineer", roles=frozenset({Role.HQ, Role.SCRUTINEER}))
ANY_STAFF = StaffAccess("any staff", roles=frozenset(Role))
HQ_STEPPED_UP = StaffAccess(HQ.name + STEPPED_UP, roles=HQ.roles, stepped_up=True)
HQ_OR_SCRUTINEER_STEPPED_UP = StaffAccess(
    HQ_OR_SCRUTINEER.name + STEPPED_UP, roles=HQ_OR_SCRUTINEER.roles, stepped_up=True
)
# Whose password was right: for the pages that ask for the rest.
BROWSER = BrowserAccess("a browser that is signing in or signed in")
SIGNED_IN = BrowserAccess("a signed-in browser", proved=True)
SIGNED_IN_STEPPED_UP = BrowserAccess(SIGNED_IN.name + STEPPED_UP, proved=True, stepped_up=True)
ADDS_FACTOR = FactorAccess("a browser that may add a second factor")

HqStaff = Annotated[Staff, Depends(HQ)]
BranchStaff = Annotated[Staff, Depends(BRANCH)]
HqOrBranchStaff = Annotated[Staff, Depends(HQ_OR_BRANCH)]
HqOrScrutineerStaff = Annotated[Staff, Depends(HQ_OR_SCRUTINEER)]
AnyStaff = Annotated[Staff, Depends(ANY_STAFF)]
SteppedUpHqStaff = Annotated[Staff, Depends(HQ_STEPPED_UP)]
SteppedUpHqOrScrutineerStaff = Annotated[Staff, Depends(HQ_OR_SCRUTINEER_STEPPED_UP)]
SomeBrowser = Annotated[Visit, Depends(BROWSER)]
SignedInBrowser = Annotated[Visit, Depends(SIGNED_IN)]
SteppedUpBrowser = Annotated[Visit, Depends(SIGNED_IN_STEPPED_UP)]
FactorAdder = Annotated[Visit, Depends(ADDS_FACTOR)]


async def who_is_asking(request: Request) -> Staff | None:
    """Find the live API token or browser session in a request, if any.

    A session counts once it has proved all that its account must. Cookies open pages and reading
    only; under /api a change needs a token, so that no other site can make a browser ask for one.
    """
    return (await _asking(request))[0]


async def visit_of(request: Request) -> Visit | None:
    """Find the live browser session in a request, also where a proof is outstanding."""
    settings: Settings = request.app.state.settings
    database: Database = request.app.state.database
    clock: Clock = request.app.state.clock
    secret = request.cookies.get(SESSION_COOKIE)
    if secret is None or _bearer(request) is not None or _changes_by_api(request):
        return None
    now = clock()
    visit = await database.glance(
        partial(
            visit_with_session,
            secret=secret,
            origin=client_address(request),
            settings=settings,
            now=now,
        )
    )
    if visit is not None:
        note_seen(database, visit, now=now)
    return visit


async def _asking(request: Request) -> tuple[Staff | None, Visit | None]:
    """Return who is asking, and the browser if it is not a program's token that says so."""
    token = _bearer(request)
    if token is not None:
        database: Database = request.app.state.database
        whose = partial(
            service.staff_with_token,
            secret=token,
            origin=client_address(request),
            settings=request.app.state.settings,
        )
        return await database.glance(whose), None
    visit = await visit_of(request)
    if visit is None or visit.proved_at is None:
        return None, None
    return visit.staff, visit


# On routes that everybody may use, and that show staff more.
WhoAsks = Annotated[Staff | None, Depends(who_is_asking)]
BrowserThatAsks = Annotated[Visit | None, Depends(visit_of)]


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else None


def _proved_lately(request: Request, visit: Visit) -> bool:
    settings: Settings = request.app.state.settings
    clock: Clock = request.app.state.clock
    return visit.proved_lately(settings=settings, now=clock())


def _changes_by_api(request: Request) -> bool:
    return request.url.path.startswith("/api/") and request.method not in SAFE_METHODS


def client_address(request: Request) -> str:
    """Return the address of the one who asks, as the trusted proxy or the socket gives it."""
    return request.client.host if request.client else "unknown"


def check_every_route(routes: Iterable[BaseRoute]) -> None:
    """Refuse to start if a route does not state its access exactly once.

    Raises:
        RuntimeError: naming the route.
    """
    for path, route in every_route(routes):
        if path in OPEN_PATHS:
            continue
        stated = list(_stated_access(route))
        if len(stated) != 1:
            raise RuntimeError(f"{path or route} states {len(stated)} accesses; state exactly one")


def every_route(
    routes: Iterable[BaseRoute], *, prefix: str = ""
) -> Iterator[tuple[str, BaseRoute]]:
    """Yield each route with its whole path, also those of the routers that were included."""
    for route in routes:
        # FastAPI keeps an included router as one route that holds it.
        included = getattr(route, "original_router", None)
        if included is None:
            yield prefix + getattr(route, "path", ""), route
        else:
            within = prefix + route.include_context.prefix  # type: ignore[attr-defined]  # FastAPI's own
            yield from every_route(included.routes, prefix=within)


def stated_access(route: BaseRoute) -> Access:
    """Return the access of a route that `check_every_route` has passed."""
    return next(_stated_access(route))


def _stated_access(route: BaseRoute) -> Iterator[Access]:
    if isinstance(route, APIRoute):
        yield from _markers(route.dependant)
    elif isinstance(route, Route | Mount):
        holder = route.endpoint if isinstance(route, Route) else route.app
        access = getattr(holder, "access", None)
        if isinstance(access, Access):
            yield access


def _markers(dependant: Dependant) -> Iterator[Access]:
    if isinstance(dependant.call, Access):
        yield dependant.call
    for inner in dependant.dependencies:
        yield from _markers(inner)
