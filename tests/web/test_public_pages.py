"""What everybody may read: the first page, ballots, results, and never an answer too early."""

from datetime import timedelta

import pytest

from app.ballots.service import create_ballot
from app.main import create_app
from tests.conftest import NOW
from tests.support.ballots import HQ, OFFER, add_members, ballot_in, given_ballot, given_token
from tests.support.client import AppClient
from tests.support.one_database import ON_ONE_DATABASE, one_case_on_both
from tests.support.pages import parsed
from tests.support.papers import Member, heading

CLOSED = NOW + timedelta(days=8)


def page_of(answer):
    return parsed(answer.text)


def words_of(answer):
    main = page_of(answer).select_one("main")
    return " ".join(main.get_text(" ", strip=True).split())


@pytest.fixture
def ballot(database, settings):
    add_members(database, 20)
    return given_ballot(database, settings)


@pytest.fixture
def voted(client, ballot):
    """Seven for Reject, three for Accept, one left blank, nine stayed away."""
    choices = ["reject"] * 7 + ["accept"] * 3 + [""]
    for code, choice in zip(ballot.codes.values(), choices, strict=False):
        assert Member(client, code).vote(q1=choice).status_code == 200
    return ballot


@pytest.fixture
def declared(client, voted, database, settings, clock):
    token = given_token(database, settings)
    clock.now = CLOSED
    answer = client.post(f"/api/v1/ballots/{voted.slug}/declare", token=token)
    assert answer.status_code == 200
    return voted


# The first page


@ON_ONE_DATABASE
def test_a_service_without_ballots_says_so(client):
    answer = client.get("/")
    assert heading(answer) == "Every member, one vote"
    assert "no ballots to show yet" in words_of(answer)


def test_the_first_page_lists_ballots_by_where_they_stand_and_no_draft(
    client, ballot, database, settings
):
    later = {"opens_at": NOW + timedelta(days=9), "closes_at": NOW + timedelta(days=20)}
    given_ballot(database, settings, slug="strike", title="Strike?", **later)
    with database.writing() as session:
        draft = ballot_in(slug="secret-plan", title="A secret plan")
        create_ballot(session, draft, staff=HQ, now=NOW)
    answer = client.get("/")
    cards = page_of(answer).select(".ballot-card")
    assert [card.a["href"] for card in cards] == ["/ballots/pay-2026", "/ballots/strike"]
    assert [card.select_one(".tag").get_text() for card in cards] == ["Open", "To come"]
    assert "Closes Saturday 28 November 2026 at midday" in words_of(answer)
    assert "secret-plan" not in answer.text


def test_a_closed_ballot_is_being_counted_until_it_is_declared(client, ballot, clock):
    clock.now = CLOSED
    [card] = page_of(client.get("/")).select(".ballot-card")
    assert card.select_one(".tag").get_text() == "Being counted"


@ON_ONE_DATABASE
def test_a_declared_ballot_says_so(client, declared):
    [card] = page_of(client.get("/")).select(".ballot-card")
    assert card.select_one(".tag").get_text() == "Declared"


class Step:
    """One thing to click in a demonstration."""

    text = "Headquarters"
    href = "/sign-in"
    detail = "Sign in with the name h.mensah and the password invented"


@ON_ONE_DATABASE
@pytest.mark.parametrize("demo", [True, False])
def test_passwords_are_shown_in_a_demonstration_and_nowhere_else(settings, clock, demo):
    app = create_app(settings.model_copy(update={"demo": demo}), clock=clock)
    app.state.demo_guide = [Step()]
    with AppClient(app) as client:
        answer = client.get("/")
    assert ("This is a demonstration with invented people" in words_of(answer)) is demo
    assert (Step.detail in words_of(answer)) is demo


# A ballot


@ON_ONE_DATABASE
def test_a_ballot_says_what_is_asked_of_whom_and_when(client, ballot):
    words = words_of(client.get("/ballots/pay-2026"))
    assert "Do you accept the pay offer? Accept Reject" in words
    assert "Last day to join Friday 20 November 2026. Whoever joins now can vote in" in words
    assert "Voting closes Saturday 28 November 2026 at midday" in words
    assert "Everybody on the roll" in words
    assert "enter your voting code" in words
    assert "or ask your branch" in words
    assert page_of(client.get("/ballots/pay-2026")).select_one('main a[href="/lost-link"]')


@ON_ONE_DATABASE
def test_a_cut_off_to_come_says_join_by(client, database, settings):
    add_members(database, 3)
    cut_off_at, opens_at = NOW + timedelta(days=2), NOW + timedelta(days=4)
    given_ballot(database, settings, cut_off_at=cut_off_at, opens_at=opens_at)
    words = words_of(client.get("/ballots/pay-2026"))
    assert "Join by Monday 23 November 2026. That day is in time." in words


