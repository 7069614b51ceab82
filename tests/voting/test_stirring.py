"""Boxes are stirred while voting runs: no vote is lost, held up, or forgotten by its receipt."""

import asyncio
import threading
import time
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import select

from app.ballots.service import get_ballot
from app.main import create_app
from app.results.models import WHOLE
from app.results.opening import open_box_for_count
from app.results.service import count_ballot
from app.voting import box, stirring
from app.voting.box import open_box
from app.voting.models import BallotPaper
from app.voting.receipts import receipt_digest
from app.voting.seal import PapersDoNotOpen, box_totals
from app.voting.sealing import PaperSeal
from app.voting.stirrer import Stirrer
from app.voting.stirring import Stirred, stir_boxes
from app.voting.votes import Outcome
from tests.conftest import NOW, SECRET
from tests.support.ballots import add_members, given_ballot, move_window
from tests.support.client import AppClient
from tests.support.drafts import given_draft
from tests.support.votes import answers_in, cast, sealed_vote

VOTERS = 60
CLOSED = NOW + timedelta(days=8)
OTHER_SECRET = "another secret of invented tests, as long as the first"
CHOICES = ["reject"] * 7 + ["accept"] * 3 + [None]


@pytest.fixture
def ballot(database, settings):
    add_members(database, VOTERS)
    return given_ballot(database, settings)


def papers_of(database):
    with database.reading() as session:
        return session.exec(select(BallotPaper)).all()


def with_key(settings, secret, *, before=None):
    secret_type = type(settings.secret_key)
    previous = secret_type(before) if before else None
    return settings.model_copy(
        update={"secret_key": secret_type(secret), "previous_secret_key": previous}
    )


def repeat(database, ballot, *, number=11):
    """Send the first votes again, with their receipts but other answers."""

    async def again():
        box = open_box(database.url)
        codes = list(ballot.codes.values())[:number]
        votes = [
            sealed_vote(ballot, each, answers='{"offer":null}', receipt=each) for each in codes
        ]
        outcomes = await asyncio.gather(*(box.cast(vote) for vote in votes))
        await box.close()
        return Counter(outcomes)

    return asyncio.run(again())


def test_a_stir_changes_everything_about_a_paper_but_what_it_holds(database, ballot, settings):
    cast(database, ballot, CHOICES)
    before, said = papers_of(database), Counter(answers_in(database, ballot))
    assert stir_boxes(database, settings=settings, now=NOW) == [
        Stirred(ballot.slug, papers=11, unopened=0)
    ]
    after = papers_of(database)
    assert not {paper.id for paper in before} & {paper.id for paper in after}
    assert not {paper.sealed for paper in before} & {paper.sealed for paper in after}
    assert {len(paper.sealed) for paper in before} == {len(paper.sealed) for paper in after}
    assert {len(paper.id) for paper in before + after} == {16}
    assert Counter(answers_in(database, ballot)) == said
    assert repeat(database, ballot) == {Outcome.COUNTED_BEFORE: 11}


def test_papers_lie_in_the_order_of_their_ids_in_the_whole_of_the_table(database, ballot, settings):
    cast(database, ballot, ["reject"] * VOTERS)
    stir_boxes(database, settings=settings, now=NOW)
    order = "ctid" if not database.is_sqlite else "id"
    with database.reading() as session:
        ids = session.execute(text(f"SELECT id FROM ballot_paper ORDER BY {order}")).scalars().all()
    assert ids == sorted(ids)


def test_a_large_box_is_stirred_in_parts_and_whole(database, ballot, settings, monkeypatch):
    monkeypatch.setattr(stirring, "AT_ONCE", dict.fromkeys(stirring.AT_ONCE, 9))
    breaths = []
    monkeypatch.setattr(time, "sleep", breaths.append)
    cast(database, ballot, ["reject"] * 40 + ["accept"] * 20)
    before, said = papers_of(database), Counter(answers_in(database, ballot))
    [found] = stir_boxes(database, settings=settings, now=NOW)
    assert found.papers == VOTERS
    # Seven parts: on SQLite votes are taken between two of them.
    assert breaths == [stirring.BREATH if database.is_sqlite else 0] * 6
    after = papers_of(database)
    assert not {paper.id for paper in before} & {paper.id for paper in after}
    assert len(after) == VOTERS
    assert Counter(answers_in(database, ballot)) == said


