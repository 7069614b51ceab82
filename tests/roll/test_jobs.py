"""Imports in the background: kept, checked, applied, interrupted, taken over."""

import io
import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from app.core.errors import Conflict
from app.roll import jobs, reports, uploads
from app.roll.choices import Choices, Missing
from app.roll.import_models import ImportState, RollImport
from app.roll.refusals import EmptyFile, ImportUnderWay, UnknownImport
from tests.conftest import NOW
from tests.support.rolls import HQ, counts, load, member_row, roll_csv, roll_of, roll_xlsx
from tests.support.staff import events_of

KEEP = Choices()


def receive(database, *rows, content=None, file_name="members.csv"):
    return uploads.receive(
        database,
        io.BytesIO(content or roll_csv(*rows)),
        file_name=file_name,
        actor=HQ,
        now=NOW,
    )


def check(database, number, clock, *, choices=KEEP):
    jobs.start_check(database, number, choices=choices, clock=clock).join()
    return report_of(database, number, clock)


def put_in(database, number, clock, *, choices=KEEP):
    jobs.start_apply(database, number, choices=choices, actor=HQ, clock=clock).join()
    return report_of(database, number, clock)


def report_of(database, number, clock):
    with database.reading() as session:
        return reports.report(session, number, now=clock())


def test_a_file_is_kept_checked_and_applied(database, clock):
    load(database, roll_csv(member_row("1"), member_row("9")), now=NOW)
    number = receive(
        database, member_row("1", family_name="Reid"), member_row("2"), member_row("3", branch="")
    )
    kept = report_of(database, number, clock)
    assert (kept.state, kept.rows_total, kept.outcome) == (ImportState.UPLOADED, 3, None)

    checked = check(database, number, clock)
    assert (checked.state, checked.rows_done) == (ImportState.READ, 3)
    assert counts(checked.outcome) == (1, 1, 0, 1)
    assert checked.outcome.dry_run is True
    assert set(roll_of(database)) == {"1", "9"}

    done = put_in(database, number, clock)
    assert done.state is ImportState.DONE
    assert done.outcome == checked.outcome.model_copy(update={"dry_run": False})
    assert set(roll_of(database)) == {"1", "2", "9"}
    [event] = [each for each in events_of(database) if each.subject == "members.csv"][1:]
    assert (event.action, event.actor) == ("RollImported", HQ.name)


def test_a_check_lists_who_is_new_who_changes_and_who_is_missing(database, clock):
    load(
        database,
        roll_csv(
            member_row("1", given_name="Ann", in_arrears="no"),
            member_row("8", given_name="Bo", left_on="2020-01-01"),
            member_row("9", given_name="Cy"),
        ),
        now=NOW,
    )
    number = receive(
        database,
        member_row("1", given_name="Anne", in_arrears="yes"),
        member_row("2", given_name="Di", branch="Hull"),
    )
    findings = check(database, number, clock).findings
    assert [(each.row, each.membership_number, each.name) for each in findings.added] == [
        (3, "2", "Di Okafor")
    ]
    assert [(each.column, each.before, each.after) for each in findings.changed] == [
        ("given_name", "Ann", "Anne"),
        ("in_arrears", "no", "yes"),
    ]
    assert [(each.membership_number, each.name) for each in findings.missing] == [
        ("9", "Cy Okafor")
    ]


def test_what_was_chosen_is_done_and_kept(database, clock):
    load(database, roll_csv(member_row("1"), member_row("9")), now=NOW)
    number = receive(database, member_row("1"))
    check(database, number, clock)
    choices = Choices(missing=Missing.LEFT, left_on=NOW.date() - timedelta(days=3))
    done = put_in(database, number, clock, choices=choices)
    assert (done.outcome.missing, done.outcome.left) == (1, 1)
    assert done.choices == choices
    assert roll_of(database)["9"]["left_on"] == choices.left_on


def test_a_file_that_is_refused_says_why_and_can_be_checked_again_with_a_mapping(database, clock):
    content = roll_csv(member_row("1")).replace(b"branch", b"chapel")
    number = receive(database, content=content)
    failed = check(database, number, clock)
    assert failed.state is ImportState.FAILED
    assert "branch" in failed.refusal
    with pytest.raises(ImportUnderWay):
        put_in(database, number, clock)
    read = check(database, number, clock, choices=Choices(mapping={"branch": "chapel"}))
    assert (read.state, read.refusal) == (ImportState.READ, None)
    assert reports.names_of(database, number)[2] == "chapel"


def test_refused_rows_come_back_as_they_stand_in_the_file(database, clock):
    rows = [
        member_row("1", joined_on=" soon ", branch=""),
        member_row("2"),
        member_row("2", family_name="Reid"),
    ]
    number = receive(database, *rows)
    check(database, number, clock)
    first, second = reports.refused_rows(database, number)
    assert (first.number, first.cells) == (2, list(rows[0].values()))
    assert len(first.reasons) == 2
    assert (second.number, second.cells) == (4, list(rows[2].values()))
    assert "already in row 3" in second.reasons[0]
    with database.reading() as session:
        assert [each.row for each in reports.problems(session, number, limit=9)] == [2, 2, 4]
        assert [each.row for each in reports.problems(session, number, offset=2, limit=9)] == [4]


def test_a_workbook_is_kept_too_and_its_rows_are_counted_when_it_is_read(database, clock):
    row = member_row("0012")
    number = receive(
        database, content=roll_xlsx([list(row), list(row.values())]), file_name="a.xlsx"
    )
    assert report_of(database, number, clock).rows_total is None
    assert check(database, number, clock).rows_total == 1


