"""Real ballots: where the numbers add up we agree with what was published, else we refuse.

`real-results.json` gives the day a ballot closed (sometimes only the month) and never the day it
opened, which is what decides the rules. ASSUMED here: it opened four weeks before it closed, or
four weeks before the first of the month. That is a guess, but a safe one: no row comes within four
weeks of a change of law, and a test below holds each opening day against the row's own `regime`.
"""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from app.rules.books import period_in_force
from app.rules.percent import percent
from app.rules.thresholds import Count, ImpossibleCount, judge

ROWS = {
    row["id"]: row
    for row in json.loads(Path(__file__).with_name("real-results.json").read_text(encoding="utf-8"))
}
ASSUMED_LENGTH = timedelta(weeks=4)

# Classified by hand from `outcome_published`: the tests that were missed; none means carried.
PUBLISHED = {
    "rmt-gtr-2022-05-strike": ["support"],  # turnout passed half, Yes stayed under 40 %
    "rmt-gtr-2022-05-asos": [],
    "rmt-scotrail-2020-12-strike": ["support"],
    "rmt-scotrail-2020-12-asos": ["support"],
    "rmt-lul-2025-07-strike": [],
    "rmt-rfli-2024-05-strike": ["turnout"],  # two papers short of 45
    "rmt-abm-2019-11-strike": ["turnout"],  # eleven papers short of 310
    "rmt-lul-timetable-2018-05-asos": [],  # a strike was called on the result
    "rmt-c2c-2022-05-strike": [],
    "rmt-firstsw-2024-07-asos": [],
    "rmt-rfa-2024-04-strike": [],
    "rmt-hitachi-2023-12-asos": [],
    "rmt-islandline-2022-11-strike": [],  # the page states that both tests are met
    "rmt-churchill-merseyrail-2025-03-strike": [],
    "rmt-churchill-merseyrail-2025-03-asos": [],
    "tssa-lner-2022-07-strike": [],
    "tssa-lner-2022-07-asos": [],
    "cwu-rmg-2023-02-strike": [],
    "pcs-2019-04-strike": ["turnout"],
    "bma-rd-2026-02-strike": [],
    "pre-unison-yas-2014-strike": [],
}
# The page states no outcome, so these are worked by hand from the numbers and the law.
WORKED_BY_HAND = {
    "rmt-nr-bns-2024-04-asos": ["turnout"],  # 18 papers, and half of 41 is 21
    "rmt-awc-rpo-2024-11-strike": [],  # 36 of 57, 35 Yes
    "rmt-railgourmet-2025-01-strike": [],  # 73 of 128, 69 Yes
    "rmt-churchill-hs1-2022-02-strike": [],  # 37 of 42, 35 Yes
    "rmt-churchill-hs1-2022-02-asos": [],
}
STATUTORY = PUBLISHED | WORKED_BY_HAND
# Offers and workplace ballots: no statutory test, so only the majority of the answers is published.
ACCEPTED = {
    "cwu-rmpfs-2021-06-offer": True,
    "aslef-southern-2017-04-offer": False,
    "poa-2018-11-workplace": False,
    "pre-cwu-openreach-2009": False,
    "pre-poa-2014-12": False,
}
DOES_NOT_ADD_UP = {
    # The scrutineer's "votes cast" leaves the spoiled papers out.
    "pcs-2018-07-strike": (
        "Votes cast cannot be 59,254: 50,726 supporting, 8,528 opposing and 31 spoiled make "
        "59,285, 31 too many; votes cast include spoiled papers."
    ),
    # Six thousand too many: a slip of one digit in the figure for Yes.
    "pcs-2019-04-asos": (
        "Votes cast cannot be 59,452: 59,296 supporting, 5,092 opposing and 1,064 spoiled make "
        "65,452, 6,000 too many."
    ),
    "pre-prospect-2011-11": (
        "Votes cast cannot be 16,825: 12,699 supporting, 4,126 opposing and 17 spoiled make "
        "16,842, 17 too many; votes cast include spoiled papers."
    ),
    # Branches voted, and the published Yes and No are the members they stand for.
    "pre-cwu-conduct-2015": (
        "Votes cast cannot be 72: 88,923 supporting, 3,007 opposing and 0 spoiled make 91,930, "
        "91,858 too many."
    ),
}
FIRST_DAY_OF_REGIME = {
    "Trade Union Act 2016 thresholds (ballots opened on/after 1 March 2017)": date(2017, 3, 1),
    "before 1 March 2017: thresholds do not apply": date(1992, 10, 16),
}


