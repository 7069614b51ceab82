"""The audit log for officers: who may read it, what is found, and before and after in words."""

import csv
import io
import json
from datetime import timedelta

import pytest

from app.audit.chain import verify_events
from app.audit.changes import changes
from app.audit.events import CodesIssued, RollFrozen, StaffDisabled, WordsChanged
from app.audit.service import Actor, record
from app.audit.start_events import SettingsChanged
from app.security.models import Role
from app.web.audit_words import csv_of, in_words, meanings, title_of
from tests.support.ballots import given_token
from tests.support.pages import check_page, parsed
from tests.support.staff import NOON, events_of

PAGE = "/staff/audit"
BO = Actor("bo", origin="203.0.113.9")


def happened(database, event, *, actor=BO, now=NOON):
    with database.writing() as session:
        record(session, event, actor=actor, now=now)


def numbers_on(client, token, query=""):
    page = check_page(client.get(f"{PAGE}{query}", token=token).text)
    return [int(each.text.split(".")[0]) for each in page.select("section h2")]


def titles_on(client, token, query=""):
    page = check_page(client.get(f"{PAGE}{query}", token=token).text)
    return [each.text.split(". ")[1] for each in page.select("section h2")]


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/events.csv", f"{PAGE}/events.jsonl"])
@pytest.mark.parametrize(
    ("role", "branch", "status"),
    [(Role.HQ, None, 200), (Role.SCRUTINEER, None, 200), (Role.BRANCH, "Leeds", 403)],
)
def test_headquarters_and_scrutineers_read_the_log_and_branches_do_not(
    client, database, settings, path, role, branch, status
):
    token = given_token(database, settings, name="reader", role=role, branch=branch)
    assert client.get(path, token=token).status_code == status


def test_what_is_nothing_before_and_after_takes_no_line(client, database, hq):
    both = {"sms_url": (None, ""), "demo": (None, True)}
    happened(database, SettingsChanged("settings", changes=both))
    page = check_page(client.get(f"{PAGE}?action=SettingsChanged", token=hq).text)
    newest = page.select_one("section tbody")
    assert [each.text for each in newest.select("th")] == ["demo"]
    assert '"sms_url"' in client.get(f"{PAGE}/events.csv", token=hq).text.replace('""', '"')


def test_an_event_says_who_when_from_where_and_before_and_after(client, database, hq):
    changed = changes({"subject": "Vote now"}, {"subject": "Vote by Friday"})
    event = WordsChanged("pay-2026", purpose="reminder", language="en", changes=changed)
    happened(database, event)
    page = parsed(client.get(f"{PAGE}?action=WordsChanged", token=hq).text)
    [section] = page.select("section[aria-labelledby]")
    said = " ".join(section.get_text(" ").split())
    for words in (
        "Words changed",
        "message were changed.",
        "bo",
        "203.0.113.9",
        "Saturday 21 November 2026 at midday",
        "pay-2026",
    ):
        assert words in said
    [row] = section.select("tbody tr")
    assert [each.get_text(strip=True) for each in row.select("th, td")] == [
        "subject",
        "Vote now",
        "Vote by Friday",
    ]


def test_the_filter_finds_by_ballot_act_person_and_day(client, database, hq):
    happened(database, CodesIssued("pay-2026", issued=3))
    happened(database, CodesIssued("pay-2027", issued=4), actor=Actor("cy", origin="local"))
    happened(database, StaffDisabled("dee"), now=NOON + timedelta(days=1))
    assert titles_on(client, hq, "?who=bo") == ["Staff disabled", "Codes issued"]
    assert titles_on(client, hq, "?who=cy") == ["Codes issued"]
    assert titles_on(client, hq, "?action=StaffDisabled") == ["Staff disabled"]
    assert titles_on(client, hq, "?ballot=pay-2027") == ["Codes issued"]
    assert titles_on(client, hq, "?day=2026-11-22") == ["Staff disabled"]
    assert titles_on(client, hq, "?day=2026-11-23") == []


