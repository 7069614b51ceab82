"""What reps take away: lists of members to ask, as pages and files, and the notice to print."""

import csv
import io
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import update
from sqlmodel import col

from app.roll.models import Member
from app.roll.repository import find_member
from app.security.models import Role
from app.web.branch_notice import qr_code
from tests.conftest import NOW
from tests.support.ballots import add_members, given_ballot, given_token
from tests.support.desks import given_desk, words
from tests.support.drafts import given_draft
from tests.support.staff import events_of

HERE = "/branch/pay-2026"
PAGES = ["/ask", "/notice", "/ask/unreachable.csv", "/ask/at-work.csv", "/ask/incomplete.csv"]
WORK = "justice.gov.uk"


@pytest.fixture
def settings(settings):
    return settings.model_copy(
        update={"union_name": "Invented Union", "work_mail_domains": (WORK,)}
    )


@pytest.fixture
def officer(client, database):
    return given_desk(client, database, "bo", role=Role.BRANCH, branch="Leeds")


@pytest.fixture
def draft(database):
    add_members(database, 9, mobile="07700 900123")
    add_members(database, 2, branch="York", email="", family_name="Elsewhere")
    return given_draft(
        database, opens_at=NOW + timedelta(days=5), cut_off_at=NOW + timedelta(days=3)
    )


def add_to_leeds(database, number, **facts):
    """One more member of Leeds, whom something is to be asked."""
    add_members(database, 1, branch=number, **facts)
    with database.writing() as session:
        find_member(session, f"{number[:3].upper()}0001").branch = "Leeds"


def test_the_branch_page_says_how_many_to_ask_and_leads_to_them(officer, database, draft):
    add_to_leeds(database, "Hull", email="", family_name="Unreached")
    add_to_leeds(database, "Goole", email=f"g@{WORK}", family_name="At Work")
    page = officer.page(HERE)
    grid = [words(each) for each in page.select_one(".stat-grid").select("div")]
    assert grid == [
        "cannot be reached by e-mail or mobile 1",
        "have details missing 2",
        "have only an address at work, which the employer can read 1",
    ]
    assert f"{HERE}/ask?branch=Leeds" in [link["href"] for link in page.select("main a")]
    shown = officer.page(f"{HERE}/ask?branch=Leeds")
    tables = {words(table.caption): words(table.tbody) for table in shown.select("table")}
    assert tables == {
        "Members who cannot be reached": "Invented Unreached HUL0001 Hull office "
        "in person or by post",
        "Members with only an address at work": f"Invented At Work GOO0001 Goole office g@{WORK}",
        "Members whose details are incomplete": "Invented At Work GOO0001 Goole office "
        "mobile number Invented Unreached HUL0001 Hull office e-mail address, mobile number",
    }
    assert "who can read what is sent there" in words(shown.main)


def test_with_nobody_to_ask_that_is_said(officer, draft):
    assert "Nobody: every member here can be reached" in words(officer.page(HERE).main)
    assert officer.page(f"{HERE}/ask").select("table") == []


def test_a_list_comes_as_a_file_in_which_no_cell_runs(officer, database, draft):
    add_to_leeds(
        database,
        "Hull",
        email="",
        given_name="=HYPERLINK(1)",
        family_name="Unreached",
        workplace="@home",
    )
    answer = officer.get(f"{HERE}/ask/unreachable.csv")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="leeds-unreachable.csv"'
    assert answer.headers["cache-control"] == "no-store"
    head, row = csv.reader(io.StringIO(answer.text.removeprefix("\N{BYTE ORDER MARK}")))
    assert head == ["membership_number", "name", "workplace", "email", "mobile", "missing"]
    assert row == [
        "HUL0001",
        "'=HYPERLINK(1) Unreached",
        "'@home",
        "",
        "",
        "e-mail address, mobile number",
    ]


def test_who_took_which_list_is_in_the_audit_log(officer, database, draft):
    before = len(events_of(database))
    assert officer.get(f"{HERE}/ask/unreachable.csv?branch=York").status_code == 404
    assert len(events_of(database)) == before
    assert officer.get(f"{HERE}/ask/incomplete.csv").status_code == 200
    taken = events_of(database)[-1]
    assert (taken.action, taken.actor, taken.subject) == ("MembersListed", "bo", "pay-2026")
    assert taken.details == {"branch": "Leeds", "which": "incomplete", "members": 0}


def test_a_long_list_is_cut_on_the_page_and_whole_in_the_file(officer, database, draft):
    add_members(database, 205, branch="Ossett", email="")
    with database.writing() as session:
        session.execute(update(Member).where(col(Member.branch) == "Ossett").values(branch="Leeds"))
    page = officer.page(f"{HERE}/ask")
    table = page.find("caption", string="Members who cannot be reached").parent
    assert len(table.tbody.select("tr")) == 200
    assert "The first 200 are shown here" in words(page.main)
    assert len(officer.get(f"{HERE}/ask/unreachable.csv").text.splitlines()) == 206


