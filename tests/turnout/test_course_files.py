"""Courses of ballots held elsewhere: read from what people have, refused with the place."""

import json

import pytest

from app.audit.service import COMMAND_LINE
from app.turnout.course_files import (
    NotACourse,
    UnknownCourse,
    read_courses,
    remove,
    supplied_courses,
    supply,
)
from app.turnout.course_schemas import course_out
from tests.conftest import NOW
from tests.support.courses import CSV, at_hour, course


def test_a_course_that_was_sent_over_the_wire_is_read_back():
    sent = course((24, 500), (48, 900), days=5, votes_cast=1400, is_over=True)
    content = course_out(sent).model_dump_json().encode()
    assert read_courses(content, name="pay.json") == [sent]
    whole_answer = json.dumps({"ballot": "pay", "course": json.loads(content)}).encode()
    assert read_courses(whole_answer, name="pay.json") == [sent]
    assert read_courses(b"[" + content + b"]", name="pay.json") == [sent]


def test_a_table_has_a_row_for_each_total_and_ends_with_the_final_count():
    [found] = read_courses(b"\xef\xbb\xbf" + CSV.encode(), name="pay.csv")
    assert (found.name, found.entitled, found.votes_cast) == ("Pay 2025", 900, 402)
    assert [point.votes_cast for point in found.points] == [120, 310]
    assert found.is_over


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("09:00:00Z,120", "09:00:00,120"), "at: Input should have timezone info"),
        (("310", "lots"), "votes_cast: Input should be a valid integer"),
        (("310", "90"), "votes are fewer"),
        (("402", "950"), "more votes than people"),
        (("2025-03-04T09", "2025-03-08T09"), "out of order"),
        (("2025-03-10T12:00:00Z,402", "2025-03-10T11:00:00Z,402"), "its final count"),
        (("entitled", "members"), "The column entitled is missing"),
        (("900,2025-03-10", "300,2025-03-10"), "more votes than people"),
        (("402", "-4"), "greater than or equal to 0"),
    ],
)
def test_a_number_that_cannot_be_is_refused_with_its_place(change, sentence):
    wrong = CSV.replace(*change)
    assert wrong != CSV
    with pytest.raises(NotACourse) as refused:
        read_courses(wrong.encode(), name="pay.csv")
    assert refused.value.detail.startswith("pay.csv: ")
    assert sentence in refused.value.detail


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"{", b"[1]", b"hello", b"PK\x03\x04"])
def test_what_is_no_course_is_refused(content):
    with pytest.raises(NotACourse, match=r"^pay\.txt"):
        read_courses(content, name="pay.txt")


def test_what_was_supplied_is_kept_replaced_and_taken_away_again(database):
    first = course((24, 500), votes_cast=1400, is_over=True, name="Pay 2025")
    again = course((24, 600), (25.5, 700), votes_cast=1500, is_over=True, name="Pay 2025")
    for each in (first, again):
        with database.writing() as session:
            supply(session, each, actor=COMMAND_LINE, now=NOW)
    with database.reading() as session:
        assert supplied_courses(session) == [again]
    assert again.points[1].at == at_hour(25.5)
    with database.writing() as session:
        remove(session, "Pay 2025", actor=COMMAND_LINE, now=NOW)
    with database.reading() as session:
        assert supplied_courses(session) == []
    with database.writing() as session, pytest.raises(UnknownCourse):
        remove(session, "Pay 2025", actor=COMMAND_LINE, now=NOW)
