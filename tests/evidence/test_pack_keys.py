"""A pack whose board was signed before the service's key was changed."""

import json
from datetime import timedelta

import pytest
from pydantic import SecretStr

from app.audit.checkpoints import make_checkpoint
from app.ballots.service import get_ballot
from app.core.signing import Signer, signer_of
from app.evidence.findings import all_hold
from app.evidence.pack_keys import FILE
from app.evidence.pack_zip import files_in
from app.evidence.verify_pack import check_pack, verdict_on
from app.results.service import declare_result
from app.security.key_rotation import note_signing_key
from tests.support.ballots import HQ, NOON
from tests.support.boards import CLOSED, given_votes, open_for_count
from tests.support.evidence import broken_in, pack_bytes, signed_again, with_changed

DECLARED = CLOSED + timedelta(hours=1)
GENUINE = "The evidence is genuine and whole, and says the same throughout."


@pytest.fixture
def later(settings):
    """The same service after its signing key was changed."""
    return settings.model_copy(update={"signing_key": SecretStr("another signing key " * 3)})


@pytest.fixture
def rotated(database, settings, later):
    """A pack of a ballot whose key was changed between the seal and the declaration."""
    note_signing_key(database, settings=settings, now=NOON)
    given_votes(database, settings)
    open_for_count(database, settings)
    with database.writing() as session:
        make_checkpoint(session, signer=signer_of(settings), now=CLOSED)
    note_signing_key(database, settings=later, now=CLOSED + timedelta(minutes=1))
    with database.writing() as session:
        declare_result(session, "pay-2026", staff=HQ, now=DECLARED)
        ballot = get_ballot(session, "pay-2026")
    return pack_bytes(database, later, ballot, now=DECLARED)


def words_of(findings):
    return " ".join(finding.words for finding in findings)


def test_a_board_of_an_earlier_key_that_the_list_names_is_accepted_and_said(
    rotated, settings, later
):
    found = check_pack(rotated, verifier=signer_of(later).verifier)
    assert broken_in(found) == []
    assert verdict_on(found).startswith(f"{GENUINE} Part of it was signed with an earlier key")
    assert f"earlier key: {signer_of(settings).verifier.line}" in words_of(found)
    assert "bear no key that is known" not in words_of(found)


def test_a_key_of_before_does_not_make_the_pack_its_own(rotated, settings):
    assert "signature" in broken_in(check_pack(rotated, verifier=signer_of(settings).verifier))


def test_a_board_of_a_key_that_the_list_does_not_name_is_broken(rotated, later):
    forged = with_changed(rotated, FILE, lambda keys: keys.clear(), settings=later)
    found = check_pack(forged, verifier=signer_of(later).verifier)
    assert "signature" in broken_in(found)
    assert "1 earlier states of the log bear no key that is known." in words_of(found)


def test_nobody_else_can_name_an_earlier_key(rotated, later):
    stranger = Signer("a stranger", name="testserver")
    named = json.loads(files_in(rotated)[FILE])
    named.append(named[0] | {"line": stranger.verifier.line})
    forged = signed_again(files_in(rotated) | {FILE: json.dumps(named).encode()}, signer=stranger)
    assert "signature" in broken_in(check_pack(forged, verifier=signer_of(later).verifier))


def test_a_pack_of_one_key_names_none_beside_it(pack, union_key):
    found = check_pack(pack, verifier=union_key)
    assert json.loads(files_in(pack)[FILE]) == []
    assert all_hold(found)
    assert verdict_on(found) == GENUINE
