"""The command line, as an operator and a script use it, on both databases."""

from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy import text
from typer.testing import CliRunner

from app.cli import main
from app.cli.main import cli
from app.core.database import Database
from app.core.migrations import newest_revision, revision_of
from app.security.service import find_account, staff_with_token
from tests.support.rolls import member_row, roll_csv, roll_of
from tests.support.staff import PASSWORD, events_of, given_account, signed_in

NEW_PASSWORD = "another horse battery"


def test_an_account_is_added_with_the_password_from_standard_input(muster, database, settings):
    added = muster(
        "staff", "add", "anna", "--role", "hq", "--password-stdin", typed=f"{NEW_PASSWORD}\n"
    )
    assert (added.status, added.out, added.err) == (0, "anna can sign in now.\n", "")
    assert signed_in(database, settings, "anna", password=NEW_PASSWORD)[1].role == "hq"
    assert events_of(database)[0].actor == "command line"


def test_a_branch_officer_is_added_with_the_branch(muster, database):
    added = muster(
        *("staff", "add", "bo", "--role", "branch", "--branch", "Leeds", "--password-stdin"),
        typed=NEW_PASSWORD,
    )
    assert added.status == 0
    with database.reading() as session:
        assert find_account(session, "bo").branch == "Leeds"


def test_a_password_is_asked_for_twice_and_not_shown(environment, database):
    del environment
    runner = CliRunner()
    add = ["staff", "add", "anna", "--role", "scrutineer"]
    added = runner.invoke(cli, add, input=f"{NEW_PASSWORD}\nmistyped\n" + 2 * f"{NEW_PASSWORD}\n")
    assert added.exit_code == 0
    assert NEW_PASSWORD not in added.output
    with database.reading() as session:
        assert find_account(session, "anna").role == "scrutineer"


@pytest.mark.parametrize(
    ("arguments", "typed", "why"),
    [
        pytest.param(["new", "--role", "hq"], "short", "at least 12 characters", id="password"),
        pytest.param(["new", "--role", "branch"], PASSWORD, "needs a branch", id="branch"),
        pytest.param(["anna", "--role", "hq"], PASSWORD, "already an account", id="name"),
    ],
)
def test_what_is_refused_is_a_sentence_on_standard_error(muster, database, arguments, typed, why):
    given_account(database, "anna")
    refused = muster("staff", "add", *arguments, "--password-stdin", typed=typed)
    assert (refused.status, refused.out) == (1, "")
    assert why in refused.err
    assert refused.err.endswith(".\n")
    assert refused.err.count("\n") == 1


def test_an_unknown_role_is_given_wrongly(muster):
    assert muster("staff", "add", "anna", "--role", "king", "--password-stdin").status == 2


def test_a_new_token_stands_alone_on_the_last_line_and_works(muster, database, settings):
    given_account(database, "anna")
    issued = muster("staff", "token", "anna")
    assert issued.status == 0
    with database.reading() as session:
        staff = staff_with_token(session, issued.last_line, origin="test", settings=settings)
    assert staff.name == "anna"


@pytest.mark.parametrize("command", ["revoke", "disable"])
def test_a_token_works_no_more_after(muster, database, settings, command):
    given_account(database, "anna")
    token = muster("staff", "token", "anna").last_line
    assert muster("staff", command, "anna").status == 0
    with database.reading() as session:
        assert staff_with_token(session, token, origin="test", settings=settings) is None
        assert (find_account(session, "anna") is None) is (command == "disable")


@pytest.mark.parametrize("command", ["token", "revoke", "disable"])
def test_nobody_of_that_name_is_a_sentence(muster, command):
    refused = muster("staff", command, "nobody")
    assert (refused.status, refused.out) == (1, "")
    assert refused.err == "There is no staff account with that name. Check the spelling.\n"


@pytest.fixture
def roll_file(tmp_path):
    """Two rows that are right, one that is not."""
    path = tmp_path / "members.csv"
    path.write_bytes(
        roll_csv(member_row("1001"), member_row("1002"), member_row("1003", joined_on="[red]no"))
    )
    return path


