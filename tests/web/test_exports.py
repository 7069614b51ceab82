"""What headquarters takes along: the numbers of the page, and nothing that it withholds."""

import csv
import io

import pytest
from python_calamine import CalamineWorkbook

from app.security.models import Role
from app.turnout.keeper import keep_hour
from tests.support.ballots import add_members, given_ballot, given_token
from tests.support.pdf import Pdf
from tests.support.turnout import set_votes

HERE = "/hq/ballots/pay-2026/turnout"
BRIEFING = "/hq/ballots/pay-2026/briefing.pdf"


def said_on(content):
    """Return the words of each page."""
    return [" ".join(piece.text for piece in page) for page in Pdf(content).pages]


@pytest.fixture
def ballot(database, settings):
    add_members(database, 40)
    add_members(database, 20, branch="=1+1")
    add_members(database, 20, branch="Hull")
    add_members(database, 4, branch="Scilly")
    found = given_ballot(database, settings, kind="industrial_action")
    set_votes(database, found.id, Leeds=30, Hull=19, Scilly=3)
    return found


def with_a_course(database, ballot, clock):
    """Twelve had voted at the last full hour, and 52 have now."""
    set_votes(database, ballot.id, Leeds=6, Hull=3, Scilly=3)
    keep_hour(database, now=clock.now)
    set_votes(database, ballot.id, Leeds=30, Hull=19, Scilly=3)


@pytest.mark.usefixtures("ballot")
def test_csv_has_the_rows_of_the_page_and_runs_no_formula(client, hq):
    answer = client.get(f"{HERE}.csv?sort=name", token=hq)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "pay-2026-turnout-by-branch.csv" in answer.headers["content-disposition"]
    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert head[:5] == ["Branch", "Entitled", "Have voted", "Turnout, %", "Needed for 50 %"]
    found = {row[0]: row[1:5] for row in rows}
    assert found["Leeds"] == ["40", "30", "75.00", "0"]
    assert found["Scilly"] == ["4", "", "", ""]
    assert found["'=1+1"] == ["20", "", "", ""]
    assert "withheld" in next(row for row in rows if row[0] == "Scilly")[-1]


@pytest.mark.usefixtures("ballot")
def test_a_workbook_has_a_sheet_for_each_grouping(client, hq):
    answer = client.get(f"{HERE}.xlsx", token=hq)
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert book.sheet_names == ["Turnout", "Branches", "Regions", "Employers", "Workplaces"]
    standing = dict(row[:2] for row in book.get_sheet_by_name("Turnout").to_python())
    assert (standing["Entitled"], standing["Have voted"]) == (84, 52)
    branches = book.get_sheet_by_name("Branches").to_python()
    found = {row[0]: row[1:3] for row in branches[1:]}
    assert found == {"Leeds": [40, 30], "Hull": [20, 19], "=1+1": [20, ""], "Scilly": [4, ""]}


def test_a_workbook_has_the_course_by_day_once_there_is_one(client, hq, database, clock, ballot):
    with_a_course(database, ballot, clock)
    answer = client.get(f"{HERE}.xlsx", token=hq)
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert book.get_sheet_by_name("By day").to_python()[1][:2] == ["2026-11-21", 12]


def test_the_briefing_is_one_page_with_the_headline_the_chart_and_the_rules(
    client, hq, database, clock, ballot
):
    with_a_course(database, ballot, clock)
    answer = client.get(BRIEFING, token=hq)
    assert answer.headers["content-type"] == "application/pdf"
    pages = said_on(answer.content)
    assert len(pages) == 1
    said = " ".join(pages[0].split())
    assert "52 of 84 have voted, 61.90" in said
    assert "How it came about" in said
    assert "Leeds" in said
    assert "Scilly" not in said
    assert "Turnout the rules ask for" in said


@pytest.mark.usefixtures("ballot")
@pytest.mark.parametrize("path", [f"{HERE}.csv", f"{HERE}.xlsx", BRIEFING])
def test_nobody_but_headquarters_takes_it_along(client, database, settings, path):
    rep = given_token(database, settings, name="rep", role=Role.BRANCH, branch="Leeds")
    assert client.get(path, token=rep).status_code == 403
    assert client.get(path).status_code in {303, 401}


def test_a_title_that_looks_like_markup_is_printed_as_typed(client, hq, database, settings):
    add_members(database, 40)
    given_ballot(database, settings, title='#read("/etc/passwd") *x*')
    said = said_on(client.get(BRIEFING, token=hq).content)[0]
    assert '#read("/etc/passwd") *x*' in said
