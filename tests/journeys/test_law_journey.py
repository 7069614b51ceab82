"""The law and past results on a phone, in a real browser, with script and without."""

import pytest
from playwright.sync_api import expect

from tests.support.browser import a_page, fits
from tests.support.offices import an_office

# Reference: RMT, Govia Thameslink Railway, 24 May 2022, and ScotRail, 8 December 2020.
RESULTS = (
    "Employer;Entitled;Yes votes;No votes;Spoiled\n"
    '"Govia Thameslink Railway";"2,327";926;267;5;;\n'
    "ScotRail ;2445;756; 631;6\n"
    "Total;4772;1682;898;11\n"
)


@pytest.fixture(scope="module")
def office(sqlite):
    with an_office(sqlite) as office:
        yield office


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_somebody_sends_a_file_of_old_results_and_sees_what_the_rules_mean(
    browser, office, tmp_path, script
):
    file = tmp_path / "results 2022.csv"
    file.write_bytes(RESULTS.encode("cp1252"))
    with a_page(browser, base_url=office.base_url, script=script) as page:
        page.goto("/")
        page.get_by_role("link", name="what the rules would have meant").click()
        page.get_by_label("File of results").set_input_files(file)
        page.get_by_label("Day the ballot opened").fill("2022-04-26")
        page.get_by_label("Most of those entitled, in each unit").check()
        page.get_by_role("button", name="Show what the rules make of it").click()
        expect(page.get_by_role("heading", level=2).first).to_have_text(
            "2 units that failed then would be carried today"
        )
        expect(page.locator(".unit-chart__drawing")).to_be_visible()
        assert page.locator(".unit-chart__drawing use").count() == 2
        gained = page.get_by_role("table", name="Carried today, and not then")
        expect(gained).to_contain_text("5 short")
        expect(page.get_by_role("main")).to_contain_text("“Total”, was taken for a sum")
        assert fits(page)


def test_the_law_can_be_read_on_a_phone(browser, office):
    with a_page(browser, base_url=office.base_url) as page:
        page.goto("/")
        page.get_by_role("link", name="The law, rule by rule").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("The law, rule by rule")
        expect(page.locator(".law-period--in-force")).to_have_count(3)
        assert fits(page)