def test_a_day_of_the_log_is_a_day_in_london(client, database, hq):
    # In summer it is past midnight in London an hour earlier.
    happened(database, StaffDisabled("dee"), now=NOON.replace(month=7, day=1, hour=23, minute=30))
    assert titles_on(client, hq, "?day=2026-07-02") == ["Staff disabled"]
    assert titles_on(client, hq, "?day=2026-07-01") == []


@pytest.mark.parametrize("query", ["?day=soon", "?before=0", "?before=x"])
def test_a_filter_that_cannot_be_is_refused(client, hq, query):
    assert client.get(f"{PAGE}{query}", token=hq).status_code == 422


def test_a_name_that_nobody_can_have_finds_nothing(client, hq):
    assert numbers_on(client, hq, "?who=%00") == []


def test_older_events_are_on_the_next_page(client, database, hq):
    for number in range(30):
        happened(database, CodesIssued("pay-2026", issued=number))
    first = check_page(client.get(f"{PAGE}?action=CodesIssued", token=hq).text)
    [older] = [each for each in first.select("main a") if each.text == "Older events"]
    newest = numbers_on(client, hq, "?action=CodesIssued")
    rest = numbers_on(client, hq, older["href"].removeprefix(PAGE))
    assert (len(newest), len(rest)) == (20, 10)
    assert newest + rest == sorted(newest + rest, reverse=True)


def test_the_lines_of_json_are_enough_to_walk_the_chain(client, database, hq):
    happened(database, CodesIssued("pay-2026", issued=3))
    sent = client.get(f"{PAGE}/events.jsonl", token=hq)
    walk = verify_events([json.loads(line) for line in sent.text.splitlines()])
    assert (walk.broken, walk.events) == (None, len(events_of(database, of_start=True)))


def test_the_table_holds_what_the_page_cuts_short(client, database, hq):
    frozen = RollFrozen("pay-2026", entitled=3, excluded={}, roll_digest="ab" * 32)
    happened(database, frozen)
    sent = client.get(f"{PAGE}/events.csv?ballot=pay-2026", token=hq)
    [row] = csv.DictReader(io.StringIO(sent.text))
    assert json.loads(row["details"])["roll_digest"] == "ab" * 32
    assert (row["who"], row["from_where"], row["action"]) == ("bo", "203.0.113.9", "RollFrozen")
    assert ("ab" * 32) not in client.get(f"{PAGE}?ballot=pay-2026", token=hq).text


def test_a_table_is_no_formula(database):
    happened(database, StaffDisabled("=1+1"))
    assert "'=1+1" in csv_of(events_of(database)[-1])


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing"),
        (True, "yes"),
        (1234, "1,234"),
        ("2026-11-21T12:00:00+00:00", "Saturday 21 November 2026 at midday"),
        ("ab" * 32, "abababababab…"),
        (["a", "b"], "a, b"),
        ({"arrears_of_dues": 2}, "arrears of dues: 2"),
        ("The Times", "The Times"),
    ],
)
def test_values_read_as_people_write_them(value, words):
    assert in_words(value) == words


def test_every_kind_of_event_has_a_title_and_a_meaning():
    assert title_of("RollFrozen") == "Roll frozen"
    assert all(meaning.endswith(".") for meaning in meanings().values())


def test_what_an_event_changed_waits_behind_its_summary(client, database, hq):
    changed = changes({"subject": "Vote now"}, {"subject": "Vote by Friday"})
    happened(database, WordsChanged("x", purpose="reminder", language="en", changes=changed))
    page = check_page(client.get(f"{PAGE}?action=WordsChanged", token=hq).text)
    [kept] = page.select("section details:not([open])")
    assert kept.summary.get_text().startswith("What it changed")
    assert kept.select_one("table") is not None
