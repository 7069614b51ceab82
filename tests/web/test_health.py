"""Whether the service says rightly how it is."""

import httpx
from sqlalchemy import text


def test_it_is_alive_and_ready(client):
    assert client.get("/healthz").json() == {"status": "alive"}
    assert client.get("/readyz").json() == {"status": "ready"}


def test_it_is_not_ready_on_an_old_schema(client, database):
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")


def test_metrics_name_routes_and_never_paths(client):
    client.get("/api/v1/ballots/secret-slug")
    client.get("/vote/SECRET-CODE")
    metrics = client.get("/metrics").text
    assert 'route="/api/v1/ballots/{slug}"' in metrics
    assert "secret-slug" not in metrics
    assert "SECRET-CODE" not in metrics


def test_metrics_are_not_for_the_public(client):
    async def from_outside():
        transport = httpx.ASGITransport(client.app, client=("8.8.8.8", 4711))
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
            return await http.get("/metrics")

    assert client.run(from_outside).status_code == 403
