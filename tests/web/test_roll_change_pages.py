"""Two officers at their desks change a frozen roll, and everybody sees what they did."""

from datetime import date

import pytest
from sqlalchemy import text

from app.security.models import Role
from tests.support.ballots import add_members, given_ballot, given_token, move_window
from tests.support.changes import SLUG, exclude, propose, supplement
from tests.support.desks import given_desk, words
from tests.support.pages import parsed

HERE = f"/hq/ballots/{SLUG}/roll"
API = f"/api/v1/ballots/{SLUG}/roll-changes"
TURNOUT = f"/api/v1/ballots/{SLUG}/turnout"
VOTES = f"/api/v1/ballots/{SLUG}/votes"
REJECT = {"answers": {"offer": "reject"}}


@pytest.fixture
def ballot(database, settings):
    add_members(database, 20)
    return given_ballot(database, settings)


@pytest.fixture
def anna(client, database):
    return given_desk(client, database, "anna")


@pytest.fixture
def bo(client, database):
    return given_desk(client, database, "bo")


@pytest.fixture
def token(database, settings):
    return given_token(database, settings)


@pytest.fixture
def other(database, settings):
    return given_token(database, settings, name="second-officer")


def form_to(page, action):
    return next(form for form in page.select("main form") if form["action"].endswith(action))


def test_late_joiners_come_in_together_from_the_page(database, anna, ballot):
    add_members(database, 2, branch="Hull", joined_on=date(2026, 11, 20))
    page = anna.page(HERE)
    assert "2 members are entitled by this ballot’s rules and were not on file" in words(page.main)
    assert "HUL0002" in words(page.main)
    sent = {"who": "everybody", "all_reason": "In the file of 25 November"}
    assert anna.post(f"{HERE}/supplements", data=sent).status_code == 303
    said = words(anna.page(HERE).main)
    assert "On the roll when it was frozen 20" in said
    assert "turnout is measured against these 22" in said
    assert "2 members added In the file of 25 November anna" in said
    assert "22 entitled = 20 when the roll was frozen + 2 by supplement" in words(
        anna.page(f"/hq/ballots/{SLUG}").main
    )


def test_mistakes_in_the_forms_are_named_at_their_fields(database, anna, ballot):
    def mistakes(part, **sent):
        answer = anna.post(f"{HERE}/{part}", data=sent)
        assert answer.status_code == 422, answer.text
        return answer.text

    assert 'href="#numbers"' in mistakes("supplements", reason="Late")
    assert 'href="#reason"' in mistakes("supplements", numbers="A1")
    assert "A1 is not on the union’s roll" in mistakes(
        "supplements", numbers="A1", reason="Late"
    ).replace("&#39;", "’")
    assert 'href="#number"' in mistakes("exclusions", why="Left")
    assert 'href="#why"' in mistakes("exclusions", number="LEE0001", why="  ")
    assert "500 characters" in mistakes("exclusions", number="LEE0001", why="x" * 501)
    assert "Nobody on the roll" in mistakes("exclusions", number="LEE9999", why="Left")
    propose(database, "LEE0002")
    assert "proposed already" in mistakes("exclusions", number="LEE0002", why="Left")
    add_members(database, 1, branch="Hull")
    assert 'href="#all_reason"' in mistakes("supplements", who="everybody")


def test_with_nobody_late_there_is_nothing_to_mend_in_the_form(anna, ballot):
    for reason in ("", "Late"):
        sent = {"who": "everybody", "all_reason": reason}
        answer = anna.post(f"{HERE}/supplements", data=sent)
        assert answer.status_code == 409
        assert "Nobody is missing from this roll" in answer.text


def test_one_officer_proposes_and_another_takes_the_member_off(anna, bo, ballot):
    sent = {"number": " LEE0001 ", "why": "Left before the opening"}
    assert anna.post(f"{HERE}/exclusions", data=sent).status_code == 303
    assert "anna proposes to take somebody off the roll. It waits for a second officer." in words(
        bo.page(f"/hq/ballots/{SLUG}").main
    )
    [link] = anna.page(HERE).select(".card h3 a")
    own = anna.page(link["href"])
    assert "somebody else at headquarters decides" in words(own.main)
    assert [form["action"].rpartition("/")[2] for form in own.select("main form")] == ["refuse"]
    assert anna.post(f"{link['href']}/approve").status_code == 403
    theirs = bo.page(link["href"])
    assert "Now 20 0 0.00 % Afterwards 19 0 0.00 %" in words(theirs.main)
    assert bo.post(form_to(theirs, "/approve")["action"]).status_code == 303
    said = words(bo.page(HERE).main)
    assert "1 member taken off Left before the opening anna, approved by bo" in said
    assert "Approved by bo: change 1" in said
    assert "waits for a second officer" not in words(bo.page(f"/hq/ballots/{SLUG}").main)
    again = bo.post(f"{link['href']}/approve")
    assert again.status_code == 409
    assert "has been decided already" in again.text


def test_whoever_has_voted_stays_and_the_page_says_so(client, database, bo, ballot):
    proposal = propose(database, "LEE0001")
    client.post(VOTES, token=ballot.codes["LEE0001"], json=REJECT)
    answer = bo.post(f"{HERE}/exclusions/{proposal}/approve")
    assert answer.status_code == 409
    assert "This member has voted in this ballot" in answer.text
    assert "Not done: the member has voted (bo had approved)" in words(bo.page(HERE).main)