@ON_ONE_DATABASE
def test_a_ballot_says_how_to_get_help(client, ballot, clock, settings):
    page = page_of(client.get("/ballots/pay-2026"))
    helped = page.find("h2", string="How to get help").find_next("ul")
    assert {"/my-details", "/lost-link", "/secrecy"} == {a["href"] for a in helped.select("a")}
    clock.now = CLOSED
    helped = page_of(client.get("/ballots/pay-2026")).find("h2", string="How to get help")
    assert [a["href"] for a in helped.find_next("ul").select("a")] == ["/secrecy"]
    known = settings.model_copy(update={"help_contact": "ring 0191 498 0001"})
    with AppClient(create_app(known, clock=clock)) as told:
        assert "For anything else: ring 0191 498 0001" in words_of(told.get("/ballots/pay-2026"))


def shared(page):
    """What a chat app reads of a page, and where it says the page is."""
    told = {each["property"]: each["content"] for each in page.select("meta[property]")}
    return told | {"canonical": page.select_one("link[rel=canonical]")["href"]}


@ON_ONE_DATABASE
def test_a_link_to_a_ballot_says_what_it_leads_to(client, ballot):
    page = page_of(client.get("/ballots/pay-2026"))
    told = shared(page)
    assert told["og:title"] == "Pay offer 2026"
    sentence = "Voting closes: Saturday 28 November 2026 at midday. Do you accept the pay offer?"
    assert told["og:description"] == sentence
    assert page.select_one("meta[name=description]")["content"] == sentence
    assert told["canonical"] == told["og:url"] == "http://testserver/ballots/pay-2026"
    assert not page.select("meta[property='og:image']")


@ON_ONE_DATABASE
def test_what_is_shared_tells_no_answer_before_the_declaration(client, voted, clock):
    clock.now = CLOSED
    told = shared(page_of(client.get("/ballots/pay-2026")))
    assert told["og:description"].startswith("Voting is over, and the result is not declared yet.")


@ON_ONE_DATABASE
def test_a_declared_result_is_shared_with_its_turnout(client, declared):
    told = shared(page_of(client.get("/ballots/pay-2026")))
    said = told["og:description"].replace("\N{NO-BREAK SPACE}", " ")
    assert said == "11 of 20 members voted, 55.00 %. Do you accept the pay offer?"


@ON_ONE_DATABASE
def test_what_is_shared_is_cut_between_words(client, database, settings):
    add_members(database, 3)
    question = OFFER | {"text": "Do you accept the pay offer of the council, " * 7 + "or not?"}
    given_ballot(database, settings, questions=[question])
    said = shared(page_of(client.get("/ballots/pay-2026")))["og:description"]
    assert len(said) <= 200
    assert said.endswith("…")
    assert said.removesuffix("…").split()[-1] in question["text"].split()


@ON_ONE_DATABASE
def test_dates_that_have_passed_are_marked(client, ballot):
    dates = page_of(client.get("/ballots/pay-2026")).select(".key-dates > li")
    past = {date.strong.get_text(): date.has_attr("data-past") for date in dates}
    assert past["Voting opens"] is True
    assert past["Voting closes"] is False


def test_who_may_vote_names_the_constituency(client, database, settings):
    add_members(database, 3)
    given_ballot(database, settings, constituency={"branches": ["Leeds"], "categories": ["full"]})
    words = words_of(client.get("/ballots/pay-2026"))
    assert "Membership categories full" in words
    assert "Branches Leeds" in words


@one_case_on_both("slug", ["nothing-here", "a-draft", "../etc/passwd"])
def test_what_does_not_exist_and_drafts_look_alike(client, database, slug):
    with database.writing() as session:
        create_ballot(session, ballot_in(slug="a-draft"), staff=HQ, now=NOW)
    answer = client.get(f"/ballots/{slug}")
    assert answer.status_code == 404
    assert heading(answer) == "Page not found"


@pytest.mark.parametrize(
    ("days", "state"), [(0, "Voting is open"), (8, "Voting is closed, result not declared")]
)
def test_before_the_declaration_votes_change_nothing_on_the_page(
    client, ballot, clock, request, days, state
):
    clock.now = NOW + timedelta(days=days)
    untouched = client.get("/ballots/pay-2026")
    clock.now = NOW
    request.getfixturevalue("voted")
    clock.now = NOW + timedelta(days=days)
    answer = client.get("/ballots/pay-2026")
    assert state in words_of(answer)
    assert answer.text == untouched.text


