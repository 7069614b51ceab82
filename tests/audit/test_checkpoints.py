"""Signed checkpoints: what somebody kept betrays a tail cut off, and a history written anew."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.audit.chain import GENESIS, LogState, link_hash, verify_events
from app.audit.checkpoints import (
    EVERY,
    HistoryRewritten,
    check_log,
    due,
    every_checkpoint,
    make_checkpoint,
    verifiers_of,
)
from app.audit.events import ResultDeclared, TokenIssued
from app.audit.notes import WrongCheckpoint, notes_in, read_state, sign_state
from app.audit.service import COMMAND_LINE, export_events, record
from app.core.settings import Settings
from app.core.signing import Signer, signer_of
from tests.support.audit import behind_its_back, write_anew

# In summer: it is 14:00 in London.
THAT_DAY = datetime(2026, 5, 3, 13, 0, tzinfo=UTC)


@pytest.fixture
def signer(settings):
    return signer_of(settings)


def append(database, count, *, now=THAT_DAY):
    with database.writing() as session:
        for number in range(count):
            record(session, TokenIssued(f"officer {number}"), actor=COMMAND_LINE, now=now)


def checkpoint(database, signer, *, now=THAT_DAY, occasion=None):
    with database.writing() as session:
        return make_checkpoint(session, signer=signer, now=now, occasion=occasion)


def check(database, settings, kept=()):
    with database.reading() as session:
        return check_log(session, verifiers=verifiers_of(settings), kept=kept)


def due_now(database, *, now, occasions=lambda *_: ()):
    with database.reading() as session:
        return due(session, now=now, occasions=occasions)


@pytest.fixture
def kept(database, signer):
    """A log of three events, a checkpoint of it that somebody kept, and two more events."""
    append(database, 3)
    note = checkpoint(database, signer).note
    append(database, 2)
    return note


def test_a_log_that_nobody_touched_agrees_with_what_somebody_kept(database, settings, kept):
    found = check(database, settings, [kept])
    assert (found.broken, found.walk.events, found.stored, found.kept) == (None, 5, 1, 1)


def test_a_checkpoint_names_the_log_and_says_how_many_events_and_when(kept):
    name, events, head, moment, empty, signature = kept.splitlines()
    assert (name, events, moment) == ("testserver/audit", "3", "at 2026-05-03T13:00:00+00:00")
    assert len(head) == 44
    assert empty == ""
    assert signature.startswith("\N{EM DASH} testserver ")


def test_a_tail_that_was_cut_off_is_named_with_the_day_it_was_there(database, settings, kept):
    behind_its_back(database, "DELETE FROM audit_event WHERE number >= 3")
    behind_its_back(database, "DELETE FROM audit_checkpoint")
    assert check(database, settings).broken is None
    broken = check(database, settings, [kept]).broken
    assert broken.number == 3
    assert broken.reason == (
        "event 3 was there on 3 May 2026 at 14:00 and is missing: the log ends with event 2"
    )


def test_a_tail_that_was_cut_off_is_found_by_the_checkpoints_in_the_database(
    database, settings, kept
):
    del kept
    behind_its_back(database, "DELETE FROM audit_event WHERE number >= 3")
    assert check(database, settings).broken.number == 3


def test_a_history_written_anew_with_all_its_hashes_is_found(database, settings, kept):
    write_anew(database, 2, subject="somebody else")
    with database.reading() as session:
        assert verify_events(export_events(session)).broken is None
    broken = check(database, settings, [kept]).broken
    assert broken.number == 1
    assert broken.reason.startswith("events 1 to 3 are not those that were there on 3 May 2026")


def test_the_first_event_written_anew_is_sought_after_the_last_checkpoint_that_agrees(
    database, settings, signer, kept
):
    later = checkpoint(database, signer, now=THAT_DAY + timedelta(hours=1)).note
    write_anew(database, 5, subject="somebody else")
    broken = check(database, settings, [later, kept]).broken
    assert (broken.number, broken.reason.split(" are ")[0]) == (4, "events 4 to 5")


def test_a_checkpoint_signed_for_other_events_is_found(database, settings, signer, kept):
    del kept
    wrong = sign_state(LogState(4, head="ab" * 32, at=THAT_DAY), signer=signer)
    broken = check(database, settings, [wrong]).broken
    assert (broken.number, broken.reason) == (
        4,
        "event 4 is not the one that was there on 3 May 2026 at 14:00",
    )


def test_a_checkpoint_that_another_key_has_signed_is_no_checkpoint(database, settings, kept):
    del kept
    stranger = Signer("the secret of somebody else entirely", name="testserver")
    forged = sign_state(LogState(3, head="ab" * 32, at=THAT_DAY), signer=stranger)
    with pytest.raises(WrongCheckpoint, match="Checkpoint 1 is wrong"):
        check(database, settings, [forged])


@pytest.mark.parametrize(
    "forgery",
    [
        pytest.param("note = replace(note, '\n3\n', '\n4\n')", id="the note"),
        pytest.param("events = 2", id="the number beside it"),
    ],
)
def test_a_stored_checkpoint_that_was_changed_is_found(database, settings, kept, forgery):
    del kept
    behind_its_back(database, f"UPDATE audit_checkpoint SET {forgery}")
    assert "checkpoint 1" in check(database, settings).broken.reason


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_checkpoint SET events = 9", "DELETE FROM audit_checkpoint"]
)
def test_the_database_refuses_to_change_or_remove_a_checkpoint(database, kept, statement):
    del kept
    with pytest.raises(DBAPIError, match="append-only"), database.writing() as session:
        session.execute(text(statement))


@pytest.mark.parametrize("harm", ["cut", "anew"])
def test_nothing_is_signed_for_a_log_that_is_not_the_one_signed_before(
    database, signer, kept, harm
):
    del kept
    if harm == "cut":
        behind_its_back(database, "DELETE FROM audit_event WHERE number >= 3")
    else:
        write_anew(database, 1, subject="somebody else")
    with pytest.raises(HistoryRewritten, match="event 3, as it was on 3 May 2026 at 14:00"):
        checkpoint(database, signer)


def test_nothing_is_signed_over_a_break_since_the_last_checkpoint(database, signer, kept):
    del kept
    behind_its_back(database, "UPDATE audit_event SET actor = 'nobody' WHERE number = 4")
    with pytest.raises(HistoryRewritten, match="event 4 was changed"):
        checkpoint(database, signer)


def test_the_same_events_are_signed_once(database, signer):
    append(database, 1)
    first = checkpoint(database, signer)
    assert checkpoint(database, signer, now=THAT_DAY + EVERY).id == first.id
    with database.reading() as session:
        assert len(every_checkpoint(session)) == 1


def test_an_empty_log_can_be_signed(database, settings, signer):
    note = checkpoint(database, signer, occasion="pay-2026 opens").note
    assert read_state(note, verifier=signer.verifier) == LogState(0, head=GENESIS, at=THAT_DAY)
    assert check(database, settings, [note]).broken is None


def test_a_checkpoint_is_due_a_quarter_of_an_hour_after_the_last_if_something_happened(
    database, signer
):
    assert due_now(database, now=THAT_DAY) == []
    append(database, 1)
    assert due_now(database, now=THAT_DAY) == [None]
    checkpoint(database, signer)
    assert due_now(database, now=THAT_DAY + EVERY) == []
    append(database, 1)
    assert due_now(database, now=THAT_DAY + EVERY - timedelta(seconds=1)) == []
    assert due_now(database, now=THAT_DAY + EVERY) == [None]


def test_a_checkpoint_is_due_at_once_when_a_result_was_declared(database, signer):
    append(database, 1)
    checkpoint(database, signer)
    with database.writing() as session:
        declared = ResultDeclared("pay-2026", votes_cast=9, entitled=9, tally_digest="f")
        record(session, declared, actor=COMMAND_LINE, now=THAT_DAY)
    assert due_now(database, now=THAT_DAY) == [None]


def test_a_checkpoint_is_due_once_for_each_occasion(database, signer):
    append(database, 1)
    checkpoint(database, signer)
    wanted = {"now": THAT_DAY, "occasions": lambda *_: ["pay-2026 opens"]}
    assert due_now(database, **wanted) == ["pay-2026 opens"]
    checkpoint(database, signer, occasion="pay-2026 opens")
    assert due_now(database, **wanted) == []


def test_notes_are_found_in_plain_text_and_in_json(kept):
    assert list(notes_in(f"{kept}\n{kept}")) == [kept, kept]
    assert list(notes_in('{"checkpoints": [{"note": "a\\n\\n\N{EM DASH} b c\\n"}]}')) == [
        "a\n\n\N{EM DASH} b c\n"
    ]


@pytest.mark.parametrize("kept", ["", "what I saw", "{}", '{"checkpoints": 3}'])
def test_a_file_without_a_checkpoint_is_refused(kept):
    with pytest.raises(WrongCheckpoint):
        list(notes_in(kept))


def test_the_secret_before_still_vouches_for_what_it_signed(database, settings, kept):
    renewed = Settings(
        **settings.model_dump()
        | {
            "secret_key": "another secret of invented tests",
            "previous_secret_key": settings.secret_key,
        }
    )
    assert check(database, renewed, [kept]).broken is None


def test_an_event_with_more_in_it_than_its_hash_covers_is_found(database, kept):
    del kept
    with database.reading() as session:
        events = list(export_events(session))
    events[1]["remark"] = "not covered"
    assert verify_events(events).broken.number == 2
    assert link_hash(events[1]) == events[1]["hash"]


@pytest.mark.parametrize("begin", ["", "my notes of May\n\n"])
def test_a_checkpoint_that_was_cut_off_is_not_passed_over(signer, begin):
    """Else somebody would think that the newest one they kept was held against the log."""
    kept = sign_state(LogState(1, head=GENESIS, at=THAT_DAY), signer=signer)
    for end in range(1, len(kept) - 80):
        with pytest.raises(WrongCheckpoint):
            states_in(f"{begin}{kept}\n{kept[:end]}", signer)


def states_in(text, signer):
    return [read_state(note, verifier=signer.verifier) for note in notes_in(text)]
