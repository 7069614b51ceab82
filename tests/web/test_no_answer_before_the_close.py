"""Before the close nobody learns how anybody voted: every address, asked by everyone, tries.

Every page and every call is read twice: as the votes are, and with all papers turned to another
answer. Whatever reads a paper gives another reply the second time.
"""

from itertools import chain

import pytest
from sqlmodel import select

from app.audit.service import COMMAND_LINE
from app.security.models import Role
from app.security.service import issue_token
from app.turnout.broadcast import GREETING, Topic
from app.voting.models import BallotPaper
from app.voting.sealing import PaperSeal
from tests.conftest import NOW, SECRET
from tests.support.ballots import add_members, given_ballot
from tests.support.desks import Desk
from tests.support.routes import doors_of
from tests.support.staff import given_account
from tests.support.votes import cast

PEOPLE = {
    "hq-officer": (Role.HQ, None),
    "bo": (Role.BRANCH, "Leeds"),
    "sue": (Role.SCRUTINEER, None),
}
GROUPINGS = ("branch", "region", "employer", "workplace")
# Addresses whose answer never ends, or changes by itself: the stream is asked by itself below, and
# who sets up an authenticator app is shown another secret each time. The audit log, in which no
# answer stands (tests/audit), is signed as time goes by, and two pages show when it last was.
UNCOMPARED = (
    "/stream",
    "/metrics",
    "/staff/factors/new",
    "/audit/checkpoints",
    "/audit/checkpoints.txt",
    "/staff/assessment",
    "/staff/assessment.md",
)


@pytest.fixture
def ballot(database, settings):
    add_members(database, 20)
    ballot = given_ballot(database, settings, disaggregate_by="branch")
    cast(database, ballot, ["reject"] * 7 + ["accept"] * 3 + [None])
    return ballot


@pytest.fixture
def askers(client, database, settings):
    """Everyone who may ask, each as a function from address to reply."""
    asking = {"nobody": client.get}
    for name, (role, branch) in PEOPLE.items():
        given_account(database, name, role=role, branch=branch)
        with database.writing() as session:
            token = issue_token(session, name, actor=COMMAND_LINE, settings=settings, now=NOW)
        asking[f"{name} at a browser"] = Desk(client, name).get
        asking[f"{name} by program"] = by_program(client, token)
    return asking


def by_program(client, token):
    return lambda path, **more: client.get(path, token=token, **more)


def addresses(client, ballot):
    """Every address that can be read, for this ballot, however it is grouped."""
    known = {"{slug}": ballot.slug, "{code}": ballot.any_code}
    for door in doors_of(client.app):
        if door.method != "GET" or door.path.endswith(UNCOMPARED):
            continue
        path = door.path
        for name, value in known.items():
            path = path.replace(name, value)
        path = path.replace("{membership_number:path}", "LEE0001")
        yield path
        yield from (f"{path}?group_by={each}" for each in GROUPINGS if "turnout" in path)
        if path.startswith("/branch/"):
            yield f"{path}?branch=Leeds"


def everything_said(client, ballot, askers):
    said = {}
    for who, ask in askers.items():
        for path in addresses(client, ballot):
            headers = {"HX-Request": "true"} if "/panel" in path else {}
            client.forget_cookies()
            answer = ask(path, headers=headers)
            said[who, path] = (answer.status_code, answer.text)
    return said


def turn_every_paper(database, ballot):
    """Let every paper say something else, by the key that no reply may need."""
    seal = PaperSeal([SECRET], ballot=ballot.slug)
    with database.writing() as session:
        papers = session.exec(select(BallotPaper)).all()
        assert len(papers) == 11
        for paper in papers:
            if paper.sealed is None:  # after the close
                paper.answers = '{"offer":"accept"}'
                continue
            found = seal.open(paper.sealed)
            paper.sealed = seal.seal(
                '{"offer":"accept"}', receipt_digest=found.receipt_digest, width=found.width
            )


def test_no_reply_depends_on_how_anybody_voted(client, database, ballot, askers):
    before = everything_said(client, ballot, askers)
    turn_every_paper(database, ballot)
    after = everything_said(client, ballot, askers)
    assert [place for place in before if before[place] != after[place]] == []
    statuses = [status for status, _ in before.values()]
    assert 500 not in statuses
    assert statuses.count(200) > len(before) / 3, "too many were refused for this to mean much"


def test_the_stream_does_not_depend_on_it_either(client, database, ballot):
    def streamed():
        return client.run(first_frames, client.app.state.broadcast, ballot.slug)

    before = streamed()
    turn_every_paper(database, ballot)
    assert b'"votes_cast":11' in before[0]
    assert streamed() == before


async def first_frames(broadcast, slug):
    frames = []
    for group_by, branch in chain(((each, None) for each in GROUPINGS), [("branch", "Leeds")]):
        stream = broadcast.listen(Topic(slug, group_by=group_by, branch=branch))
        assert await anext(stream) == GREETING
        frames.append(await anext(stream))
        await stream.aclose()
    return frames


def test_after_the_close_the_count_does_depend_on_it(client, database, ballot, askers, clock):
    """So the way of looking works: it sees an answer where there is one."""
    clock.now = NOW.replace(day=30)
    hq = Desk(client, "hq-officer")
    before = hq.get(f"/staff/ballots/{ballot.slug}/count").text
    turn_every_paper(database, ballot)
    assert hq.get(f"/staff/ballots/{ballot.slug}/count").text != before
