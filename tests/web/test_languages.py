"""Pages in English and Welsh: which is spoken, how a choice travels, and that nothing is missed."""

from datetime import timedelta

import pytest
from sqlmodel import update

from app.core import language as spoken_words
from app.core import spoken_times
from app.core.language import gettext, ngettext, speaking
from app.roll.models import Member as OnTheRoll
from app.security.models import Role
from app.web.language import in_language, preferred_language
from tests.conftest import NOW
from tests.support.ballots import add_members, given_ballot, given_token, move_window
from tests.support.languages import CYNNIG, TITLE, WELSH_BROWSER, english_in
from tests.support.one_database import ON_ONE_DATABASE
from tests.support.pages import parsed
from tests.support.papers import Member, form_of, heading
from tests.support.votes import cast


@pytest.fixture
def settings(settings):
    """With a mail server, so that the pages about lost links are on; nothing is sent here."""
    return settings.model_copy(update={"smtp_url": "smtp://127.0.0.1:1"})


@pytest.fixture
def ballot(database, settings):
    add_members(database, 12, branch="Caerdydd", region="Cymru", employer="Prawf")
    with database.writing() as session:
        session.execute(update(OnTheRoll).values(language="cy", workplace="Swyddfa Caerdydd"))
    return given_ballot(database, settings, title=TITLE, questions=[CYNNIG])


@pytest.fixture
def member(client, ballot):
    return Member(client, ballot.any_code)


def page_of(answer):
    return parsed(answer.text)


def language_of(answer):
    return page_of(answer).html["lang"], answer.headers["content-language"]


def choice_on(answer):
    """Where the page offers its other language."""
    return page_of(answer).select_one("a.language-choice")


# Which language


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "en"),
        ("*", "en"),
        ("cy", "cy"),
        ("cy-GB,cy;q=0.9,en-GB;q=0.8", "cy"),
        ("en-GB,en;q=0.9,cy;q=0.8", "en"),
        ("fr, cy;q=0.4, en;q=0.3", "cy"),
        ("CY", "cy"),
        pytest.param("cy;q=0", "en", id="not Welsh"),
        pytest.param("cy;q=0.5, en;q=0.5", "en", id="either"),
        pytest.param("cy;q=first, en;q=0.1", "en", id="no weight"),
        pytest.param(";;,,=;q=", "en", id="no header at all"),
    ],
)
def test_a_browser_is_spoken_to_in_the_language_that_it_prefers(accept, language):
    assert preferred_language(accept) == language


@ON_ONE_DATABASE
def test_nobody_chose_so_it_is_english(client):
    answer = client.get("/lost-link")
    assert language_of(answer) == ("en", "en")
    assert answer.headers["vary"] == "Accept-Language"


@ON_ONE_DATABASE
def test_the_address_decides_before_the_browser(client):
    assert language_of(client.get("/lost-link", headers=WELSH_BROWSER)) == ("cy", "cy")
    answer = client.get("/lost-link?lang=en", headers=WELSH_BROWSER)
    assert language_of(answer) == ("en", "en")


@ON_ONE_DATABASE
def test_a_language_that_muster_does_not_speak_is_left_alone(client):
    assert language_of(client.get("/lost-link?lang=fr")) == ("en", "en")


def test_a_member_is_spoken_to_in_the_language_on_the_roll(member):
    answer = member.open_link()
    assert language_of(answer) == ("cy", "cy")
    assert "Dydd Sadwrn 28 Tachwedd 2026 am hanner dydd" in answer.text


@ON_ONE_DATABASE
def test_what_the_member_asks_for_is_stronger_than_the_roll(client, member):
    answer = client.get(f"/vote/{member.code}?lang=en")
    assert language_of(answer) == ("en", "en")
    english = member.send(answer, q1="reject")
    assert heading(english) == "Check your answer"