def test_a_roll_is_imported_and_each_row_left_out_is_named(muster, database, roll_file):
    done = muster("roll", "import", roll_file)
    assert (done.status, done.err) == (0, "")
    assert roll_of(database).keys() == {"1001", "1002"}
    counts = next(line for line in done.out.splitlines() if "│" in line)
    assert [int(number) for number in counts.strip("│").split("│")] == [3, 2, 0, 0, 1]
    assert "│ 4   │ joined_on │" in done.out
    assert "[red]no" in done.out
    assert events_of(database)[-1].action == "RollImported"
    assert events_of(database)[-1].subject == "members.csv"


def test_a_dry_run_says_the_same_and_changes_nothing(muster, database, roll_file):
    done = muster("roll", "import", roll_file, "--dry-run")
    assert done.status == 0
    assert "dry run" in done.out
    assert "│ 4   │ joined_on │" in done.out
    assert roll_of(database) == {}
    assert events_of(database) == []


def test_of_very_many_problems_the_first_are_named_and_the_rest_counted(muster, tmp_path):
    path = tmp_path / "members.csv"
    path.write_bytes(roll_csv(*(member_row(str(n), joined_on="never") for n in range(250))))
    done = muster("roll", "import", path)
    assert "│ 201 │ joined_on │" in done.out
    assert "│ 202 │ joined_on │" not in done.out
    assert "And 50 more problems." in done.out


def test_what_a_file_says_cannot_move_the_terminals_cursor(muster, tmp_path):
    path = tmp_path / "members.csv"
    path.write_bytes(roll_csv(member_row("1001", joined_on="\x1b[2J\x9b1A")))
    done = muster("roll", "import", path, "--dry-run")
    assert "\x1b" not in done.out
    assert "\x9b" not in done.out


@pytest.mark.parametrize(
    "content", [pytest.param(b"\xff\xfe\x00", id="no text"), pytest.param(b"", id="empty")]
)
def test_a_file_that_cannot_be_read_changes_nothing_and_says_so(
    muster, database, tmp_path, content
):
    path = tmp_path / "members.csv"
    path.write_bytes(content)
    refused = muster("roll", "import", path)
    assert (refused.status, refused.out) == (2, "")
    assert refused.err.endswith(".\n")
    assert roll_of(database) == {}


def test_a_file_that_is_not_there_is_given_wrongly(muster, tmp_path):
    assert muster("roll", "import", tmp_path / "none.csv").status == 2


def test_an_audit_log_that_holds_says_how_many_events_and_the_last_hash(muster, database):
    given_account(database, "anna")
    given_account(database, "bea")
    holds = muster("audit", "verify")
    assert (holds.status, holds.err) == (0, "")
    assert holds.out.splitlines() == [
        "2 events, the chain holds",
        f"Event 2 has the hash {events_of(database)[-1].hash}",
    ]


def test_an_empty_audit_log_holds(muster):
    assert muster("audit", "verify").out == "0 events, the chain holds\n"


@pytest.mark.parametrize(("number", "sound"), [(1, "None is sound."), (3, "The 2 before it are")])
def test_an_audit_log_that_was_tampered_with_names_the_event(muster, database, number, sound):
    for name in ("anna", "bea", "carla"):
        given_account(database, name)
    drop = {
        "sqlite": "DROP TRIGGER audit_event_no_UPDATE",
        "postgresql": "DROP TRIGGER audit_event_append_only ON audit_event",
    }[database.engine.dialect.name]
    with database.writing() as session:
        session.execute(text(drop))
        session.execute(text(f"UPDATE audit_event SET actor = 'x' WHERE number = {number}"))
    broken = muster("audit", "verify")
    assert (broken.status, broken.out) == (1, "")
    assert f"event {number} was changed after it was written" in broken.err
    assert sound in broken.err


def test_migrate_brings_an_empty_database_to_this_versions_schema(
    muster, environment, database_server
):
    url = database_server.create_empty()
    environment.setenv("MUSTER_DATABASE_URL", url)
    early = muster("audit", "verify")
    assert (early.status, early.out) == (1, "")
    assert "Run `muster migrate`." in early.err
    assert muster("migrate").status == 0
    assert muster("migrate").status == 0
    database = Database(url)
    assert revision_of(database) == newest_revision()
    database.dispose()
    assert muster("audit", "verify").status == 0
    database_server.drop(url)


