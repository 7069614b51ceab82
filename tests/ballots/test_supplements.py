"""Who joined in time and came late comes onto the frozen roll by a numbered supplement."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from app.ballots.chain import RollClosed
from app.ballots.credentials import RollNotFrozen, issue_codes
from app.ballots.service import create_ballot, get_ballot
from app.ballots.supplements import CannotBeAdded, NobodyToAdd, SecondNumber, latecomers
from tests.support.ballots import HQ, NOON, add_members, ballot_in, given_ballot
from tests.support.changes import SLUG, ballot_row, exclude, supplement, walk
from tests.support.staff import events_of, facts_of

CUT_OFF = date(2026, 11, 20)


@pytest.fixture
def ballot(database, settings):
    add_members(database, 4)
    add_members(database, 2, branch="York", in_arrears=True)
    return given_ballot(database, settings, exclude_arrears=True)


def sizes(database):
    with database.reading() as session:
        rows = session.execute(
            text("SELECT branch, entitled, added, removed FROM roll_cell ORDER BY branch")
        )
        return [tuple(row) for row in rows]


def test_a_member_who_joined_on_the_cut_off_day_and_was_imported_late_comes_in(database, ballot):
    add_members(database, 1, branch="Hull", joined_on=CUT_OFF)
    row = supplement(database)
    assert (row.number, row.kind, row.entries, row.entitled_after) == (1, "supplement", 1, 5)
    assert sizes(database) == [("Hull", 1, 1, 0), ("Leeds", 4, 0, 0)]


def test_a_member_who_joined_the_day_after_the_cut_off_does_not(database, ballot):
    add_members(database, 1, branch="Hull", joined_on=CUT_OFF + timedelta(days=1))
    with pytest.raises(NobodyToAdd):
        supplement(database)
    with pytest.raises(CannotBeAdded, match=r"HUL0001 is not entitled \(Joined on 21 November"):
        supplement(database, "HUL0001")
    assert sizes(database) == [("Leeds", 4, 0, 0)]


def test_a_latecomer_of_a_cell_that_exists_is_counted_in_it(database, ballot):
    with database.writing() as session:
        session.execute(
            text(
                "INSERT INTO member (membership_number, given_name, family_name, email, mobile,"
                " branch, region, employer, workplace, category, joined_on, in_arrears, language,"
                " address, postcode) SELECT 'L99', '', 'Late', email, mobile, branch, region,"
                " employer, workplace, category, joined_on, in_arrears, language, '', ''"
                " FROM member WHERE membership_number = 'LEE0001'"
            )
        )
    supplement(database, "L99")
    assert sizes(database) == [("Leeds", 5, 1, 0)]


def test_all_together_brings_in_who_is_new_and_not_whose_facts_were_mended(database, ballot):
    add_members(database, 2, branch="Hull")
    with database.writing() as session:
        session.execute(
            text("UPDATE member SET in_arrears = FALSE WHERE membership_number = 'YOR0001'")
        )
        found = list(latecomers(session, get_ballot(session, SLUG)))
    assert {each.membership_number: each.left_out for each in found} == {
        "YOR0001": "in_arrears",
        "HUL0001": None,
        "HUL0002": None,
    }
    assert supplement(database).entries == 2
    assert supplement(database, "YOR0001", reason="Had paid, recorded late").number == 2
    assert ("York", 1, 1, 0) in sizes(database)


def test_one_who_cannot_come_in_keeps_everybody_named_with_them_out(database, ballot):
    add_members(database, 1, branch="Hull")
    with pytest.raises(CannotBeAdded) as refused:
        supplement(database, "HUL0001", "NOBODY", "LEE0001", "YOR0002", "nul\0")
    assert refused.value.detail == (
        "Nobody was added: NOBODY is not on the union's roll; LEE0001 is on the roll of this "
        "ballot already; YOR0002 is not entitled (The subscription is in arrears; this ballot is "
        "put to members who are paid up); nul\0 is not on the union's roll."
    )
    assert sizes(database) == [("Leeds", 4, 0, 0)]


def test_latecomers_get_codes_and_nobody_gets_a_second_one(database, settings, ballot):
    add_members(database, 2, branch="Hull")
    supplement(database)
    with database.writing() as session:
        row = get_ballot(session, SLUG)
        issued = issue_codes(session, row, staff=HQ, settings=settings, now=NOON)
    assert [each.membership_number for each in issued] == ["HUL0001", "HUL0002"]


def test_a_draft_takes_no_supplement_and_neither_does_a_closed_ballot(database, settings):
    add_members(database, 3)
    with database.writing() as session:
        create_ballot(session, ballot_in(slug="draft"), staff=HQ, now=NOON)
        draft = get_ballot(session, "draft")
        draft.slug = SLUG
    with pytest.raises(RollNotFrozen, match="whoever is entitled when it is frozen"):
        supplement(database)
    with database.writing() as session:
        get_ballot(session, SLUG).slug = "draft"
    given_ballot(database, settings)
    add_members(database, 1, branch="Hull")
    close = ballot_row(database).closes_at
    with pytest.raises(RollClosed):
        supplement(database, now=close)
    assert supplement(database, now=close - timedelta(microseconds=1)).entries == 1


def test_the_digest_is_a_chain_whose_links_are_numbered_and_audited(database, ballot):
    original = ballot_row(database).roll_digest
    add_members(database, 1, branch="Hull")
    first = supplement(database)
    second = exclude(database, "LEE0001")
    assert (first.previous_digest, second.previous_digest) == (original, first.digest)
    assert ballot_row(database).roll_digest == second.digest
    assert (walk(database).changes, walk(database).broken) == (2, None)
    said = {event.action: facts_of(event) for event in events_of(database)}
    assert said["RollFrozen"]["roll_digest"] == original
    assert said["RollSupplemented"] == {
        "change": 1,
        "added": 1,
        "entitled": 5,
        "roll_digest": first.digest,
    }
    assert said["MemberExcluded"]["roll_digest"] == second.digest


@pytest.mark.parametrize(
    ("tampering", "said"),
    [
        pytest.param(
            "UPDATE roll_entry SET category = 'retired' WHERE membership_number = 'LEE0002'",
            "The frozen roll is not what it was when it was put on record.",
            id="an entry of the frozen roll",
        ),
        pytest.param(
            "UPDATE roll_entry SET category = 'retired' WHERE membership_number = 'HUL0001'",
            "The content of change 1 is not what it was when it was put on record.",
            id="an entry of a supplement",
        ),
        pytest.param(
            "UPDATE roll_change SET reason = 'Another' WHERE number = 2",
            "The content of change 2 is not what it was when it was put on record.",
            id="a reason",
        ),
        pytest.param(
            "UPDATE roll_change SET content_digest = previous_digest WHERE number = 1",
            "Change 1 does not follow from the one before it.",
            id="a link",
        ),
        pytest.param(
            "UPDATE ballot SET roll_digest = (SELECT digest FROM roll_change WHERE number = 1)",
            "The digest that the ballot shows is not what it was when it was put on record.",
            id="a tail that is cut off",
        ),
    ],
)
def test_whatever_is_altered_behind_its_back_breaks_the_chain(database, ballot, tampering, said):
    add_members(database, 1, branch="Hull")
    supplement(database)
    exclude(database, "LEE0001")
    with database.writing() as session:
        session.execute(text(tampering))
    assert walk(database).broken == said


def test_somebody_taken_off_by_mistake_comes_back_by_number_only(database, settings, ballot):
    exclude(database, "LEE0001")
    with pytest.raises(NobodyToAdd):
        supplement(database)
    supplement(database, "LEE0001", reason="Taken for another member of that name")
    assert sizes(database) == [("Leeds", 4, 1, 1)]
    assert walk(database).broken is None
    with database.writing() as session:
        row = get_ballot(session, SLUG)
        [issued] = issue_codes(session, row, staff=HQ, settings=settings, now=NOON)
    assert issued.code != ballot.codes["LEE0001"]


@pytest.fixture
def ann(database, ballot):
    """On the frozen roll as LEE0001."""
    with database.writing() as session:
        session.execute(
            text(
                "UPDATE member SET given_name = 'Ann', family_name = 'Okafor', postcode = 'LS1 4AP'"
                " WHERE membership_number = 'LEE0001'"
            )
        )


def test_nobody_comes_in_a_second_time_under_another_number(database, ann):
    add_members(
        database, 1, branch="Hull", given_name="Ann", family_name="Okaffor", postcode="ls14ap"
    )
    for numbers in ((), ("HUL0001",)):
        with pytest.raises(SecondNumber, match="Nobody was added: HUL0001 and LEE0001"):
            supplement(database, *numbers)
    assert sizes(database) == [("Leeds", 4, 0, 0)]
    assert supplement(database, different_people=True).entries == 1


@pytest.mark.parametrize(
    "facts",
    [
        {"given_name": "Bea", "family_name": "Okafor", "postcode": "LS1 4AP"},
        {"given_name": "Ann", "family_name": "Reid", "postcode": "LS1 4AP"},
        {"given_name": "Ann", "family_name": "Okafor", "postcode": "LS1 4AQ"},
        {"given_name": "Ann", "family_name": "Okafor", "postcode": ""},
    ],
)
def test_whoever_shares_only_a_name_or_a_home_comes_in(database, ann, facts):
    add_members(database, 1, branch="Hull", **facts)
    assert supplement(database).entries == 1


def test_one_person_who_comes_late_under_two_numbers_is_seen_too(database, ballot):
    name = {"given_name": "Cai", "family_name": "Prys", "postcode": "CF10 1EP"}
    for branch in ("Hull", "Neath"):
        add_members(database, 1, branch=branch, **name)
    with pytest.raises(SecondNumber, match="HUL0001 and NEA0001"):
        supplement(database)


def test_whoever_was_taken_off_is_no_second_number(database, ann):
    exclude(database, "LEE0001")
    add_members(
        database, 1, branch="Hull", given_name="Ann", family_name="Okafor", postcode="LS1 4AP"
    )
    assert supplement(database).entries == 1
