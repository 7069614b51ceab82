"""Headquarters has a membership file checked, decides, and imports it."""

import csv
import io
import zipfile
from datetime import date, timedelta

import pytest
from sqlmodel import select

from app.roll import jobs
from app.roll.import_models import ImportState, RollImport
from app.web.roll_pages import LARGE_WORKBOOK
from tests.support.ballots import add_members
from tests.support.desks import given_desk, words
from tests.support.imports import applied, checked, facts, figures, finished, refused, send, sent
from tests.support.one_database import ON_ONE_DATABASE, one_case_on_both
from tests.support.pages import check_page
from tests.support.rolls import member_row, roll_csv, roll_of, roll_xlsx
from tests.support.workbooks import parts_of, repacked

TWO = roll_csv(member_row("1001"), member_row("1002", branch="York"))


@pytest.fixture
def hq(client, database):
    return given_desk(client, database)


def table(page, caption):
    [found] = [each for each in page.select("table") if words(each.caption) == caption]
    return [[words(cell) for cell in row.select("th, td")] for row in found.select("tbody tr")]


def set_state(database, **facts):
    """Leave the only import as a process that died would have left it."""
    with database.writing() as session:
        kept = session.exec(select(RollImport)).one()
        for name, value in facts.items():
            setattr(kept, name, value)
        session.add(kept)


def test_the_page_says_how_many_are_in_each_branch(hq, database):
    add_members(database, 3)
    add_members(database, 2, branch="York", left_on=date(2026, 11, 21))
    page = hq.page("/hq/roll")
    assert "3 members in 2 branches." in words(page.main)
    assert table(page, "Members by branch") == [["Leeds", "3", "0"], ["York", "0", "2"]]


@ON_ONE_DATABASE
def test_an_empty_roll_says_what_to_do(hq):
    page = hq.page("/hq/roll")
    assert "Nobody is on the roll yet" in words(page.main)
    assert page.select("table") == []


def test_a_check_says_what_would_happen_and_changes_nothing(hq, database):
    _, page = checked(hq, TWO)
    assert words(page.h1) == "What this file would change"
    assert figures(page) == {
        "would be added": "2",
        "would be changed": "0",
        "are the same already": "0",
        "cannot be taken": "0",
        "on the roll, not in the file": "0",
    }
    assert [row[0] for row in table(page, "Who would be added")] == ["1001", "1002"]
    assert roll_of(database) == {}


def test_what_changes_is_shown_field_by_field(hq):
    applied(hq, checked(hq, TWO)[0])
    file = roll_csv(
        member_row("1001", email="a@example.org", family_name="Reid"),
        member_row("1002", email="b@example.org", branch="York"),
    )
    _, page = checked(hq, file)
    assert table(page, "How many members each field changes for") == [
        ["Family name", "1"],
        ["E-mail address", "2"],
    ]
    assert ["1001", "Okafor", "Family name", "Okafor", "Reid"] in table(page, "Each change")
    assert ["1002", "Okafor", "E-mail address", "empty", "b@example.org"] in table(
        page, "Each change"
    )


@ON_ONE_DATABASE
def test_warnings_stand_before_everything_that_could_be_decided(hq):
    applied(hq, checked(hq, TWO)[0])
    _, page = checked(hq, roll_csv(member_row("1003", branch="Atlantis")))
    text = words(page.main)
    assert "Atlantis" in words(page.select_one(".govuk-inset-text"))
    assert text.index("Look at these first") < text.index("Import it")


def test_a_file_that_was_checked_is_imported_and_the_page_can_be_left_meanwhile(hq, database):
    address, _ = checked(hq, TWO)
    assert roll_of(database) == {}
    page = applied(hq, address)
    assert words(page.h1) == "The file was imported"
    assert facts(page)["Added"] == "2 members"
    assert set(roll_of(database)) == {"1001", "1002"}
    roll = hq.page("/hq/roll")
    assert words(roll.select_one(f"a[href='{address}']").parent).startswith(
        "members.csv was imported, sent by hq-officer"
    )
    assert facts(roll)["By"] == "hq-officer"


def test_who_is_not_in_the_file_stays_unless_headquarters_says_that_they_left(hq, database):
    applied(hq, checked(hq, TWO)[0])
    address, page = checked(hq, roll_csv(member_row("1001")))
    assert figures(page)["on the roll, not in the file"] == "1"
    assert table(page, "Who is on the roll and not in the file") == [["1002", "Okafor", "York"]]
    assert page.select_one("input[name=missing][value=keep]").has_attr("checked")
    applied(hq, address, missing="keep")
    assert roll_of(database)["1002"]["left_on"] is None
    address, _ = checked(hq, roll_csv(member_row("1001")))
    page = applied(hq, address, missing="left", left_on="2026-11-01")
    assert facts(page)["Marked as having left"] == "1 member"
    assert roll_of(database)["1002"]["left_on"] == date(2026, 11, 1)


