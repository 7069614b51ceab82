"""Who may vote, and what is said to whoever may not."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.entitlement import (
    IN_SHORT,
    Constituency,
    Policy,
    Reason,
    Standing,
    days_left,
    explain,
    joins_in_time,
    reason_left_out,
)

CUT_OFF = date(2026, 3, 14)
OPENED = date(2026, 3, 30)


def member(**facts):
    """Invented: a full member in Leeds who joined long ago."""
    usual = {
        "category": "full",
        "joined_on": date(2019, 5, 1),
        "left_on": None,
        "in_arrears": False,
        "branch": "Leeds",
        "region": "Yorkshire",
        "employer": "Northern Rail",
        "workplace": "Neville Hill",
    }
    return Standing(**{**usual, **facts})


def policy(**choices):
    return Policy(**{"cut_off_day": CUT_OFF, "opened_on": OPENED, **choices})


def put_to(**sets):
    named = {kind: frozenset(names) for kind, names in sets.items()}
    return policy(constituency=Constituency(**named))


def test_a_full_member_in_the_constituency_is_entitled():
    assert reason_left_out(member(), policy=policy()) is None


@pytest.mark.parametrize(
    ("joined_on", "reason"),
    [
        pytest.param(date(2026, 3, 13), None, id="the day before the cut-off"),
        pytest.param(date(2026, 3, 14), None, id="the cut-off day is in time"),
        pytest.param(date(2026, 3, 15), Reason.JOINED_AFTER_CUT_OFF, id="the day after is late"),
    ],
)
def test_joining_on_the_cut_off_day_is_in_time(joined_on, reason):
    assert reason_left_out(member(joined_on=joined_on), policy=policy()) is reason
    assert joins_in_time(joined_on, cut_off_day=CUT_OFF) is (reason is None)


@pytest.mark.parametrize(
    ("left_on", "reason"),
    [
        pytest.param(date(2026, 3, 29), Reason.LEFT, id="left the day before it opens"),
        pytest.param(date(2026, 3, 30), Reason.LEFT, id="left on the opening day"),
        pytest.param(date(2026, 3, 31), None, id="left the day after"),
    ],
)
def test_leaving_on_or_before_the_opening_day_is_leaving_before_voting(left_on, reason):
    assert reason_left_out(member(left_on=left_on), policy=policy()) is reason


@pytest.mark.parametrize(
    ("in_arrears", "exclude_arrears", "reason"),
    [
        (True, True, Reason.IN_ARREARS),
        (True, False, None),
        (False, True, None),
    ],
)
def test_arrears_leave_out_only_where_the_ballot_says_so(in_arrears, exclude_arrears, reason):
    standing = member(in_arrears=in_arrears)
    assert reason_left_out(standing, policy=policy(exclude_arrears=exclude_arrears)) is reason


@pytest.mark.parametrize(
    ("category", "ballot", "reason"),
    [
        pytest.param("retired", policy(), None, id="a ballot that names none is put to all"),
        pytest.param(
            "student", put_to(categories={"student"}), None, id="the ballot names its own"
        ),
        pytest.param(
            "full",
            put_to(categories={"student"}),
            Reason.NOT_A_VOTING_CATEGORY,
            id="and then full members are not among them",
        ),
    ],
)
def test_every_category_votes_unless_the_ballot_names_its_own(category, ballot, reason):
    assert reason_left_out(member(category=category), policy=ballot) is reason


@pytest.mark.parametrize(
    ("sets", "reason"),
    [
        pytest.param({"branches": {"Leeds", "Hull"}}, None, id="branch in"),
        pytest.param({"branches": {"Hull"}}, Reason.OUTSIDE_CONSTITUENCY, id="branch out"),
        pytest.param({"regions": {"Yorkshire"}}, None, id="region in"),
        pytest.param({"regions": {"Wales"}}, Reason.OUTSIDE_CONSTITUENCY, id="region out"),
        pytest.param({"employers": {"Northern Rail"}}, None, id="employer in"),
        pytest.param({"employers": {"Avanti"}}, Reason.OUTSIDE_CONSTITUENCY, id="employer out"),
        pytest.param({"workplaces": {"Neville Hill"}}, None, id="workplace in"),
        pytest.param({"workplaces": {"Crewe"}}, Reason.OUTSIDE_CONSTITUENCY, id="workplace out"),
        pytest.param(
            {"branches": {"Leeds"}, "employers": {"Avanti"}},
            Reason.OUTSIDE_CONSTITUENCY,
            id="every named set must hold the member",
        ),
    ],
)
def test_a_member_outside_the_constituency_is_left_out(sets, reason):
    assert reason_left_out(member(), policy=put_to(**sets)) is reason


def test_of_several_reasons_the_first_of_the_list_is_given():
    everything_wrong = member(
        category="retired",
        joined_on=date(2026, 3, 15),
        left_on=date(2026, 3, 20),
        in_arrears=True,
        branch="Hull",
    )
    constituency = Constituency(categories=frozenset({"full"}), branches=frozenset({"Leeds"}))
    strict = policy(exclude_arrears=True, constituency=constituency)
    given_in_turn = []
    mended = everything_wrong
    for cure in (
        {"category": "full"},
        {"joined_on": CUT_OFF},
        {"left_on": None},
        {"in_arrears": False},
        {"branch": "Leeds"},
    ):
        given_in_turn.append(reason_left_out(mended, policy=strict))
        mended = mended._replace(**cure)
    assert given_in_turn == list(Reason)
    assert reason_left_out(mended, policy=strict) is None


@pytest.mark.parametrize(
    ("facts", "ballot", "sentence"),
    [
        pytest.param(
            {"category": "retired"},
            put_to(categories={"full", "associate"}),
            "The membership category is retired; this ballot is put to associate, full.",
            id="category",
        ),
        pytest.param(
            {"joined_on": date(2026, 3, 15)},
            policy(),
            "Joined on 15 March 2026; the last day to join and vote in this ballot was "
            "14 March 2026.",
            id="joined late",
        ),
        pytest.param(
            {"left_on": date(2026, 3, 30)},
            policy(),
            "Left the union on 30 March 2026; whoever votes in this ballot must still belong to "
            "it after 30 March 2026, the day it opens.",
            id="left",
        ),
        pytest.param(
            {"in_arrears": True},
            policy(exclude_arrears=True),
            "The subscription is in arrears; this ballot is put to members who are paid up.",
            id="arrears",
        ),
        pytest.param(
            {},
            put_to(branches={"Hull"}, regions={"Yorkshire"}, employers={"Avanti"}),
            "This ballot is put to others only: the roll shows branch Leeds and "
            "employer Northern Rail.",
            id="outside, naming only what is outside",
        ),
        pytest.param(
            {},
            put_to(regions={"Wales"}, workplaces={"Crewe"}),
            "This ballot is put to others only: the roll shows region Yorkshire and "
            "workplace Neville Hill.",
            id="outside by region and workplace",
        ),
        pytest.param(
            {"workplace": ""},
            put_to(workplaces={"Crewe"}),
            "This ballot is put to others only: the roll shows no workplace.",
            id="outside because the roll names no workplace",
        ),
    ],
)
def test_whoever_is_left_out_is_told_why_and_what_was_needed(facts, ballot, sentence):
    standing = member(**facts)
    reason = reason_left_out(standing, policy=ballot)
    assert explain(reason, standing=standing, policy=ballot) == sentence


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_said_in_short_and_in_a_sentence(reason):
    assert IN_SHORT[reason]
    assert explain(reason, standing=member(), policy=policy()).endswith(".")


def test_a_reason_given_for_a_member_with_no_leaving_day_still_reads_as_a_sentence():
    sentence = explain(Reason.LEFT, standing=member(), policy=policy())
    assert sentence.startswith("Left the union on a day not stated; ")


@pytest.mark.parametrize(
    ("on", "left"),
    [
        pytest.param(date(2026, 3, 12), 2, id="two days before"),
        pytest.param(date(2026, 3, 13), 1, id="the day before"),
        pytest.param(date(2026, 3, 14), 0, id="the cut-off day itself"),
        pytest.param(date(2026, 3, 15), 0, id="never below nought"),
    ],
)
def test_days_left_count_down_to_the_cut_off_and_stop(on, left):
    assert days_left(on, cut_off_day=CUT_OFF) == left


@given(on=st.dates(), cut_off_day=st.dates())
def test_while_days_are_left_joining_is_in_time(on, cut_off_day):
    if days_left(on, cut_off_day=cut_off_day) > 0:
        assert joins_in_time(on, cut_off_day=cut_off_day)
