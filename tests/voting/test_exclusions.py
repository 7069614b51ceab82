"""Two officers take somebody off the roll, never somebody who has voted, whatever the moment."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.ballots.chain import RollClosed, lock_roll
from app.ballots.credentials import issue_codes
from app.ballots.exclusions import (
    AlreadyProposed,
    NobodyLeft,
    NotOnRoll,
    ProposalDecided,
    UnknownProposal,
    get_proposal,
    refuse_proposal,
    take_off_roll,
)
from app.ballots.freeze import freeze_roll
from app.ballots.second_officers import SameOfficer
from app.ballots.service import create_ballot, get_ballot
from app.ballots.supplements import NobodyToAdd
from app.voting.exclusions import MemberHasVoted, approve_exclusion
from app.voting.seal import box_totals
from tests.support.ballots import HQ, NOON, add_members, ballot_in, given_ballot
from tests.support.changes import SECOND, SLUG, ballot_row, exclude, propose, supplement, walk
from tests.support.staff import events_of, facts_of

VOTES = f"/api/v1/ballots/{SLUG}/votes"
REJECT = {"answers": {"offer": "reject"}}
MEMBERS = 12


@pytest.fixture
def ballot(database, settings):
    add_members(database, MEMBERS)
    return given_ballot(database, settings)


def approve(database, proposal, *, staff=SECOND, now=NOON):
    return approve_exclusion(database, SLUG, proposal, staff=staff, now=now)


def vote(client, ballot, number):
    return client.post(VOTES, token=ballot.codes[number], json=REJECT)


def one(database, query):
    with database.reading() as session:
        return session.execute(text(query)).scalar_one()


def totals(database, ballot):
    with database.reading() as session:
        return box_totals(session, ballot.id)


def outcome_of(database, proposal):
    with database.reading() as session:
        return get_proposal(session, get_ballot(session, SLUG), proposal).outcome


def test_a_member_who_was_taken_off_is_a_stranger_to_the_ballot_box(client, database, ballot):
    row = exclude(database, "LEE0001")
    assert (row.kind, row.entitled_before, row.entitled_after) == ("exclusion", 12, 11)
    assert (row.proposed_by, row.approved_by) == ("hq-officer", "second-officer")
    refused = vote(client, ballot, "LEE0001")
    assert (refused.status_code, refused.json()["code"]) == (401, "unknown_code")
    assert vote(client, ballot, "LEE0002").status_code == 201
    assert totals(database, ballot) == (1, 1, 1)


def test_the_record_says_how_many_had_voted_in_this_ballot(client, database, settings, ballot):
    other = given_ballot(database, settings, slug="other")
    for code in list(other.codes.values())[:2]:
        client.post("/api/v1/ballots/other/votes", token=code, json=REJECT)
    vote(client, ballot, "LEE0002")
    assert exclude(database, "LEE0001").votes_cast == 1


def test_one_officer_alone_takes_nobody_off(database, ballot):
    proposal = propose(database, "LEE0001")
    with pytest.raises(SameOfficer):
        approve(database, proposal, staff=HQ)
    assert outcome_of(database, proposal) is None
    assert one(database, "SELECT SUM(entitled) FROM roll_cell") == MEMBERS
    with pytest.raises(IntegrityError), database.writing() as session:
        session.execute(
            text(
                "UPDATE exclusion_proposal SET outcome = 'approved', decided_by = proposed_by,"
                " decided_at = proposed_at"
            )
        )


def test_whoever_has_voted_stays_and_the_question_is_on_record(client, database, ballot):
    proposal = propose(database, "LEE0001")
    assert vote(client, ballot, "LEE0001").status_code == 201
    with pytest.raises(MemberHasVoted):
        approve(database, proposal)
    assert outcome_of(database, proposal) == "had_voted"
    assert one(database, "SELECT SUM(entitled) FROM roll_cell") == MEMBERS
    assert one(database, "SELECT COUNT(*) FROM credential WHERE revoked_at IS NOT NULL") == 0
    last = events_of(database)[-1]
    assert (last.action, last.actor) == ("ExclusionDecided", "second-officer")
    assert facts_of(last) == {"proposal": proposal, "outcome": "had_voted"}


def test_no_event_says_who_was_taken_off_or_why(database, ballot):
    exclude(database, "LEE0001")
    said = [f"{event.subject} {event.details}" for event in events_of(database)]
    assert not [words for words in said if "LEE0001" in words or "opening" in words]


def test_a_proposal_is_decided_once(database, ballot):
    proposal = propose(database, "LEE0001")
    with pytest.raises(AlreadyProposed):
        propose(database, "LEE0001", staff=SECOND)
    approve(database, proposal)
    with pytest.raises(ProposalDecided):
        approve(database, proposal)
    with pytest.raises(NotOnRoll):
        propose(database, "LEE0001")
    assert one(database, "SELECT SUM(entitled) FROM roll_cell") == MEMBERS - 1


@pytest.mark.parametrize(("staff", "outcome"), [(HQ, "withdrawn"), (SECOND, "refused")])
def test_a_proposal_can_be_refused_or_withdrawn_and_made_again(database, ballot, staff, outcome):
    proposal = propose(database, "LEE0001")
    with database.writing() as session:
        row = get_ballot(session, SLUG)
        found = refuse_proposal(session, row, proposal, staff=staff, now=NOON)
        assert found.outcome == outcome
    with pytest.raises(ProposalDecided):
        approve(database, proposal)
    assert outcome_of(database, proposal) == outcome
    assert propose(database, "LEE0001") != proposal


@pytest.mark.parametrize("number", ["LEE9999", "", "nul\0"])
def test_only_somebody_on_the_roll_can_be_proposed(database, ballot, number):
    with pytest.raises(NotOnRoll):
        propose(database, number)
    with pytest.raises(UnknownProposal):
        approve(database, 1)


def test_nobody_is_taken_off_once_voting_has_closed(database, ballot):
    proposal = propose(database, "LEE0001")
    close = ballot_row(database).closes_at
    with pytest.raises(RollClosed):
        approve(database, proposal, now=close)
    with pytest.raises(RollClosed):
        propose(database, "LEE0002", now=close)
    assert approve(database, proposal, now=close - timedelta(microseconds=1)).number == 1


def test_the_last_one_on_the_roll_stays(database, settings):
    add_members(database, 1)
    given_ballot(database, settings)
    with pytest.raises(NobodyLeft):
        exclude(database, "LEE0001")
    assert one(database, "SELECT COUNT(*) FROM roll_entry WHERE on_roll") == 1


def test_the_database_itself_keeps_marks_and_exclusions_apart(client, database, ballot):
    vote(client, ballot, "LEE0001")
    exclude(database, "LEE0002")
    take_off = "UPDATE roll_entry SET on_roll = FALSE WHERE membership_number = 'LEE0001'"
    mark = (
        "INSERT INTO roll_mark (ballot_id, entry_id)"
        " SELECT ballot_id, id FROM roll_entry WHERE membership_number = 'LEE0002'"
    )
    untrue = mark.replace("entry_id)", "entry_id, on_roll)").replace("id FROM", "id, FALSE FROM")
    for statement in (take_off, mark, untrue):
        with pytest.raises(IntegrityError), database.writing() as session:
            session.execute(text(statement))


def test_a_vote_that_comes_while_its_member_is_taken_off_is_not_counted(client, database, ballot):
    """Its statement has begun, and seen a live code, before the exclusion commits."""
    proposal = propose(database, "LEE0001")
    with ThreadPoolExecutor(1) as pool:
        with database.writing() as session:
            row = get_ballot(session, SLUG)
            lock_roll(session, row, now=NOON)
            found = get_proposal(session, row, proposal)
            take_off_roll(session, row, found, staff=SECOND, votes_cast=0, now=NOON)
            answer = pool.submit(vote, client, ballot, "LEE0001")
            # Time enough to reach the lock; sooner it would only find the roll changed.
            threading.Event().wait(0.3)
            assert not answer.done()
        refused = answer.result(timeout=20)
    assert refused.json()["code"] == "unknown_code"
    assert totals(database, ballot) == (0, 0, 0)


def test_an_exclusion_that_comes_while_its_member_votes_is_refused(database, ballot):
    """The vote is stored and not committed yet when the second officer approves."""
    proposal = propose(database, "LEE0001")
    with ThreadPoolExecutor(1) as pool:
        with database.writing() as session:
            row = get_ballot(session, SLUG)
            session.refresh(row, with_for_update={"read": True})
            session.execute(
                text(
                    "INSERT INTO roll_mark (ballot_id, entry_id)"
                    " SELECT ballot_id, id FROM roll_entry WHERE membership_number = 'LEE0001'"
                )
            )
            decision = pool.submit(approve, database, proposal)
            threading.Event().wait(0.3)
            assert not decision.done()
        with pytest.raises(MemberHasVoted):
            decision.result(timeout=20)
    assert one(database, "SELECT COUNT(*) FROM roll_entry WHERE on_roll") == MEMBERS


def live_codes(database):
    return one(database, "SELECT COUNT(*) FROM credential WHERE revoked_at IS NULL")


@pytest.fixture
def without_codes(database):
    """Two members on a frozen roll, and nobody has a code yet."""
    add_members(database, 2)
    with database.writing() as session:
        made = create_ballot(session, ballot_in(), staff=HQ, now=NOON)
        freeze_roll(session, made, staff=HQ, now=NOON)


def hand_out(session, settings):
    issue_codes(session, get_ballot(session, SLUG), staff=HQ, settings=settings, now=NOON)


def test_a_code_that_is_being_made_dies_with_the_exclusion(database, settings, without_codes):
    proposal = propose(database, "LEE0001")
    with ThreadPoolExecutor(1) as pool:
        with database.writing() as session:
            hand_out(session, settings)
            decision = pool.submit(approve, database, proposal)
            threading.Event().wait(0.3)
            assert not decision.done()
        assert decision.result(timeout=20).number == 1
    assert live_codes(database) == 1


def test_a_code_made_for_somebody_just_taken_off_is_ended(database, settings, without_codes):
    proposal = propose(database, "LEE0001")

    def hand_out_now():
        with database.writing() as session:
            hand_out(session, settings)

    with ThreadPoolExecutor(1) as pool:
        with database.writing() as session:
            row = get_ballot(session, SLUG)
            lock_roll(session, row, now=NOON)
            found = get_proposal(session, row, proposal)
            take_off_roll(session, row, found, staff=SECOND, votes_cast=0, now=NOON)
            handing = pool.submit(hand_out_now)
            threading.Event().wait(0.3)
            assert not handing.done()
        handing.result(timeout=20)
    assert live_codes(database) == 1


def test_two_officers_who_add_the_same_latecomers_at_once_add_them_once(database, ballot):
    add_members(database, 3, branch="Hull")

    def add():
        try:
            return supplement(database).entries
        except NobodyToAdd:
            return 0

    with ThreadPoolExecutor(4) as pool:
        added = [each.result(timeout=20) for each in [pool.submit(add) for _ in range(4)]]
    assert sorted(added) == [0, 0, 0, 3]
    assert one(database, "SELECT SUM(entitled) FROM roll_cell") == MEMBERS + 3
    assert walk(database).broken is None


def test_vote_and_exclusion_of_one_member_raced_never_both_succeed(client, database, ballot):
    proposals = {number: propose(database, number) for number in list(ballot.codes)[1:]}

    def decide(number):
        try:
            approve(database, proposals[number])
        except MemberHasVoted:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        for turn, number in enumerate(proposals):
            jobs = [
                lambda number=number: pool.submit(decide, number),
                lambda number=number: pool.submit(vote, client, ballot, number),
            ]
            started = [start() for start in (jobs if turn % 2 else jobs[::-1])]
            results = [each.result(timeout=30) for each in started]
            excluded, answer = results if turn % 2 else results[::-1]
            assert excluded is (answer.status_code != 201), number
    marks = one(database, "SELECT COUNT(*) FROM roll_mark")
    off = one(database, "SELECT COUNT(*) FROM roll_entry WHERE NOT on_roll")
    assert (marks + off, totals(database, ballot)) == (MEMBERS - 1, (marks, marks, marks))
