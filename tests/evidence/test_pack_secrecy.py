"""What a pack never says in the open, who may unseal what, and what an erasure does to it."""

import json
import re

import pytest
from sqlmodel import select

from app.audit.service import COMMAND_LINE
from app.ballots.erasure import Erasure, erase_member
from app.evidence.pack_audit import open_events
from app.evidence.pack_sealing import (
    NotOpened,
    Part,
    about,
    key_from_words,
    key_in_words,
    opened,
    sealed,
)
from app.evidence.pack_store import (
    KeyIsGone,
    NoEvidenceYet,
    NotYourKey,
    find_pack,
    forget_member,
    hand_over_key,
)
from app.evidence.pack_zip import files_in
from app.roll.models import Member
from app.security.models import Role
from app.security.service import Staff
from tests.support.ballots import HQ, add_members, given_ballot, move_window
from tests.support.changes import ballot_row
from tests.support.evidence import AFTER, declared, keys_of, pack_bytes
from tests.support.staff import events_of, given_account
from tests.support.votes import cast

SCRUTINEER = Staff("s.okoro", role=Role.SCRUTINEER, branch=None, origin="10.1.2.3")
ANOTHER = Staff("s.another", role=Role.SCRUTINEER, branch=None)


def open_text(pack):
    """Everything in a pack that is not sealed, as text; the PDF is made of the other files."""
    files = files_in(pack)
    return "\n".join(
        content.decode()
        for name, content in files.items()
        if not name.startswith("sealed/") and name != "summary.pdf"
    )


def unsealed(kept, part):
    key = dict(key_from_words(words) for words in kept.keys)[part]
    content = opened(files_in(kept.pack)[part.file], key=key, about=about(part, slug="pay-2026"))
    return json.loads(content)


def test_no_member_is_named_in_the_open(database, settings, eventful_ballot):
    said = open_text(pack_bytes(database, settings, eventful_ballot))
    with database.reading() as session:
        members = session.exec(select(Member)).all()
    assert len(members) == 32
    for member in members:
        named = (member.membership_number, member.family_name, member.email)
        for each in filter(None, named):
            assert not re.search(rf"\b{re.escape(each)}\b", said), each


def test_small_units_are_in_the_officers_part_alone(kept_eventful, eventful_pack):
    tally = json.loads(files_in(eventful_pack)["tally.json"])
    shown = {unit["name"] for unit in tally["units"]}
    assert shown
    assert shown.isdisjoint({"York", "Bath"})
    assert "York" not in open_text(eventful_pack)
    officers = unsealed(kept_eventful, Part.OFFICERS)
    units = {unit["name"] for unit in officers["tally"]["units"]}
    assert units == {"Bath", "Hull", "Leeds", "York"}
    assert tally["units_withheld"] == len(units - shown)


def test_reasons_of_changes_of_the_roll_are_for_the_scrutineer(kept_eventful, eventful_pack):
    assert "came by post" not in open_text(eventful_pack)
    roll = unsealed(kept_eventful, Part.ROLL)
    reasons = [change["reason"] for change in roll["changes"]]
    assert reasons == ["Left before the opening", "The form of Invented Member 1 came by post"]


def test_the_papers_are_in_the_scrutineers_part_alone_and_hold_no_member(kept_eventful):
    roll = unsealed(kept_eventful, Part.ROLL)
    assert len(roll["papers"]) == 11
    assert {unit for _, unit in roll["papers"]} <= {"Leeds", "Hull", "York"}
    assert sum(voted for _, _, voted in roll["entries"]) == 11
    officers = json.dumps(unsealed(kept_eventful, Part.OFFICERS))
    assert roll["salt_key"] not in officers
    assert roll["salt_key"] not in open_text(kept_eventful.pack)
    assert "LEE0001" not in officers


def test_an_event_shows_no_detail_that_nobody_has_thought_about():
    event = {
        "number": 7,
        "at": "2026-11-21T12:00:00.000000+00:00",
        "actor": "anna",
        "origin": "10.1.2.3",
        "action": "LinkAskedFor",
        "subject": "pay-2026",
        "details": {"member": "ab" * 32, "reason": "Ann Lee rang", "votes_cast": 3},
        "hash": "0" * 64,
        "previous_hash": "1" * 64,
    }
    [shown] = open_events([event, event | {"subject": "another"}], slug="pay-2026")
    assert shown["details"] == {"votes_cast": 3}
    assert not {"origin", "subject", "previous_hash"} & shown.keys()


