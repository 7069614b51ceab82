"""What a stranger learns from a refusal: nothing. The same answer, made by the same work.

Work is counted and not timed: database statements as they are sent, and digests and password hashes
as they are computed. Two ways that do the same work in the same order take as long.
"""

import re
from collections import Counter

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from app.audit.service import COMMAND_LINE
from app.ballots.models import Credential
from app.security import passwords, secrets
from app.security.factor_models import StaffInvitation
from app.security.invitations import invite
from app.security.models import FailureCount, Role
from app.security.service import disable_account
from tests.support.answers import is_for_an_answer
from tests.support.ballots import add_members, given_ballot
from tests.support.drafts import given_draft
from tests.support.staff import NOON, PASSWORD, given_account

VOTES = "/api/v1/ballots/pay-2026/votes"
REJECT = {"answers": {"offer": "reject"}}
# Two sentences about a code that opens nothing: how long it is knows whoever typed it.
BY_WHAT_WAS_TYPED = re.compile(
    r"A voting code has 28 letters and numbers\. You typed: \d+"
    r"|This voting code does not work\. Check .*? only the newest works"
)
UNKNOWN = "AAAA-BBBB-CCCC-DDDD-EEEE-FFFF-GGGG"
# What differs from one answer to the next whatever was asked.
VARYING = {"x-request-id", "date"}


class Work:
    """What was done for one answer."""

    def __init__(self):
        self.statements = []
        self.hashes = Counter()

    def __eq__(self, other):
        return (self.statements, self.hashes) == (other.statements, other.hashes)

    def __repr__(self):
        return f"{self.hashes} {self.statements}"

    __hash__ = None


@pytest.fixture
def settings(settings):
    """With a mail server, which nobody reaches: the forms for members are there."""
    mail = {"smtp_url": "smtp://127.0.0.1:9", "mail_from": "ballots@example.org"}
    return settings.model_copy(update=mail)


@pytest.fixture
def watch(client, monkeypatch):
    """Count what the application does for one answer; returns the answer and the work."""
    database = client.app.state.database
    now = Work()

    def notice(connection, cursor, statement, *more):
        if is_for_an_answer(database):
            now.statements.append(statement)

    sa.event.listen(database.engine, "before_cursor_execute", notice)
    digest, hasher = secrets.hmac.digest, passwords._hasher()
    verify = type(hasher).verify

    def counted_digest(key, content, kind):
        now.hashes["digest"] += is_for_an_answer(database)
        return digest(key, content, kind)

    def counted_verify(self, *given):
        now.hashes["password"] += 1
        return verify(self, *given)

    monkeypatch.setattr(secrets.hmac, "digest", counted_digest)
    monkeypatch.setattr(type(hasher), "verify", counted_verify)

    def ask(method, path, **sent):
        with database.writing() as session:
            session.execute(sa.delete(FailureCount))
        client.forget_cookies()
        now.statements, now.hashes = [], Counter()
        answer = client.request(method, path, **sent)
        done = Work()
        done.statements, done.hashes = list(now.statements), Counter(now.hashes)
        return answer, done

    yield ask
    sa.event.remove(database.engine, "before_cursor_execute", notice)


def seen_by_a_stranger(answer):
    headers = {name: value for name, value in answer.headers.items() if name not in VARYING}
    return answer.status_code, headers, answer.text


def check_alike(watch, ways, *, blank=()):
    """Ask in each way; all answers and all work must be the first one's."""
    watch(*ways[0][:2], **ways[0][2])  # what is only done once in a process is done
    answers = []
    for method, path, sent in ways:
        answer, work = watch(method, path, **sent)
        status, headers, text = seen_by_a_stranger(answer)
        for typed in blank:
            text = text.replace(typed, "")
        text = BY_WHAT_WAS_TYPED.sub("", text)
        headers.pop("content-length")
        answers.append((status, headers, text, work))
    for each in answers:
        assert each == answers[0]
    assert answers[0][3].statements
    return answers[0]


@pytest.fixture
def codes(database, settings, clock):
    """A code that was revoked, one that is unknown, and ones that cannot be any."""
    add_members(database, 3)
    clock.now = NOON
    ballot = given_ballot(database, settings)
    revoked, *_ = ballot.codes.values()
    with database.writing() as session:
        first = sa.select(col(Credential.digest)).order_by(col(Credential.entry_id)).limit(1)
        session.execute(
            sa.update(Credential).where(col(Credential.digest).in_(first)).values(revoked_at=NOON)
        )
    return [UNKNOWN, revoked, "x", "Ω", UNKNOWN + UNKNOWN]


