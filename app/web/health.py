"""Whether the service is alive, and whether it is ready for voters."""

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from app.core.database import DatabaseDep
from app.core.errors import Unavailable
from app.core.metrics import exposition
from app.core.migrations import newest_revision, revision_of
from app.security import access

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
        raise SchemaIsOld
    return Health(status="ready")


@router.get("/metrics", response_class=Response)
def metrics() -> Response:
    """Answer Prometheus: counts and durations, no personal data."""
    content, content_type = exposition()
    return Response(content, media_type=content_type)