@pytest.fixture
def supervised(database, settings):
    given_account(database, SCRUTINEER.name, role=Role.SCRUTINEER)
    add_members(database, 6)
    ready = given_ballot(database, settings)
    # Named once the codes are out, so that they need not be the scrutineer's here.
    move_window(database, ready.id, scrutineer=SCRUTINEER.name)
    cast(database, ready, ["reject"] * 4)
    ballot = declared(database, settings, ready, staff=SCRUTINEER)
    pack_bytes(database, settings, ballot)
    return ballot


def take(database, ballot, part, staff):
    with database.writing() as session:
        return hand_over_key(session, ballot, part, staff=staff, now=AFTER)


def test_the_scrutineer_gets_both_keys_and_headquarters_one(database, supervised):
    keys = keys_of(database, supervised)
    for part in Part:
        assert take(database, supervised, part, SCRUTINEER) == keys[part]
    assert take(database, supervised, Part.OFFICERS, HQ) == keys[Part.OFFICERS]
    with pytest.raises(NotYourKey):
        take(database, supervised, Part.ROLL, HQ)
    branch = Staff("bo", role=Role.BRANCH, branch="Leeds")
    for part in Part:
        for stranger in (ANOTHER, branch):
            with pytest.raises(NotYourKey):
                take(database, supervised, part, stranger)


def test_where_no_scrutineer_is_named_headquarters_still_gets_no_roll(
    database, settings, declared_ballot
):
    pack_bytes(database, settings, declared_ballot)
    with pytest.raises(NotYourKey):
        take(database, declared_ballot, Part.ROLL, HQ)
    assert take(database, declared_ballot, Part.ROLL, ANOTHER)


def test_who_was_shown_a_key_is_on_record_and_the_key_is_not(database, supervised):
    key = take(database, supervised, Part.ROLL, SCRUTINEER)
    last = events_of(database)[-1]
    assert (last.action, last.actor, last.subject) == (
        "EvidenceKeyHandedOver",
        SCRUTINEER.name,
        "pay-2026",
    )
    assert last.details == {"part": "roll"}
    assert key.partition(":")[2][:8] not in json.dumps(last.model_dump(mode="json"))


def test_there_is_no_key_before_there_is_a_pack(database, settings):
    add_members(database, 5)
    given_ballot(database, settings)
    with pytest.raises(NoEvidenceYet):
        take(database, ballot_row(database), Part.OFFICERS, HQ)


def test_an_erased_member_takes_the_key_to_the_roll_along_and_no_digest_changes(
    database, settings, declared_ballot
):
    pack = pack_bytes(database, settings, declared_ballot)
    at_once = settings.model_copy(update={"retention": AFTER - AFTER})
    with database.writing() as session:
        erasure = Erasure(settings=at_once, forget=forget_member, actor=COMMAND_LINE, now=AFTER)
        erase_member(session, "LEE0001", erasure=erasure)
    with pytest.raises(KeyIsGone):
        take(database, declared_ballot, Part.ROLL, ANOTHER)
    assert take(database, declared_ballot, Part.OFFICERS, HQ)
    assert pack_bytes(database, settings, declared_ballot) == pack
    with database.reading() as session:
        assert find_pack(session, declared_ballot).roll_key is None


def test_a_key_in_words_is_read_as_it_was_and_nothing_else_is():
    key = bytes(range(32))
    words = key_in_words(Part.ROLL, key)
    assert key_from_words(f" {words}\n") == (Part.ROLL, key)
    for wrong in ("", "roll:", words[:-1], words.replace("roll", "role"), words + "00", "roll:zz"):
        with pytest.raises(NotOpened):
            key_from_words(wrong)


def test_a_sealed_part_opens_with_its_key_in_its_place_and_not_otherwise():
    part = sealed(b"the roll", key=b"k" * 32, about="pay/roll")
    assert b"roll" not in part
    assert opened(part, key=b"k" * 32, about="pay/roll") == b"the roll"
    changed = part[:-1] + bytes([part[-1] ^ 1])
    for content, key, place in (
        (part, b"x" * 32, "pay/roll"),
        (part, b"k" * 32, "pay/officers"),
        (changed, b"k" * 32, "pay/roll"),
        (part[:24], b"k" * 32, "pay/roll"),
        (b"", b"k" * 32, "pay/roll"),
    ):
        with pytest.raises(NotOpened):
            opened(content, key=key, about=place)


def test_two_contents_never_share_a_nonce():
    first = sealed(b"one", key=b"k" * 32, about="pay/roll")
    assert first == sealed(b"one", key=b"k" * 32, about="pay/roll")
    nonces = {
        sealed(content, key=b"k" * 32, about="pay/roll")[20:33] for content in (b"one", b"two")
    }
    assert len(nonces) == 2
