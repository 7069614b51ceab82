"""The database administrator: copies of everything at every moment say no more than chance.

Members vote one after the other, and a copy of the whole database is taken after each vote, around
each stir, and after the seal, the final stir, the count and a backup. Every join, order and
difference of those copies that we know of then guesses how each member voted. Answers are balanced
and drawn beforehand, so chance is a half; the bound allows for the number of strategies, and all
of it raises a false alarm once in a million runs.
"""

import random
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from app.ballots.service import get_ballot
from app.core.backup import back_up
from app.core.database import Database
from app.results.opening import open_box_for_count
from app.voting import seal as box_seal
from app.voting.seal import seal_box
from app.voting.sealing import DIGEST_BYTES, FILLER, SERIAL_BYTES, Opened, PaperSeal
from app.voting.stirrer import Stirrer
from tests.conftest import NOW
from tests.support.administrator import (
    MARKS,
    PAPERS,
    new_rows,
    read_out,
    same_rank,
    same_value,
    take_dump,
    winners,
)
from tests.support.ballots import OFFER, add_members, given_ballot, given_token
from tests.support.one_database import ON_ONE_DATABASE

# Of different lengths, as words are.
CHOICES = ("accept", "decline")
QUESTION = OFFER | {
    "answers": [{"key": each, "text": each.title()} for each in CHOICES],
    "supported_answer": "decline",
}
VOTERS = 64
STIRRED_EVERY = 16
CLOSED = NOW + timedelta(days=8)


