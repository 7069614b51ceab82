"""The course of turnout as drawing, table and sentences: each says what the others say."""

from dataclasses import replace
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup

from app.turnout.course import Point, Since, pace_of, votes_last_hour, votes_today
from app.turnout.forecast import Forecast, Wanting
from app.turnout.history import Record
from app.turnout.live_course import LiveCourse
from app.web.course_words import words_of
from app.web.templating import environment
from app.web.turnout_course import HEIGHT, ROOM_ABOVE, chart_of
from tests.support.courses import at_hour, course

EARLIER = course(
    *((24 * day, 200 * day) for day in range(1, 10)),
    entitled=4000,
    votes_cast=1999,
    is_over=True,
    name="Pay & <hours> 2025",
)


def live(*totals, hours=50.5, required=2500, forecast=None, earlier=(), record=None, **facts):
    """A ballot of 5,000 that opened on Monday 16 November at nine and is open for ten days."""
    own = course(*totals, **facts)
    now = at_hour(hours)
    return LiveCourse(
        own,
        earlier=tuple(earlier),
        required_votes=required,
        today=votes_today(own, floor=5, now=now),
        last_hour=votes_last_hour(own, now=now),
        pace=pace_of(own, required_votes=required, now=now),
        forecast=forecast,
        record=record or Record(0, 0, 0),
        as_at=now,
    )


TWO_DAYS = ((15, 400), (24, 600), (49, 1000), (50, 1040))
INTERVAL = Forecast(Point(at_hour(50), 1040), low=2400, high=3600, ballots=12)


def drawn(chart):
    """The component as a page shows it."""
    source = (
        '{% from "components/turnout_course.html" import turnout_course, course_figures, '
        "course_forecast %}{{ turnout_course(chart) }}"
    )
    return BeautifulSoup(environment().from_string(source).render(chart=chart), "html.parser")


def places(line):
    return [tuple(int(part) for part in pair.split(",")) for pair in line.split()]


def test_before_there_is_a_step_there_is_no_chart():
    assert chart_of(live()) is None
    assert chart_of(live((1, 50), entitled=0)) is None


def test_the_line_begins_at_the_opening_with_nobody_and_never_falls():
    chart = chart_of(live(*TWO_DAYS))
    own = places(chart.own)
    assert own[0] == (0, 1000)
    assert own == sorted(own)
    assert [y for _, y in own] == sorted((y for _, y in own), reverse=True)


def test_the_newest_step_is_where_the_line_ends():
    chart = chart_of(live(*TWO_DAYS))
    x, y = places(chart.own)[-1]
    assert chart.newest[0] == pytest.approx(x / 10, abs=0.1)
    assert chart.newest[1] == pytest.approx(ROOM_ABOVE + y * HEIGHT / 1000, abs=0.3)


def test_the_threshold_and_the_forecast_are_inside_the_drawing():
    chart = chart_of(live(*TWO_DAYS, forecast=INTERVAL))
    # Up to 80 %: over the 72 % that the forecast reaches.
    assert [mark.text for mark in chart.grid] == ["", "20 %", "40 %", "60 %", "80 %"]
    assert chart.threshold.text == "2,500 votes needed"
    assert chart.threshold.place == pytest.approx(ROOM_ABOVE + HEIGHT * (1 - 50 / 80), abs=0.1)
    (_, here), (end, high), (also_end, low) = places(chart.band)
    assert (end, also_end) == (1000, 1000)
    assert 0 <= high < low < here


def test_without_a_threshold_no_line_is_drawn():
    chart = chart_of(live(*TWO_DAYS, required=None))
    assert chart.threshold is None
    assert "votes needed" not in drawn(chart).text


def test_days_are_london_midnights():
    chart = chart_of(live(*TWO_DAYS))
    assert chart.ticks[0].text == "Tue 17 Nov"
    # Fifteen of 240 hours after the opening.
    assert chart.ticks[0].place == 6.25
    assert len(chart.ticks) <= 5


def test_the_table_says_for_each_day_how_turnout_stood():
    chart = chart_of(live(*TWO_DAYS, earlier=[EARLIER]))
    rows = [(row.day.day, row.votes_cast, row.turnout, row.earlier) for row in chart.rows]
    assert rows == [
        (18, 1040, "20.80\N{NO-BREAK SPACE}%", "10\N{NO-BREAK SPACE}%"),
        (17, 600, "12.00\N{NO-BREAK SPACE}%", "5\N{NO-BREAK SPACE}%"),
        # What came until midnight belongs to the day before it.
        (16, 400, "8.00\N{NO-BREAK SPACE}%", "3\N{NO-BREAK SPACE}%"),
    ]


def test_an_earlier_ballot_one_vote_short_of_half_does_not_show_as_half():
    chart = chart_of(live(*TWO_DAYS, earlier=[EARLIER]))
    assert chart.earlier[0].final == "49.98\N{NO-BREAK SPACE}%"
    assert chart_of(live((230, 2000), earlier=[EARLIER])).rows[0].earlier.startswith("47")


