"""From what a membership system exports to a frozen roll, and two joiners after it: nobody is lost.

The union, its members and its membership system are invented.
"""

import csv
import io
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.support.browser import PHONE, fits
from tests.support.drafts import given_draft
from tests.support.offices import DESKTOP, a_desk, an_office, right_now, sign_in
from tests.support.rolls import load, member_row, roll_csv, roll_of
from tests.support.staff import given_account

HEADER = "Mem No;Forename;Surname;Branch;Grade;Date joined;Home email"
EMAIL = "{}@example.org"
# Last year's roll: six in Leeds, as our own columns have them.
LAST_YEAR = [
    member_row(f"000{n}", given_name="Ann", family_name=name, email=EMAIL.format(name.lower()))
    for n, name in enumerate(["Okafor", "Reid", "Shah", "Evans", "Boyle", "Singh"], 1)
]
# This year's export: Windows-1252, semicolons, names of its own; half have moved to a misspelt
# branch, a joining day is no day, and one has joined.
THIS_YEAR = [
    "0001;Ann;Okafor;Leeds;full;01/05/2019;okafor@example.org",
    "0002;Ann;Reid;Leeds;full;01/05/2019;reid@example.org",
    "0003;Ann;Shah;Leeds;full;01/05/2019;shah@example.org",
    "0004;Ann;Evans;Leedes;full;01/05/2019;evans@example.org",
    "0005;Ann;Boyle;Leedes;full;01/05/2019;boyle@example.org",
    "0006;Ann;Singh;Leedes;full;01/05/2019;singh@example.org",
    "0007;Siân;Núñez;Leeds;full;31/02/2024;nunez@example.org",
    "0008;Zoë;Byrne;Leeds;full;45351;byrne@example.org",
]
EVERYBODY = {f"000{n}" for n in range(1, 9)}
LATE = {"0009", "0010"}


@pytest.fixture
def office(sqlite):
    with an_office(sqlite) as office:
        given_account(office.database, "hanna", now=right_now())
        load(office.database, roll_csv(*LAST_YEAR), now=right_now())
        given_draft(office.database, now=right_now())
        yield office


def export(*lines):
    return "\r\n".join([HEADER, *lines, ""]).encode("cp1252")


def send(page, content, *, name="export.csv"):
    page.goto("/hq/roll")
    file = {"name": name, "mimeType": "text/csv", "buffer": content}
    page.get_by_label("Membership file").set_input_files(file)
    page.get_by_role("button", name="Check the file").click()


def come_to(page, heading):
    """Wait for work in the background: the page loads itself again every three seconds."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading, timeout=20_000)
    assert page.viewport_size != PHONE or fits(page)


def download(page, what):
    with page.expect_download() as download:
        what.click()
    return download.value.path().read_text(encoding="utf-8-sig")


def map_the_one_column_that_nobody_could_guess(page):
    come_to(page, "Which column is which?")
    expect(page.get_by_label("Family name")).to_have_value("Surname")
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("link", name="Choose the column that holds the membership category.").click()
    page.get_by_label("Membership category").select_option("Grade")
    page.get_by_role("button", name="Check the file").click()


def be_warned(page):
    come_to(page, "What this file would change")
    main = page.get_by_role("main")
    for warning in (
        "Branches that were not on the roll: Leedes",
        "branch would change for 3 of the 6 members",
        "Branches that would shrink or grow by a third or more: Leeds (from 6 to 4)",
        "read as Windows-1252",
    ):
        expect(main).to_contain_text(warning)


def import_it(page):
    page.get_by_role("button", name="Import it").click()
    come_to(page, "The file was imported")


def mend_the_row_that_was_refused(page):
    refused = download(page, page.get_by_role("link", name="Download the refused rows"))
    [row] = csv.DictReader(io.StringIO(refused, newline=""))
    assert "“31/02/2024” is not a day" in row["why_refused"]
    assert row["Surname"] == "Núñez"
    send(page, refused.replace("31/02/2024", "29/02/2024").encode("utf-8-sig"))
    # The columns of this header are known by now.
    come_to(page, "What this file would change")
    import_it(page)


def freeze(page):
    page.goto("/hq/ballots/pay-2026")
    page.get_by_role("button", name="Freeze the roll").click()
    expect(page.get_by_role("main")).to_contain_text("8 members are entitled to vote")


def numbers_with_codes(page):
    page.goto("/staff/ballots/pay-2026/codes")
    text = download(page, page.get_by_role("button", name="Download the codes"))
    return {row["membership_number"] for row in csv.DictReader(io.StringIO(text, newline=""))}


def add_two_late_joiners(page):
    joined = f"{right_now() - timedelta(days=2):%d/%m/%Y}"
    late = [f"{number};Kit;Late{number};Leeds;full;{joined};" for number in sorted(LATE)]
    send(page, export(*late))
    come_to(page, "What this file would change")
    import_it(page)
    page.goto("/hq/ballots/pay-2026/roll")
    page.get_by_label("Reason", exact=True).first.fill("Joined before the cut-off, in this file")
    page.get_by_role("button", name="Add 2 members").click()
    expect(page.get_by_role("main")).to_contain_text("Joined before the cut-off, in this file")


@pytest.mark.parametrize(
    ("script", "size"),
    [
        pytest.param(True, DESKTOP, id="at a desk"),
        pytest.param(False, PHONE, id="on a phone without script"),
    ],
)
def test_headquarters_imports_is_warned_maps_applies_freezes_adds_two_and_loses_none(
    browser, office, script, size
):
    with a_desk(browser, office, script=script) as page:
        page.set_viewport_size(size)
        sign_in(page, "hanna")
        send(page, export(*THIS_YEAR))
        map_the_one_column_that_nobody_could_guess(page)
        be_warned(page)
        # The misspelling is mended in the membership system, and the new export checked.
        mended = [line.replace("Leedes", "Leeds") for line in THIS_YEAR]
        send(page, export(*mended))
        come_to(page, "What this file would change")
        expect(page.get_by_role("main")).not_to_contain_text("Leedes")
        import_it(page)
        mend_the_row_that_was_refused(page)
        assert set(roll_of(office.database)) == EVERYBODY
        freeze(page)
        assert numbers_with_codes(page) == EVERYBODY
        add_two_late_joiners(page)
        assert numbers_with_codes(page) == LATE
        page.goto("/hq/ballots/pay-2026/turnout")
        expect(page.locator("#turnout figcaption").first).to_contain_text("0 of 10 have voted")
        assert set(roll_of(office.database)) == EVERYBODY | LATE
