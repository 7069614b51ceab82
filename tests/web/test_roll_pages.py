"""Headquarters checks a membership file and imports it."""

import hashlib
from datetime import date

import pytest

from app.web.roll_pages import MOST_PROBLEMS, OTHER_FILE
from tests.support.ballots import add_members
from tests.support.desks import given_desk, words
from tests.support.pages import check_page
from tests.support.rolls import member_row, roll_csv, roll_of

TWO = roll_csv(member_row("1001"), member_row("1002", branch="York"))


@pytest.fixture
def hq(client, database):
    return given_desk(client, database)


def send(desk, path, content, *, name="members.csv", **fields):
    return desk.post(f"/hq/roll/{path}", files={"file": (name, content)}, data=fields)


def figures(page):
    return {words(fact.dt): words(fact.dd) for fact in page.select(".stat-grid > div")}


def test_the_page_says_how_many_are_in_each_branch(hq, database):
    add_members(database, 3)
    add_members(database, 2, branch="York", left_on=date(2026, 11, 21))
    page = hq.page("/hq/roll")
    assert "3 members in 2 branches." in words(page.main)
    rows = [[words(cell) for cell in row.select("th, td")] for row in page.select("tbody tr")]
    assert rows == [["Leeds", "3", "0"], ["York", "0", "2"]]


def test_an_empty_roll_says_what_to_do(hq):
    page = hq.page("/hq/roll")
    assert "Nobody is on the roll yet" in words(page.main)
    assert page.select("table") == []


def test_a_check_says_what_would_happen_and_changes_nothing(hq, database):
    answer = send(hq, "check", TWO)
    assert answer.status_code == 200
    page = check_page(answer.text)
    assert figures(page) == {
        "would be added": "2",
        "would be changed": "0",
        "are the same already": "0",
        "cannot be taken": "0",
    }
    assert page.select_one("[name=checked]")["value"] == hashlib.sha256(TWO).hexdigest()
    assert roll_of(database) == {}


def test_every_refused_row_is_shown_with_its_reason(hq):
    file = roll_csv(member_row("1001"), member_row("1002", joined_on="yesterday"))
    page = check_page(send(hq, "check", file).text)
    [row] = page.select("tbody tr")
    number, column, sentence = (words(cell) for cell in row.select("th, td"))
    assert (number, column) == ("3", "joined_on")
    assert sentence.endswith(".")
    assert figures(page)["cannot be taken"] == "1"


def test_more_faults_than_anyone_reads_are_counted(hq):
    rows = [member_row(str(number), joined_on="never") for number in range(MOST_PROBLEMS + 5)]
    page = check_page(send(hq, "check", roll_csv(*rows)).text)
    assert len(page.select("tbody tr")) == MOST_PROBLEMS
    assert "There are 5 further reasons" in words(page.main)


def test_the_file_that_was_checked_is_imported(hq, database):
    checked = hashlib.sha256(TWO).hexdigest()
    answer = send(hq, "import", TWO, checked=checked)
    assert (answer.status_code, answer.headers["location"]) == (303, "/hq/roll#last-import")
    assert set(roll_of(database)) == {"1001", "1002"}
    facts = words(hq.page("/hq/roll").select_one("#last-import").find_next("dl"))
    assert "File members.csv" in facts
    assert "By hq-officer" in facts
    assert "Added 2 members" in facts


def test_another_file_than_the_one_that_was_checked_is_only_checked(hq, database):
    other = roll_csv(member_row("1003"))
    answer = send(hq, "import", other, checked=hashlib.sha256(TWO).hexdigest())
    assert answer.status_code == 422
    page = check_page(answer.text)
    assert OTHER_FILE in words(page.select_one(".govuk-error-summary"))
    assert figures(page)["would be added"] == "1"
    assert page.select_one("[name=checked]")["value"] == hashlib.sha256(other).hexdigest()
    assert roll_of(database) == {}


@pytest.mark.parametrize("path", ["check", "import"])
def test_no_file_is_told_so(hq, database, path):
    empty_field = {"file": ("", b"")}
    for answer in (hq.post(f"/hq/roll/{path}"), hq.post(f"/hq/roll/{path}", files=empty_field)):
        assert answer.status_code == 422
        page = check_page(answer.text)
        assert words(page.select_one(".govuk-error-message")) == (
            "Error: Choose the membership file first."
        )
    assert roll_of(database) == {}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        pytest.param("members.csv", b"", "empty", id="an empty file"),
        pytest.param("members.csv", b"a\nZo\x81\n", "UTF-8", id="no text"),
        pytest.param("members.csv", b"1001,Okafor,Leeds\n", "header", id="no header"),
        pytest.param("members.csv", b"PK\x03\x04 and so on", "workbook", id="a workbook as CSV"),
    ],
)
def test_a_file_that_is_refused_whole_gets_a_sentence_beside_the_field(hq, name, content, said):
    answer = send(hq, "check", content, name=name)
    assert answer.status_code == 422
    assert said in words(check_page(answer.text).select_one(".govuk-error-message"))


def test_a_file_that_changes_nothing_has_nothing_to_import(hq):
    send(hq, "import", TWO, checked=hashlib.sha256(TWO).hexdigest())
    page = check_page(send(hq, "check", TWO).text)
    assert "There is nothing to import" in words(page.main)
    assert page.select("form[action='/hq/roll/import']") == []
