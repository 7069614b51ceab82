"""The security assessment: true of the running configuration, without a secret, kept nowhere."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from app.cli import main
from app.security.models import Role
from app.web.assessment import assess
from app.web.assessment_form import QUESTIONS
from app.web.assessment_text import as_markdown
from tests.conftest import NOW, SECRET
from tests.support.ballots import add_members, given_ballot, given_token
from tests.support.desks import given_desk
from tests.support.pages import parsed
from tests.support.staff import everything_in

PAGE = "/staff/assessment"


def facts_of(database, settings, **changes):
    found = assess(database, settings=settings.model_copy(update=changes), now=NOW)
    return {fact.name: fact for part in found.parts for fact in part.facts}


@pytest.mark.parametrize(
    ("name", "changes", "good"),
    [
        ("Address", {"base_url": "http://vote.example.org"}, False),
        ("Address", {"base_url": "https://vote.example.org"}, True),
        ("Reverse proxies that are believed", {"trusted_proxies": "*"}, False),
        ("Demonstration", {"demo": True}, False),
        ("Second factor", {"second_factor": "optional"}, False),
        ("Second factor", {"second_factor": "required"}, True),
        ("Papers are stirred every", {"stir_every": timedelta(days=1)}, False),
        ("Failures before a wait", {"failures_allowed": 5000}, False),
        ("Mail server", {"smtp_url": "smtp://mail.example.org?starttls=never"}, False),
        ("Mail server", {"smtp_url": "smtps://mail.example.org"}, True),
        ("Mail server", {"smtp_url": None}, None),
        ("Signing key of its own", {"signing_key": None}, None),
        ("Schema", {}, True),
        ("Newest backup", {"backup_folder": None}, None),
    ],
)
def test_each_fact_is_judged_by_what_is_set(database, settings, name, changes, good):
    assert facts_of(database, settings, **changes)[name].good is good


def test_a_backup_is_judged_by_its_age(database, settings, tmp_path):
    assert facts_of(database, settings, backup_folder=tmp_path)["Newest backup"].good is False
    import os

    made = tmp_path / "muster-1.backup"
    made.write_bytes(b"")
    for age, good in ((timedelta(hours=2), True), (timedelta(days=3), False)):
        at = (NOW - age).timestamp()
        os.utime(made, (at, at))
        assert facts_of(database, settings, backup_folder=tmp_path)["Newest backup"].good is good


def test_a_running_ballot_says_who_holds_its_codes(database, settings):
    add_members(database, 2)
    given_ballot(database, settings)
    fact = facts_of(database, settings)["Ballot pay-2026"]
    assert fact.found.startswith("no scrutineer named")
    assert fact.good is None


def test_one_officer_alone_and_one_without_a_second_factor_are_named(database, settings):
    given_token(database, settings)
    facts = facts_of(database, settings)
    assert facts["Accounts"].found == "1 of headquarters, 0 of branches, 0 of scrutineers"
    assert facts["Accounts"].good is False
    assert facts["Without a second factor so far"].found == "hq-officer"
    given_token(database, settings, name="second-officer")
    assert facts_of(database, settings)["Accounts"].good is True


def test_it_says_how_long_a_secret_is_and_never_what(database, settings):
    other = "another secret of invented tests, just as long"
    changed = settings.model_copy(
        update={
            "signing_key": SecretStr(other),
            "bounce_secret": SecretStr(other),
            "smtp_url": f"smtps://user:{other.replace(' ', '-')}@mail.example.org",
        }
    )
    text = as_markdown(assess(database, settings=changed, now=NOW))
    assert f"{len(SECRET)} characters" in text
    for secret in (SECRET, other, other.replace(" ", "-")):
        assert secret not in text


def test_the_page_has_every_fact_and_a_place_for_every_answer(client, database):
    desk = given_desk(client, database)
    page = desk.page(PAGE)
    assert page.h1.get_text(strip=True) == "Security assessment"
    assert {each["id"] for each in page.select("textarea")} == {key for key, _ in QUESTIONS}
    assert [each for each in page.select("textarea") if each.has_attr("name")] == []
    assert page.select_one("main form[method=post]") is None
    found = desk.get(f"{PAGE}.md")
    assert found.headers["content-disposition"].endswith('"security-assessment.md"')
    # On a page a command is not set in the marks of Markdown.
    assert "`muster secrets status`" in found.text
    assert "`" not in page.main.get_text()
    shown = {row.get_text(strip=True) for row in page.select("tbody th")}
    assert {name for name in shown if f"| {name} |" not in found.text} == set()
    assert all(question in found.text for _, question in QUESTIONS)


def test_reading_it_stores_nothing(client, database):
    desk = given_desk(client, database)
    before = everything_in(database)
    desk.get(PAGE)
    desk.get(f"{PAGE}.md")
    assert everything_in(database) == before


@pytest.mark.parametrize(
    ("role", "branch", "status"),
    [(Role.HQ, None, 200), (Role.SCRUTINEER, None, 200), (Role.BRANCH, "Leeds", 403)],
)
def test_it_is_for_headquarters_and_scrutineers(client, database, settings, role, branch, status):
    token = given_token(database, settings, role=role, branch=branch)
    assert client.get(PAGE, token=token).status_code == status
    assert client.get(f"{PAGE}.md", token=token).status_code == status


def test_a_cell_of_the_file_stays_one_cell(database, settings):
    text = as_markdown(
        assess(
            database,
            settings=settings.model_copy(update={"trusted_proxies": "10.0.0.1|\n| x"}),
            now=NOW,
        )
    )
    [line] = [each for each in text.splitlines() if each.startswith("| Reverse proxies")]
    assert line.replace("\\|", "").count("|") == 5


def test_the_home_pages_lead_to_it(client, database):
    desk = given_desk(client, database)
    home = parsed(desk.get("/staff").text)
    assert home.select_one(f'a[href="{PAGE}"]')


def test_the_command_prints_it(database_url, monkeypatch, capsys):
    monkeypatch.setenv("MUSTER_DATABASE_URL", database_url)
    monkeypatch.setenv("MUSTER_SECRET_KEY", SECRET)
    with pytest.raises(SystemExit) as done:
        main(["assessment"])
    assert done.value.code == 0
    printed = capsys.readouterr().out
    assert printed.startswith("# Security assessment")
    assert SECRET not in printed
