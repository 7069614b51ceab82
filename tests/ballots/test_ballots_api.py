"""Ballots over REST: set up, shown, frozen, and their codes handed out."""

import csv
import hashlib
import io
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from app.audit.service import COMMAND_LINE
from app.ballots.codes import read_code
from app.ballots.service import get_ballot
from app.security.models import Role
from app.voting.revoke import revoke_codes
from tests.conftest import NOW
from tests.support.ballots import OFFER, add_members, ballot_in, given_ballot, given_token

BALLOTS = "/api/v1/ballots"
PAY = f"{BALLOTS}/pay-2026"


@pytest.fixture
def scrutineer(database, settings):
    return given_token(database, settings, name="s-cole", role=Role.SCRUTINEER)


def body(**changes):
    return ballot_in(**changes).model_dump(mode="json", exclude_none=True)


def test_a_ballot_is_set_up_as_a_draft_that_the_public_does_not_see(client, hq):
    made = client.post(BALLOTS, token=hq, json=body())
    assert made.status_code == 201
    assert made.headers["location"] == PAY
    assert made.json()["state"] == "draft"
    assert client.get(PAY, token=hq).json() == made.json()
    assert client.get(PAY).json()["code"] == "unknown_ballot"
    assert client.get(BALLOTS).json() == []
    assert [each["slug"] for each in client.get(BALLOTS, token=hq).json()] == ["pay-2026"]


def test_a_short_name_is_made_from_the_title(client, hq):
    sent = body()
    del sent["slug"]
    assert client.post(BALLOTS, token=hq, json=sent).json()["slug"] == "pay-offer-2026"


def test_two_ballots_cannot_share_a_short_name(client, hq):
    client.post(BALLOTS, token=hq, json=body())
    again = client.post(BALLOTS, token=hq, json=body(title="Another"))
    assert (again.status_code, again.json()["code"]) == (409, "slug_taken")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        pytest.param({"closes_at": "2026-01-01T00:00:00Z"}, "closes before it opens", id="order"),
        pytest.param({"cut_off_at": "2027-12-01T00:00:00Z"}, "after the close", id="cut-off"),
        pytest.param({"announced_on": "2027-12-01"}, "announced_on is after", id="announced"),
        pytest.param({"opens_at": "2026-11-21T09:00:00"}, "timezone", id="naive time"),
        pytest.param({"questions": []}, "at least 1", id="no question"),
        pytest.param({"questions": [OFFER, OFFER]}, "same key", id="two questions, one key"),
        pytest.param(
            {"questions": [OFFER | {"supported_answer": "abstain"}]}, "not one of", id="support"
        ),
        pytest.param({"kind": "referendum"}, "indicative", id="kind"),
        pytest.param({"closing": "soon"}, "Extra inputs", id="misspelt field"),
    ],
)
def test_a_ballot_that_makes_no_sense_is_refused_in_words(client, hq, fault, words):
    refused = client.post(BALLOTS, token=hq, json=body() | fault)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
    assert words in refused.json()["detail"]
    assert client.get(BALLOTS, token=hq).json() == []


def test_a_scrutineer_must_have_an_account_of_that_role(client, hq, scrutineer):
    named = client.post(BALLOTS, token=hq, json=body(scrutineer="s-cole"))
    assert named.json()["scrutineer"] == "s-cole"
    refused = client.post(BALLOTS, token=hq, json=body(slug="b", scrutineer="hq-officer"))
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_scrutineer")


def test_the_freeze_fixes_who_is_entitled_and_says_who_is_left_out(client, database, hq):
    add_members(database, 3)
    add_members(database, 2, branch="York", category="retired")
    add_members(database, 1, branch="Hull", joined_on=date(2026, 11, 21))
    add_members(database, 1, branch="Bath", left_on=date(2026, 11, 1))
    client.post(BALLOTS, token=hq, json=body(constituency={"categories": ["full"]}))
    frozen = client.post(f"{PAY}/freeze", token=hq)
    assert frozen.json()["entitled"] == 3
    assert frozen.json()["excluded"] == [
        {"reason": "joined_after_cut_off", "count": 1},
        {"reason": "left", "count": 1},
        {"reason": "not_a_voting_category", "count": 2},
    ]
    shown = client.get(PAY).json()
    assert shown["roll_digest"] == frozen.json()["roll_digest"]
    assert shown["state"] == "open"
    assert client.post(f"{PAY}/freeze", token=hq).json()["code"] == "already_frozen"