def test_a_ballot_page_opens_no_box(client, voted, clock, database):
    clock.now = CLOSED
    client.get("/ballots/pay-2026")
    with database.reading() as session:
        [(sealed, stirred)] = session.connection().exec_driver_sql(
            "SELECT sealed_at, stirred_at FROM ballot"
        )
    assert (sealed, stirred) == (None, None)


# A result


def test_a_declared_result_shows_votes_with_both_percentages(client, declared):
    page = page_of(client.get("/ballots/pay-2026"))
    facts = {
        each.dt.get_text(strip=True): each.dd.get_text(strip=True)
        for each in page.select(".stat-grid > div")
    }
    assert facts == {
        "Members entitled": "20",
        "Votes cast": "11",
        "Turnout": "55.00\N{NO-BREAK SPACE}%",
    }
    rows = [
        [cell.get_text(strip=True).replace("\N{NO-BREAK SPACE}", " ") for cell in row]
        for row in (row.select("th, td") for row in page.select("tbody tr"))
    ]
    assert rows[:2] == [
        ["Accept", "3", "27.27 %", "30.00 %"],
        ["Reject", "7", "63.64 %", "70.00 %"],
    ]


@ON_ONE_DATABASE
def test_what_was_decided_comes_before_the_files(client, declared):
    said = words_of(client.get("/ballots/pay-2026"))
    places = [said.index(each) for each in ("Votes cast", "carried", "Statement of this result")]
    assert places == sorted(places)


@ON_ONE_DATABASE
def test_the_result_stands_beside_the_rules_before_and_after_april(client, declared):
    page = page_of(client.get("/ballots/pay-2026"))
    yardstick, statute = page.select(".periods")
    titles = [title.get_text(strip=True) for title in yardstick.select("h4")]
    assert titles == [
        "Before the April change (until 5 April 2026)",
        "After the April change (from 6 April 2026)",
    ]
    [ruling] = yardstick.select(".period--in-force")
    assert ruling.h4.get_text(strip=True) == titles[1]
    assert "In force when it opened" in ruling.get_text()
    # 7 of 20 is short of the old yardstick's 40 %.
    before = yardstick.select(".period")[0].get_text(" ", strip=True)
    assert "Would not be carried" in before
    assert "8 needed, 7 in support." in before
    assert "From 18 February 2026" in statute.select_one(".period--in-force").get_text()
    [planned] = statute.select(".period--planned")
    assert "Applies to no ballot yet" in planned.get_text()


def test_a_disaggregated_result_names_its_units(client, database, settings, clock):
    add_members(database, 12)
    add_members(database, 9, branch="York")
    ballot = given_ballot(database, settings, disaggregate_by="branch")
    for code in list(ballot.codes.values())[:5]:
        Member(client, code).vote()
    clock.now = CLOSED
    client.post("/api/v1/ballots/pay-2026/declare", token=given_token(database, settings))
    page = page_of(client.get("/ballots/pay-2026"))
    found = {
        table.caption.get_text(strip=True): [
            row.th.get_text(strip=True) for row in table.select("tbody tr")
        ]
        for table in page.select("table")[-2:]
    }
    assert found == {
        "Carried by itself, most votes to spare first": ["Leeds"],
        "Not carried by itself, closest first": ["York"],
    }


def test_a_disaggregated_result_says_how_many_small_units_are_not_shown(
    client, database, settings, clock
):
    for branch, size in {"Leeds": 6, "York": 2, "Hull": 7}.items():
        add_members(database, size, branch=branch)
    ballot = given_ballot(database, settings, disaggregate_by="branch")
    for code in list(ballot.codes.values())[:4]:
        Member(client, code).vote(q1="reject")
    clock.now = CLOSED
    client.post("/api/v1/ballots/pay-2026/declare", token=given_token(database, settings))
    answer = client.get("/ballots/pay-2026")
    assert "2 branches not shown" in words_of(answer)
    assert "York" not in answer.text
    assert "1 of 1 branch carried it by itself" in words_of(answer)


# Round and round


@ON_ONE_DATABASE
def test_every_link_that_the_public_can_reach_leads_somewhere(client, declared):
    seen, waiting = set(), ["/"]
    while waiting:
        address = waiting.pop()
        seen.add(address)
        answer = client.get(address)
        assert answer.status_code < 400, f"{address} answers {answer.status_code}"
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        links = {link["href"].partition("#")[0] for link in page_of(answer).select("a[href]")}
        waiting += sorted(link for link in links - seen if link.startswith("/"))
    assert {"/calculator", "/docs", "/secrecy", "/vote", "/sign-in"} <= seen
    assert "/ballots/pay-2026" in seen


@ON_ONE_DATABASE
def test_secrecy_is_explained_with_what_nobody_can_promise(client):
    words = words_of(client.get("/secrecy"))
    assert "Nobody at your union can look up how you voted" in words
    assert "What nobody can promise" in words
