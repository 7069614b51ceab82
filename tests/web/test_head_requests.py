"""HEAD on a page: the head of what GET would answer, and nothing else."""

import http.client

from tests.support.ballots import add_members, given_ballot
from tests.support.routes import doors_of
from tests.support.servers import running_server


def test_every_page_answers_head_as_it_answers_get(client):
    pages = [
        door
        for door in doors_of(client.app)
        if door.method == "GET" and not door.is_api and door.path != "/metrics"
    ]
    assert len(pages) > 40
    for door in pages:
        asked, got = client.request("HEAD", door.address), client.get(door.address)
        assert asked.status_code == got.status_code, door.path
        assert asked.content == b"", door.path
        for name in ("content-type", "content-length", "location", "content-security-policy"):
            assert asked.headers.get(name) == got.headers.get(name), f"{door.path}: {name}"


def test_an_address_without_a_page_is_still_refused(client):
    assert client.request("HEAD", "/nothing-here").status_code == 404
    assert client.request("HEAD", "/sign-out").status_code == 405


def test_the_rest_interface_keeps_its_contract(client, database, settings):
    add_members(database, 2)
    given_ballot(database, settings)
    assert client.get("/api/v1/ballots/pay-2026").status_code == 200
    assert client.request("HEAD", "/api/v1/ballots/pay-2026").status_code == 405


def test_a_real_server_sends_no_body_after_the_head(database, settings):
    add_members(database, 2)
    given_ballot(database, settings)
    with running_server(settings) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        for path in ("/", "/ballots/pay-2026", "/vote"):
            # On one connection: a body too many would break the request after it.
            for method in ("HEAD", "GET"):
                connection.request(method, path)
                answer = connection.getresponse()
                assert answer.status == http.HTTPStatus.OK
                assert bool(answer.read()) is (method == "GET")
                assert int(answer.headers["content-length"]) > 1000
        connection.close()
