"""`muster audit`: verify the log by what somebody kept, sign a checkpoint, export every event."""

import json

import pytest

from app.audit.chain import verify_events
from app.core.settings import Settings
from app.core.signing import signer_of
from tests.conftest import SECRET
from tests.support.audit import behind_its_back, write_anew
from tests.support.staff import events_of, given_account


@pytest.fixture
def kept(muster, database, tmp_path):
    """Three events and a file of checkpoints that somebody kept of them."""
    for name in ("anna", "bea", "carla"):
        given_account(database, name)
    answer = muster("audit", "checkpoint")
    assert answer.status == 0
    file = tmp_path / "kept.txt"
    file.write_text(answer.out, "utf-8")
    return file


def test_a_log_that_nobody_touched_agrees_with_every_checkpoint(muster, kept):
    answer = muster("audit", "verify", "--checkpoints", kept)
    assert answer.status == 0
    assert "agrees with every checkpoint in the database: 1" in answer.said
    assert "agrees with every checkpoint that was kept: 1" in answer.said


def test_a_log_without_its_tail_is_broken_and_the_exit_status_says_so(muster, database, kept):
    behind_its_back(database, "DELETE FROM audit_event WHERE number = 3")
    behind_its_back(database, "DELETE FROM audit_checkpoint")
    assert muster("audit", "verify").status == 0
    answer = muster("audit", "verify", "--checkpoints", kept)
    assert answer.status == 1
    assert "event 3 was there on " in answer.said
    assert "and is missing: the log ends with event 2. The 2 before it are sound." in answer.said


def test_a_log_that_was_written_anew_is_broken(muster, database, kept):
    write_anew(database, 1, actor="somebody else")
    answer = muster("audit", "verify", "--checkpoints", kept)
    assert answer.status == 1
    assert "events 1 to 3 are not those that were there" in answer.said


@pytest.mark.usefixtures("kept")
def test_a_checkpoint_that_we_did_not_sign_is_told_in_one_sentence(muster, database):
    behind_its_back(database, "UPDATE audit_checkpoint SET note = 'made up'")
    answer = muster("audit", "verify")
    assert answer.status == 1
    assert "is not one that this service signed" in answer.said
    assert ".." not in answer.said


def test_a_file_of_no_checkpoints_is_refused(muster, kept):
    kept.write_text("I saw it myself", "utf-8")
    answer = muster("audit", "verify", "--checkpoints", kept)
    assert (answer.status, "no checkpoint in this file" in answer.said) == (1, True)


def test_a_checkpoint_of_an_earlier_key_is_read_with_that_key(
    muster, kept, database_url, monkeypatch
):
    line = signer_of(Settings(database_url=database_url, secret_key=SECRET)).verifier.line
    monkeypatch.setenv("MUSTER_SECRET_KEY", "another secret of invented tests, long enough")
    assert muster("audit", "verify", "--checkpoints", kept).status == 1
    assert muster("audit", "verify", "--checkpoints", kept, "--key", line).status == 0
    assert muster("audit", "verify", "--key", "nothing").status == 2


@pytest.mark.usefixtures("kept")
def test_nothing_is_signed_for_a_log_that_lost_its_tail(muster, database):
    behind_its_back(database, "DELETE FROM audit_event WHERE number = 3")
    answer = muster("audit", "checkpoint")
    assert (answer.status, "Nothing was signed" in answer.said) == (1, True)


@pytest.mark.usefixtures("kept")
def test_an_export_is_enough_to_walk_the_chain(muster, database):
    answer = muster("audit", "export")
    events = [json.loads(line) for line in answer.said.splitlines()]
    walk = verify_events(events)
    assert (answer.status, walk.events, walk.broken) == (0, 3, None)
    assert walk.head == events_of(database)[-1].hash
