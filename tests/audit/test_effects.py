"""Every kind of event says what it changed, or stands in a table with the reason why not."""

import pytest

from app.audit.changes import changes
from app.audit.effects import CHANGES_NOTHING, EFFECTS, GIVEN, changes_of
from app.audit.events import CodesIssued, Event, RollFrozen, StaffAdded
from app.audit.notice_events import WindowExtended
from tests.support.staff import NOON


def every_kind(kind=Event):
    for below in kind.__subclasses__():
        yield below
        yield from every_kind(below)


KINDS = {kind for kind in every_kind() if kind.__module__.startswith("app.")}


@pytest.mark.parametrize("kind", sorted(KINDS, key=lambda kind: kind.__name__))
def test_each_kind_stands_in_exactly_one_table(kind):
    tables = [name for name, table in TABLES.items() if kind in table]
    assert len(tables) == 1, f"{kind.__name__} stands in {tables or 'no table'}"


TABLES = {"effects": EFFECTS, "given": GIVEN, "changes nothing": CHANGES_NOTHING}


def test_only_fields_that_differ_are_changes():
    before = {"title": "Pay", "closes_at": NOON, "floor": 5}
    assert changes(before, before | {"closes_at": None}) == {
        "closes_at": ["2026-11-21T12:00:00+00:00", None]
    }


def test_what_is_made_had_nothing_before_and_what_ends_has_nothing_after():
    assert changes(after={"role": "hq"}) == {"role": [None, "hq"]}
    assert changes({"role": "hq"}) == {"role": ["hq", None]}


@pytest.mark.parametrize(
    ("event", "changed"),
    [
        (StaffAdded("bo", role="hq", branch=None), {"role": [None, "hq"]}),
        (
            RollFrozen("pay", entitled=2, excluded={}, roll_digest="ab"),
            {"state": ["draft", "frozen"], "entitled": [None, 2], "roll_digest": [None, "ab"]},
        ),
        (
            WindowExtended("pay", closed_at="a", closes_at="b", proposed_by="bo", reason="snow"),
            {"closes_at": ["a", "b"]},
        ),
        (CodesIssued("pay", issued=0), {}),
    ],
)
def test_what_was_before_and_after_follows_from_an_events_facts(event, changed):
    assert changes_of(event) == changed