def test_a_large_file_is_kept_in_pieces_and_comes_back_whole(database):
    content = roll_csv(member_row("1")) + os.urandom(3 * uploads.CHUNK)
    number = receive(database, content=content)
    with uploads.open_kept(database, number) as file:
        assert file.read() == content


def test_an_empty_file_is_not_kept(database):
    with pytest.raises(EmptyFile):
        uploads.receive(database, io.BytesIO(), file_name="a.csv", actor=HQ, now=NOW)


def claim(database, number, clock, *, actor=None):
    """Begin a piece of work whose process then dies."""
    return jobs._claim(database, number, choices=KEEP, clock=clock, actor=actor)


def test_while_somebody_works_on_it_nobody_else_may(database, clock):
    number = receive(database, member_row("1"))
    claim(database, number, clock)
    assert report_of(database, number, clock).state is ImportState.READING
    for start in (check, put_in):
        with pytest.raises(ImportUnderWay):
            start(database, number, clock)


def test_an_import_whose_process_died_shows_as_interrupted_and_can_be_begun_again(database, clock):
    number = receive(database, member_row("1"))
    check(database, number, clock)
    claim(database, number, clock, actor=HQ)
    clock.now += timedelta(minutes=5)
    assert report_of(database, number, clock).state is ImportState.APPLYING
    clock.now += timedelta(seconds=1)
    assert report_of(database, number, clock).state is ImportState.INTERRUPTED
    assert put_in(database, number, clock).state is ImportState.DONE
    assert set(roll_of(database)) == {"1"}


def test_a_process_that_was_thought_dead_applies_nothing_when_it_comes_back(database, clock):
    number = receive(database, member_row("1"))
    check(database, number, clock)
    slept = claim(database, number, clock, actor=HQ)
    clock.now += timedelta(minutes=6)
    claim(database, number, clock, actor=HQ)
    jobs.work(database, slept)
    assert roll_of(database) == {}
    assert report_of(database, number, clock).state is ImportState.APPLYING


def test_an_import_is_applied_once(database, clock):
    number = receive(database, member_row("1"))
    check(database, number, clock)
    put_in(database, number, clock)
    with pytest.raises(Conflict):
        put_in(database, number, clock)


def test_a_fault_of_our_own_leaves_the_roll_as_it_was_and_says_so(database, clock, monkeypatch):
    number = receive(database, member_row("1"))
    check(database, number, clock)
    monkeypatch.setattr(jobs, "PROBLEMS_WITH_COUNTS", "not a number")
    failed = put_in(database, number, clock)
    assert (failed.state, failed.refusal) == (ImportState.FAILED, jobs.WENT_WRONG)
    assert roll_of(database) == {}


def tell_for_ever(heart):
    while True:
        heart.tell(800)


def test_progress_can_be_seen_while_a_file_is_read(database, clock, monkeypatch):
    monkeypatch.setattr(jobs, "HEARTBEAT", 0.01)
    number = receive(database, member_row("1"))
    job = claim(database, number, clock)
    with jobs.Heart(database, job) as heart:
        heart.tell(700)
        while report_of(database, number, clock).rows_done != 700:
            pass
        # Another process takes it over.
        with database.writing() as session:
            session.get(RollImport, number).run += 1
        with pytest.raises(jobs.Superseded):
            tell_for_ever(heart)


def test_imports_are_listed_the_newest_first_and_forgotten_after_a_week(database, clock):
    first = receive(database, member_row("1"))
    second = receive(database, member_row("2"))
    with database.reading() as session:
        assert [each.id for each in reports.latest_imports(session, now=NOW)] == [second, first]
    uploads.discard(database, second)
    with pytest.raises(UnknownImport):
        report_of(database, second, clock)
    with database.writing() as session:
        uploads.forget_old(session, now=NOW + uploads.KEPT_FOR)
    assert report_of(database, first, clock).id == first
    with database.writing() as session:
        uploads.forget_old(session, now=NOW + uploads.KEPT_FOR + timedelta(seconds=1))
    with pytest.raises(UnknownImport), uploads.open_kept(database, first):
        pass


DIES = """
import io, os, signal, sys
from datetime import UTC, datetime
from app.audit.service import COMMAND_LINE
from app.core.database import Database
from app.roll import service

def die(*nothing, **more):
    os.kill(os.getpid(), signal.SIGKILL)

service.record_import = die
content = sys.stdin.buffer.read()
service.import_roll(
    Database(sys.argv[1]), io.BytesIO(content), file_name="a.csv", dry_run=False,
    actor=COMMAND_LINE, now=datetime(2026, 11, 21, tzinfo=UTC),
)
"""


def test_a_process_killed_after_applying_and_before_the_commit_leaves_the_roll_as_it_was(
    database, database_url
):
    load(database, roll_csv(member_row("1")), now=NOW)
    before = roll_of(database)
    content = roll_csv(*[member_row(str(n), family_name="Reid") for n in range(500)])
    died = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", DIES, database_url], input=content, check=False, timeout=60
    )
    assert died.returncode == -signal.SIGKILL
    assert roll_of(database) == before
    assert counts(load(database, content, now=NOW)) == (499, 1, 0, 0)


def test_a_job_ends_before_the_pool_it_works_with_is_closed(database, clock):
    """And it shows as interrupted at once, so that it can be begun again at another process."""
    row = "{},Name,Leeds 01,full,2020-01-01\r\n"
    rows = "".join(row.format(number) for number in range(150_000))
    header = "membership_number,family_name,branch,category,joined_on\r\n"
    number = receive(database, content=(header + rows).encode())
    job = jobs.start_check(database, number, choices=KEEP, clock=clock)
    database.dispose()
    assert not job.is_alive()
    assert report_of(database, number, clock).state is ImportState.INTERRUPTED
