"""The form without containers, for real: PostgreSQL, two processes, nginx as production sets it."""

import asyncio
import json
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import cycle

import httpx
import pytest
from sqlmodel import select

from app.security import throttles
from app.security.models import FailureCount
from app.voting.seal import box_totals
from tests.support.ballots import add_members, given_ballot, given_token
from tests.support.pages import check_page
from tests.support.papers import Member, receipt_on
from tests.support.sites import WITHIN, Site, a_site, streams_open

VOTES = "/api/v1/ballots/pay-2026/votes"
STREAM = "/api/v1/ballots/pay-2026/turnout/stream"
REJECT = {"answers": {"offer": "reject"}}
AT_ONCE = 32
OFFICE = 150  # members who vote behind one address, without a pause
ROLLING = 600
PASSWORD = "correct horse battery"


class Polling(Site):
    """A site with a ballot under way, and codes that nobody has used yet."""

    def open_the_ballot(self):
        add_members(self.database, 5 + AT_ONCE + OFFICE + ROLLING)
        ballot = given_ballot(self.database, self.settings, now=datetime.now(UTC))
        self.ballot_id, self.codes = ballot.id, list(ballot.codes.values())
        self.hq = given_token(self.database, self.settings, name="hq-officer")

    def take(self, number):
        taken, self.codes[:] = self.codes[:number], self.codes[number:]
        return taken

    def papers(self):
        with self.database.reading() as session:
            totals = set(box_totals(session, self.ballot_id))
        assert len(totals) == 1, "papers, marks and counters differ"
        return totals.pop()

    def seen_at(self, address):
        """Whether a failure was counted for somebody at this address."""
        with self.database.reading() as session:
            places = set(session.exec(select(FailureCount.place)))
        return throttles.place_of(address, settings=self.settings) in places


@pytest.fixture(scope="module")
def site(postgres):
    with a_site(postgres, kind=Polling) as site:
        site.open_the_ballot()
        yield site


def bearer(secret):
    return {"Authorization": f"Bearer {secret}"}


def cast(http, code, **more):
    return http.post(VOTES, headers=bearer(code), json=REJECT | more)


def answered_by(site):
    """Which process answered how many requests, as nginx's log says."""
    fields = [line.split() for line in site.nginx.access_log.read_text("utf-8").splitlines()]
    return Counter(line[5] for line in fields)


def test_it_is_ready_over_https_and_says_so_by_security_headers(site):
    with site.browser() as http:
        answer = http.get("/readyz")
        page = http.get("/")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})
    assert "max-age" in page.headers["strict-transport-security"]
    assert page.headers["server"] == "nginx"
    check_page(page.text)


def test_plain_http_leads_to_https(site):
    answer = httpx.get(f"http://127.0.0.1:{site.nginx.http_port}/vote")
    assert (answer.status_code, answer.headers["location"]) == (301, "https://localhost/vote")


@pytest.mark.parametrize("path", ["/metrics", "//metrics", "/x/../metrics", "/%6detrics"])
def test_metrics_are_not_for_the_outside(site, path):
    with site.browser() as http:
        assert http.get(f"{site.nginx.base_url}{path}").status_code == 403
        assert http.get("/docs").status_code == 200


def test_a_member_votes_by_rest(site):
    [code] = site.take(1)
    before = site.papers()
    with site.browser() as http:
        assert cast(http, code, receipt="r" * 32).json() == {"receipt": "r" * 32}
        assert cast(http, code).status_code == 409
    assert site.papers() == before + 1


def test_a_member_votes_by_the_form(site):
    [code] = site.take(1)
    before = site.papers()
    with site.browser() as http:
        receipt = Member(http, code).vote()
    check_page(receipt.text)
    assert receipt_on(receipt)
    assert site.papers() == before + 1


def test_one_code_posted_32_times_through_both_processes_counts_once(site):
    [code] = site.take(1)
    before, answered = site.papers(), answered_by(site)

    async def race():
        limits = httpx.Limits(max_connections=AT_ONCE)
        async with httpx.AsyncClient(
            base_url=site.nginx.base_url, verify=site.nginx.tls, timeout=WITHIN, limits=limits
        ) as http:
            posts = (http.post(VOTES, headers=bearer(code), json=REJECT) for _ in range(AT_ONCE))
            return Counter(answer.status_code for answer in await asyncio.gather(*posts))

    assert asyncio.run(race()) == {201: 1, 409: AT_ONCE - 1}
    assert site.papers() == before + 1
    took_part = answered_by(site) - answered
    assert len(took_part) == 2, "nginx sent all of them to one process"
    assert took_part.total() == AT_ONCE


