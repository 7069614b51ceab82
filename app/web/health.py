"""Whether the service is alive, and whether it is ready for voters."""

from ipaddress import ip_address

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from app.core.database import DatabaseDep
from app.core.errors import Forbidden, Unavailable
from app.core.metrics import exposition
from app.core.migrations import newest_revision, revision_of
from app.notices.watch import Watch
from app.security import access
from app.security.access import client_address

# Seconds: about as long as a migration of a large roll takes.
UNTIL_MIGRATED = 30

router = APIRouter(tags=["Health"], dependencies=[Depends(access.PUBLIC)])


class Health(BaseModel):
    """The service's own word on how it is."""

    status: str


class SchemaIsOld(Unavailable):
    """The database is not at this version's schema."""

    code = "schema_is_old"
    message = "The database is not at this version's schema. Run `muster migrate`."


@router.get("/healthz")
def alive() -> Health:
    """Answer while the process runs."""
    return Health(status="alive")


@router.get("/readyz")
def ready(database: DatabaseDep) -> Health:
    """Answer when the database is there and at this version's schema."""
    if revision_of(database) != newest_revision():
        raise SchemaIsOld(retry_after=UNTIL_MIGRATED)
    return Health(status="ready")


class MetricsNotForYou(Forbidden):
    """How fast votes come in is turnout, and live turnout is for staff."""

    code = "metrics_not_for_you"
    message = "Metrics are for the monitoring on this network. Ask whoever runs this service."


@router.get("/metrics", response_class=Response)
def metrics(request: Request) -> Response:
    """Answer Prometheus on this machine or its private network: counts and durations."""
    if not _is_near(client_address(request)):
        raise MetricsNotForYou
    watch: Watch = request.app.state.watch
    watch.look()
    content, content_type = exposition()
    return Response(content, media_type=content_type)


def _is_near(address: str) -> bool:
    try:
        return ip_address(address).is_private
    except ValueError:
        return False
