"""The evidence pack: what is in it, and that it is the same whoever makes it, where and when."""

import hashlib
import io
import json
import zipfile
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import delete, insert, select
from sqlmodel import SQLModel

from app.ballots.service import get_ballot
from app.core.database import Database
from app.evidence.pack import PackKeys, one_moment, pack_of
from app.evidence.pack_store import NoEvidenceYet, find_pack, make_pack
from app.evidence.pack_zip import files_in
from tests.support.ballots import NOON, add_members, given_ballot
from tests.support.changes import ballot_row
from tests.support.evidence import AFTER, pack_bytes
from tests.support.extensions import CLOSE, LATER, REASON
from tests.support.staff import events_of

KEYS = PackKeys(officers=b"o" * 32, roll=b"r" * 32)


def made_of(database, settings, slug="pay-2026"):
    with database.reading() as session:
        one_moment(session)
        return pack_of(session, get_ballot(session, slug), keys=KEYS, settings=settings)


def facts_in(pack, name):
    return json.loads(files_in(pack)[name])


def test_it_says_what_was_asked_of_whom_and_what_came_of_it(pack):
    tally, ballot = facts_in(pack, "tally.json"), facts_in(pack, "ballot.json")
    assert ballot["ballot"]["questions"][0]["text"] == "Do you accept the pay offer?"
    assert (tally["entitled"], tally["votes_cast"]) == (20, 11)
    assert tally["questions"]["offer"] == {"votes": {"accept": 3, "reject": 7}, "spoiled": 1}
    assert "Votes cast in the ballot: 11" in files_in(pack)["statement.txt"].decode()


def test_it_tells_every_change_of_the_window_and_who_made_it(eventful_pack):
    window = facts_in(eventful_pack, "ballot.json")["window"]
    assert window["first_close"] == CLOSE.isoformat(timespec="microseconds")
    assert window["closes_at"] == LATER.isoformat(timespec="microseconds")
    [change] = window["proposals"]
    assert (change["proposed_by"], change["decided_by"]) == ("hq-officer", "second-officer")
    assert (change["outcome"], change["reason"]) == ("approved", REASON)


def test_it_tells_every_change_of_the_roll_by_digest_and_officers(eventful_pack):
    roll = facts_in(eventful_pack, "roll.json")
    assert [change["kind"] for change in roll["changes"]] == ["exclusion", "supplement"]
    assert (roll["entitled_at_the_freeze"], roll["entitled"]) == (31, 31)
    assert roll["changes"][0]["approved_by"] == "second-officer"
    shown = facts_in(eventful_pack, "ballot.json")["ballot"]["roll_digest"]
    assert roll["changes"][-1]["digest"] == roll["digest"] == shown


def test_it_counts_codes_as_the_other_pages_do(pack):
    codes = {each["words"]: each["number"] for each in facts_in(pack, "codes.json")["codes"]}
    assert codes["members were ever given a code"] == 20
    assert codes["codes left in a file of codes"] == 20


def test_the_same_database_gives_the_same_bytes_at_any_moment(database, settings, eventful_ballot):
    with time_machine.travel(NOON):
        first = made_of(database, settings)
    with time_machine.travel(NOON + timedelta(days=400)):
        assert made_of(database, settings) == first


def test_no_file_in_it_bears_a_moment_or_a_system(pack):
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        entries = archive.infolist()
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {(entry.create_system, entry.compress_type) for entry in entries} == {(3, 0)}
    names = [entry.filename for entry in entries]
    assert names == sorted(names)


def test_both_databases_give_the_same_bytes(database, settings, eventful_ballot, sqlite, postgres):
    other = postgres if database.is_sqlite else sqlite
    url = other.create_migrated()
    copy = Database(url)
    try:
        with database.engine.connect() as source, copy.engine.begin() as target:
            for table in reversed(SQLModel.metadata.sorted_tables):
                # A log cannot be emptied; a fresh one is empty.
                if target.execute(select(table)).first():
                    target.execute(delete(table))
            for table in SQLModel.metadata.sorted_tables:
                rows = [dict(row) for row in source.execute(select(table)).mappings()]
                if rows:
                    target.execute(insert(table), rows)
        assert made_of(copy, settings) == made_of(database, settings)
    finally:
        copy.dispose()
        other.drop(url)


def test_it_is_made_once_and_put_on_record(database, settings, declared_ballot):
    first = pack_bytes(database, settings, declared_ballot)
    again = pack_bytes(database, settings, declared_ballot, now=AFTER + timedelta(days=30))
    assert again == first
    [made] = [event for event in events_of(database) if event.action == "EvidenceMade"]
    assert made.subject == "pay-2026"
    assert made.details["sha256"] == hashlib.sha256(first).hexdigest()
    assert made.details["size"] == len(first)


def test_a_later_event_is_not_in_the_log_of_a_pack(database, settings, declared_ballot):
    before = made_of(database, settings)
    given_ballot(database, settings, slug="another")
    assert made_of(database, settings) == before


def test_nothing_is_made_before_the_declaration(database, settings):
    add_members(database, 5)
    given_ballot(database, settings)
    with pytest.raises(NoEvidenceYet):
        make_pack(database, ballot_row(database), settings=settings, now=AFTER)
    with database.reading() as session:
        assert find_pack(session, ballot_row(database)) is None
