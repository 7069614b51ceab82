"""What the rules of every period would have meant for results that are over, over REST."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from app.ballots.commencements import enter_commencement
from app.results.past_router import LARGEST
from app.rules.books import ERA_2025_S68
from tests.support.ballots import HQ, NOON

PAST = "/api/v1/past-results"
FILE = "/api/v1/past-results/file"
REAL = {
    row["id"]: row
    for row in json.loads(
        (Path(__file__).parents[1] / "rules" / "real-results.json").read_text(encoding="utf-8")
    )
}
# Reference: RMT, Govia Thameslink Railway (24 May 2022) and ScotRail (8 December 2020).
RAIL = ("rmt-gtr-2022-05-strike", "rmt-gtr-2022-05-asos", "rmt-scotrail-2020-12-strike")


def as_unit(row_id):
    row = REAL[row_id]
    return {
        "name": row_id,
        "entitled": row["entitled"],
        "yes": row["yes"],
        "no": row["no"],
        "spoiled": row["spoiled_or_blank"],
    }


def asked(client, *units, **changes):
    body = {
        "opened_on": "2022-04-26",
        "important_public_service": True,
        "units": [as_unit(row_id) for row_id in units],
    }
    return client.post(PAST, json=body | changes)


def test_real_rail_ballots_that_failed_on_forty_per_cent_would_be_carried_today(client):
    answer = asked(client, *RAIL).json()
    assert answer["then"]["label"] == "1 March 2017 to 17 February 2026"
    assert answer["now"]["label"] == "from 18 February 2026"
    assert answer["gained"] == ["rmt-gtr-2022-05-strike", "rmt-scotrail-2020-12-strike"]
    assert answer["lost"] == []
    assert [(period["units_carried"], period["planned"]) for period in answer["periods"]] == [
        (3, False),
        (1, False),
        (3, False),
        (3, True),
    ]
    [strike, short_of_it, _] = answer["units"]
    # 40 % of 2,327 is 931; 926 said Yes, and 1,056.
    assert [outcome["margin"] for outcome in strike["outcomes"]][1:3] == [-5, 34]
    assert short_of_it["outcomes"][1] == {"carried": True, "margin": 34, "within_reach": True}
    assert strike["turnout_percent"] == "51.48"
    one_short = [{"name": "One short", "entitled": 54_432, "yes": 27_215, "no": 0}]
    assert asked(client, units=one_short).json()["units"][0]["turnout_percent"] == "49.99"


def test_the_aggregate_stands_beside_the_units(client):
    answer = asked(client, *RAIL).json()
    then = answer["periods"][1]
    whole = answer["whole"]
    assert (whole["entitled"], whole["votes_cast"]) == (7_099, 3_789)
    assert whole["yes"] + whole["no"] + whole["spoiled"] == whole["votes_cast"]
    assert then["aggregate"]["carried"] is False
    assert [test["met"] for test in then["aggregate"]["tests"]] == [True, False, True]
    assert (then["units_carried"], then["units_not_carried"]) == (1, 2)
    assert then["entitled_in_units_carried"] == 2_327


def test_the_closest_misses_come_first(client):
    """Invented: 60 and 90 entitled need 30 and 45 votes."""
    units = [
        {"name": "B", "entitled": 60, "yes": 26, "no": 2},
        {"name": "A", "entitled": 90, "yes": 40, "no": 4},
        {"name": "Far", "entitled": 10, "yes": 1, "no": 8},
        {"name": "Carried", "entitled": 10, "yes": 8, "no": 1},
    ]
    answer = asked(client, units=units).json()
    assert answer["closest_misses"] == [
        {"name": "A", "votes_short": 1, "within_reach": True},
        {"name": "B", "votes_short": 2, "within_reach": True},
        {"name": "Far", "votes_short": 8, "within_reach": False},
    ]


def test_the_april_change_is_asked_of_its_own_book(client):
    """The worked example of the April change: a unit of 200, 47 Yes and 43 No."""
    units = [{"name": "Unit of 200", "entitled": 200, "yes": 47, "no": 43}]
    answer = asked(client, rule_book="recognition", opened_on="2026-04-05", units=units).json()
    assert (answer["gained"], answer["lost"]) == (["Unit of 200"], [])
    on_the_day = asked(client, rule_book="recognition", opened_on="2026-04-06", units=units).json()
    assert on_the_day["gained"] == []
    assert on_the_day["then"] == on_the_day["now"]


def test_without_a_day_then_is_the_period_before_todays(client, clock):
    answer = asked(client, *RAIL, opened_on=None).json()
    assert answer["then"]["label"] == "1 March 2017 to 17 February 2026"
    clock.now = datetime(2026, 2, 17, 12, tzinfo=UTC)
    answer = asked(client, *RAIL, opened_on=None).json()
    assert answer["then"]["label"] == "16 October 1992 to 28 February 2017"


def test_a_change_that_has_its_day_is_today_from_that_day(client, database, clock):
    with database.writing() as session:
        enter_commencement(
            session,
            planned_key=ERA_2025_S68,
            day=date(2027, 1, 4),
            source="invented",
            staff=HQ,
            now=NOON,
        )
    below_half = [{"name": "Depot", "entitled": 100, "yes": 30, "no": 2}]
    for now, gained in (
        (datetime(2027, 1, 3, 12, tzinfo=UTC), []),
        (datetime(2027, 1, 4, 12, tzinfo=UTC), ["Depot"]),
    ):
        clock.now = now
        assert asked(client, units=below_half).json()["gained"] == gained
    under_it = asked(client, units=below_half, opened_on="2027-01-04").json()
    assert under_it["then"] == under_it["now"]
    assert under_it["then"]["label"] == "from 4 January 2027"


def test_a_file_is_judged_and_what_was_left_out_is_named(client):
    content = (
        'Employer;Entitled;Yes;No;Spoiled\n"GTR, strike";2,327;926;267;5;;\n'
        "Bad;5;9;0;0\nTotal;9;9;0;0\n"
    )
    answer = client.post(
        f"{FILE}?opened_on=2022-04-26&important_public_service=true",
        files={"file": ("results.csv", content)},
    ).json()
    assert answer["gained"] == ["GTR, strike"]
    [left_out] = answer["left_out"]
    assert left_out["row"] == 3
    assert "only 5 people are entitled" in left_out["message"]
    assert answer["notes"] == ["Row 4, “Total”, was taken for a sum and is no unit."]


def test_nothing_is_stored(client, database):
    def everything():
        with database.reading() as session:
            tables = session.execute(
                text("SELECT count(*) FROM ballot UNION ALL SELECT count(*) FROM audit_event")
            )
            return list(tables.scalars())

    before = everything()
    assert asked(client, *RAIL).status_code == 200
    assert everything() == before


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        (
            {"units": [{"name": "A", "entitled": 5, "yes": 9, "no": 0}]},
            "impossible_count",
            "Unit “A”: Votes cast cannot be 9: only 5 people are entitled",
        ),
        (
            {"units": [{"name": "A", "entitled": 0, "yes": 0, "no": 0}]},
            "impossible_count",
            "nobody entitled",
        ),
        (
            {"units": [{"name": "A", "entitled": 9, "yes": -1, "no": 2}]},
            "impossible_count",
            "Supporting votes cannot be -1",
        ),
        ({"opened_on": "1992-10-15"}, "no_rule_in_force", "cannot judge one that opened on"),
        ({"units": []}, "invalid_request", ""),
        ({"rule_book": "tarot"}, "invalid_request", ""),
        ({"opened_on": "soon"}, "invalid_request", ""),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(client, changes, code, said):
    answer = asked(client, *RAIL, **changes)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert said in answer.json()["detail"]


def test_the_same_unit_twice_is_refused(client):
    answer = asked(client, RAIL[0], RAIL[0])
    assert (answer.status_code, answer.json()["code"]) == (422, "unit_twice")


def test_a_file_larger_than_any_union_is_refused_unread(client):
    answer = client.post(FILE, files={"file": ("results.csv", b"a" * (LARGEST + 1))})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert answer.json()["detail"] == "That is larger than Muster reads. Send less at a time."


@pytest.mark.parametrize(
    ("address", "kind", "beginning"),
    [
        pytest.param(PAST, "application/json", b"[", id="JSON"),
        pytest.param(
            FILE,
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="r.csv"\r\n\r\n',
            id="a file",
        ),
    ],
)
def test_a_body_that_does_not_say_how_large_it_is_is_cut_off(client, address, kind, beginning):
    async def chunks():
        yield beginning
        for _ in range(LARGEST // 65_536 + 1):
            yield b"a" * 65_536

    answer = client.post(address, content=chunks(), headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