@pytest.mark.parametrize("page", PAGES)
def test_an_officer_sees_their_own_branch_and_no_other(officer, draft, page):
    assert officer.get(f"{HERE}{page}").status_code == 200
    assert officer.get(f"{HERE}{page}?branch=leeds").status_code == 200
    for other in ("York", "Atlantis", ""):
        answer = officer.get(f"{HERE}{page}?branch={other}")
        assert answer.status_code == 404
        assert "Elsewhere" not in answer.text
        assert "York" not in answer.text
    assert "Elsewhere" not in officer.get(f"{HERE}{page}").text


@pytest.mark.parametrize("page", PAGES)
def test_headquarters_sees_any_branch_that_there_is(client, database, draft, page):
    hq = given_desk(client, database)
    assert hq.get(f"{HERE}{page}?branch=York").status_code == 200
    for missing in ("?branch=Atlantis", "?branch=%00", ""):
        assert hq.get(f"{HERE}{page}{missing}").status_code == 404
    assert hq.get(f"/branch/no-such-ballot{page}?branch=York").status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_nobody_else_sees_them(client, database, settings, draft, page):
    scrutineer = given_token(database, settings, name="sam", role=Role.SCRUTINEER)
    assert client.get(f"{HERE}{page}?branch=York", token=scrutineer).status_code == 403
    answer = client.get(f"{HERE}{page}?branch=York")
    assert answer.status_code in {303, 401}
    assert "Elsewhere" not in answer.text


def test_a_list_that_is_none_is_not_there(officer, draft):
    assert officer.get(f"{HERE}/ask/everybody.csv").status_code in {404, 422}


def test_the_notice_says_by_when_to_join_and_where(officer, draft):
    page = officer.page(f"{HERE}/notice")
    assert words(page.h1) == "Join by Tuesday 24 November 2026"
    notice = words(page.select_one("article"))
    assert "Invented Union, Leeds" in notice
    assert "the day itself is in time" in notice
    assert "http://testserver" in notice
    code = page.select_one("article svg.qr-code")
    assert code.title.get_text() == "QR code of http://testserver"
    assert code.select("path")


def test_the_code_leads_to_where_people_join():
    address = "https://union.example.org/join?a=1&b=<2>"
    code = BeautifulSoup(qr_code(address), "html.parser")
    assert code.title.get_text() == f"QR code of {address}"
    assert [tag.name for tag in code.find_all()] == ["svg", "title", "path"]
    assert not code.select("[style]")
    # 33 squares a side and two of margin on each: what this address needs at a quarter torn.
    assert code.svg["viewbox"] == "0 0 37 37"


def test_after_the_last_day_there_is_no_notice(officer, draft, clock):
    officer.wait(clock, days=3, hours=11)
    assert officer.page(f"{HERE}/notice").select("article")
    officer.wait(clock, hours=1)
    page = officer.page(f"{HERE}/notice")
    assert words(page.h1) == "The cut-off has passed"
    assert page.select("svg.qr-code") == []
    assert f"{HERE}/notice?branch=Leeds" not in str(officer.page(HERE))


def test_a_branch_that_is_not_balloted_prints_no_notice(officer, database):
    add_members(database, 9)
    given_draft(
        database,
        opens_at=NOW + timedelta(days=5),
        cut_off_at=NOW + timedelta(days=3),
        constituency={"branches": ["York"]},
    )
    assert words(officer.page(f"{HERE}/notice").h1) == "Not this branch’s ballot"
    page = officer.page(HERE)
    assert "This ballot is not put to Leeds, whenever somebody joins." in words(page.main)
    assert "Print" not in words(page.main)


def test_the_key_dates_of_a_draft_are_a_file_for_whoever_is_signed_in(client, officer, draft):
    page = officer.page(HERE)
    link = next(a["href"] for a in page.select("main a") if a["href"].endswith(".ics"))
    assert officer.get(link).headers["content-type"].startswith("text/calendar")
    # No calendar could follow it: the public sees no drafts.
    assert client.get(link).status_code == 404
    assert "subscribe to this address" not in words(page.main)


def test_a_frozen_roll_still_takes_those_who_join_in_time(officer, database, settings):
    add_members(database, 9)
    given_ballot(
        database, settings, opens_at=NOW + timedelta(days=5), cut_off_at=NOW + timedelta(days=3)
    )
    page = officer.page(HERE)
    assert "Someone who joins today can still vote in this ballot" in words(page.main)
    grid = words(page.select_one(".stat-grid"))
    # From midday on Saturday to the end of Tuesday.
    assert "left to join 3 days and 12 hours" in grid
    feed = "http://testserver/api/v1/ballots/pay-2026/timetable.ics"
    assert feed in words(page.main)
    link = next(a["href"] for a in page.select("main a") if a["href"].endswith(".ics"))
    assert officer.get(link).headers["content-type"].startswith("text/calendar")