@ON_ONE_DATABASE
def test_a_member_in_english_with_a_welsh_browser_is_spoken_to_in_english_to_the_end(
    client, database, settings
):
    add_members(database, 1)
    ballot = given_ballot(database, settings)
    code = ballot.any_code
    question = client.get(f"/vote/{code}", headers=WELSH_BROWSER)
    assert language_of(question) == ("en", "en")
    action, _ = form_of(question)
    assert action == "/vote/check?lang=en"


@ON_ONE_DATABASE
def test_pages_for_staff_and_answers_to_programs_stay_english(client, ballot, database, settings):
    token = given_token(database, settings)
    for path in ("/hq/roll?lang=cy", "/staff?lang=cy", "/docs"):
        answer = client.get(path, token=token, headers=WELSH_BROWSER)
        assert language_of(answer) == ("en", "en")
        assert choice_on(answer) is None
    refused = client.get("/api/v1/ballots/none?lang=cy", headers=WELSH_BROWSER)
    assert refused.json()["detail"].startswith("There is no ballot")


# How a choice travels


@ON_ONE_DATABASE
def test_a_choice_travels_in_links_and_forms_and_leaves_nothing_on_the_device(client):
    answer = client.get("/lost-link?lang=cy")
    page = page_of(answer)
    own = [a["href"] for a in page.select("footer a[href^='/']")]
    assert own
    assert {"/?lang=cy", "/calculator?lang=cy", "/secrecy?lang=cy", "/docs", "/law?lang=cy"} <= set(
        own
    )
    assert "set-cookie" not in answer.headers
    stylesheet = page.select_one("link[rel=stylesheet]")["href"]
    assert "lang" not in stylesheet


@ON_ONE_DATABASE
def test_where_the_browser_asks_for_it_anyway_addresses_stay_as_they_are(client):
    page = page_of(client.get("/lost-link", headers=WELSH_BROWSER))
    assert {a["href"] for a in page.select("footer a")} >= {"/", "/law"}


@ON_ONE_DATABASE
def test_a_form_that_is_sent_in_the_address_carries_the_choice(client):
    page = page_of(client.get("/calculator?lang=cy"))
    assert page.select_one("main form[method=get] input[name=lang]")["value"] == "cy"


@ON_ONE_DATABASE
def test_a_redirect_keeps_the_choice(client):
    assert client.get("/vote/check?lang=cy").headers["location"] == "/vote?lang=cy"
    assert client.get("/vote/check").headers["location"] == "/vote"


@ON_ONE_DATABASE
def test_the_other_language_is_one_link_away_with_everything_else_kept(client):
    link = choice_on(client.get("/calculator?entitled=100&lang=cy"))
    assert (link["href"], link["lang"], link.get_text()) == (
        "/calculator?entitled=100&lang=en",
        "en",
        "English",
    )


@ON_ONE_DATABASE
def test_the_link_to_the_other_language_never_leads_to_another_host(client):
    link = choice_on(client.get("http://testserver//evil.example/page"))
    assert link["href"] == "/evil.example/page?lang=cy"


@ON_ONE_DATABASE
def test_a_paper_is_shown_in_the_other_language_as_it_is_filled_in(client, member):
    check = member.send(member.open_link(), q1="reject")
    again = page_of(check).select_one("form.language-choice")
    fields = {field["name"]: field["value"] for field in again.select("input")}
    assert again["action"] == "/vote/check?lang=en"
    english = client.post(again["action"], data=fields)
    assert language_of(english) == ("en", "en")
    assert "Gwrthod" in english.text
    receipt = member.send(english)
    assert heading(receipt) == "Your vote is in the ballot box"


@pytest.mark.parametrize(
    ("address", "carried"),
    [
        ("/secrecy", "/secrecy?lang=cy"),
        ("/secrecy#who", "/secrecy?lang=cy#who"),
        ("/calculator?entitled=9", "/calculator?entitled=9&lang=cy"),
        ("/secrecy?lang=en", "/secrecy?lang=en"),
        ("/docs", "/docs"),
        ("/ballots/pay-2026/timetable", "/ballots/pay-2026/timetable?lang=cy"),
        ("/api/v1/ballots", "/api/v1/ballots"),
    ],
)
def test_an_address_is_told_the_language_once(address, carried):
    assert in_language(address, "cy") == carried