def count_of(row):
    return Count(
        entitled=row["entitled"],
        votes_cast=row["votes_cast"],
        supporting=row["yes"],
        opposing=row["no"],
        spoiled=row["spoiled_or_blank"],
    )


def assumed_opening_day(row):
    closed = row["date_closed"]
    closed_on = date.fromisoformat(closed if len(closed) == len("2022-07-31") else f"{closed}-01")
    return closed_on - ASSUMED_LENGTH


def missed(row, *, book, important_public_service):
    period = period_in_force(book, opened_on=assumed_opening_day(row))
    judgement = judge(
        count_of(row), period=period, important_public_service=important_public_service
    )
    assert judgement.carried is all(result.met for result in judgement.tests)
    return [result.test for result in judgement.tests if not result.met]


def test_every_real_result_is_used_exactly_once():
    used = [*PUBLISHED, *WORKED_BY_HAND, *ACCEPTED, *DOES_NOT_ADD_UP]
    assert sorted(used) == sorted(ROWS)
    assert len(used) == 35


@pytest.mark.parametrize("row_id", STATUTORY)
def test_the_assumed_opening_day_falls_under_the_regime_of_the_row(row_id):
    row = ROWS[row_id]
    period = period_in_force("industrial-action", opened_on=assumed_opening_day(row))
    assert row["kind"] == "statutory industrial action"
    assert period.since == FIRST_DAY_OF_REGIME[row["regime"]]


@pytest.mark.parametrize(("row_id", "missed_tests"), STATUTORY.items(), ids=list(STATUTORY))
def test_a_real_statutory_ballot_comes_out_as_it_did(row_id, missed_tests):
    row = ROWS[row_id]
    public = row["important_public_service"] is True
    assert missed(row, book="industrial-action", important_public_service=public) == missed_tests


@pytest.mark.parametrize(
    "row_id", [key for key in STATUTORY if ROWS[key]["important_public_service"] is None]
)
def test_where_the_page_does_not_say_which_services_the_outcome_is_the_same_either_way(row_id):
    row = ROWS[row_id]
    carried = {
        not missed(row, book="industrial-action", important_public_service=public)
        for public in (True, False)
    }
    assert carried == {not STATUTORY[row_id]}


@pytest.mark.parametrize(("row_id", "accepted"), ACCEPTED.items(), ids=list(ACCEPTED))
def test_a_real_offer_is_accepted_by_a_majority_of_the_answers(row_id, accepted):
    row = ROWS[row_id]
    assert row["kind"] in {"indicative/consultative", "other"}
    assert row["outcome_published"] == ("accepted" if accepted else "rejected")
    tests_missed = missed(row, book="indicative", important_public_service=False)
    assert ("majority" not in tests_missed) is accepted


@pytest.mark.parametrize(("row_id", "refusal"), DOES_NOT_ADD_UP.items(), ids=list(DOES_NOT_ADD_UP))
def test_a_real_result_that_does_not_add_up_is_refused_by_name(row_id, refusal):
    with pytest.raises(ImpossibleCount) as raised:
        count_of(ROWS[row_id])
    assert str(raised.value) == refusal


@pytest.mark.parametrize("row_id", ["cwu-rmg-2023-02-strike", "bma-rd-2026-02-strike"])
def test_two_decimals_are_shown_as_the_union_published_them(row_id):
    row = ROWS[row_id]
    period = period_in_force("industrial-action", opened_on=assumed_opening_day(row))
    half = period.turnout.threshold
    answers = row["yes"] + row["no"]
    turnout = percent(row["votes_cast"], whole=row["entitled"], threshold=half)
    assert turnout == row["turnout_pct_published"]
    assert percent(row["yes"], whole=answers) == row["yes_pct_published"]
