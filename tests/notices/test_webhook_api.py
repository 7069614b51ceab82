"""Webhooks over REST: a key shown once, and what became of each telling."""

import asyncio

import pytest

from app.notices.webhook_courier import Courier
from app.security.models import Role
from tests.support.ballots import add_members, given_ballot, given_token
from tests.support.receivers import a_receiver
from tests.support.staff import events_of

HERE = "/api/v1/webhooks"


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"webhooks_inside": True})


def test_the_key_is_shown_once_and_the_address_is_listed(client, database, hq):
    added = client.post(HERE, json={"url": " http://127.0.0.1:9/muster "}, token=hq)
    assert added.status_code == 201
    key = added.json()["key"]
    assert key.startswith("whsec_")
    listed = client.get(HERE, token=hq)
    assert key not in listed.text
    assert [each["url"] for each in listed.json()] == ["http://127.0.0.1:9/muster"]
    assert events_of(database)[-1].action == "WebhookAdded"


def test_a_test_is_delivered_and_listed(client, database, settings, clock, hq):
    with a_receiver() as receiver:
        number = client.post(HERE, json={"url": receiver.url}, token=hq).json()["id"]
        assert client.post(f"{HERE}/{number}/test", token=hq).status_code == 202
        [waiting] = client.get(f"{HERE}/deliveries", token=hq).json()
        assert (waiting["kind"], waiting["state"], waiting["attempts"]) == ("test", "queued", 0)
        courier = Courier(database, settings=settings, clock=clock)
        asyncio.run(courier.tell_once())
        [told] = client.get(f"{HERE}/deliveries", token=hq).json()
    assert (told["state"], told["answer"], told["event_id"]) == (
        "delivered",
        "HTTP 204",
        receiver.arrived[0][0]["webhook-id"],
    )


def test_an_address_that_was_ended_is_told_nothing_more(client, hq):
    number = client.post(HERE, json={"url": "http://127.0.0.1:9/"}, token=hq).json()["id"]
    client.post(f"{HERE}/{number}/test", token=hq)
    ended = client.delete(f"{HERE}/{number}", token=hq)
    assert ended.status_code == 204
    assert "content-type" not in ended.headers
    assert client.get(HERE, token=hq).json() == []
    assert client.get(f"{HERE}/deliveries", token=hq).json()[0]["state"] == "given_up"
    for answer in (
        client.delete(f"{HERE}/{number}", token=hq),
        client.post(f"{HERE}/{number}/test", token=hq),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_webhook")


@pytest.mark.parametrize("url", ["", "ftp://example.org", "x" * 501, "http://user@127.0.0.1/"])
def test_an_address_that_is_none_is_refused(client, hq, url):
    assert client.post(HERE, json={"url": url}, token=hq).status_code == 422


@pytest.mark.parametrize("role", [Role.BRANCH, Role.SCRUTINEER])
def test_only_headquarters_may(client, database, settings, role):
    add_members(database, 1)
    given_ballot(database, settings)
    branch = "Leeds" if role is Role.BRANCH else None
    token = given_token(database, settings, name="somebody", role=role, branch=branch)
    assert client.get(HERE, token=token).status_code == 403
    assert client.get(f"{HERE}/deliveries", token=token).status_code == 403
    assert client.post(HERE, json={"url": "https://example.org"}, token=token).status_code == 403