# Words, days and numbers


def test_days_and_times_are_welsh():
    with speaking("cy"):
        assert spoken_times.long_time(NOW.replace(hour=17, minute=5)).endswith("am 5:05yh")
        assert spoken_times.long_day(NOW) == "Dydd Sadwrn 21 Tachwedd 2026"
        assert spoken_times.short_day(NOW) == "Sad 21 Tach"
    assert spoken_times.long_day(NOW) == "Saturday 21 November 2026"


def test_welsh_has_six_ways_to_count():
    catalogue = spoken_words._translations("cy")
    assert [catalogue.plural(n) for n in range(8)] == [0, 1, 2, 3, 5, 5, 4, 5]


def test_a_sentence_without_welsh_is_said_in_english():
    with speaking("cy"):
        assert (
            gettext("Nobody wrote this down: %(what)s.", what="x") == "Nobody wrote this down: x."
        )
        assert ngettext("%(num)s newt", "%(num)s newts", 1200) == "1,200 newts"


# Nothing in English on the way


def test_from_the_link_to_the_receipt_every_sentence_is_welsh(member):
    question = member.open_link()
    check = member.send(question, q1="")
    receipt = member.send(check)
    again = member.open_link()
    for answer in (question, member.send(question), check, receipt, again):
        assert english_in(answer.text) == []
    assert [answer.status_code for answer in (question, check, receipt, again)] == [
        200,
        200,
        200,
        409,
    ]


@ON_ONE_DATABASE
def test_whoever_cannot_vote_now_is_told_so_in_welsh(client, member, database, ballot, clock):
    move_window(database, ballot.id, opens_at=NOW.replace(day=22))
    assert member.open_link().status_code == 403
    assert english_in(member.open_link().text) == []
    clock.now = NOW.replace(month=12)
    assert member.open_link().status_code == 410
    assert english_in(member.open_link().text) == []


NUMBERS = "opened_on=2026-04-06&votes_cast=60&supporting=40&opposing=18&spoiled=2"
OF_AN_OPENING = "opens_on=2026-12-20&notice_on=2026-12-01&action_on=2026-12-26"
PUBLIC = [
    "/",
    "/ballots/pay-2026",
    "/ballots/pay-2026/statement",
    "/ballots/pay-2026/timetable",
    f"/ballots/pay-2026/timetable?{OF_AN_OPENING}",
    f"/ballots/pay-2026/timetable?{OF_AN_OPENING}&closes_on=2026-11-01",
    "/ballots/pay-2026/timetable?opens_on=never",
    "/ballots/none",
    "/calculator",
    f"/calculator?rule_book=indicative&entitled=90&{NUMBERS}",
    "/calculator?rule_book=recognition&opened_on=never&entitled=x&votes_cast=",
    f"/calculator?rule_book=indicative&entitled=9&{NUMBERS}",
    "/law",
    "/lost-link",
    "/my-details",
    "/nothing-here",
    "/past-results",
    "/secrecy",
    "/vote",
    "/vote/NO-SUCH-CODE",
]


@ON_ONE_DATABASE
@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_page_is_welsh_throughout(client, ballot, path):
    assert english_in(client.get(path, headers=WELSH_BROWSER).text) == []


