"""An administrator who has the secret key too, but copies taken right after stirs alone.

They open every paper and see which are new since the stir before, and who is newly marked. Among
those it must stay a matter of chance who cast which. Several small ballots, because what SQLite
tells by the place of rows it tells within a page.
"""

import asyncio
import random
import secrets

import pytest

from app.voting import seal as box_seal
from app.voting.box import open_box
from app.voting.sealing import PaperSeal
from app.voting.stirring import stir_boxes
from app.voting.votes import Outcome
from tests.conftest import NOW, SECRET
from tests.support.administrator import MARKS, PAPERS, new_rows, orders, take_dump, winners
from tests.support.ballots import add_members, given_ballot
from tests.support.votes import sealed_vote
from tests.voting.test_administrator import CHOICES, balanced

BALLOTS = 9
BETWEEN_STIRS = 8


def vote_one_by_one(database, ballot, votes):
    async def one_by_one():
        box = open_box(database.url)
        for code, answer in votes:
            answers = f'{{"offer":"{answer}"}}'
            vote = sealed_vote(ballot, code, answers=answers, receipt=code)
            assert await box.cast(vote) is Outcome.COUNTED
        await box.close()

    asyncio.run(one_by_one())


def opened(dump, ballot):
    """The papers of a copy as the key shows them."""
    seal = PaperSeal([SECRET], ballot=ballot.slug)
    for row in dump.tables[PAPERS]:
        if row["ballot_id"] == ballot.id and row["sealed"] is not None:
            found = seal.open(row["sealed"])
            yield row | {"answers": found.answers, "receipt": found.receipt_digest}


def said(row):
    return next(each for each in CHOICES if each in row["answers"])


def ranked_together(copies):
    """Guess that new papers are in one order as new marks are in another, in every ballot."""
    guesses = {}
    for voters, (marks, papers, raw) in copies:
        by_entry = {row["entry_id"]: row for row in marks}
        in_turn = [by_entry[entry] for entry in voters]
        # The order of the votes themselves too: it may be known by another way.
        rows = [row | {"~voted": turn} for turn, row in enumerate(in_turn)]
        placings = list(orders(papers, raw))
        for one, ranked in orders(rows, raw):
            for other, placed in placings:
                mine = [None] * len(ranked)
                for voter, paper in zip(ranked, placed, strict=True):
                    mine[voter] = said(papers[paper])
                guesses.setdefault(f"{one} / {other}", []).extend(mine)
    whole = len(copies) * BETWEEN_STIRS
    yield from ((name, each) for name, each in guesses.items() if len(each) == whole)


def joined(copies):
    """Guess the one new paper that shares with the mark what the database notes of both."""
    for noted in ("~xmin", "~cmin", "~ctid", "~rowid"):
        guesses = []
        for voters, (marks, papers, _) in copies:
            by_entry = {row["entry_id"]: row for row in marks}
            for entry in voters:
                value = by_entry[entry].get(noted)
                same = [row for row in papers if value is not None and row.get(noted) == value]
                guesses.append(said(same[0]) if len(same) == 1 else None)
        yield f"same {noted}", guesses


@pytest.fixture
def watch(database, settings):
    """Let members of several ballots vote, and copy the database after each stir alone."""

    def run(stir):
        add_members(database, 2 * BETWEEN_STIRS)
        copies, truth = [], []
        for number in range(BALLOTS):
            # Each ballot begins on pages of its own.
            with database.writing() as session:
                for table in (PAPERS, MARKS, "turnout_counter"):
                    session.connection().exec_driver_sql(f"DELETE FROM {table}")
            ballot = given_ballot(database, settings, slug=f"ballot-{number}")
            copies += copies_of(ballot, truth, number, stir)
        return copies, truth

    def copies_of(ballot, truth, number, stir):
        before = take_dump(database, pages=False)
        chance = random.Random(number)  # noqa: S311 - the same in every run
        coming = list(ballot.codes.items())
        chance.shuffle(coming)
        for turn in range(2):
            answers = balanced(BETWEEN_STIRS, seed=10 * number + turn)
            people = coming[turn * BETWEEN_STIRS :][:BETWEEN_STIRS]
            codes = [code for _, code in people]
            vote_one_by_one(database, ballot, zip(codes, answers, strict=True))
            truth += answers
            stir(database, settings=settings, now=NOW)
            after = take_dump(database)
            known = {row["receipt"] for row in opened(before, ballot)}
            papers = [row for row in opened(after, ballot) if row["receipt"] not in known]
            entries = {
                row["membership_number"]: row["id"]
                for row in after.tables["roll_entry"]
                if row["ballot_id"] == ballot.id
            }
            voters = [entries[number] for number, _ in people]
            yield voters, (new_rows(before, after, MARKS), papers, after.raw)
            before = after

    return run


def guesses_of(copies):
    yield from joined(copies)
    yield from ranked_together(copies)


def test_between_two_stirs_the_key_tells_no_more_than_chance(watch):
    copies, truth = watch(stir_boxes)
    assert winners(guesses_of(copies), truth, at_most=1e-8) == []


def no_stir(database, *, settings, now):
    """As if the schedule were not kept."""


def test_an_administrator_with_the_key_would_win_if_nobody_stirred(watch):
    copies, truth = watch(no_stir)
    assert winners(guesses_of(copies), truth, at_most=1e-8) != []


def in_the_same_order(papers):
    return [paper | {"id": secrets.token_bytes(16)} for paper in papers]


def test_an_administrator_with_the_key_would_win_if_the_stir_kept_the_order(
    database, watch, monkeypatch
):
    monkeypatch.setattr(box_seal, "in_random_order", in_the_same_order)
    copies, truth = watch(stir_boxes)
    won = winners(guesses_of(copies), truth, at_most=1e-8)
    # SQLite hands papers over in the order of their random keys, which is no order of votes.
    assert (won == []) is database.is_sqlite
