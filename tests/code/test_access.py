"""Every route states who may use it, once; otherwise the application does not start."""

import pytest
from fastapi import APIRouter, Depends, FastAPI, WebSocket
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

import app.main
from app.core.settings import Settings
from app.main import create_app
from app.routes import all_routes
from app.security import access
from app.security.access import Access, HqStaff, check_every_route, every_route, stated_access


@pytest.fixture
def settings(tmp_path):
    return Settings(secret_key="x" * 40, database_url=f"sqlite:///{tmp_path}/never-opened.sqlite3")


def open_to_all() -> str:
    return "anybody"


def for_hq(staff: HqStaff) -> str:
    return staff.name


def router_with(endpoint, *, path="/new", **how):
    router = APIRouter()
    router.add_api_route(path, endpoint, **how)
    return router


def test_every_route_of_the_application_states_its_access(settings):
    stated = {
        path: stated_access(route)
        for path, route in every_route(create_app(settings).routes)
        if path not in access.OPEN_PATHS
    }
    assert all(isinstance(each, Access) for each in stated.values())
    assert stated["/api/v1/ballots/{slug}/votes"] is access.VOTER
    assert stated["/api/v1/ballots/{slug}/freeze"] is access.HQ
    assert stated["/healthz"] is access.PUBLIC


@pytest.mark.parametrize(
    ("how", "count"),
    [
        pytest.param({"endpoint": open_to_all}, 0, id="none"),
        pytest.param({"endpoint": for_hq, "dependencies": [Depends(access.PUBLIC)]}, 2, id="two"),
    ],
)
def test_a_route_that_does_not_state_its_access_once_is_named(how, count):
    house = FastAPI(openapi_url=None)
    inner = APIRouter(prefix="/inner")
    inner.include_router(router_with(**how))
    house.include_router(inner, prefix="/outer")
    with pytest.raises(RuntimeError, match=f"^/outer/inner/new states {count} accesses"):
        check_every_route(house.routes)


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"endpoint": for_hq}, id="by its parameter"),
        pytest.param(
            {"endpoint": open_to_all, "dependencies": [Depends(access.PUBLIC)]},
            id="by a dependency",
        ),
    ],
)
def test_a_route_that_states_its_access_once_may_be_served(how):
    house = FastAPI(openapi_url=None)
    house.include_router(router_with(**how))
    check_every_route(house.routes)


async def plain(request) -> PlainTextResponse:
    del request
    return PlainTextResponse("anybody")


@pytest.mark.parametrize(
    "route",
    [
        pytest.param(Route("/plain", plain), id="a plain route"),
        pytest.param(Mount("/files", StaticFiles(directory=".")), id="a folder"),
    ],
)
def test_what_is_not_fastapis_must_state_its_access_too(route):
    with pytest.raises(RuntimeError, match="states 0 accesses"):
        check_every_route([route])


def test_a_web_socket_cannot_slip_in():
    house = FastAPI(openapi_url=None)

    @house.websocket("/live")
    async def live(socket: WebSocket) -> None:
        await socket.close()

    with pytest.raises(RuntimeError, match="/live states 0 accesses"):
        check_every_route(house.routes)


def test_the_application_does_not_start_with_such_a_route(settings, monkeypatch):
    def one_more() -> APIRouter:
        routes = all_routes()
        routes.include_router(router_with(open_to_all))
        return routes

    monkeypatch.setattr(app.main, "all_routes", one_more)
    with pytest.raises(RuntimeError, match="/new states 0 accesses"):
        create_app(settings)