def balanced(number, seed):
    """As many of each answer, in an order that nothing else depends on."""
    answers = list(CHOICES) * (number // 2)
    random.Random(seed).shuffle(answers)  # noqa: S311 - the same in every run
    return answers


def said(row):
    """What an open paper says, if it is open."""
    return next((each for each in CHOICES if each in (row.get("answers") or "")), None)


@dataclass
class Watched:
    """A whole ballot as the administrator saw it."""

    truth: list[str]
    around: list = field(default_factory=list)  # the copies before and after each vote
    sealed: list = field(default_factory=list)  # later copies, all papers still sealed
    opened: list = field(default_factory=list)  # copies after the final stir
    log: str = ""


@pytest.fixture
def watch(client, database, settings, clock, capsys, tmp_path):
    """Let members vote one by one, and copy everything at every step."""

    def run(voters=VOTERS):
        add_members(database, voters)
        ballot = given_ballot(database, settings, questions=[QUESTION])
        stirrer = Stirrer(database, settings=settings, clock=clock)
        seen = Watched(balanced(voters, seed=8))
        codes = list(ballot.codes.values())
        random.Random(88).shuffle(codes)  # noqa: S311 - the same in every run
        before = take_dump(database, pages=False)
        for n, (code, answer) in enumerate(zip(codes, seen.truth, strict=True), start=1):
            vote = {"answers": {"offer": answer}}
            path = f"/api/v1/ballots/{ballot.slug}/votes"
            assert client.post(path, token=code, json=vote).status_code == 201
            clock.now += timedelta(seconds=1)
            after = take_dump(database, pages=False)
            seen.around.append((before, after))
            if n % STIRRED_EVERY == 0:
                clock.now += settings.stir_every
                assert stirrer.stir_due() == [ballot.slug]
                seen.sealed += [after, take_dump(database)]
            before = seen.sealed[-1] if n % STIRRED_EVERY == 0 else after
        clock.now = CLOSED
        with database.writing() as session:
            seal_box(session, ballot.id, now=CLOSED)
        seen.sealed.append(take_dump(database))
        count_and_copy(seen, ballot)
        seen.log = "".join(capsys.readouterr())
        return seen

    def count_and_copy(seen, ballot):
        with database.reading() as session:
            row = get_ballot(session, ballot.slug)
        open_box_for_count(database, row, settings=settings, now=CLOSED)
        seen.opened.append(take_dump(database))
        hq = given_token(database, settings, now=CLOSED)
        declared = client.post(f"/api/v1/ballots/{ballot.slug}/declare", token=hq)
        assert declared.json()["votes_cast"] == len(seen.truth)
        seen.opened.append(take_dump(database))
        if database.is_sqlite:
            back_up(database.url, tmp_path / "copy")
            copy = Database(f"sqlite:///{tmp_path / 'copy'}")
            seen.opened.append(take_dump(copy))
            copy.dispose()

    return run


def strategies(seen):
    """Every way to guess, from the difference that each vote made to the papers in the end."""
    cast = [new_rows(before, after, PAPERS) for before, after in seen.around]
    assert {len(each) for each in cast} == {1}, "each vote is seen to add one paper"
    cast = [paper for [paper] in cast]
    yield from read_out(cast, CHOICES)
    yield from changes_elsewhere(seen)
    # Until the close a paper keeps what finds it by its receipt, so it can be followed.
    for copy in seen.sealed[-1:]:
        by_receipt = {row["receipt_digest"]: row for row in copy.tables[PAPERS]}
        followed = [by_receipt[row["receipt_digest"]] for row in cast]
        yield from read_out(followed, CHOICES)
        for opened in seen.opened:
            papers = opened.tables[PAPERS]
            yield from same_value(followed, papers, said)
            yield from same_rank((followed, copy.raw), (papers, opened.raw), said)
    for opened in seen.opened:
        papers = opened.tables[PAPERS]
        yield from same_value(cast, papers, said)
        yield from same_rank((cast, seen.around[-1][1].raw), (papers, opened.raw), said)
        marks = [new_rows(*each, MARKS)[0] for each in seen.around]
        yield from same_value(marks, papers, said)
        entries = {row["entry_id"]: row for row in opened.tables[MARKS]}
        marked = [entries[row["entry_id"]] for row in marks]
        yield from same_rank((marked, opened.raw), (papers, opened.raw), said)


def changes_elsewhere(seen):
    """Guess from what a vote changed in any other table, and in the bytes of the files."""
    for table in seen.around[0][0].tables.keys() - {PAPERS}:
        added = [new_rows(before, after, table)[:1] or [{}] for before, after in seen.around]
        yield from ((f"{table}: {name}", each) for name, each in read_out_rows(added))
    for choice in CHOICES:
        grown = [
            after.raw.count(choice.encode()) > before.raw.count(choice.encode())
            for before, after in seen.around
        ]
        yield f"{choice} in the files", [CHOICES[each] for each in grown]


def read_out_rows(added):
    rows = [row for [row] in added]
    return read_out(rows, CHOICES) if any(rows) else iter(())


@pytest.fixture(scope="module")
def watched():
    """Ballots as they were watched, by the kind of the database."""
    return {}


@pytest.fixture
def seen(request, database, watched):
    """One ballot on each database, for all that only look at it."""
    kind = database.engine.dialect.name
    if kind not in watched:
        watched[kind] = request.getfixturevalue("watch")()
    return watched[kind]


def test_an_administrator_with_every_copy_does_no_better_than_chance(seen):
    assert winners(strategies(seen), seen.truth) == []


def test_a_vote_moves_no_sequence_and_no_log_says_anything_of_it(seen):
    assert seen.around[0][0].tables["sequences"] == seen.around[-1][1].tables["sequences"]
    assert seen.log.count('"event": "request"') >= VOTERS
    events = new_rows(seen.around[0][0], seen.opened[-1], "audit_event")
    digests = [row["receipt_digest"] for row in seen.opened[-1].tables[PAPERS]]
    for told in (*map(str, events), seen.log):
        assert not [each for each in CHOICES if each in told]
        assert not [each for each in digests if each.hex() in told or repr(each) in told]


# The administrator must be able to win: each of these gives away what one part of it protects.


def in_the_same_order(papers):
    return [paper | {"id": n.to_bytes(16)} for n, paper in enumerate(papers, start=1)]


def under_the_same_id(papers):
    return list(papers)


def without_a_key(self, answers, *, receipt_digest, width, serial=None):
    serial = serial or random.randbytes(SERIAL_BYTES)  # noqa: S311 - it is to be seen
    return receipt_digest + serial + answers.encode().ljust(width, FILLER)


def read_without_a_key(self, sealed):
    digest, rest = sealed[:DIGEST_BYTES], sealed[DIGEST_BYTES:]
    serial, content = rest[:SERIAL_BYTES], rest[SERIAL_BYTES:]
    return Opened(content.rstrip(FILLER).decode(), digest, width=len(content), serial=serial)


def as_the_receipt_gives_it(self, receipt_digest):
    return receipt_digest


def found_by_the_receipt(self, receipt_digest):
    return (receipt_digest,)


def as_wide_as_it_is(self, answers, *, receipt_digest, width, serial=None, seal=PaperSeal.seal):
    del width
    return seal(self, answers, receipt_digest=receipt_digest, width=len(answers), serial=serial)


def would_win(watch, monkeypatch, leak):
    for place, name, leaky in leak:
        monkeypatch.setattr(place, name, leaky)
    # Of fewer votes, so that with more of them it would be plainer still.
    seen = watch(3 * STIRRED_EVERY)
    return winners(strategies(seen), seen.truth) != []


@pytest.mark.parametrize(
    "leak",
    [
        pytest.param([(box_seal, "in_random_order", in_the_same_order)], id="order"),
        pytest.param([(box_seal, "in_random_order", under_the_same_id)], id="ids"),
    ],
)
def test_an_administrator_would_find_a_leak(watch, monkeypatch, leak):
    assert would_win(watch, monkeypatch, leak)


@ON_ONE_DATABASE  # what a paper says is the same bytes in both
@pytest.mark.parametrize(
    "leak",
    [
        pytest.param(
            [
                (PaperSeal, "lookup", as_the_receipt_gives_it),
                (PaperSeal, "found_by", found_by_the_receipt),
            ],
            id="receipts",
        ),
        pytest.param([(PaperSeal, "seal", as_wide_as_it_is)], id="lengths"),
        pytest.param(
            [(PaperSeal, "seal", without_a_key), (PaperSeal, "open", read_without_a_key)],
            id="answers",
        ),
    ],
)
def test_an_administrator_would_find_a_leak_in_a_paper(watch, monkeypatch, leak):
    assert would_win(watch, monkeypatch, leak)