@ON_ONE_DATABASE
def test_the_days_of_a_statutory_ballot_are_welsh_and_what_is_missed_of_them(
    client, ballot, database, settings
):
    given_ballot(
        database, settings, title="Streic", slug="streic", kind="industrial_action", nation="wales"
    )
    given_ballot(database, settings, title="Cydnabod", slug="cydnabod", kind="recognition")
    answers = [
        client.get(path, headers=WELSH_BROWSER)
        for path in (
            "/ballots/streic/timetable",
            "/ballots/streic/timetable?action_on=2026-11-30",
            "/ballots/streic/timetable?action_on=2028-01-30&notice_on=2028-01-29",
            "/ballots/cydnabod/timetable",
            "/ballots/cydnabod/timetable?action_on=2026-11-30",
        )
    ]
    assert [english_in(answer.text) for answer in answers] == [[]] * len(answers)
    assert "Gwyliau banc y rhan hon o’r Deyrnas Unedig a ddangosir: Cymru." in answers[0].text
    assert "a ddaeth i law o 18 Chwefror 2026" in answers[0].text


@ON_ONE_DATABASE
@pytest.mark.parametrize("kind", ["indicative", "industrial_action", "recognition"])
@pytest.mark.parametrize("units", [None, "branch"])
def test_the_statement_of_a_result_is_welsh(client, database, settings, clock, kind, units):
    add_members(database, 12, branch="Caerdydd")
    add_members(database, 2, branch="Bangor")
    found = given_ballot(
        database, settings, title=TITLE, questions=[CYNNIG], kind=kind, disaggregate_by=units
    )
    cast(database, found, ["reject"] * 9 + ["accept"])
    clock.now = NOW + timedelta(days=8)
    hq = given_token(database, settings)
    assert client.post(f"/api/v1/ballots/{found.slug}/declare", token=hq).status_code == 200
    answer = client.get(f"/ballots/{found.slug}/statement", headers=WELSH_BROWSER)
    assert answer.status_code == 200
    assert english_in(answer.text) == []
    english = client.get(f"/ballots/{found.slug}/statement")
    assert "Votes cast in the ballot" in english.text


PAST = "/past-results"
ROWS = "Caerdydd, 90, 50, 10, 1\nBangor, 200, 60, 30, 0\nWrecsam, ten, 1, 1, 1"


@ON_ONE_DATABASE
def test_what_the_rules_would_have_meant_is_welsh(client):
    sent = {"rule_book": "industrial-action", "opened_on": "2022-04-26", "results": ROWS}
    answers = [
        client.post(PAST, data=data, headers=WELSH_BROWSER)
        for data in (
            sent,
            sent | {"rule_book": "indicative", "opened_on": ""},
            sent | {"results": "Caerdydd, ten, 1, 1, 1"},
            {},
            sent | {"opened_on": "never"},
            sent | {"opened_on": "1950-01-01"},
        )
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 422, 422, 422, 422]
    assert [english_in(answer.text) for answer in answers] == [[]] * len(answers)
    example = client.get(f"{PAST}?example=true", headers=WELSH_BROWSER)
    assert "uned a fethodd bryd hynny yn pasio heddiw" in example.text
    # Its rows stand there as a spreadsheet would have them, in English.
    assert set(english_in(example.text)) == {"of", "yes", "no"}


@ON_ONE_DATABASE
@pytest.mark.parametrize("page", ["", "/ask", "/links", "/notice", "/delivery", "/not-voted"])
def test_a_page_of_a_branch_is_welsh_throughout(client, ballot, database, settings, page):
    token = given_token(database, settings, name="swyddog", role=Role.BRANCH, branch="Caerdydd")
    for path in (f"/branch/{ballot.slug}{page}", "/staff"):
        answer = client.get(path, token=token, headers=WELSH_BROWSER)
        assert english_in(answer.text) == []


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/vote/code", {"code": ""}),
        ("/vote/code", {"code": "wrong"}),
        ("/lost-link", {}),
        ("/lost-link", {"number": "CAE0001", "proof": "x"}),
    ],
)
def test_a_form_is_answered_in_welsh(client, ballot, path, sent):
    answer = client.post(path, data=sent, headers=WELSH_BROWSER)
    assert english_in(answer.text) == []