def test_a_proposal_is_refused_from_the_page(database, bo, ballot):
    proposal = propose(database, "LEE0001")
    page = bo.page(f"{HERE}/exclusions/{proposal}")
    assert bo.post(form_to(page, "/refuse")["action"]).status_code == 303
    assert "Refused by bo" in words(bo.page(HERE).main)
    assert bo.get(f"{HERE}/exclusions/{proposal + 1}").status_code == 404
    assert bo.get(f"{HERE}/exclusions/{2**40}").status_code == 422


def test_once_voting_has_closed_the_page_shows_and_changes_nothing(
    database, anna, ballot, clock, settings
):
    propose(database, "LEE0001")
    move_window(database, ballot.id, closes_at=clock.now)
    page = anna.page(HERE)
    assert "Voting has closed, so the roll no longer changes." in words(page.main)
    assert page.select("main form") == []
    sent = {"numbers": "LEE0001", "reason": "Late"}
    assert "no longer changes" in anna.post(f"{HERE}/supplements", data=sent).text


def test_turnout_says_of_whom_its_denominator_consists(client, database, ballot, token):
    add_members(database, 3, branch="Hull")
    client.post(VOTES, token=ballot.codes["LEE0002"], json=REJECT)
    assert client.get(TURNOUT, token=token).json()["turnout_percent"] == "5.00"
    supplement(database)
    exclude(database, "LEE0001")
    found = client.get(TURNOUT, token=token).json()
    assert (found["entitled"], found["turnout_percent"]) == (22, "4.55")
    assert found["roll"] == {"frozen": 20, "supplements": 3, "exclusions": 1}
    assert {each["name"]: each["entitled"] for each in found["groups"]} == {"Hull": 3, "Leeds": 19}
    officer = given_token(
        database, client.app.state.settings, name="lee", role=Role.BRANCH, branch="Leeds"
    )
    own = client.get(TURNOUT, token=officer).json()
    assert own["roll"] == {"frozen": 20, "supplements": 0, "exclusions": 1}


def test_the_same_over_rest(client, database, ballot, token, other):
    add_members(database, 1, branch="Hull")
    asked = {"membership_numbers": ["HUL0001"], "reason": "Late file"}
    added = client.post(f"{API}/supplements", token=token, json=asked)
    assert added.status_code == 201
    assert added.json()["before"] == {"entitled": 20, "votes_cast": 0, "turnout_percent": "0.00"}
    assert added.json()["after"]["entitled"] == 21
    refused = client.post(f"{API}/supplements", token=token, json={"reason": "Again"})
    assert (refused.status_code, refused.json()["code"]) == (409, "nobody_to_add")
    client.post(VOTES, token=ballot.codes["LEE0002"], json=REJECT)
    asked = {"membership_number": "LEE0001", "reason": "Left"}
    proposed = client.post(f"{API}/exclusions", token=token, json=asked)
    assert (proposed.status_code, proposed.json()["outcome"]) == (201, None)
    one = f"{API}/exclusions/{proposed.json()['id']}"
    alone = client.post(f"{one}/approval", token=token)
    assert (alone.status_code, alone.json()["code"]) == (403, "same_officer")
    done = client.post(f"{one}/approval", token=other)
    assert done.status_code == 200
    assert done.json()["before"]["turnout_percent"] == "4.76"
    assert done.json()["after"] == {"entitled": 20, "votes_cast": 1, "turnout_percent": "5.00"}
    found = client.get(API, token=token).json()
    assert found["roll"] == {"frozen": 20, "supplements": 1, "exclusions": 1}
    assert found["chain"] == {"sound": True, "detail": None, "unshown": 0}
    assert [each["number"] for each in found["changes"]] == [1, 2]
    assert found["roll_digest"] == done.json()["roll_digest"]
    late = client.post(f"{one}/refusal", token=other)
    assert (late.status_code, late.json()["code"]) == (409, "proposal_decided")


def test_only_headquarters_changes_a_roll(client, database, settings, ballot):
    scrutineer = given_token(database, settings, name="sam", role=Role.SCRUTINEER)
    officer = given_token(database, settings, name="lee", role=Role.BRANCH, branch="Leeds")
    for stranger in (scrutineer, officer):
        assert client.get(API, token=stranger).status_code == 403
        for part in ("supplements", "exclusions", "exclusions/1/approval", "exclusions/1/refusal"):
            assert client.post(f"{API}/{part}", token=stranger, json={}).status_code == 403


def test_who_is_probably_on_the_roll_already_comes_in_once_somebody_has_looked(
    client, database, anna, token, ballot
):
    twin = {"given_name": "Invented", "family_name": "Member 1", "postcode": "LS1 4AP"}
    with database.writing() as session:
        session.execute(text("UPDATE member SET postcode = 'LS1 4AP'"))
    add_members(database, 1, branch="Hull", **twin)
    sent = {"who": "everybody", "all_reason": "In the file of 25 November"}
    refused = anna.post(f"{HERE}/supplements", data=sent)
    assert (refused.status_code, "HUL0001 and LEE0001" in refused.text) == (422, True)
    body = {"reason": "In the file of 25 November"}
    assert client.post(f"{API}/supplements", json=body, token=token).json()["code"] == (
        "second_number"
    )
    box = parsed(refused.text).select_one("#different_people")
    assert box.find_parent("form").select_one("[name=who]")["value"] == "everybody"
    looked = sent | {box["name"]: box["value"]}
    assert anna.post(f"{HERE}/supplements", data=looked).status_code == 303
    body["different_people"] = True
    nobody = client.post(f"{API}/supplements", json=body, token=token)
    assert nobody.json()["code"] == "nobody_to_add"