def test_a_whole_office_votes_in_one_go_behind_one_address(site):
    codes = site.take(OFFICE)
    with site.browser() as http, ThreadPoolExecutor(8) as desks:
        answers = Counter(desks.map(lambda code: cast(http, code).status_code, codes))
    assert answers == {201: OFFICE}


def test_staff_sign_in_with_a_secure_cookie_and_stay_signed_in_on_both_processes(site):
    with site.browser() as http:
        sent = {"name": "hq-officer", "password": PASSWORD}
        answer = http.post("/sign-in", data=sent, headers={"Origin": site.nginx.base_url})
        assert (answer.status_code, answer.headers["location"]) == (303, "/staff")
        assert "Secure" in answer.headers["set-cookie"]
        before = answered_by(site)
        pages = [http.get("/staff") for _ in range(4)]
        assert {page.status_code for page in pages} == {200}
        assert len(answered_by(site) - before) == 2


def test_a_form_sent_from_another_site_is_refused(site):
    with site.browser() as http:
        sent = {"name": "hq-officer", "password": PASSWORD}
        answer = http.post("/sign-in", data=sent, headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == 403


def test_trying_passwords_is_slowed_by_nginx_and_counted_by_both_processes_together(site):
    """The address is the client's own, whatever it claims; only one of them has to wait."""
    claimed = {"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9"}
    wrong = {"name": "nobody-here", "password": "wrong"}
    guesser = httpx.HTTPTransport(local_address="127.0.0.2", verify=site.nginx.tls)
    tries = site.settings.failures_allowed
    with site.browser(transport=guesser, headers=claimed) as http:
        statuses = [http.post("/sign-in", data=wrong).status_code for _ in range(tries + 1)]
        flood = [http.post("/sign-in", data=wrong) for _ in range(60)]
    assert statuses == [401] * tries + [429]
    assert {answer.status_code for answer in flood} == {429}
    assert any("<center>nginx</center>" in answer.text for answer in flood)
    assert site.seen_at("127.0.0.2")
    assert not site.seen_at("203.0.113.9")
    with site.browser() as http:
        sent = {"name": "hq-officer", "password": PASSWORD}
        assert http.post("/sign-in", data=sent).status_code == 303


def test_a_wrong_code_typed_on_the_page_is_counted_for_the_address_it_came_from(site):
    there = httpx.HTTPTransport(local_address="127.0.0.3", verify=site.nginx.tls)
    with site.browser(transport=there, headers={"X-Forwarded-For": "203.0.113.7"}) as http:
        assert http.post("/vote/code", data={"code": "0" * 28}).status_code == 404
    assert site.seen_at("127.0.0.3")
    assert not site.seen_at("203.0.113.7")
    assert not site.seen_at("127.0.0.1")


def test_a_vote_that_is_far_too_large_stops_at_nginx(site):
    with site.browser() as http:
        answer = http.post(VOTES, content=b"x" * 70_000)
    assert answer.status_code == 413
    assert "<center>nginx</center>" in answer.text


PROTECTING = (
    "content-security-policy",
    "cache-control",
    "referrer-policy",
    "x-content-type-options",
    "strict-transport-security",
)


def test_every_answer_through_nginx_protects_itself_and_says_so_once(site):
    long, large = f"/{'x' * 9000}", {"X-Large": "x" * 9000}
    with site.browser() as http:
        answers = {
            "of Muster": http.get("/vote"),
            "a vote that is too large": http.post(VOTES, content=b"x" * 70_000),
            "an address that is too long": http.get(long),
            "headers that are too large": http.get("/", headers=large),
            "what stays inside": http.get("/metrics"),
        }
    assert [answer.status_code for answer in answers.values()] == [200, 413, 414, 400, 403]
    for which, answer in answers.items():
        for name in PROTECTING:
            assert len(answer.headers.get_list(name)) == 1, (which, name)


@pytest.mark.parametrize(
    ("path", "status"), [("/hq/roll/imports", 303), ("/api/v1/roll/imports?dry_run=true", 200)]
)
def test_a_roll_file_larger_than_a_page_goes_through(site, path, status):
    row = "X{:07},Name,Leeds 01,full,2020-01-01\r\n"
    rows = "".join(row.format(number) for number in range(40_000))
    content = f"membership_number,family_name,branch,category,joined_on\r\n{rows}".encode()
    assert len(content) > 1_200_000
    with site.browser() as http:
        sent = {"name": "hq-officer", "password": PASSWORD}
        ours = {"Origin": site.nginx.base_url}
        assert http.post("/sign-in", data=sent, headers=ours).status_code == 303
        headers = ours if path.startswith("/hq") else bearer(site.hq)
        answer = http.post(path, files={"file": ("roll.csv", content)}, headers=headers)
    assert answer.status_code == status


def turnouts(lines):
    for line in lines:
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


def test_a_stream_on_one_process_moves_within_two_seconds_of_a_vote_on_the_other(site):
    for code in site.take(2):
        before = site.papers()
        with (
            site.browser(headers=bearer(site.hq)) as http,
            http.stream("GET", STREAM) as response,
        ):
            stream = turnouts(response.iter_lines())
            assert next(stream)["votes_cast"] == before
            [other] = [each for each in site.processes if streams_open(each) == 0]
            with httpx.Client(base_url=other.base_url, timeout=WITHIN) as direct:
                assert cast(direct, code).status_code == 201
            answered = time.monotonic()
            assert next(stream)["votes_cast"] == before + 1
            assert time.monotonic() - answered < 2


class Electorate:
    """Members who vote at a steady pace and send again what was not answered, as people do."""

    def __init__(self, site, codes):
        self.site = site
        self.votes = {f"{number:032x}": code for number, code in enumerate(codes)}
        self.first_answers = Counter()
        self.over = threading.Event()

    def send(self, http, receipt):
        try:
            return cast(http, self.votes[receipt], receipt=receipt).status_code
        except httpx.TransportError as lost:
            return type(lost).__name__

    def vote(self, receipts):
        """Go round until told that it is over: a vote sent again changes nothing."""
        with self.site.browser() as http:
            for sent, receipt in enumerate(cycle(receipts)):
                if self.over.is_set() and sent >= len(receipts):
                    return
                status = self.send(http, receipt)
                self.first_answers[status] += 1
                give_up_at = time.monotonic() + WITHIN
                while status != 201:
                    assert time.monotonic() < give_up_at, f"never counted: {status}"
                    time.sleep(0.2)
                    status = self.send(http, receipt)
                time.sleep(0.02)


def test_a_rolling_restart_loses_no_vote_and_counts_none_twice(site):
    before = site.papers()
    members = Electorate(site, site.take(ROLLING))
    receipts = list(members.votes)
    with ThreadPoolExecutor(4) as crowd:
        voting = [crowd.submit(members.vote, receipts[desk::4]) for desk in range(4)]
        try:
            for process in site.processes:
                time.sleep(0.5)
                process.stop()
                process.start()
        finally:
            members.over.set()
        for each in voting:
            each.result()
    assert site.papers() == before + ROLLING
    # Nobody had to send anything again: nginx hands a vote on to the process that is there.
    assert members.first_answers.keys() == {201}


def test_nothing_secret_is_in_anything_that_nginx_wrote(site):
    [code] = site.take(1)
    with site.browser() as http:
        http.get(f"/vote/{code}")
        http.get(f"/vote?code={code}")
        http.get(f"/%76ote/{code}", headers={"Referer": f"{site.nginx.base_url}/vote/{code}"})
        http.get("/readyz", headers={"Referer": f"{site.nginx.base_url}/vote/{code}"})
        http.post(f"/vote/{code}", content=b"x" * 70_000)
        httpx.get(f"http://127.0.0.1:{site.nginx.http_port}/vote/{code}")
        # Both processes away: where nginx would complain, it complains of a request.
        for process in site.processes:
            process.stop()
        assert http.get(f"/vote/{code}").status_code == 502
        assert cast(http, code).status_code == 502
        for process in site.processes:
            process.start()
    written = site.nginx.logs()
    assert written.count("\n") >= 8, "it did not note each of these"
    for secret in (code, code.replace("-", ""), "/vote", "localhost", "127.0.0.2", "Referer"):
        assert secret not in written
