"""Webhooks against a real HTTP server: signed, repeated until heard, and turnout only."""

import asyncio
import base64
import hashlib
import hmac
import json
import socket
from datetime import timedelta

import pytest

from app.ballots.models import Ballot
from app.ballots.service import get_ballot
from app.notices.webhook_address import Unreachable, WrongAddress, is_public, numbers_of, target_of
from app.notices.webhook_courier import MOST_TRIES, Courier, claim, pause_after
from app.notices.webhook_events import note_events
from app.notices.webhooks import TooManyWebhooks, add_webhook, end_webhook, lately_told
from tests.support.ballots import HQ, NOON, add_members, given_ballot, given_token
from tests.support.extensions import extend
from tests.support.ports import free_port
from tests.support.receivers import a_receiver
from tests.support.staff import events_of, everything_in
from tests.support.votes import cast

MINUTE = timedelta(minutes=1)
SLUG = "pay-2026"
CLOSE = NOON + timedelta(days=7)


@pytest.fixture
def receiver():
    with a_receiver() as receiver:
        yield receiver


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"webhooks_inside": True})


@pytest.fixture
def key(database, settings, receiver):
    """The key of a webhook that was there before the ballot opened."""
    with database.writing() as session:
        _, key = add_webhook(
            session, receiver.url, staff=HQ, settings=settings, now=NOON - timedelta(days=1)
        )
    return key


@pytest.fixture
def ballot(database, settings):
    add_members(database, 10)
    return given_ballot(database, settings)


def tell(database, settings, *, clock):
    courier = Courier(database, settings=settings, clock=clock)
    asyncio.run(courier.run(asyncio.Event(), until_idle=True))


def kinds(receiver):
    return [json.loads(body)["type"] for _, body in receiver.arrived]


def told(database):
    with database.reading() as session:
        return [(each.kind, each.state, each.attempts) for each in lately_told(session)]


def test_a_ballots_life_is_told_once_each_in_order(
    client, database, settings, key, ballot, clock, receiver
):
    tell(database, settings, clock=clock)
    cast(database, ballot, ["reject"] * 4)
    tell(database, settings, clock=clock)
    assert kinds(receiver) == ["ballot.opened"]
    rest = ballot.__class__(ballot.id, SLUG, dict(list(ballot.codes.items())[4:]))
    cast(database, rest, ["accept"])
    for _ in range(2):
        tell(database, settings, clock=clock)
    assert kinds(receiver)[1:] == ["ballot.threshold_reached"]
    extend(database, new_close=CLOSE + MINUTE)
    tell(database, settings, clock=clock)
    clock.now = CLOSE + MINUTE + timedelta(seconds=4)
    tell(database, settings, clock=clock)
    assert kinds(receiver)[2:] == ["ballot.extended"]
    clock.now += timedelta(seconds=1)
    tell(database, settings, clock=clock)
    hq = given_token(database, settings)
    clock.now += MINUTE
    assert client.post(f"/api/v1/ballots/{SLUG}/declare", token=hq).status_code == 200
    for _ in range(2):
        tell(database, settings, clock=clock)
    assert sorted(kinds(receiver)[3:]) == ["ballot.closed", "ballot.declared"]
    assert len({json.loads(body)["id"] for _, body in receiver.arrived}) == 5


def test_it_tells_turnout_and_never_an_answer(
    client, database, settings, key, ballot, clock, receiver
):
    cast(database, ballot, ["reject"] * 3 + ["accept"] * 2)
    tell(database, settings, clock=clock)
    clock.now = CLOSE + MINUTE
    client.post(f"/api/v1/ballots/{SLUG}/declare", token=given_token(database, settings))
    tell(database, settings, clock=clock)
    assert len(receiver.arrived) == 4
    for _, body in receiver.arrived:
        said = json.loads(body)["data"]
        assert said["turnout"]["votes_cast"] == 5
        assert said["turnout"]["turnout_percent"] == "50.00"
        assert set(said) <= {"ballot", "turnout", "rule_book", "required_votes", "result"}
        assert b"accept" not in body
        assert b"reject" not in body
    by_kind = {each["type"]: each["data"] for each in (json.loads(b) for _, b in receiver.arrived)}
    assert by_kind["ballot.declared"]["result"] == f"http://testserver/api/v1/ballots/{SLUG}/result"


def test_each_is_signed_over_id_time_and_body_with_the_key_that_was_shown(
    database, settings, key, ballot, clock, receiver
):
    tell(database, settings, clock=clock)
    [(headers, body)] = receiver.arrived
    assert headers["webhook-timestamp"] == str(int(NOON.timestamp()))
    assert headers["webhook-id"] == json.loads(body)["id"]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    secret = base64.b64decode(key.removeprefix("whsec_"))
    ours = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{ours}"
    kept = everything_in(database)
    assert key.removeprefix("whsec_") not in kept
    assert secret.hex() not in kept


@pytest.mark.parametrize("status", [500, 404, 302])
def test_what_is_not_heard_is_told_again_under_the_same_id(
    database, settings, key, ballot, clock, receiver, status
):
    receiver.status, receiver.location = status, receiver.url
    tell(database, settings, clock=clock)
    assert told(database) == [("ballot.opened", "queued", 1)]
    clock.now += pause_after(1) - timedelta(seconds=1)
    tell(database, settings, clock=clock)
    assert len(receiver.arrived) == 1
    receiver.status, receiver.location = 200, None
    clock.now += timedelta(seconds=1)
    tell(database, settings, clock=clock)
    assert told(database) == [("ballot.opened", "delivered", 2)]
    first, second = receiver.arrived
    assert first[0]["webhook-id"] == second[0]["webhook-id"]
    assert first[1] == second[1]
    assert first[0]["webhook-signature"] != second[0]["webhook-signature"], "its time is new"


