"""Which column is which where the file calls it something else: suggested, said, remembered."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.roll.columns import COLUMN_NAMES, REQUIRED
from app.roll.header import read_header
from app.roll.mapping import parse_mapping, remember, remembered, suggest
from app.roll.refusals import WrongMapping
from app.roll.spellings import SPELLINGS, folded_name

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("Mem. No.", "membership_number"),
        ("Surname", "family_name"),
        ("Forename(s)", "given_name"),
        ("E-mail address", "email"),
        ("Mob No", "mobile"),
        ("BRANCH_CODE", "branch"),
        ("Membership Type", "category"),
        ("Date joined", "joined_on"),
        ("Joining dat", "joined_on"),
        ("Post Code", "postcode"),
        ("Rhanbarth", "region"),
    ],
)
def test_what_other_systems_call_a_column_is_suggested(theirs, ours):
    found = suggest([theirs, "Shoe size"])
    assert {name: column for name, column in found.columns.items() if column} == {ours: theirs}
    assert not found.certain


def test_a_file_with_our_own_names_leaves_nothing_to_ask():
    found = suggest([*REQUIRED, "shoe size"])
    assert found.certain
    assert {name for name, column in found.columns.items() if column} == set(REQUIRED)


def test_a_column_that_might_be_one_of_ours_is_asked_about():
    found = suggest([*REQUIRED, "Mobile No"])
    assert found.columns["mobile"] == "Mobile No"
    assert not found.certain


def test_our_own_name_goes_before_a_likeness():
    assert suggest(["Branch name", "branch"]).columns["branch"] == "branch"


def test_a_name_that_stands_twice_is_not_suggested():
    assert suggest(["Surname", "Surname"]).columns["family_name"] == ""


def test_no_name_is_known_for_two_columns():
    names = [folded_name(name) for spellings in SPELLINGS.values() for name in spellings]
    assert len(set(names)) == len(names)
    assert set(SPELLINGS) == set(COLUMN_NAMES)


@given(names=st.lists(st.text(max_size=20) | st.sampled_from([*COLUMN_NAMES, "Surname"])))
def test_a_suggestion_gives_each_column_of_a_file_at_most_once_and_can_be_read(names):
    columns = {ours: name for ours, name in suggest(names).columns.items() if name}
    assert len(set(columns.values())) == len(columns)
    if set(REQUIRED) <= set(columns):
        read_header(names, mapping=suggest(names).columns)


def test_a_mapping_is_a_json_object_and_null_leaves_a_column_out():
    assert parse_mapping('{"branch": "Cangen", "email": null}') == {"branch": "Cangen", "email": ""}


@pytest.mark.parametrize(
    "wrong", ["", "branch=Cangen", "[]", '"x"', '{"branch": 3}', '{"a":' * 5000, " " * 200_000]
)
def test_what_is_no_mapping_is_refused_with_an_example(wrong):
    with pytest.raises(WrongMapping, match="Write it like"):
        parse_mapping(wrong)


@given(said=st.dictionaries(st.text(max_size=20), st.none() | st.text(max_size=20)))
def test_every_object_of_names_is_read_as_it_was_meant(said):
    assert parse_mapping(json.dumps(said)) == {key: value or "" for key, value in said.items()}


def test_what_was_confirmed_is_remembered_for_the_same_header_alone(database):
    names = ["No", "Surname"]
    with database.writing() as session:
        remember(session, names, {"membership_number": "No"}, by="Hanna", now=NOW)
    with database.writing() as session:
        later = NOW + timedelta(days=1)
        remember(session, names, {"membership_number": "no"}, by="Idris", now=later)
    with database.reading() as session:
        assert remembered(session, ["NO", "Surname"]) == {"membership_number": "no"}
        assert remembered(session, ["Surname", "No"]) is None