def test_a_stir_that_is_told_to_stop_leaves_every_paper_in_the_box(
    database, ballot, settings, monkeypatch
):
    monkeypatch.setattr(stirring, "AT_ONCE", dict.fromkeys(stirring.AT_ONCE, 9))
    cast(database, ballot, ["reject"] * 40 + ["accept"] * 20)
    said = Counter(answers_in(database, ballot))
    answers = iter([False, False, True])
    [found] = stir_boxes(database, settings=settings, now=NOW, over=lambda: next(answers))
    assert found == Stirred(ballot.slug, papers=18, unopened=0, whole=False)
    assert Counter(answers_in(database, ballot)) == said


def test_a_part_holds_the_papers_of_the_lowest_ids_and_not_those_that_came_first(
    database, ballot, settings, monkeypatch
):
    monkeypatch.setattr(box, "LARGEST_BATCH", 3)
    monkeypatch.setattr(stirring, "AT_ONCE", dict.fromkeys(stirring.AT_ONCE, 9))
    cast(database, ballot, ["reject"] * 30)
    before = sorted(paper.id for paper in papers_of(database))
    answers = iter([False, True])
    stir_boxes(database, settings=settings, now=NOW, over=lambda: next(answers))
    after = {paper.id for paper in papers_of(database)}
    assert [each in after for each in before] == [False] * 9 + [True] * 21


def test_every_ballot_that_has_opened_is_stirred_in_turn_and_no_draft(database, ballot, settings):
    other = given_ballot(database, settings, slug="other")
    given_draft(database, slug="draft")
    move_window(database, ballot.id, opens_at=NOW)
    assert [each.slug for each in stir_boxes(database, settings=settings, now=NOW)] == [
        ballot.slug,
        other.slug,
    ]


def test_votes_and_repeated_receipts_race_the_stir_and_lose_nothing(
    database, ballot, settings, monkeypatch
):
    """The stir goes round without a pause while votes come in and are sent again."""
    monkeypatch.setattr(stirring, "AT_ONCE", dict.fromkeys(stirring.AT_ONCE, 20))
    monkeypatch.setattr(stirring, "BREATH", 0.002)
    over, rounds = threading.Event(), []

    def stir_all_the_time():
        while not over.is_set():
            rounds.extend(stir_boxes(database, settings=settings, now=NOW, over=over.is_set))

    async def vote():
        box = open_box(database.url)
        outcomes, slowest = Counter(), 0.0
        for n, code in enumerate(ballot.codes.values()):
            answers = '{"offer":"reject"}' if n % 3 else '{"offer":"accept"}'
            mine = sealed_vote(ballot, code, answers=answers, receipt=code)
            for _ in range(3):
                began = time.monotonic()
                outcomes[await box.cast(mine)] += 1
                slowest = max(slowest, time.monotonic() - began)
        await box.close()
        return outcomes, slowest

    # Two at once: what one has put back the other must not miss.
    stirring_threads = [threading.Thread(target=stir_all_the_time) for _ in range(2)]
    for thread in stirring_threads:
        thread.start()
    try:
        outcomes, slowest = asyncio.run(vote())
    finally:
        over.set()
        for thread in stirring_threads:
            thread.join()
    assert outcomes == {Outcome.COUNTED: VOTERS, Outcome.COUNTED_BEFORE: 2 * VOTERS}
    assert len(rounds) > 3, "it was hardly stirred"
    assert slowest < 5, "a vote waited longer than the box lets anybody"
    with database.reading() as session:
        assert box_totals(session, ballot.id) == (VOTERS, VOTERS, VOTERS)
    assert Counter(answers_in(database, ballot)) == {
        '{"offer":"reject"}': 40,
        '{"offer":"accept"}': 20,
    }


def test_a_stir_that_waits_behind_the_count_leaves_the_papers_open(
    database, ballot, settings, monkeypatch
):
    cast(database, ballot, CHOICES)
    count(database, ballot, settings)
    opened = papers_of(database)
    monkeypatch.setattr(stirring, "running_boxes", lambda *_, **__: [(ballot.id, ballot.slug)])
    assert stir_boxes(database, settings=settings, now=CLOSED) == [
        Stirred(ballot.slug, papers=0, unopened=0)
    ]
    assert papers_of(database) == opened


