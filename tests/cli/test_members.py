"""`muster members`: show what is held about somebody, and erase it without changing a count."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import SQLModel

import app.ballots.erasure as of_ballots
import app.notices.erasure as of_mail
from app.audit.service import walk_chain
from app.ballots.erasure import number_digest
from app.ballots.service import get_ballot
from app.notices.models import MemberRequest, OutboxMessage
from app.results.opening import open_box_for_count
from app.results.service import declare_result, recount, result_of
from app.roll.uploads import receive
from app.voting.seal import box_totals
from tests.support.ballots import HQ, add_members, given_ballot
from tests.support.changes import SLUG, exclude, propose, supplement, walk
from tests.support.rolls import HQ as OFFICER
from tests.support.rolls import member_row, roll_csv
from tests.support.staff import events_of, everything_in, facts_of

# Long enough ago for any retention of these tests, whatever the day on which they run.
THEN = datetime(2025, 3, 1, 12, tzinfo=UTC)
DECLARED = THEN + timedelta(days=8)
JOINED = date(2020, 5, 17)
VOTES = f"/api/v1/ballots/{SLUG}/votes"
VOTER, EXCLUDED, LATE, LEFT_OUT = "LEE0001", "YOR0001", "HUL0001", "BAT0001"


def shown(said):
    """What was printed; the log of the application beside it goes to standard error."""
    return json.JSONDecoder().raw_decode(said)[0]


def person(name):
    """Facts by which somebody would be known again, each its own."""
    return {
        "family_name": f"Family-{name}",
        "given_name": f"Given-{name}",
        "email": f"{name}@mail.example",
        "mobile": f"07700-{name}",
        "address": f"{name} Street",
        "postcode": f"PC-{name}",
        "joined_on": JOINED,
    }


def known_by(number, name):
    return [number, *(str(value) for value in person(name).values() if value != JOINED)]


@pytest.fixture
def ballot(client, database, settings, clock):
    """A ballot of long ago with a voter, somebody taken off, a latecomer, and one left out."""
    clock.now = THEN
    add_members(database, 1, **person("voter"))
    add_members(database, 2, branch="Selby", joined_on=date(2019, 1, 1))
    add_members(database, 1, branch="York", **person("excluded"))
    add_members(database, 1, branch="Bath", **person("leftout"), category="retired")
    made = given_ballot(database, settings, now=THEN, constituency={"categories": ["full"]})
    add_members(database, 1, branch="Hull", **person("late"))
    supplement(database, LATE, reason="Family-late came late", now=THEN)
    exclude(database, EXCLUDED, now=THEN)
    answer = client.post(VOTES, token=made.codes[VOTER], json={"answers": {"offer": "reject"}})
    assert answer.status_code == 201
    write_to(database, made, VOTER, address="voter@mail.example")
    receive(
        database,
        open_file(database, member_row(VOTER, family_name="Family-voter")),
        file_name="members.csv",
        actor=OFFICER,
        now=THEN,
    )
    return made


def open_file(database, *rows):
    import io

    return io.BytesIO(roll_csv(*rows))


def write_to(database, ballot, number, *, address):
    """A message in the ledger, as the worker leaves it, and a request that was not looked at."""
    with database.writing() as session:
        entry_id, member_id = session.execute(
            text("SELECT id, member_id FROM roll_entry WHERE membership_number = :number"),
            {"number": number},
        ).one()
        message = OutboxMessage(
            key=f"invitation/{ballot.id}/{entry_id}",
            purpose="invitation",
            ballot_id=ballot.id,
            entry_id=entry_id,
            member_id=member_id,
            address=address,
            state="accepted",
            queued_at=THEN,
            due_at=THEN,
            settled_at=THEN,
            reply=f"250 {address} accepted",
        )
        session.add(message)
        session.add(MemberRequest(wants="link", number=number, proof="PC-voter", asked_at=THEN))


def declare(database, settings):
    with database.reading() as session:
        row = get_ballot(session, SLUG)
    open_box_for_count(database, row, settings=settings, now=DECLARED)
    with database.writing() as session:
        declare_result(session, SLUG, staff=HQ, now=DECLARED)


def leave(database, *numbers):
    with database.writing() as session:
        for number in numbers:
            session.execute(
                text("UPDATE member SET left_on = '2025-04-01' WHERE membership_number = :number"),
                {"number": number},
            )


def counts(database):
    """Every number and digest that an erasure must leave as it is."""
    with database.reading() as session:
        row = get_ballot(session, SLUG)
        again = recount(session, row)
        rows = {
            table: session.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar_one()
            for table in ("roll_entry", "roll_cell", "roll_mark", "ballot_paper", "credential")
        }
        return {
            "rows": rows,
            "box": box_totals(session, row.id),
            "roll_digest": row.roll_digest,
            "declared": again.declared_digest,
            "recounted": again.recounted_digest,
            "result": result_of(session, SLUG, staff=HQ, now=DECLARED).model_dump(),
            "outbox": session.execute(
                text("SELECT state, COUNT(*) FROM outbox GROUP BY state")
            ).one()[:],
        }


def test_nothing_of_an_erased_member_is_left_and_nothing_else_changes(
    muster, database, settings, ballot
):
    declare(database, settings)
    before = counts(database)
    log = [event.hash for event in events_of(database)]
    people = [(VOTER, "voter"), (EXCLUDED, "excluded"), (LATE, "late"), (LEFT_OUT, "leftout")]
    held = everything_in(database)
    assert all(word in held for number, name in people for word in known_by(number, name))
    for number, _ in people:
        assert muster("members", "erase", number).status == 0
    held = everything_in(database)
    for number, name in people:
        assert [word for word in known_by(number, name) if word in held] == []
    assert str(JOINED) not in held
    with database.reading() as session:
        assert session.scalar(text("SELECT COUNT(*) FROM roll_import_chunk")) == 0
    assert counts(database) == before
    assert walk(database).broken is None
    with database.reading() as session:
        assert walk_chain(session).broken is None
    assert [event.hash for event in events_of(database)][: len(log)] == log
    assert muster("recount", SLUG).status == 0
    answer = muster("audit", "roll", SLUG)
    assert answer.status == 0
    # The frozen roll, the supplement and the exclusion: each had a member who is erased.
    assert "Of 3 of them the content can no longer be shown" in answer.said
    assert muster("audit", "verify").status == 0


def test_the_roll_is_checked_from_the_freeze_to_the_last_change(muster, database, ballot):
    answer = muster("audit", "roll", SLUG)
    assert answer.status == 0
    assert answer.said.startswith(
        f"The frozen roll and 2 changes give the digest {head(database)}\n"
    )
    with database.writing() as session:
        session.execute(text("UPDATE roll_entry SET category = 'retired'"))
    answer = muster("audit", "roll", SLUG)
    assert answer.status == 1
    assert "The frozen roll is not what it was when it was put on record." in answer.said


def head(database):
    with database.reading() as session:
        return get_ballot(session, SLUG).roll_digest


def test_an_erasure_is_in_the_log_by_a_keyed_digest(muster, database, settings, ballot):
    declare(database, settings)
    muster("members", "erase", VOTER)
    last = events_of(database)[-1]
    assert (last.action, facts_of(last)) == ("MemberErased", {"entries": 1})
    assert last.subject == number_digest(VOTER, settings=settings)
    other = settings.model_copy(update={"secret_key": type(settings.secret_key)("z" * 40)})
    assert last.subject != number_digest(VOTER, settings=other)


@pytest.mark.parametrize("number", [VOTER, EXCLUDED, LATE])
def test_nobody_is_erased_while_their_ballot_is_not_declared(muster, database, ballot, number):
    before = everything_in(database)
    answer = muster("members", "erase", number)
    assert answer.status == 1
    assert (
        "on the roll of Pay offer 2026, which is not declared, so nothing was erased" in answer.said
    )
    assert everything_in(database) == before


def test_nobody_is_erased_before_the_retention_is_over(
    muster, database, settings, ballot, monkeypatch
):
    declare(database, settings)
    monkeypatch.setenv("MUSTER_RETENTION", "P20000D")
    answer = muster("members", "erase", VOTER)
    assert answer.status == 1
    assert "was declared on 9 March 2025" in answer.said
    assert "is kept until" in answer.said
    monkeypatch.setenv("MUSTER_RETENTION", "P1D")
    assert muster("members", "erase", VOTER).status == 0


def test_due_takes_who_has_left_and_nobody_else(muster, database, settings, ballot):
    assert muster("members", "erase", "--due").said.startswith("Erased: 0 members.")
    leave(database, VOTER, EXCLUDED, LEFT_OUT)
    # Of those who were never on a roll the leaving counts; the others' ballot is not declared.
    assert muster("members", "erase", "--due").said.startswith("Erased: 1 member.")
    declare(database, settings)
    assert muster("members", "erase", "--due").said.startswith("Erased: 2 members.")
    with database.reading() as session:
        left = session.scalars(text("SELECT membership_number FROM member ORDER BY 1")).all()
    assert left == [LATE, "SEL0001", "SEL0002"]


def test_due_waits_for_the_retention(muster, database, settings, ballot, monkeypatch):
    leave(database, VOTER, LEFT_OUT)
    declare(database, settings)
    monkeypatch.setenv("MUSTER_RETENTION", "P20000D")
    assert muster("members", "erase", "--due").said.startswith("Erased: 0 members.")


def test_a_proposal_that_waits_says_nothing_of_an_erased_member(muster, database, settings, ballot):
    propose(database, "SEL0001", reason="Family-name moved away", now=THEN)
    declare(database, settings)
    muster("members", "erase", "SEL0001")
    assert "Family-name" not in everything_in(database)


@pytest.mark.parametrize("words", [(), ("LEE0001", "--due")])
def test_one_number_or_all_that_are_due(muster, words):
    assert muster("members", "erase", *words) == (2, "", "Give one membership number, or --due.\n")


@pytest.mark.parametrize("command", ["erase", "export"])
def test_an_unknown_number_is_said_to_be_one(muster, database, command):
    answer = muster("members", command, "NOBODY")
    assert answer.status == 1
    assert answer.said == (
        "Nobody on the roll has the membership number NOBODY. Nothing was done.\n"
    )


def test_everything_held_about_a_member_is_shown_and_that_it_was_is_on_record(
    muster, database, settings, ballot
):
    answer = muster("members", "export", VOTER)
    assert answer.status == 0
    held = shown(answer.said)
    assert held["membership"]["email"] == "voter@mail.example"
    assert held["membership"]["joined_on"] == "2020-05-17"
    [entry] = held["ballots"]
    assert (entry["ballot"], entry["on_roll"], entry["voted"]) == (SLUG, True, True)
    assert len(entry["codes"]) == 1
    assert held["mail"]["messages"][0]["address"] == "voter@mail.example"
    assert held["mail"]["requests"][0]["proof"] == "PC-voter"
    assert "reject" not in answer.said
    last = events_of(database)[-1]
    assert (last.action, last.subject) == (
        "MemberExported",
        number_digest(VOTER, settings=settings),
    )


def test_what_happened_to_the_others_is_shown_to_them(muster, ballot):
    excluded = shown(muster("members", "export", EXCLUDED).said)["ballots"][0]
    assert (excluded["on_roll"], excluded["voted"]) == (False, False)
    assert excluded["changes"][0]["kind"] == "exclusion"
    assert excluded["proposals"][0]["outcome"] == "approved"
    late = shown(muster("members", "export", LATE).said)["ballots"][0]
    assert late["changes"][0]["reason"] == "Family-late came late"
    left_out = shown(muster("members", "export", LEFT_OUT).said)["ballots"]
    assert left_out == [{"ballot": SLUG, "left_out": "not_a_voting_category"}]


def test_every_table_that_speaks_of_members_is_one_that_erasure_knows():
    """A new one must be emptied too, and named here with what empties it."""
    personal = {"membership_number", "email", "mobile", "address", "postcode", "family_name"}
    speaks = {
        table.name
        for table in SQLModel.metadata.tables.values()
        if personal & set(table.columns.keys())
        or any(key.column.table.name == "member" for key in table.foreign_keys)
    }
    # A session holds the address of an officer's browser.
    assert speaks - {"staff_session"} <= set(of_ballots.TABLES) | set(of_mail.TABLES)
