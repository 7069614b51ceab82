"""What the calendar feed said last, also when many ask at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlmodel import select

from app.cutoffs.events import Diary
from app.cutoffs.models import PublishedDate
from app.cutoffs.published import revisions_of
from tests.conftest import NOW
from tests.support.drafts import given_draft

DIARY = Diary(nation=None)


def opening(days):
    at = NOW + timedelta(days=days)
    return [DIARY.moment("opens", title="Voting opens", at=at, note="A note.")]


def test_many_who_notice_the_same_move_count_it_once(database):
    ballot_id = given_draft(database).id
    for expected, days in enumerate((1, 2, 3)):

        def ask(_, days=days):
            return revisions_of(database, ballot_id, events=opening(days), now=NOW)["opens"]

        with ThreadPoolExecutor(8) as together:
            found = list(together.map(ask, range(8)))
        assert {each.sequence for each in found} == {expected}


def test_nothing_is_written_while_nothing_moves(database, monkeypatch):
    ballot_id = given_draft(database).id
    first = revisions_of(database, ballot_id, events=opening(1), now=NOW)
    # Whoever would write now, fails.
    monkeypatch.setattr(database, "writing", None)
    later = revisions_of(database, ballot_id, events=opening(1), now=NOW + timedelta(hours=1))
    assert first == later
    assert first["opens"].changed_at == NOW


def test_a_date_that_will_never_come_has_moved(database):
    ballot_id = given_draft(database).id
    [stands] = opening(1)
    never = stands.model_copy(update={"cancelled": True})
    for expected, event in enumerate((stands, never, stands)):
        found = revisions_of(database, ballot_id, events=[event], now=NOW)
        assert found["opens"].sequence == expected


def test_what_was_said_is_kept_in_the_spelling_of_every_version(database):
    """Written another way, it would move every date in every calendar at the next upgrade."""
    ballot_id = given_draft(database).id
    [opens] = opening(1)
    closes = opens.model_copy(update={"key": "closes", "cancelled": True})
    day = DIARY.own_day("announced", title="Announced", day=NOW.date(), note="A note.")
    revisions_of(database, ballot_id, events=[opens, closes, day], now=NOW)
    with database.reading() as session:
        said = {row.key: row.said for row in session.exec(select(PublishedDate))}
    assert said == {
        "opens": "2026-11-22T12:00:00+00:00",
        "closes": "2026-11-22T12:00:00+00:00 cancelled",
        "announced": "2026-11-21",
    }


def test_two_ballots_move_by_themselves(database):
    one, other = given_draft(database).id, given_draft(database, slug="other").id
    for ballot_id, days in ((one, 1), (other, 1), (one, 2)):
        revisions_of(database, ballot_id, events=opening(days), now=NOW)
    assert revisions_of(database, one, events=opening(2), now=NOW)["opens"].sequence == 1
    assert revisions_of(database, other, events=opening(1), now=NOW)["opens"].sequence == 0