def test_the_count_waits_for_a_stir_that_is_under_way(database, ballot, settings, monkeypatch):
    """Or it would open what it saw before, and miss what the stir puts back."""
    cast(database, ballot, CHOICES)
    has_taken, may_go_on = threading.Event(), threading.Event()
    put_back = stirring.put_back

    def slowly(session, papers):
        has_taken.set()
        may_go_on.wait(10)
        put_back(session, papers)

    monkeypatch.setattr(stirring, "put_back", slowly)
    stir = threading.Thread(
        target=stir_boxes, args=(database,), kwargs={"settings": settings, "now": NOW}
    )
    stir.start()
    has_taken.wait(5)
    counting = threading.Thread(target=count, args=(database, ballot, settings))
    counting.start()
    until_somebody_waits(database)
    may_go_on.set()
    stir.join()
    counting.join()
    with database.reading() as session:
        counted = count_ballot(session, get_ballot(session, ballot.slug))
    assert counted[WHOLE].votes_cast == 11
    assert all(paper.sealed is None for paper in papers_of(database))


def until_somebody_waits(database):
    """Until another transaction waits for a lock; SQLite does not tell."""
    if database.is_sqlite:
        time.sleep(0.3)
        return
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    give_up_at = time.monotonic() + 8
    with database.reading() as session:
        while not session.execute(waiting).scalar_one():
            assert time.monotonic() < give_up_at, "nobody waits"
            time.sleep(0.02)


def count(database, ballot, settings):
    with database.reading() as session:
        row = get_ballot(session, ballot.slug)
    open_box_for_count(database, row, settings=settings, now=CLOSED)


def test_after_the_close_papers_are_open_and_carry_what_a_receipt_gives(database, ballot, settings):
    cast(database, ballot, CHOICES)
    count(database, ballot, settings)
    papers = papers_of(database)
    assert Counter(paper.answers for paper in papers) == {
        '{"offer":"reject"}': 7,
        '{"offer":"accept"}': 3,
        '{"offer":null}': 1,
    }
    receipts = list(ballot.codes.values())[:11]
    assert {paper.receipt_digest for paper in papers} == {
        receipt_digest(each, slug=ballot.slug) for each in receipts
    }
    assert repeat(database, ballot) == {Outcome.COUNTED_BEFORE: 11}


def test_papers_that_do_not_open_stop_the_count_and_change_nothing(database, ballot, settings):
    cast(database, ballot, CHOICES)
    before = papers_of(database)
    wrong = with_key(settings, OTHER_SECRET)
    with pytest.raises(PapersDoNotOpen) as refused:
        count(database, ballot, wrong)
    assert refused.value.detail == (
        "11 of 11 papers do not open with the keys that the service has, so nothing was counted "
        "and nothing was changed. Start it with the secret keys that were in use while members "
        "voted (MUSTER_SECRET_KEY, MUSTER_PREVIOUS_SECRET_KEY) and try again. If it has them, "
        "papers were changed: keep the database as it is and have it examined."
    )
    assert papers_of(database) == before
    count(database, ballot, settings)
    assert all(paper.answers for paper in papers_of(database))


def test_one_changed_paper_stops_the_count(database, ballot, settings):
    cast(database, ballot, CHOICES)
    with database.writing() as session:
        paper = session.exec(select(BallotPaper)).first()
        paper.sealed = bytes([paper.sealed[0] ^ 1]) + paper.sealed[1:]
    with pytest.raises(PapersDoNotOpen, match="1 of 11 papers"):
        count(database, ballot, settings)
    assert all(paper.answers is None for paper in papers_of(database))


def test_a_running_stir_keeps_what_it_cannot_open_and_says_so(database, ballot, settings, said):
    cast(database, ballot, CHOICES)
    [found] = stir_boxes(database, settings=with_key(settings, OTHER_SECRET), now=NOW)
    assert (found.papers, found.unopened) == (11, 11)
    assert said("papers_do_not_open") == [
        {"event": "papers_do_not_open", "level": "error", "ballot": "pay-2026", "papers": 11}
    ]
    assert Counter(answers_in(database, ballot))['{"offer":"reject"}'] == 7


def test_one_stir_brings_every_paper_under_a_new_key(database, ballot, settings):
    cast(database, ballot, CHOICES)
    rotated = with_key(settings, OTHER_SECRET, before=SECRET)
    stir_boxes(database, settings=rotated, now=NOW)
    new = PaperSeal([OTHER_SECRET], ballot=ballot.slug)
    papers = papers_of(database)
    assert all(new.open(paper.sealed) for paper in papers)
    receipts = list(ballot.codes.values())[:11]
    assert {paper.receipt_digest for paper in papers} == {
        new.lookup(receipt_digest(each, slug=ballot.slug)) for each in receipts
    }
    count(database, ballot, with_key(settings, OTHER_SECRET))