def test_later_changes_of_the_roll_do_not_touch_a_frozen_one(client, database, settings, hq):
    add_members(database, 3)
    given_ballot(database, settings)
    with database.writing() as session:
        session.execute(text("UPDATE member SET category = 'retired', branch = 'Leeds'"))
    add_members(database, 5, branch="York")
    assert client.get(f"{PAY}/turnout", token=hq).json()["entitled"] == 3


def test_the_same_roll_has_the_same_digest_on_every_database(database, settings):
    add_members(database, 4)
    add_members(database, 2, branch="Åsgard")
    given_ballot(database, settings)
    with database.reading() as session:
        digest = session.execute(text("SELECT roll_digest FROM ballot")).scalar_one()
    lines = [
        f'["LEE000{n}", "full", "2020-01-01", "Leeds", "North", "Probation Service", '
        '"Leeds office"]'
        for n in range(1, 5)
    ] + [
        f'["ÅSG000{n}", "full", "2020-01-01", "Åsgard", "North", "Probation Service", '
        '"Åsgard office"]'
        for n in range(1, 3)
    ]
    by_hand = hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()
    assert digest == by_hand


def test_a_ballot_of_nobody_is_not_frozen(client, hq):
    client.post(BALLOTS, token=hq, json=body())
    refused = client.post(f"{PAY}/freeze", token=hq)
    assert (refused.status_code, refused.json()["code"]) == (409, "nobody_entitled")
    assert client.get(PAY, token=hq).json()["state"] == "draft"


def codes(response):
    assert response.status_code == 200, response.text
    return list(csv.DictReader(io.StringIO(response.text)))


def test_codes_are_handed_out_once(client, database, hq):
    add_members(database, 3)
    client.post(BALLOTS, token=hq, json=body())
    assert client.post(f"{PAY}/credentials", token=hq).json()["code"] == "roll_not_frozen"
    client.post(f"{PAY}/freeze", token=hq)
    first = client.post(f"{PAY}/credentials", token=hq)
    assert first.headers["content-type"].startswith("text/csv")
    rows = codes(first)
    assert list(rows[0]) == ["membership_number", "email", "code", "link"]
    assert [row["membership_number"] for row in rows] == ["LEE0001", "LEE0002", "LEE0003"]
    assert len({read_code(row["code"]) for row in rows}) == 3
    assert rows[0]["link"] == f"http://testserver/vote/{rows[0]['code']}"
    assert codes(client.post(f"{PAY}/credentials", token=hq)) == []


def test_no_code_is_stored(database, settings):
    add_members(database, 3)
    ballot = given_ballot(database, settings)
    with database.reading() as session:
        for digest in session.execute(text("SELECT digest FROM credential")).scalars():
            assert len(digest) == 32
            for code in ballot.codes.values():
                assert (read_code(code) or "").encode() not in digest


def test_headquarters_never_sees_the_codes_where_a_scrutineer_is_named(
    client, database, hq, scrutineer
):
    add_members(database, 3)
    client.post(BALLOTS, token=hq, json=body(scrutineer="s-cole"))
    client.post(f"{PAY}/freeze", token=hq)
    refused = client.post(f"{PAY}/credentials", token=hq)
    assert (refused.status_code, refused.json()["code"]) == (403, "scrutineers_alone")
    assert len(codes(client.post(f"{PAY}/credentials", token=scrutineer))) == 3


def test_a_scrutineer_does_not_get_the_codes_of_a_ballot_that_names_none(
    client, database, settings, scrutineer
):
    add_members(database, 3)
    given_ballot(database, settings)
    assert client.post(f"{PAY}/credentials", token=scrutineer).json()["code"] == "scrutineers_alone"


def test_no_code_is_made_after_the_close(client, database, settings, hq, clock):
    add_members(database, 3)
    given_ballot(database, settings)
    clock.now = NOW + timedelta(days=8)
    assert client.post(f"{PAY}/credentials", token=hq).json()["code"] == "ballot_over"


def test_a_spreadsheet_will_not_run_what_a_member_called_themselves(client, database, hq):
    add_members(database, 1, email="=cmd()@example.org")
    client.post(BALLOTS, token=hq, json=body())
    client.post(f"{PAY}/freeze", token=hq)
    [row] = codes(client.post(f"{PAY}/credentials", token=hq))
    assert row["email"] == "'=cmd()@example.org"


