"""Headquarters sees of every member whether they are entitled, and if not, why."""

import csv
import io
from datetime import date

import pytest

from app.ballots.service import create_ballot
from app.security.models import Role
from tests.support.ballots import HQ, NOON, add_members, ballot_in, given_ballot, given_token
from tests.support.changes import exclude, supplement
from tests.support.desks import given_desk, words

HERE = "/hq/ballots/pay-2026/entitlement"
API = "/api/v1/ballots/pay-2026/entitlement"


def given_roll(database):
    """One for each reason, and four who are entitled."""
    add_members(database, 4)
    add_members(database, 1, branch="York", in_arrears=True)
    add_members(database, 1, branch="Hull", joined_on=date(2026, 11, 21))
    add_members(database, 1, branch="Bath", left_on=date(2026, 11, 1))
    add_members(database, 1, branch="Deal", category="retired", family_name="=HYPERLINK(0)")
    add_members(database, 1, branch="Kent", region="South")


POLICY = {
    "exclude_arrears": True,
    "constituency": {"categories": ["full"], "regions": ["North"]},
}
LEFT_OUT = [
    {"reason": "in_arrears", "count": 1},
    {"reason": "joined_after_cut_off", "count": 1},
    {"reason": "left", "count": 1},
    {"reason": "not_a_voting_category", "count": 1},
    {"reason": "outside_constituency", "count": 1},
]


@pytest.fixture
def draft(database):
    given_roll(database)
    with database.writing() as session:
        create_ballot(session, ballot_in(**POLICY), staff=HQ, now=NOON)


@pytest.fixture
def frozen(database, settings):
    given_roll(database)
    return given_ballot(database, settings, **POLICY)


@pytest.fixture
def token(database, settings):
    return given_token(database, settings)


@pytest.fixture
def hq(client, database):
    return given_desk(client, database, "anna")


def listed(client, token, **query):
    return client.get(f"{API}/members", token=token, params=query).json()["members"]


def test_before_the_freeze_the_sum_and_what_sways_it_are_shown(client, draft, token):
    assert client.get(API, token=token).json() == {
        "ballot": "pay-2026",
        "state": "draft",
        "judged": 9,
        "entitled": 4,
        "left_out": LEFT_OUT,
        "supplements": 0,
        "taken_off": 0,
        "categories": [{"category": "full", "entitled": 4}, {"category": "retired", "entitled": 0}],
        "arrears": {"excluded": True, "entitled_otherwise": 5},
    }


def test_the_ballots_page_shows_the_effect_on_the_denominator(hq, draft):
    said = words(hq.page("/hq/ballots/pay-2026").main)
    assert "On the union’s roll today 9" in said
    assert "Would be entitled to vote 4" in said
    assert "50 % of 4 is 2 votes." in said
    assert "Members in arrears are left out. If they voted, 5 would be entitled, 1 more." in said
    assert "Nobody would vote of these categories: retired." in said


@pytest.mark.parametrize("reason", [each["reason"] for each in LEFT_OUT])
@pytest.mark.parametrize("state", ["draft", "frozen"])
def test_each_reason_has_its_list_and_each_member_a_sentence(client, request, token, reason, state):
    request.getfixturevalue(state)
    [member] = listed(client, token, reason=reason)
    assert (member["reason"], member["entitled"]) == (reason, False)
    assert member["explanation"].endswith(".")
    assert listed(client, token, number=member["membership_number"]) == [member]


def test_the_freeze_keeps_what_it_decided_when_the_roll_changes(client, database, frozen, token):
    add_members(database, 2, branch="Goole")
    assert [each["membership_number"] for each in listed(client, token, reason="entitled")] == [
        f"LEE000{n}" for n in range(1, 5)
    ]
    assert listed(client, token, number="GOO0001") == []
    found = client.get(API, token=token).json()
    assert (found["judged"], found["entitled"], found["left_out"]) == (9, 4, LEFT_OUT)
    supplement(database)
    exclude(database, "LEE0001")
    found = client.get(API, token=token).json()
    assert (found["judged"], found["entitled"]) == (9, 5)
    assert (found["supplements"], found["taken_off"]) == (2, 1)
    [taken_off] = listed(client, token, reason="taken_off")
    assert taken_off["membership_number"] == "LEE0001"
    assert listed(client, token, number="GOO0001")[0]["entitled"] is True


def test_a_reason_that_no_longer_holds_is_said_to_be_the_freezes(client, database, frozen, token):
    with database.writing() as session:
        session.connection().exec_driver_sql("UPDATE member SET in_arrears = FALSE")
    [member] = listed(client, token, reason="in_arrears")
    assert member["explanation"] == (
        "So it stood when the roll was frozen; the roll has changed since."
    )


def test_lists_go_on_where_they_stopped(client, draft, token):
    seen, after = [], 0
    while after is not None:
        page = client.get(f"{API}/members", token=token, params={"limit": 2, "after": after}).json()
        assert len(page["members"]) <= 2
        seen += [each["membership_number"] for each in page["members"]]
        after = page["next"]
    assert (len(seen), len(set(seen))) == (9, 9)


@pytest.mark.parametrize("state", ["draft", "frozen"])
def test_the_file_holds_everybody_and_no_formula(client, request, token, state):
    request.getfixturevalue(state)
    answer = client.get(f"{API}/members.csv", token=token)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 9
    assert [row["entitled"] for row in rows].count("yes") == 4
    [odd] = [row for row in rows if row["membership_number"] == "DEA0001"]
    assert (odd["family_name"], odd["reason"]) == ("'=HYPERLINK(0)", "not_a_voting_category")
    one = client.get(f"{API}/members.csv?reason=left", token=token).text
    assert len(one.splitlines()) == 2


def test_the_page_lists_by_reason_and_looks_one_member_up(hq, frozen):
    page = hq.page(HERE)
    assert "From the roll to the denominator of turnout" in words(page.main)
    [link] = [each for each in page.select(".inline-links a") if "arrears" in each.text]
    listed = hq.page(link["href"])
    assert "YOR0001" in words(listed.main)
    assert "HUL0001" not in words(listed.main)
    found = hq.page(f"{HERE}?number=HUL0001")
    assert "Joined on 21 November 2026; the last day to join" in words(found.main)
    assert "Check the number" in words(hq.page(f"{HERE}?number=NOBODY").main)
    assert hq.get(f"{HERE}?number=%00").status_code == 200


def test_only_headquarters_sees_who_is_entitled(client, database, settings, draft):
    scrutineer = given_token(database, settings, name="sam", role=Role.SCRUTINEER)
    for path in (API, f"{API}/members", f"{API}/members.csv", HERE):
        assert client.get(path, token=scrutineer).status_code == 403
        assert client.get(path).status_code in {303, 401}