def test_a_database_of_a_later_version_is_left_alone(muster, database):
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    refused = muster("migrate")
    assert refused.status == 1
    assert "a schema that this version does not know" in refused.err


COMMANDS = (
    ["serve"],
    ["migrate"],
    ["staff", "token", "anna"],
    ["staff", "add", "anna", "--role", "hq", "--password-stdin"],
    ["audit", "verify"],
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_missing_setting_is_named_and_the_status_is_2(environment, capsys, command):
    environment.delenv("MUSTER_SECRET_KEY")
    with pytest.raises(SystemExit) as leaving:
        main(command)
    assert leaving.value.code == 2
    assert capsys.readouterr().err == (
        "MUSTER_SECRET_KEY is not set. Set it in the environment and start again.\n"
    )


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_database_that_does_not_answer_is_a_sentence_without_its_password(
    monkeypatch, capsys, command
):
    monkeypatch.setenv("MUSTER_SECRET_KEY", "x" * 40)
    monkeypatch.setenv("MUSTER_DATABASE_URL", "postgresql://muster:hunter2@127.0.0.1:1/muster")
    with pytest.raises(SystemExit) as leaving:
        main(command)
    printed = capsys.readouterr()
    assert leaving.value.code == 1
    assert printed.err.startswith("The database does not answer. Check MUSTER_DATABASE_URL")
    assert "hunter2" not in printed.err + printed.out


def test_a_database_file_that_cannot_be_opened_is_a_sentence_of_its_own(
    monkeypatch, capsys, tmp_path
):
    monkeypatch.setenv("MUSTER_SECRET_KEY", "x" * 40)
    monkeypatch.setenv("MUSTER_DATABASE_URL", f"sqlite:///{tmp_path / 'none' / 'm.sqlite3'}")
    with pytest.raises(SystemExit) as leaving:
        main(["audit", "verify"])
    assert leaving.value.code == 1
    assert capsys.readouterr().err.startswith("The database file cannot be opened. Check MUSTER_")


def test_a_full_disk_is_named_and_no_row_of_it(monkeypatch, capsys, tmp_path):
    url = f"sqlite:///{tmp_path / 'm.sqlite3'}"
    monkeypatch.setenv("MUSTER_SECRET_KEY", "x" * 40)
    monkeypatch.setenv("MUSTER_DATABASE_URL", url)
    with a_full_database(), pytest.raises(SystemExit) as leaving:
        main(["migrate"])
    assert leaving.value.code == 1
    assert capsys.readouterr().err.startswith("The disk of the database is full, so nothing was")


@contextmanager
def a_full_database():
    """Each SQLite database that is opened while the block lasts has room for one page."""

    def leave_no_room(connection, _record):
        connection.execute("PRAGMA max_page_count = 1")

    sa.event.listen(sa.Engine, "connect", leave_no_room)
    try:
        yield
    finally:
        sa.event.remove(sa.Engine, "connect", leave_no_room)


def test_help_names_every_command_of_the_contract(capsys):
    for group, words in (
        ([], ("serve", "migrate", "staff", "roll", "audit", "demo")),
        (["staff"], ("add", "token", "revoke", "disable")),
        (["roll"], ("import",)),
        (["audit"], ("verify",)),
    ):
        with pytest.raises(SystemExit):
            main([*group, "--help"])
        shown = capsys.readouterr().out
        assert [word for word in words if f" {word} " not in shown] == []


@pytest.mark.parametrize(
    ("command", "options"),
    [
        (["serve"], ("--host", "--port", "--workers")),
        (["staff", "add"], ("--role", "--branch", "--password-stdin")),
        (["roll", "import"], ("--dry-run",)),
        (["demo"], ("--port", "--data")),
    ],
)
def test_help_names_every_option_of_the_contract(capsys, command, options):
    with pytest.raises(SystemExit):
        main([*command, "--help"])
    shown = capsys.readouterr().out
    assert [option for option in options if option not in shown] == []
