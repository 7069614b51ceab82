"""What the calendar feed said last, also when many ask at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from app.cutoffs.events import Diary
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


def test_nothing_is_written_while_nothing_moves(database):
    ballot_id = given_draft(database).id
    first = revisions_of(database, ballot_id, events=opening(1), now=NOW)
    later = revisions_of(database, ballot_id, events=opening(1), now=NOW + timedelta(hours=1))
    assert first == later
    assert first["opens"].changed_at == NOW


def test_two_ballots_move_by_themselves(database):
    one, other = given_draft(database).id, given_draft(database, slug="other").id
    for ballot_id, days in ((one, 1), (other, 1), (one, 2)):
        revisions_of(database, ballot_id, events=opening(days), now=NOW)
    assert revisions_of(database, one, events=opening(2), now=NOW)["opens"].sequence == 1
    assert revisions_of(database, other, events=opening(1), now=NOW)["opens"].sequence == 0