def test_a_long_course_is_drawn_with_no_more_points_than_are_seen():
    many = [(hour, 7 * hour) for hour in range(1, 240)]
    chart = chart_of(live(*many, entitled=5000))
    assert len(places(chart.own)) <= 152
    assert places(chart.own)[-1][0] == round(1000 * 239 / 240)


def test_the_component_has_a_table_a_key_and_no_style_of_its_own():
    page = drawn(chart_of(live(*TWO_DAYS, forecast=INTERVAL, earlier=[EARLIER])))
    assert page.select_one("svg.course-chart__drawing")["aria-hidden"] == "true"
    assert not page.select("[style], style, script")
    assert len(page.select("table")) == 2
    assert page.select_one("figcaption p").text == (
        "By 11:00 on Wed 18 Nov there were 1,040 votes (20.80\N{NO-BREAK SPACE}%)."
    )
    key = [" ".join(item.text.split()) for item in page.select(".course-chart__key li")]
    assert key == [
        "This ballot",
        "Forecast, four cases of five",
        "Pay & <hours> 2025, the ballot before",
    ]


def figures(found):
    return {figure.label: figure.value for figure in words_of(found).figures}


def test_the_figures_name_the_time_that_they_are_of():
    assert figures(live(*TWO_DAYS)) == {
        # The step before midnight was on Tuesday at nine.
        "Votes since 09:00 on Tue 17 Nov": "445",
        "Votes from 10:00 to 11:00": "40",
        # 1,455 in 189 and a half hours; 445 came in 26 and a half.
        "Votes needed a day": "185",
        "Votes a day now": "403",
    }


def test_what_is_too_few_is_said_to_be():
    quiet = live((15, 400), hours=16.5, votes_cast=407)
    assert figures(quiet)["Votes today"] == "7"
    assert figures(quiet)["Votes from 00:00 to 01:00"] == "too few to say"
    assert figures(live(hours=3, votes_cast=4))["Votes today"] == "too few to say"


def test_an_hour_before_the_opening_is_not_spoken_of():
    first = figures(live(hours=0.5, votes_cast=4))
    assert not [label for label in first if label.startswith("Votes from")]
    assert "Votes from 09:00 to 10:00" in figures(live((1, 30), hours=1.5))


def test_in_the_last_day_what_is_needed_is_needed_by_the_close():
    found = figures(live(*TWO_DAYS, hours=24 * 9.5))
    assert found["Votes needed by the close"] == "1,455"


def test_the_forecast_is_one_sentence_with_what_it_rests_on():
    found = words_of(live(*TWO_DAYS, forecast=INTERVAL, record=Record(3, 17, 14)))
    assert found.forecast == (
        "In four cases of five the final count lies between 2,400 and 3,600 votes: "
        "a turnout of 48.00\N{NO-BREAK SPACE}% to 72.00\N{NO-BREAK SPACE}%."
    )
    assert found.notes == [
        "Made at 11:00 on Wed 18 Nov from how 12 earlier ballots went on from the same point.",
        "Record: the final count lay inside 14 of 17 daily forecasts in 3 ballots.",
    ]


@pytest.mark.parametrize(
    ("ballots", "said"), [(0, "simulated ballots and no real ones"), (4, "4 earlier ballots and")]
)
def test_a_forecast_from_simulated_ballots_says_so(ballots, said):
    found = words_of(live(*TWO_DAYS, forecast=replace(INTERVAL, ballots=ballots)))
    assert said in found.notes[0]
    assert "needs 9 earlier ballots" in found.notes[0]


@pytest.mark.parametrize(
    ("wanting", "said"),
    [
        (Wanting(True, True, True), "2 days of voting, 15 % of the time that voting is open and"),
        (Wanting(False, False, True), "No forecast yet. It waits for 100 votes."),
        (None, "the next one is made at a full hour"),
    ],
)
def test_where_there_is_no_forecast_it_says_what_it_waits_for(wanting, said):
    found = words_of(live((1, 50), hours=2, forecast=wanting))
    assert found.forecast is None
    assert said in found.notes[0]
    assert found.notes[1] == "No forecast has been put to the test here yet."


def test_of_a_ballot_that_is_over_only_the_record_is_told():
    over = live(*TWO_DAYS, forecast=INTERVAL, hours=250, is_over=True, votes_cast=3000)
    found = words_of(over)
    assert (list(found.figures), found.forecast, len(found.notes)) == ([], None, 1)
    chart = chart_of(over)
    assert chart.band is None
    assert places(chart.own)[-1][0] == 1000


def test_a_number_of_the_last_hour_has_both_its_ends():
    since = Since(at_hour(49), at_hour(49) + timedelta(hours=1), votes=40)
    assert live(*TWO_DAYS).last_hour == since
