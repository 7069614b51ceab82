"""Webhooks on headquarters' page: the key is shown once, and what became of each event."""

import asyncio

import pytest

from app.notices.webhook_courier import Courier
from tests.support.pages import parsed
from tests.support.receivers import a_receiver

PAGE = "/hq/webhooks"


@pytest.fixture
def receiver():
    with a_receiver() as receiver:
        yield receiver


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"webhooks_inside": True})


def test_the_key_is_shown_once(client, hq, receiver):
    shown = client.post(PAGE, token=hq, data={"url": receiver.url})
    assert shown.status_code == 200
    assert "whsec_" in shown.text
    again = client.get(PAGE, token=hq).text
    assert receiver.url in again
    assert "whsec_" not in again


def test_a_test_arrives_and_the_page_says_so(client, database, settings, hq, clock, receiver):
    client.post(PAGE, token=hq, data={"url": receiver.url})
    assert client.post(f"{PAGE}/1/test", token=hq).status_code == 303
    courier = Courier(database, settings=settings, clock=clock)
    asyncio.run(courier.run(asyncio.Event(), until_idle=True))
    assert len(receiver.arrived) == 1
    page = parsed(client.get(PAGE, token=hq).text)
    assert "Delivered" in page.get_text()
    assert client.post(f"{PAGE}/1/end", token=hq).status_code == 303
    assert client.post(f"{PAGE}/1/test", token=hq).status_code == 404
    assert client.post(f"{PAGE}/1/end", token=hq).status_code == 404


def test_a_wrong_address_is_said_beside_the_field(client, hq):
    answer = client.post(PAGE, token=hq, data={"url": "gopher://example.org"})
    assert answer.status_code == 422
    page = parsed(answer.text)
    assert "https://" in page.select_one("#url-error").text
    assert page.select_one("#url")["value"] == "gopher://example.org"