def test_a_day_on_which_nobody_can_leave_is_refused_beside_its_field(hq, database):
    applied(hq, checked(hq, TWO)[0])
    address, _ = checked(hq, roll_csv(member_row("1001")))
    answer = hq.post(f"{address}/apply", data={"missing": "left", "left_on": "last week"})
    assert "Give the day" in words(refused(answer).select_one(".govuk-error-message"))
    assert roll_of(database)["1002"]["left_on"] is None


def test_a_report_that_another_import_has_overtaken_is_made_anew_and_nothing_is_imported(
    hq, database, clock
):
    address, page = checked(hq, TWO)
    assert figures(page)["would be added"] == "2"
    clock.now += timedelta(minutes=1)
    applied(hq, checked(hq, roll_csv(member_row("1001", family_name="Reid")))[0])
    answer = hq.post(f"{address}/apply")
    assert answer.headers["location"] == f"{address}?roll_changed=true"
    page = finished(hq, answer.headers["location"])
    assert "Another import changed the roll" in words(page.main)
    assert (figures(page)["would be added"], figures(page)["would be changed"]) == ("1", "1")
    assert set(roll_of(database)) == {"1001"}
    applied(hq, address)
    assert set(roll_of(database)) == {"1001", "1002"}


ANN = {"given_name": "Ann", "postcode": "LS1 9AA"}


@pytest.mark.parametrize("merge", [False, True], ids=["kept", "merged"])
def test_two_who_are_probably_one_are_merged_only_if_headquarters_says_so(hq, database, merge):
    applied(hq, checked(hq, roll_csv(member_row("1001", **ANN)))[0])
    address, page = checked(hq, roll_csv(member_row("2001", **ANN)))
    [keep, together] = page.select("input[name=merge-1]")
    assert keep.has_attr("checked")
    assert keep["value"] == ""
    question = words(page.select_one("fieldset legend"))
    assert "number 1001, Leeds (on the roll)" in question
    assert "number 2001, Leeds (row 2 of the file)" in question
    applied(hq, address, **{"merge-1": together["value"] if merge else ""})
    assert len(roll_of(database)) == (1 if merge else 2)


@one_case_on_both("forged", ["{", "[1]", "3", '["1001", "1001"]'])
def test_a_forged_merge_is_refused_and_imports_nothing(hq, database, forged):
    address, _ = checked(hq, TWO)
    answer = hq.post(f"{address}/apply", data={"merge-1": forged})
    if answer.status_code == 303:
        assert words(finished(hq, address).h1) == "The file was not imported"
    else:
        assert answer.status_code == 422
    assert roll_of(database) == {}


REFUSED = roll_csv(
    member_row("1001", mobile="+447700900123"),
    member_row("1002", mobile="+447700900124", joined_on="yesterday"),
    member_row("1003", family_name="", joined_on=""),
)


@ON_ONE_DATABASE
def test_every_refused_row_is_shown_with_its_reason(hq):
    _, page = checked(hq, REFUSED)
    rows = table(page, "Why rows cannot be taken")
    assert [(row, column) for row, column, _ in rows] == [
        ("3", "Joined on"),
        ("4", "Family name"),
        ("4", "Joined on"),
    ]
    assert all(sentence.endswith(".") for _, _, sentence in rows)


def test_refused_rows_come_as_a_file_that_is_mended_and_sent_again(hq, database):
    address, _ = checked(hq, REFUSED)
    applied(hq, address)
    answer = hq.get(f"{address}/refused-rows.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    text = answer.content.decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert header[:2] == ["why_refused", "membership_number"]
    assert [row[1] for row in rows] == ["1002", "1003"]
    assert rows[0][0].startswith("Row 3: “yesterday” is not a day.")
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    mended = text.replace("yesterday", "2024-02-29").encode("utf-8-sig")
    again, page = checked(hq, mended, name="refused-rows.csv")
    assert (figures(page)["would be added"], figures(page)["cannot be taken"]) == ("1", "1")
    assert page.select(".govuk-inset-text") == []
    applied(hq, again)
    assert roll_of(database)["1002"]["mobile"] == "+447700900124"
    # What was not mended comes out as it was, and its reason once.
    last = list(csv.reader(io.StringIO(hq.get(f"{again}/refused-rows.csv").text, newline="")))
    assert len(last) == 2
    assert last[1][1:] == rows[1][1:]


@ON_ONE_DATABASE
def test_rows_with_cells_too_few_or_too_many_keep_them_so_in_the_file_of_refused_rows(hq):
    short = b"1003,Okafor,Leeds\r\n1004,Reid,Leeds,full,2019-05-01,x\r\n"
    short += b'1005,"Reid"x,Leeds,full,2019-05-01\r\n'
    address, _ = checked(hq, TWO + short)
    text = hq.get(f"{address}/refused-rows.csv").content.decode("utf-8-sig")
    _, few, many, unreadable = csv.reader(io.StringIO(text, newline=""))
    assert few[1:] == ["1003", "Okafor", "Leeds"]
    assert many[1:] == ["1004", "Reid", "Leeds", "full", "2019-05-01", "x"]
    assert len(unreadable) == 1


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        pytest.param("members.csv", b"", "empty", id="an empty file"),
        pytest.param("members.csv", b"a\nZo\x81\n", "UTF-8", id="no text"),
        pytest.param("members.csv", b"PK\x03\x04 and so on", "workbook", id="a workbook as CSV"),
        pytest.param(
            "members.xlsx", b"PK\x03\x04 and so on", "cannot be opened", id="a broken one"
        ),
    ],
)
def test_a_file_that_is_refused_whole_gets_a_sentence_beside_the_field(hq, name, content, said):
    page = refused(send(hq, content, name=name))
    assert said in words(page.select_one(".govuk-error-message"))
    assert "sent by" not in words(page.main)