@pytest.mark.parametrize(
    "vote", [REJECT, {"answers": {"offer": "perhaps"}}, {"answers": {}}], ids=str
)
def test_every_code_that_opens_nothing_is_refused_alike_by_the_interface(watch, codes, vote):
    ways = [
        ("POST", VOTES, {"headers": {"Authorization": f"Bearer {code}".encode()}, "json": vote})
        for code in codes
    ]
    ways.append(("POST", VOTES, {"json": vote}))
    status, _, text, _ = check_alike(watch, ways)
    assert (status, "unknown_code" in text) == (401, True)


@pytest.mark.parametrize("step", ["link", "check", "cast", "change"])
def test_every_code_that_opens_nothing_is_refused_alike_by_the_pages(watch, codes, step):
    ways = [
        ("GET", f"/vote/{code}", {})
        if step == "link"
        else ("POST", f"/vote/{step}", {"data": {"code": code, "q1": "reject"}})
        for code in codes
    ]
    status, *_ = check_alike(watch, ways, blank=codes)
    assert status == 404


def test_a_code_that_is_typed_is_refused_alike(watch, codes):
    ways = [("POST", "/vote/code", {"data": {"code": code}}) for code in codes]
    status, *_ = check_alike(watch, ways, blank=sorted(codes, key=len, reverse=True))
    assert status == 404


def test_a_sign_in_is_refused_alike_whether_or_not_there_is_such_an_account(watch, database):
    given_account(database, "anna")
    given_account(database, "closed")
    with database.writing() as session:
        disable_account(session, "closed", actor=COMMAND_LINE, now=NOON)
    ways = [
        ("POST", "/sign-in", {"data": {"name": name, "password": password}})
        for name, password in (
            ("anna", f"{PASSWORD}!"),
            ("nobody", f"{PASSWORD}!"),
            ("closed", f"{PASSWORD}!"),
            ("closed", PASSWORD),
            ("nobody", PASSWORD),
        )
    ]
    status, _, _, work = check_alike(watch, ways, blank=("anna", "nobody", "closed"))
    assert status == 401
    assert work.hashes["password"] == 1


def test_an_invitation_that_is_over_looks_like_none(watch, database, settings, clock):
    links = []
    clock.now = NOON
    with database.writing() as session:
        for name in ("live", "used", "withdrawn", "ended"):
            link = invite(
                session,
                name,
                role=Role.HQ,
                branch=None,
                actor=COMMAND_LINE,
                settings=settings,
                now=NOON,
            )
            links.append(link.removeprefix("http://testserver"))
        rows = {each.name: each for each in session.exec(select(StaffInvitation))}
        rows["used"].used_at = rows["withdrawn"].withdrawn_at = rows["ended"].ends_at = NOON
    over = [*links[1:], "/sign-in/invitation/unknown", "/sign-in/invitation/%CE%A9"]
    status, *_ = check_alike(watch, [("GET", path, {}) for path in over])
    assert status == 404
    sent = {"data": {"password": PASSWORD}}
    status, *_ = check_alike(watch, [("POST", path, sent) for path in over])
    assert status == 404
    answer, _ = watch("GET", links[0])
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/lost-link", "/my-details"])
def test_who_asks_about_a_member_is_answered_alike_whoever_that_is(watch, database, path):
    add_members(database, 2)
    ways = [
        ("POST", path, {"data": {"number": number, "proof": proof}})
        for number, proof in (
            ("LEE0001", "lee1@example.org"),
            ("LEE0001", "another@example.org"),
            ("LEE9999", "lee1@example.org"),
            ("Ω", "AB1 2CD"),
        )
    ]
    status, *_ = check_alike(watch, ways)
    assert status == 200


@pytest.mark.parametrize(
    "path", ["/api/v1/ballots/{}", "/ballots/{}", "/api/v1/ballots/{}/timetable"]
)
def test_a_draft_looks_like_no_ballot_to_a_stranger(watch, database, path):
    draft = given_draft(database)
    ways = [("GET", path.format(slug), {}) for slug in (draft.slug, "no-such-ballot")]
    status, *_ = check_alike(watch, ways, blank=(draft.slug, "no-such-ballot"))
    assert status == 404
