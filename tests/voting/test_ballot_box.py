"""The conformance suite of the ballot box: one list of promises, run against both databases."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import select

from app.ballots.service import get_ballot
from app.voting.box import open_box
from app.voting.counters import votes_by_cell
from app.voting.models import BallotPaper
from app.voting.seal import box_totals, seal_box
from app.voting.votes import Outcome
from tests.conftest import NOW
from tests.support.ballots import add_members, given_ballot, move_window
from tests.support.time_zones import machine_in
from tests.support.votes import sealed_vote

REJECT = '{"offer":"reject"}'


def vote(ballot, code, *, receipt="r", at=NOW, answers=REJECT):
    return sealed_vote(ballot, code, answers=answers, receipt=receipt, at=at)


def cast_all(url, votes):
    """Cast votes at the same moment through one box; return what became of each."""

    async def together():
        box = open_box(url)
        try:
            return await asyncio.gather(*(box.cast(each) for each in votes))
        finally:
            await box.close()

    return asyncio.run(together())


@pytest.fixture
def ballot(database, settings):
    add_members(database, 40)
    return given_ballot(database, settings)


def totals(database, ballot):
    with database.reading() as session:
        return box_totals(session, ballot.id)


def test_every_member_votes_once_and_all_are_counted(database, database_url, ballot):
    votes = [vote(ballot, code, receipt=number) for number, code in ballot.codes.items()]
    assert cast_all(database_url, votes) == [Outcome.COUNTED] * 40
    assert totals(database, ballot) == (40, 40, 40)


def test_one_code_sent_32_times_at_once_counts_once(database, database_url, ballot):
    votes = [vote(ballot, ballot.any_code, receipt=str(n)) for n in range(32)]
    outcomes = Counter(cast_all(database_url, votes))
    assert outcomes == {Outcome.COUNTED: 1, Outcome.ALREADY_VOTED: 31}
    assert totals(database, ballot) == (1, 1, 1)


def test_one_code_through_two_processes_at_once_counts_once(database, database_url, ballot):
    async def race():
        boxes = [open_box(database_url), open_box(database_url)]
        votes = [vote(ballot, code, receipt=f"{n}") for n, code in enumerate(ballot.codes.values())]
        casts = [box.cast(each) for each in votes for box in boxes]
        # The rival sends other receipts, or it would be the same vote sent again.
        rivals = [
            boxes[n % 2].cast(vote(ballot, code, receipt=f"rival {n}"))
            for n, code in enumerate(ballot.codes.values())
        ]
        outcomes = await asyncio.gather(*casts, *rivals)
        for box in boxes:
            await box.close()
        return outcomes

    outcomes = Counter(asyncio.run(race()))
    assert outcomes[Outcome.COUNTED] == 40
    assert outcomes[Outcome.NOT_TAKEN] == 0
    assert totals(database, ballot) == (40, 40, 40)


def test_the_same_vote_sent_again_with_its_receipt_is_the_same_vote(database, database_url, ballot):
    votes = [vote(ballot, ballot.any_code, receipt="mine")] * 2
    assert cast_all(database_url, votes) == [Outcome.COUNTED, Outcome.COUNTED_BEFORE]
    assert cast_all(database_url, votes[:1]) == [Outcome.COUNTED_BEFORE]
    assert totals(database, ballot) == (1, 1, 1)


def test_a_vote_sent_again_after_the_close_is_still_the_same_vote(database_url, ballot):
    cast_all(database_url, [vote(ballot, ballot.any_code, receipt="mine")])
    again = vote(ballot, ballot.any_code, receipt="mine", at=NOW + timedelta(days=8))
    assert cast_all(database_url, [again]) == [Outcome.COUNTED_BEFORE]


def test_anothers_receipt_does_not_pass_for_a_vote_of_ones_own(database_url, ballot):
    mine, theirs = list(ballot.codes.values())[:2]
    cast_all(database_url, [vote(ballot, theirs, receipt="theirs")])
    late = vote(ballot, mine, receipt="theirs", at=NOW + timedelta(days=8))
    assert cast_all(database_url, [late]) == [Outcome.CLOSED]


@pytest.mark.parametrize(
    ("moment", "outcome"),
    [
        pytest.param(-timedelta(microseconds=1), Outcome.NOT_OPEN, id="just before the opening"),
        pytest.param(timedelta(0), Outcome.COUNTED, id="at the opening second"),
        pytest.param(timedelta(hours=1, microseconds=-1), Outcome.COUNTED, id="just in time"),
        pytest.param(timedelta(hours=1), Outcome.CLOSED, id="at the closing second"),
    ],
)
def test_a_vote_is_judged_by_the_moment_it_arrived(database, database_url, ballot, moment, outcome):
    move_window(database, ballot.id, opens_at=NOW, closes_at=NOW + timedelta(hours=1))
    assert cast_all(database_url, [vote(ballot, ballot.any_code, at=NOW + moment)]) == [outcome]


@pytest.fixture
def at_the_antipodes():
    with machine_in("Pacific/Auckland"):
        yield


@pytest.mark.usefixtures("at_the_antipodes")
def test_the_clock_of_the_machine_may_keep_any_time_zone(database_url, ballot, database):
    move_window(database, ballot.id, opens_at=NOW, closes_at=NOW + timedelta(hours=1))
    assert cast_all(database_url, [vote(ballot, ballot.any_code)]) == [Outcome.COUNTED]


def test_papers_marks_and_counters_are_counted_each_for_itself(database, database_url, ballot):
    codes = list(ballot.codes.values())[:3]
    cast_all(database_url, [vote(ballot, code, receipt=code) for code in codes])
    with database.writing() as session:
        session.execute(text("UPDATE turnout_counter SET votes_cast = 5"))
        session.delete(session.exec(select(BallotPaper)).first())
    assert totals(database, ballot) == (2, 3, 5)


def test_a_second_vote_at_the_opening_second_is_told_that_the_first_one_stands(
    database, database_url, ballot
):
    move_window(database, ballot.id, opens_at=NOW)
    cast_all(database_url, [vote(ballot, ballot.any_code, receipt="first")])
    second = vote(ballot, ballot.any_code, receipt="second")
    assert cast_all(database_url, [second]) == [Outcome.ALREADY_VOTED]
    assert totals(database, ballot) == (1, 1, 1)


def test_one_batch_may_hold_votes_in_several_ballots(database, database_url, settings, ballot):
    other = given_ballot(database, settings, slug="other")
    votes = [
        vote(each, code, receipt=code)
        for each in (ballot, other)
        for code in list(each.codes.values())[:3]
    ]
    assert cast_all(database_url, votes) == [Outcome.COUNTED] * 6
    assert totals(database, ballot) == totals(database, other) == (3, 3, 3)


def test_a_receipt_of_another_ballot_finds_no_vote_in_this_one(
    database, database_url, settings, ballot
):
    other = given_ballot(database, settings, slug="other")
    here, there = vote(ballot, ballot.any_code), vote(other, other.any_code, receipt="mine")
    cast_all(database_url, [here, there])
    again = replace(there, ballot_id=ballot.id, code_digest=here.code_digest)
    assert cast_all(database_url, [again]) == [Outcome.ALREADY_VOTED]


def test_an_extended_window_holds_for_the_next_batch(database, database_url, ballot):
    late = NOW + timedelta(days=8)
    assert cast_all(database_url, [vote(ballot, ballot.any_code, at=late)]) == [Outcome.CLOSED]
    move_window(database, ballot.id, closes_at=late + timedelta(hours=1))
    assert cast_all(database_url, [vote(ballot, ballot.any_code, at=late)]) == [Outcome.COUNTED]


def test_an_unknown_code_and_a_code_of_another_ballot_look_alike(
    database, database_url, settings, ballot
):
    other = given_ballot(database, settings, slug="other")
    strangers = [vote(ballot, "7K3QD-9ZT0M"), vote(ballot, other.any_code)]
    assert cast_all(database_url, strangers) == [Outcome.UNKNOWN_CODE] * 2
    assert totals(database, ballot) == (0, 0, 0)


def test_a_revoked_code_opens_nothing(database, database_url, ballot):
    with database.writing() as session:
        session.execute(text("UPDATE credential SET revoked_at = issued_at"))
    assert cast_all(database_url, [vote(ballot, ballot.any_code)]) == [Outcome.UNKNOWN_CODE]


def test_nothing_enters_a_sealed_box_even_if_it_arrived_in_time(database, database_url, ballot):
    with database.writing() as session:
        assert seal_box(session, ballot.id, now=NOW)
    assert cast_all(database_url, [vote(ballot, ballot.any_code)]) == [Outcome.CLOSED]
    assert totals(database, ballot) == (0, 0, 0)


def test_a_box_is_sealed_once_and_no_other_with_it(database, database_url, settings, ballot):
    other = given_ballot(database, settings, slug="other")
    with database.writing() as session:
        assert seal_box(session, ballot.id, now=NOW)
        assert not seal_box(session, ballot.id, now=NOW + timedelta(hours=1))
        assert get_ballot(session, ballot.slug).sealed_at == NOW
    assert cast_all(database_url, [vote(other, other.any_code)]) == [Outcome.COUNTED]


def test_one_bad_vote_costs_no_other_vote(database, database_url, ballot, said):
    mine, theirs = list(ballot.codes.values())[:2]
    # A paper that holds nothing is refused by the table itself: one of two columns is filled.
    bad = replace(vote(ballot, theirs, receipt="bad"), sealed=None)
    outcomes = cast_all(database_url, [vote(ballot, mine), bad])
    assert outcomes == [Outcome.COUNTED, Outcome.NOT_TAKEN]
    assert totals(database, ballot) == (1, 1, 1)
    kind = "IntegrityError" if database.is_sqlite else "CheckViolation"
    assert said("vote_not_taken") == [{"event": "vote_not_taken", "level": "warning", "kind": kind}]


def test_counters_know_the_branch_and_nothing_else(database, database_url, settings):
    add_members(database, 3, branch="Leeds")
    add_members(database, 4, branch="York")
    ballot = given_ballot(database, settings)
    york = [code for number, code in ballot.codes.items() if number.startswith("YOR")]
    cast_all(database_url, [vote(ballot, code, receipt=code) for code in york])
    with database.reading() as session:
        assert list(votes_by_cell(session, ballot.id).values()) == [4]


def test_papers_of_a_disaggregated_ballot_know_their_unit(database, database_url, settings):
    add_members(database, 2, branch="Leeds")
    add_members(database, 1, branch="York")
    ballot = given_ballot(database, settings, disaggregate_by="branch")
    votes = [vote(ballot, code, receipt=number) for number, code in ballot.codes.items()]
    cast_all(database_url, votes)
    with database.reading() as session:
        units = session.execute(text("SELECT unit FROM ballot_paper")).scalars()
        assert Counter(units) == {"Leeds": 2, "York": 1}


@pytest.mark.parametrize(
    ("grouping", "unit"),
    [
        ("branch", "Leeds"),
        ("region", "Yorkshire"),
        ("employer", "Northern Rail"),
        ("workplace", "Neville Hill"),
    ],
)
def test_a_unit_is_whatever_the_ballot_is_disaggregated_by(
    database, database_url, settings, grouping, unit
):
    add_members(
        database,
        1,
        branch="Leeds",
        region="Yorkshire",
        employer="Northern Rail",
        workplace="Neville Hill",
    )
    ballot = given_ballot(database, settings, disaggregate_by=grouping)
    cast_all(database_url, [vote(ballot, ballot.any_code)])
    with database.reading() as session:
        assert session.execute(text("SELECT unit FROM ballot_paper")).scalars().all() == [unit]


def test_a_paper_of_an_ordinary_ballot_knows_no_unit(database, database_url, ballot):
    cast_all(database_url, [vote(ballot, ballot.any_code)])
    with database.reading() as session:
        assert session.execute(text("SELECT unit FROM ballot_paper")).scalars().all() == [None]


def test_a_vote_never_prints_itself(ballot):
    assert ballot.any_code not in repr(vote(ballot, ballot.any_code))
    assert "reject" not in repr(vote(ballot, ballot.any_code))
