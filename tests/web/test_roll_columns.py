"""Headquarters says which column of a file is which, and is not asked again."""

import pytest

from tests.support.desks import given_desk, words
from tests.support.imports import applied, checked, figures, finished, refused, sent
from tests.support.pages import check_page
from tests.support.rolls import member_row, roll_csv, roll_of

EXPORT = (
    "Mem No;Surname;Branch;Grade;Date joined;Mob. no\r\n"
    "0012;Núñez;Leeds;full;29/02/2024;7700900123\r\n"
    "0013;Siân;Hull;retired;01/05/2020;\r\n"
)
CHOSEN = {
    "membership_number": "Mem No",
    "family_name": "Surname",
    "branch": "Branch",
    "category": "Grade",
    "joined_on": "Date joined",
    "mobile": "Mob. no",
}


@pytest.fixture
def hq(client, database):
    return given_desk(client, database)


def chosen_on(page):
    return {
        field["name"]: field.select_one("option[selected]")["value"]
        for field in page.select("select")
        if field.select_one("option[selected]")
    }


def test_likely_columns_are_chosen_already_and_the_first_rows_are_shown(hq):
    address = sent(hq, EXPORT.encode("cp1252"))
    assert address.endswith("/columns")
    page = hq.page(address)
    likely = {ours: theirs for ours, theirs in chosen_on(page).items() if theirs}
    # “Grade” could mean anything, so nothing is guessed for the category.
    assert likely == {ours: theirs for ours, theirs in CHOSEN.items() if ours != "category"}
    rows = [[words(cell) for cell in row.select("th, td")] for row in page.select("tbody tr")]
    assert rows[0] == ["Mem No", "0012", "0013", ""]
    assert rows[1][:2] == ["Surname", "Núñez"]
    assert "Needed." in words(page.select_one("#category-hint"))


def test_what_was_chosen_is_imported_and_remembered_for_the_same_header(hq, database):
    address = sent(hq, EXPORT.encode("utf-16"))
    answer = hq.post(address, data=CHOSEN)
    assert answer.status_code == 303
    there = answer.headers["location"]
    assert figures(finished(hq, there))["would be added"] == "2"
    applied(hq, there)
    assert roll_of(database)["0012"]["mobile"] == "07700900123"
    assert roll_of(database)["0013"]["category"] == "retired"
    again, page = checked(hq, EXPORT.upper().replace("Ñ", "ñ").encode())
    assert not again.endswith("/columns")
    assert "as headquarters last said" in words(page.select_one(".govuk-inset-text"))
    [link] = [each for each in page.select("main a") if words(each) == "Which column is which"]
    assert chosen_on(hq.page(link["href"]))["category"] == "GRADE"


def test_a_needed_column_without_a_choice_and_one_chosen_twice_are_said_beside_their_fields(hq):
    address = sent(hq, EXPORT.encode())
    page = refused(hq.post(address, data=CHOSEN | {"category": "", "region": "Surname"}))
    assert "Choose the column that holds the membership category." in words(
        page.select_one("#category-error")
    )
    assert "“Surname” is chosen for the family name already." in words(
        page.select_one("#region-error")
    )
    # What was chosen is still chosen.
    assert chosen_on(page)["mobile"] == "Mob. no"


def test_a_column_that_the_file_does_not_have_is_refused(hq, database):
    address = sent(hq, EXPORT.encode())
    page = refused(hq.post(address, data=CHOSEN | {"region": "Shoe size"}))
    assert "no column of that name" in words(page.select_one(".govuk-error-summary"))
    assert roll_of(database) == {}


def test_a_file_with_our_own_names_is_checked_at_once(hq):
    address, page = checked(hq, roll_csv(member_row("1001")))
    assert not address.endswith("/columns")
    assert figures(page)["would be added"] == "1"


def test_an_import_that_waits_for_its_columns_leads_to_them(hq):
    address = sent(hq, EXPORT.encode())
    answer = hq.get(address.removesuffix("/columns"))
    assert (answer.status_code, answer.headers["location"]) == (303, address)
    assert "waits for you to say which column is which" in words(hq.page("/hq/roll").main)


def test_columns_can_be_chosen_anew_after_the_check(hq):
    address = sent(hq, EXPORT.encode())
    there = hq.post(address, data=CHOSEN).headers["location"]
    finished(hq, there)
    answer = hq.post(
        f"{there}/columns", data=CHOSEN | {"mobile": "", "region": "Grade", "category": "Mob. no"}
    )
    assert answer.status_code == 303
    page = finished(hq, there)
    assert figures(page)["cannot be taken"] == "1"
    assert check_page(str(page))
