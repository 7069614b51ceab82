"""Two officers declare where the ballot says so; headquarters alone never, where one is named."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.audit.service import COMMAND_LINE
from app.core.errors import DomainError
from app.results.declaring import declare
from app.results.opening import open_box_for_count
from app.results.schemas import ResultOut
from app.security.models import Role
from app.security.service import Staff, disable_account
from tests.conftest import NOW
from tests.support.ballots import add_members, given_ballot, given_token
from tests.support.cancelled import propose_cancel
from tests.support.changes import SLUG, ballot_row
from tests.support.staff import events_of
from tests.support.votes import cast

CLOSED = NOW + timedelta(days=8)
DECLARE = f"/api/v1/ballots/{SLUG}/declare"
RESULT = f"/api/v1/ballots/{SLUG}/result"


@pytest.fixture
def tokens(database, settings):
    roles = {"anna": Role.HQ, "ben": Role.HQ, "vera": Role.SCRUTINEER, "otto": Role.SCRUTINEER}
    return {
        name: given_token(database, settings, name=name, role=role) for name, role in roles.items()
    }


def given_closed(database, settings, clock, **changes):
    add_members(database, 6)
    named = changes.pop("scrutineer", None)
    ballot = given_ballot(database, settings, **changes)
    if named:
        with database.writing() as session:
            session.execute(text("UPDATE ballot SET scrutineer = :name"), {"name": named})
    cast(database, ballot, ["reject"] * 3 + ["accept"])
    clock.now = CLOSED
    return ballot


def status_and_code(answer):
    return answer.status_code, answer.json().get("code")


def test_one_officer_declares_unless_the_ballot_asks_for_two(
    client, database, settings, clock, tokens
):
    given_closed(database, settings, clock)
    declared = client.post(DECLARE, token=tokens["anna"])
    assert declared.status_code == 200
    assert declared.json()["declared_at"] is not None
    row = ballot_row(database)
    assert (row.declared_by, row.confirmed_by) == ("anna", None)


def test_the_first_of_two_confirms_and_the_second_declares(
    client, database, settings, clock, tokens
):
    given_closed(database, settings, clock, declared_by_two=True)
    first = client.post(DECLARE, token=tokens["anna"])
    assert first.status_code == 202
    assert first.json() | {"confirmed_at": None} == {
        "ballot": SLUG,
        "confirmed_by": "anna",
        "confirmed_at": None,
        "awaits": "hq",
        "scrutineer": None,
        "outcome": None,
    }
    assert status_and_code(client.get(RESULT)) == (403, "result_not_declared")
    again = client.post(DECLARE, token=tokens["anna"])
    assert status_and_code(again) == (403, "same_officer")
    assert ballot_row(database).declared_at is None
    second = client.post(DECLARE, token=tokens["ben"])
    assert second.status_code == 200
    assert client.get(RESULT).json() == second.json()
    row = ballot_row(database)
    assert (row.declared_by, row.confirmed_by) == ("ben", "anna")
    confirmed, decided, published = events_of(database)[-3:]
    assert [event.action for event in (confirmed, decided, published)] == [
        "DeclarationConfirmed",
        "DeclarationDecided",
        "ResultDeclared",
    ]
    assert confirmed.details["proposal"] == decided.details["proposal"] == 1
    assert confirmed.details["tally_digest"] == published.details["tally_digest"]
    assert status_and_code(client.post(DECLARE, token=tokens["anna"])) == (409, "already_declared")


def test_what_waits_of_another_ballot_or_to_cancel_this_one_is_no_confirmation(
    client, database, settings, clock, tokens
):
    given_closed(database, settings, clock, declared_by_two=True)
    other = given_ballot(database, settings, slug="hours-2026", declared_by_two=True)
    propose_cancel(database)
    confirmed = client.post(f"/api/v1/ballots/{other.slug}/declare", token=tokens["anna"])
    assert confirmed.status_code == 202
    assert client.post(DECLARE, token=tokens["ben"]).status_code == 202
    assert ballot_row(database).declared_at is None


@pytest.mark.parametrize("two", [False, True])
def test_headquarters_never_declares_where_a_scrutineer_is_named(
    client, database, settings, clock, tokens, two
):
    given_closed(database, settings, clock, scrutineer="vera", declared_by_two=two)
    first = client.post(DECLARE, token=tokens["anna"])
    assert first.status_code == (202 if two else 403)
    for name in ("ben", "anna"):
        assert client.post(DECLARE, token=tokens[name]).status_code == 403
    if two:
        assert client.post(DECLARE, token=tokens["ben"]).json()["detail"] == (
            "Headquarters has confirmed this result, anna for it. The scrutineer, vera, declares "
            "it."
        )
    assert status_and_code(client.post(DECLARE, token=tokens["otto"])) == (403, "scrutineers_alone")
    assert ballot_row(database).declared_at is None


@pytest.mark.parametrize("order", [("anna", "vera"), ("vera", "anna")])
def test_the_scrutineer_and_headquarters_declare_in_either_order(
    client, database, settings, clock, tokens, order
):
    given_closed(database, settings, clock, scrutineer="vera", declared_by_two=True)
    first = client.post(DECLARE, token=tokens[order[0]])
    assert first.status_code == 202
    assert first.json()["awaits"] == ("scrutineer" if order[0] == "anna" else "hq")
    assert first.json()["scrutineer"] == "vera"
    assert client.post(DECLARE, token=tokens[order[1]]).status_code == 200
    row = ballot_row(database)
    assert (row.declared_by, row.confirmed_by) == ("vera", "anna")


def test_what_was_confirmed_can_be_taken_back_or_refused(client, database, settings, clock, tokens):
    given_closed(database, settings, clock, declared_by_two=True)
    refusal = f"{DECLARE}/refusal"
    assert status_and_code(client.post(refusal, token=tokens["ben"])) == (404, "nothing_confirmed")
    for name, outcome in (("anna", "withdrawn"), ("ben", "refused")):
        assert client.post(DECLARE, token=tokens["anna"]).status_code == 202
        assert client.post(refusal, token=tokens[name]).json()["outcome"] == outcome
    assert client.post(DECLARE, token=tokens["ben"]).status_code == 202
    assert ballot_row(database).declared_at is None


def test_the_second_declares_no_other_numbers_than_the_first_confirmed(
    client, database, settings, clock, tokens
):
    ballot = given_closed(database, settings, clock, declared_by_two=True)
    assert client.post(DECLARE, token=tokens["anna"]).status_code == 202
    with database.writing() as session:
        session.execute(
            text("UPDATE ballot_proposal SET tally_digest = :other WHERE ballot_id = :id"),
            {"other": "f" * 64, "id": ballot.id},
        )
    changed = client.post(DECLARE, token=tokens["ben"])
    assert status_and_code(changed) == (409, "count_changed")
    assert ballot_row(database).declared_at is None


def test_whoever_left_office_after_confirming_was_not_one_of_two(
    client, database, settings, clock, tokens
):
    given_closed(database, settings, clock, declared_by_two=True)
    assert client.post(DECLARE, token=tokens["anna"]).status_code == 202
    with database.writing() as session:
        disable_account(session, "anna", actor=COMMAND_LINE, now=CLOSED)
    assert status_and_code(client.post(DECLARE, token=tokens["ben"])) == (409, "proposer_left")
    assert ballot_row(database).declared_at is None


def test_of_two_who_come_at_once_one_confirms_and_one_declares(database, settings, clock):
    given_closed(database, settings, clock, declared_by_two=True)
    open_box_for_count(database, ballot_row(database), settings=settings, now=CLOSED)

    def go(name):
        with suppress(DomainError), database.writing() as session:
            staff = Staff(name, role=Role.HQ, branch=None)
            return declare(session, SLUG, staff=staff, now=CLOSED)

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(go, ["anna", "ben"]))
    assert sorted(isinstance(each, ResultOut) for each in answers) == [False, True]
    row = ballot_row(database)
    assert {row.declared_by, row.confirmed_by} == {"anna", "ben"}


def test_the_database_itself_lets_no_one_declare_alone(database, settings, clock):
    given_closed(database, settings, clock, declared_by_two=True)
    for other in ("NULL", "'anna'"):
        with pytest.raises(IntegrityError), database.writing() as session:
            session.execute(
                text(
                    "UPDATE ballot SET sealed_at = closes_at, stirred_at = closes_at,"
                    f" declared_at = closes_at, declared_by = 'anna', confirmed_by = {other}"
                )
            )