@ON_ONE_DATABASE
def test_no_file_is_told_so(hq, database):
    empty_field = {"file": ("", b"")}
    for answer in (hq.post("/hq/roll/imports"), hq.post("/hq/roll/imports", files=empty_field)):
        page = refused(answer)
        assert words(page.select_one(".govuk-error-message")) == (
            "Error: Choose the membership file first."
        )
    assert roll_of(database) == {}


@ON_ONE_DATABASE
def test_a_file_that_changes_nothing_has_nothing_to_import(hq):
    applied(hq, checked(hq, TWO)[0])
    _, page = checked(hq, TWO)
    assert "There is nothing to import" in words(page.main)
    assert page.select("form[action$='/apply']") == []


@one_case_on_both(
    ("state", "heading"),
    [(ImportState.READING, "Checking the file"), (ImportState.APPLYING, "Importing the file")],
)
def test_work_under_way_says_how_far_it_is_and_loads_itself_again(
    hq, database, clock, state, heading
):
    address = sent(hq, TWO)
    finished(hq, address)
    set_state(database, state=state, rows_done=40_000, rows_total=1_300_000, alive_at=clock.now)
    page = hq.page(address)
    assert words(page.h1) == heading
    assert "40,000 of 1,300,000 rows of members.csv" in words(page.main)
    bar = page.select_one("progress")
    assert (bar["value"], bar["max"]) == ("40000", "1300000")
    assert page.select_one("[data-look-again]")["data-look-again"] == "3"
    assert page.select_one(f"main a[href='{address}']")
    set_state(database, rows_total=None)
    assert "40,000 rows of members.csv so far" in words(hq.page(address).main)
    # Whoever applies or checks it now is told that somebody is at it.
    for path in ("apply", "check"):
        assert hq.post(f"{address}/{path}").status_code == 409


def test_an_import_whose_process_died_is_said_to_be_interrupted_and_is_checked_again(
    hq, database, clock
):
    address = sent(hq, TWO)
    finished(hq, address)
    long_ago = clock.now - 2 * max(jobs.PATIENCE.values())
    set_state(database, state=ImportState.APPLYING, alive_at=long_ago)
    page = hq.page(address)
    assert words(page.h1) == "This import was interrupted"
    assert "nothing was half imported" in words(page.main)
    assert hq.post(f"{address}/check").status_code == 303
    assert words(finished(hq, address).h1) == "What this file would change"


def test_a_file_that_was_forgotten_is_gone(hq, database):
    address, _ = checked(hq, TWO)
    assert hq.post(f"{address}/discard").headers["location"] == "/hq/roll"
    for path in ("", "/columns", "/refused-rows.csv"):
        answer = hq.get(f"{address}{path}")
        assert answer.status_code == 404
        assert "not here any more" in words(check_page(answer.text).main)
    assert roll_of(database) == {}


@pytest.mark.parametrize("number", ["0", "2", str(2**63), "9" * 40, "x"])
def test_an_import_that_never_was_is_a_page_that_says_so(hq, number):
    for path in ("", "/columns", "/refused-rows.csv"):
        answer = hq.get(f"/hq/roll/imports/{number}{path}")
        assert answer.status_code in {404, 422}
        assert check_page(answer.text)


def test_a_large_workbook_is_opened_in_the_background(hq, database):
    parts = parts_of(roll_xlsx([["Mem No", "Surname"], ["0012", "Okafor"]]))
    photo = {"xl/media/photo.bin": bytes(LARGE_WORKBOOK)}
    book = repacked(parts | photo, compression=zipfile.ZIP_STORED)
    assert len(book) > LARGE_WORKBOOK
    address = sent(hq, book, name="members.xlsx")
    page = finished(hq, address)
    assert words(page.h1) == "The file was not imported"
    assert "“Surname” for family_name" in words(page.main)
    assert hq.page(f"{address}/columns").select_one("#family_name option[selected]")["value"] == (
        "Surname"
    )


def test_files_are_kept_for_a_week(hq, clock):
    address, _ = checked(hq, TWO)
    clock.now += timedelta(days=8)
    hq.sign_in()
    checked(hq, TWO)
    assert hq.get(address).status_code == 404
