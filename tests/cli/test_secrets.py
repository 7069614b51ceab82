"""`muster secrets`: what depends on the key before, what is brought over, and never a key."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from app.audit.service import COMMAND_LINE
from app.cli.key_uses import uses_of_previous_key
from app.core.settings import Settings
from app.core.signing import Verifier, open_note, signer_of
from app.main import create_app
from app.security.key_rotation import note_rotation, note_signing_key, rotated_at, signing_keys
from app.security.service import issue_token
from app.voting.models import BallotPaper
from app.voting.sealing import PaperDoesNotOpen, PaperSeal
from tests.support.ballots import add_members, given_ballot
from tests.support.client import AppClient
from tests.support.keys import NEW, OLD, after_rotation, before_rotation
from tests.support.staff import NOON, events_of, everything_in, given_account, signed_in

VOTES = "/api/v1/ballots/pay-2026/votes"
REJECT = {"answers": {"offer": "reject"}}


@pytest.fixture
def before(settings: Settings):
    return before_rotation(settings)


@pytest.fixture
def after(settings: Settings):
    return after_rotation(settings)


@pytest.fixture
def muster(muster, monkeypatch):
    """Run one command with these keys; it never says one."""
    monkeypatch.setattr("app.cli.secrets.system_clock", lambda: NOON)

    def run(*words, previous=OLD):
        answer = muster(*words, secret_key=NEW, previous_secret_key=previous)
        assert OLD not in answer.said
        assert NEW not in answer.said
        return answer

    return run


def uses(database, settings, now=NOON):
    with database.reading() as session:
        found = uses_of_previous_key(session, settings=settings, now=now)
    return {each.kind: each.number for each in found if each.number}


def test_a_new_key_is_another_each_time_and_long_enough(muster):
    first, second = (muster("secrets", "new").said.strip() for _ in range(2))
    assert first != second
    assert re.fullmatch(r"[0-9a-f]{64}", first)


def test_everything_counts_until_somebody_says_that_the_key_is_in_use_everywhere(
    muster, database, before, after
):
    add_members(database, 3)
    given_ballot(database, before, now=NOON - timedelta(hours=1))
    early = NOON - timedelta(hours=1)
    given_account(database, "anna", now=early)
    signed_in(database, before, "anna", now=early)
    with database.writing() as session:
        issue_token(session, "anna", actor=COMMAND_LINE, settings=before, now=early)
    all_of_it = {"voting codes": 3, "API tokens": 1, "sessions of staff": 1}
    assert uses(database, after) == all_of_it
    answer = muster("secrets", "status")
    assert answer.status == 0
    assert "Nobody has said yet" in answer.said
    assert "3 voting codes: until their ballots close, the last on 2026-" in answer.said
    assert "Keep MUSTER_PREVIOUS_SECRET_KEY" in answer.said
    assert muster("secrets", "rotate").status == 0
    # What is made from now on is made with the key in use.
    with database.writing() as session:
        issue_token(
            session, "anna", actor=COMMAND_LINE, settings=after, now=NOON + timedelta(minutes=1)
        )
    assert uses(database, after, NOON + timedelta(minutes=1)) == all_of_it
    closed = NOON + timedelta(days=60)
    assert uses(database, after, closed) == {"API tokens": 1}


def test_the_previous_key_may_be_dropped_when_nothing_depends_on_it(muster, database):
    muster("secrets", "rotate")
    answer = muster("secrets", "status")
    assert answer.status == 0
    assert "since 2026-11-21 12:00 UTC" in answer.said
    assert "Nothing depends on a key before this one. MUSTER_PREVIOUS_SECRET_KEY may" in answer.said


def test_sealed_papers_are_sealed_with_the_key_in_use(
    muster, database, before, after, clock, monkeypatch
):
    add_members(database, 3)
    clock.now = NOON
    ballot = given_ballot(database, before)
    with AppClient(create_app(before, clock=clock)) as client:
        for code in ballot.codes.values():
            assert client.post(VOTES, token=code, json=REJECT).status_code == 201
    assert uses(database, after)["sealed papers"] == 3
    answer = muster("secrets", "rotate")
    assert answer.status == 0
    assert "3 sealed papers" in answer.said
    assert "sealed papers" not in uses(database, after)
    alone, old = PaperSeal([NEW], ballot="pay-2026"), PaperSeal([OLD], ballot="pay-2026")
    with database.reading() as session:
        for sealed in session.scalars(sa.select(sa.column("sealed")).select_from(BallotPaper)):
            assert alone.open(bytes(sealed)).answers
            with pytest.raises(PaperDoesNotOpen):
                old.open(bytes(sealed))


def test_a_rotation_is_noted_once_for_each_key_and_holds_none(muster, database, before, after):
    muster("secrets", "rotate")
    later = NOON + timedelta(days=1)
    with database.writing() as session:
        assert not note_rotation(session, settings=after, now=later)
        assert rotated_at(session, settings=after) == NOON
        assert rotated_at(session, settings=before) is None
    rotations = [each for each in events_of(database) if each.action == "KeysRotated"]
    assert [each.details for each in rotations] == [{"moved": 0}]
    assert OLD not in everything_in(database)
    assert NEW not in everything_in(database)


def test_a_wrong_key_before_is_said_and_nothing_is_changed(muster, database, before):
    from app.security.apps import PURPOSE
    from app.security.factor_models import AuthenticatorApp
    from app.security.sealing import seal

    account = given_account(database, "anna")
    with database.writing() as session:
        number = session.merge(account).id
        sealed = seal(b"JBSWY3DPEHPK3PXP", purpose=PURPOSE, about=number, settings=before)
        session.add(
            AuthenticatorApp(staff_id=number, sealed_secret=sealed, last_step=0, added_at=NOON)
        )
    answer = muster("secrets", "rotate", previous="another key that nobody ever used here")
    assert answer.status == 1
    assert "Nothing was changed" in answer.said
    answer = muster("secrets", "rotate")
    assert (answer.status, "1 authenticator apps" in answer.said) == (0, True)
    assert muster("secrets", "rotate", previous="").status == 0


def test_the_keys_that_signed_stay_published_with_their_times(database, settings, clock):
    first = settings.model_copy(update={"signing_key": SecretStr(OLD)})
    second = settings.model_copy(update={"signing_key": SecretStr(NEW)})
    old_note = signer_of(first).sign("as it was\n")
    for each, day in ((first, 0), (first, 1), (second, 2)):
        note_signing_key(database, settings=each, now=NOON + timedelta(days=day))
    with database.reading() as session:
        kept = [(each.used_from, each.used_until) for each in signing_keys(session)]
    assert kept == [
        (NOON + timedelta(days=2), None),
        (NOON, NOON + timedelta(days=2)),
    ]
    clock.now = NOON + timedelta(days=3)
    with AppClient(create_app(second, clock=clock)) as client:
        listed = client.get("/api/v1/signing-keys").json()["keys"]
        text = client.get("/signing-keys.txt").text
    assert [each["used_until"] for each in listed] == [None, "2026-11-23T12:00:00Z"]
    assert [each["key_id"] for each in listed] == [
        signer_of(each).verifier.key_id.hex() for each in (second, first)
    ]
    assert open_note(old_note, verifier=Verifier.read(listed[1]["line"])) == "as it was\n"
    assert all(each["line"] in text for each in listed)
    assert OLD not in text


def test_a_process_that_starts_publishes_the_key_it_signs_with(settings, clock):
    with AppClient(create_app(settings, clock=clock)) as client:
        client.app.state.database.background.finish()
        [key] = client.get("/api/v1/signing-keys").json()["keys"]
    assert key["line"] == signer_of(settings).verifier.line