def test_pauses_grow_and_after_a_day_it_is_given_up(
    database, settings, key, ballot, clock, receiver
):
    receiver.status = 503
    waited = timedelta()
    for tries in range(1, MOST_TRIES + 1):
        tell(database, settings, clock=clock)
        assert len(receiver.arrived) == tries
        waited += pause_after(tries)
        clock.now += pause_after(tries)
    assert timedelta(hours=20) < waited < timedelta(days=2)
    assert told(database) == [("ballot.opened", "given_up", MOST_TRIES)]


def test_a_server_that_is_not_there_is_tried_again(database, settings, ballot, clock, receiver):
    with database.writing() as session:
        url = f"http://127.0.0.1:{free_port()}/"
        add_webhook(session, url, staff=HQ, settings=settings, now=NOON - timedelta(days=1))
    tell(database, settings, clock=clock)
    assert told(database) == [("ballot.opened", "queued", 1)]
    with database.reading() as session:
        assert lately_told(session)[0].answer == "no answer (ConnectionRefusedError)"


def test_two_workers_tell_an_event_once(database, settings, key, ballot):
    with database.writing() as session:
        assert note_events(session, settings=settings, now=NOON) == 1
        assert note_events(session, settings=settings, now=NOON) == 0
    with database.writing() as session:
        assert len(claim(session, settings=settings, now=NOON)) == 1
    with database.writing() as session:
        assert claim(session, settings=settings, now=NOON) == []
    with database.writing() as session:
        # One that was killed in between is followed by another.
        assert len(claim(session, settings=settings, now=NOON + 2 * MINUTE)) == 1


def test_what_happened_before_it_was_added_is_no_news(database, settings, ballot, clock, receiver):
    with database.writing() as session:
        add_webhook(session, receiver.url, staff=HQ, settings=settings, now=NOON)
    tell(database, settings, clock=clock)
    assert receiver.arrived == []


def test_a_draft_is_nobodys_to_know_of(database, settings, key, ballot, clock, receiver):
    with database.writing() as session:
        row = session.get(Ballot, get_ballot(session, SLUG).id)
        row.frozen_at = None
    tell(database, settings, clock=clock)
    assert receiver.arrived == []


def test_an_ended_webhook_is_told_nothing_more(database, settings, key, ballot, clock, receiver):
    receiver.status = 500
    tell(database, settings, clock=clock)
    with database.writing() as session:
        end_webhook(session, 1, staff=HQ, now=NOON)
    clock.now += timedelta(hours=1)
    tell(database, settings, clock=clock)
    assert len(receiver.arrived) == 1
    actions = [(each.action, each.subject) for each in events_of(database)]
    assert ("WebhookAdded", "127.0.0.1") in actions
    assert ("WebhookEnded", "127.0.0.1") in actions


def test_there_is_an_end_to_addresses(database, settings):
    with database.writing() as session:
        for n in range(10):
            url = f"https://example.org/{n}"
            add_webhook(session, url, staff=HQ, settings=settings, now=NOON)
        with pytest.raises(TooManyWebhooks):
            add_webhook(session, "https://example.org", staff=HQ, settings=settings, now=NOON)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/hook",
        "ftp://example.org/",
        "https://",
        "https://user:word@example.org/",
        "https://example.org/#part",
        "https://example.org:port/",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://10.0.0.8/",
        "https://192.168.1.1:8443/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.8]/",
        "https://[64:ff9b::a00:8]/",
        "https://[fd00::1]/",
        "https://0.0.0.0/",
        "https://example.org/a b",
        "https://example.org/\r\nHost: other",
        f"https://example.org/{'x' * 500}",
        "",
    ],
)
def test_no_webhook_goes_inside_or_without_tls(url):
    with pytest.raises(WrongAddress):
        target_of(url, inside=False)


def test_an_address_on_the_internet_is_taken_apart():
    target = target_of("https://example.org:8443/hook?union=1", inside=False)
    assert (target.host, target.port, target.path, target.tls) == (
        "example.org",
        8443,
        "/hook?union=1",
        True,
    )
    assert target.name == "example.org:8443"


@pytest.mark.parametrize(
    ("number", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("fe80::1%eth0", False),
        ("2002:0a00:0008::1", False),
    ],
)
def test_only_addresses_of_the_open_internet_are_taken_for_such(number, public):
    assert is_public(number) is public


def test_a_name_that_leads_inside_is_not_followed_whatever_it_said_before(monkeypatch):
    target = target_of("https://example.org/", inside=False)

    def look_up(host, port, **how):
        del host, how
        return [(0, 0, 0, "", ("93.184.216.34", port)), (0, 0, 0, "", ("10.0.0.8", port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(Unreachable, match="private network"):
        numbers_of(target, inside=False)
    assert numbers_of(target, inside=True) == "93.184.216.34"


def test_outside_a_demo_an_inside_address_that_was_stored_is_not_asked(
    database, settings, key, ballot, clock, receiver
):
    strict = settings.model_copy(update={"webhooks_inside": False})
    tell(database, strict, clock=clock)
    assert receiver.arrived == []
    assert told(database) == [("ballot.opened", "queued", 1)]