@pytest.mark.parametrize(
    ("moment", "state"),
    [
        (-timedelta(hours=2), "frozen"),
        (-timedelta(hours=1), "open"),
        (timedelta(days=7, microseconds=-1), "open"),
        (timedelta(days=7), "closed"),
    ],
)
def test_the_state_follows_from_the_time(client, database, settings, clock, moment, state):
    add_members(database, 1)
    given_ballot(database, settings)
    clock.now = NOW + moment
    assert client.get(PAY).json()["state"] == state


def test_nothing_about_a_ballot_can_be_edited_over_rest(client, database, settings, hq):
    add_members(database, 1)
    given_ballot(database, settings)
    for method in ("PUT", "PATCH", "DELETE"):
        assert client.request(method, PAY, token=hq, json={}).status_code == 405


def test_a_short_name_that_is_an_address_of_ours_is_refused(client, hq):
    for sent in (
        body(slug="new"),
        body(title="New") | {"slug": None},
        body(title="???") | {"slug": None},
    ):
        refused = client.post(BALLOTS, token=hq, json=sent)
        assert (refused.status_code, refused.json()["code"]) == (422, "no_slug")


@pytest.mark.parametrize(
    "fault",
    [
        {"closes_at": "9999-12-31T23:59:59Z"},
        {"opens_at": "0001-01-01T00:00:00+01:00"},
        {"cut_off_at": "0001-01-01T00:00:00Z"},
        {"announced_on": "9999-12-31"},
        {"opens_at": 1_700_000_000},
        {"opens_at": "1700000000"},
        {"title": "Pay\x00 2026"},
        {"title": "Pay \u202e6202"},
    ],
)
def test_what_no_calendar_or_page_could_show_is_refused(client, hq, fault):
    refused = client.post(BALLOTS, token=hq, json=body() | fault)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")


def test_a_recognition_ballot_cannot_open_before_there_was_such_a_thing(client, hq):
    # Until 23:00 UTC on 5 June 2000; then it is 6 June in London.
    sent = body(kind="recognition", opens_at="2000-06-05T22:59:00Z")
    refused = client.post(BALLOTS, token=hq, json=sent)
    assert (refused.status_code, refused.json()["code"]) == (422, "no_rule_for_that_day")
    made = client.post(BALLOTS, token=hq, json=sent | {"opens_at": "2000-06-05T23:00:00Z"})
    assert made.status_code == 201


def test_an_address_with_a_nul_is_like_any_other_unknown_one(client, hq):
    assert client.get(f"{BALLOTS}/%00").status_code == 404
    assert client.get("/api/v1/members/%00", token=hq).status_code == 404


def test_a_constituency_is_found_however_its_names_are_spelt(client, database, hq):
    add_members(database, 2, branch="Mixtown", category="associate")
    sent = body(constituency={"branches": ["MIXTOWN"], "categories": ["Associate"]})
    client.post(BALLOTS, token=hq, json=sent)
    assert client.post(f"{PAY}/freeze", token=hq).json()["entitled"] == 2


def test_lost_codes_are_ended_and_made_anew_for_those_who_have_not_voted(
    client, database, settings, hq
):
    add_members(database, 3)
    old = given_ballot(database, settings)
    vote = {"answers": {"offer": "reject"}}
    first, second, _ = old.codes.values()
    assert client.post(f"{PAY}/votes", token=first, json=vote).status_code == 201
    with database.writing() as session:
        ballot = get_ballot(session, old.slug)
        assert revoke_codes(session, ballot, numbers=[], actor=COMMAND_LINE, now=NOW) == 2
    assert client.post(f"{PAY}/votes", token=second, json=vote).json()["code"] == "unknown_code"
    assert client.post(f"{PAY}/votes", token=first, json=vote).json()["code"] == "already_voted"
    new = codes(client.post(f"{PAY}/credentials", token=hq))
    assert [row["membership_number"] for row in new] == ["LEE0002", "LEE0003"]
    assert client.post(f"{PAY}/votes", token=new[0]["code"], json=vote).status_code == 201


def test_one_lost_code_is_ended_by_its_membership_number(database, settings):
    add_members(database, 3)
    given_ballot(database, settings)
    with database.writing() as session:
        ballot = get_ballot(session, "pay-2026")
        ended = revoke_codes(session, ballot, numbers=["LEE0002"], actor=COMMAND_LINE, now=NOW)
    assert ended == 1
