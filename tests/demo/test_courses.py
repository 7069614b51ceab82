"""The invented courses add up to the votes of the demonstration, and tell of its days."""

from app.ballots.service import get_ballot
from app.core.clock import system_clock
from app.demo import scenes
from app.turnout.history import counted_course, earlier_courses, record_of


def test_the_open_ballot_has_a_course_of_nine_days_up_to_now(session):
    now = system_clock()
    course = counted_course(session, get_ballot(session, scenes.OPEN), now=now)
    assert len(course.points) > 100
    votes = [point.votes_cast for point in course.line]
    assert votes == sorted(votes)
    assert 0 < course.votes_cast - votes[-1] < 60


def test_the_ballot_of_march_can_be_compared_with_and_its_forecasts_have_a_record(session):
    now = system_clock()
    [march] = earlier_courses(session, get_ballot(session, scenes.OPEN), now=now)
    assert march.name == "Pay 2025–26"
    assert march.line[-1].votes_cast == march.votes_cast
    record = record_of(session, now=now)
    assert (record.ballots, record.forecasts > 10) == (1, True)