@pytest.fixture
def stirrer(database, settings, clock):
    return Stirrer(database, settings=settings, clock=clock)


def test_a_box_is_stirred_when_its_time_has_come_and_votes_did(
    database, ballot, settings, clock, stirrer
):
    assert stirrer.stir_due() == []
    cast(database, ballot, ["reject"] * 3)
    assert stirrer.stir_due() == [ballot.slug]
    ids = {paper.id for paper in papers_of(database)}
    clock.now += settings.stir_every
    assert stirrer.stir_due() == []
    assert {paper.id for paper in papers_of(database)} == ids


def test_of_several_processes_one_stirs(database, ballot, settings, clock, stirrer):
    cast(database, ballot, ["reject"] * 3)
    other = Stirrer(database, settings=settings, clock=clock)
    assert [stirrer.stir_due(), other.stir_due()] == [[ballot.slug], []]
    clock.now += settings.stir_every - timedelta(seconds=1)
    assert other.stir_due() == []
    clock.now += timedelta(seconds=1)
    assert other.stir_due() == [ballot.slug]


def test_a_ballot_that_has_not_opened_or_was_counted_is_left_alone(
    database, ballot, settings, clock, stirrer
):
    cast(database, ballot, ["reject"] * 3)
    move_window(database, ballot.id, opens_at=NOW + timedelta(hours=1))
    assert stirrer.stir_due() == []
    move_window(database, ballot.id, opens_at=NOW - timedelta(hours=1))
    count(database, ballot, settings)
    clock.now = CLOSED
    assert stirrer.stir_due() == []


def test_a_running_application_stirs_by_itself(database, ballot, settings, clock):
    cast(database, ballot, ["reject"] * 3)
    before = {paper.id for paper in papers_of(database)}
    hurried = settings.model_copy(update={"stir_every": timedelta(milliseconds=50)})
    give_up_at = time.monotonic() + 10
    with AppClient(create_app(hurried, clock=clock)):
        while before & {paper.id for paper in papers_of(database)}:
            assert time.monotonic() < give_up_at, "nobody stirs"
            time.sleep(0.02)
    assert len(papers_of(database)) == 3


def test_a_box_that_has_new_votes_is_stirred_behind_one_that_has_none(
    database, ballot, settings, stirrer
):
    other = given_ballot(database, settings, slug="other")
    cast(database, other, ["reject"])
    assert stirrer.stir_due() == ["other"]


def test_a_box_that_takes_long_rests_for_longer(database, ballot, settings, clock):
    hurried = settings.model_copy(update={"stir_every": timedelta(microseconds=10)})
    cast(database, ballot, ["reject"] * 3)
    assert Stirrer(database, settings=hurried, clock=clock).stir_due() == [ballot.slug]
    clock.now += hurried.stir_every
    assert Stirrer(database, settings=hurried, clock=clock).stir_due() == []


class InTheMiddle(Stirrer):
    """Asks something whenever it looks whether to stop: before each part of a box."""

    ask = None

    @property
    def is_stopping(self):
        return bool(self.ask and self.ask())


def test_a_box_that_is_being_stirred_is_claimed(database, ballot, settings, clock, stirrer):
    cast(database, ballot, ["reject"] * 3)
    first, meanwhile = InTheMiddle(database, settings=settings, clock=clock), []
    first.ask = lambda: meanwhile.append(stirrer.stir_due())
    assert first.stir_due() == [ballot.slug]
    assert meanwhile == [[]]


def test_a_stirrer_that_stops_half_way_comes_back_to_the_box(database, ballot, settings, clock):
    cast(database, ballot, ["reject"] * 3)
    before = papers_of(database)
    stirrer = InTheMiddle(database, settings=settings, clock=clock)
    stirrer.ask = lambda: True
    stirrer.stir_due()
    assert papers_of(database) == before
    stirrer.ask = None
    clock.now += settings.stir_every
    assert stirrer.stir_due() == [ballot.slug]
    assert not {paper.id for paper in before} & {paper.id for paper in papers_of(database)}
