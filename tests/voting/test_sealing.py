"""A sealed paper says nothing without the key: not by its bytes, its length or its receipt."""

import json
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.voting.paper import CANONICAL, Paper
from app.voting.receipts import receipt_digest
from app.voting.sealing import PaperDoesNotOpen, PaperSeal, seal_of
from tests.conftest import NOW, SECRET

ANSWERS = '{"offer":"reject"}'
DIGEST = receipt_digest("mine", slug="pay-2026")
OTHER_SECRET = "another secret of invented tests, as long as the first"
SEAL = PaperSeal([SECRET], ballot="pay-2026")


def sealed(answers=ANSWERS, *, seal=SEAL, width=30):
    return seal.seal(answers, receipt_digest=DIGEST, width=width)


def test_a_sealed_paper_opens_to_what_was_put_in():
    assert SEAL.open(sealed())[:3] == (ANSWERS, DIGEST, 30)


def test_each_vote_has_a_serial_that_it_keeps_when_it_is_sealed_anew():
    votes = [SEAL.open(sealed()) for _ in range(100)]
    assert len({each.serial for each in votes}) == 100
    assert SEAL.open(SEAL.seal(**votes[0]._asdict())) == votes[0]


def test_the_same_answers_never_look_the_same():
    papers = {sealed() for _ in range(100)}
    assert len(papers) == 100
    assert not any(b"reject" in paper or DIGEST in paper for paper in papers)


KEYS = st.text("abcdefghij-ŵé", min_size=1, max_size=12)


@given(st.dictionaries(KEYS, st.frozensets(KEYS, min_size=1, max_size=4), min_size=1, max_size=3))
def test_every_paper_of_a_ballot_is_as_long_as_every_other(questions):
    paper = Paper(1, slug="pay-2026", answers=questions)
    ways = product(*((None, *offered) for offered in questions.values()))
    filled = [paper.fill_in(dict(zip(questions, way, strict=True))) for way in ways]
    lengths = {len(sealed(each, width=paper.width)) for each in filled}
    assert len(lengths) == 1
    assert paper.width == max(len(each) for each in filled), "no wider than the widest"


def test_the_width_of_a_paper_holds_a_blank_one():
    paper = Paper(1, slug="s", answers={"q": frozenset({"a"})})
    assert paper.width == len(CANONICAL.encode({"q": None}))


def test_what_does_not_fit_the_paper_is_refused():
    with pytest.raises(ValueError, match="does not fit"):
        sealed("x" * 31)
    with pytest.raises(ValueError, match="does not fit"):
        SEAL.seal(ANSWERS, receipt_digest=b"short", width=30)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(PaperSeal([OTHER_SECRET], ballot="pay-2026"), id="another secret"),
        pytest.param(PaperSeal([SECRET], ballot="pay-2027"), id="another ballot"),
    ],
)
def test_a_paper_opens_only_with_its_own_key(other):
    with pytest.raises(PaperDoesNotOpen):
        other.open(sealed())


@given(st.integers(0), st.integers(1, 255))
def test_a_changed_byte_is_found(place, change):
    paper = bytearray(sealed())
    paper[place % len(paper)] ^= change
    with pytest.raises(PaperDoesNotOpen):
        SEAL.open(bytes(paper))


@given(st.binary(max_size=120))
def test_what_is_no_paper_does_not_open(content):
    with pytest.raises(PaperDoesNotOpen):
        SEAL.open(content)


def test_a_rotated_key_opens_what_the_key_before_it_sealed_and_seals_with_itself():
    rotated = PaperSeal([OTHER_SECRET, SECRET], ballot="pay-2026")
    assert rotated.open(sealed()).answers == ANSWERS
    again = sealed(seal=rotated)
    assert PaperSeal([OTHER_SECRET], ballot="pay-2026").open(again).answers == ANSWERS
    with pytest.raises(PaperDoesNotOpen):
        SEAL.open(again)


# Sealed once, with these very keys: an upgrade in the middle of a ballot must open it.
OF_AN_EARLIER_VERSION = bytes.fromhex(
    "b6df6a53a4cd4e65dc5b9b1d851d3df667ed1931adb227f8e985b3a91863e3dd5b16d59b627c90d8f90cee95"
    "8dfbf0452271b9f1bc05080e1d5388593317be3cc45a2d2196b0312091a6ffd2bc55c5370cc14fed6e6f0ee9"
    "f271ea53922d28c924e97f637865ab390e74"
)


def test_a_paper_that_an_earlier_version_sealed_is_opened_and_found():
    opened = SEAL.open(OF_AN_EARLIER_VERSION)
    assert opened == (ANSWERS, DIGEST, 30, bytes(range(16)))
    assert DIGEST.hex() == "ed50b2cdb5d82c892a85103d3a6d0f9c56d5a2a458d3d5721f9fb60b5f9cadb1"
    assert SEAL.lookup(DIGEST).hex() == (
        "db2416eb0404f2faa52f73e996ec055a43e9b6ad380075ddd5c0b85ec3914624"
    )


def test_a_paper_is_its_content_and_a_nonce_a_serial_a_digest_and_a_tag_longer():
    assert len(sealed(width=30)) == 12 + 16 + 32 + 30 + 16


def test_a_receipt_is_looked_for_under_every_key_and_as_it_is():
    rotated = PaperSeal([OTHER_SECRET, SECRET], ballot="pay-2026")
    assert rotated.found_by(DIGEST) == (rotated.lookup(DIGEST), SEAL.lookup(DIGEST), DIGEST)
    assert SEAL.lookup(DIGEST) != DIGEST


def test_the_seal_of_a_ballot_has_the_keys_that_are_set(settings):
    rotated = settings.model_copy(
        update={"secret_key": type(settings.secret_key)(OTHER_SECRET)}
        | {"previous_secret_key": settings.secret_key}
    )
    seal = seal_of(rotated, "pay-2026")
    assert seal.open(sealed()).answers == ANSWERS
    with pytest.raises(PaperDoesNotOpen):
        SEAL.open(sealed(seal=seal))
    assert json.loads(seal.open(sealed(seal=seal)).answers) == {"offer": "reject"}


def test_a_vote_lies_under_the_keyed_digest_of_its_receipt_and_never_the_plain_one():
    vote = SEAL.vote(1, code_digest=b"c", answers=ANSWERS, receipt="mine", width=30, arrived_at=NOW)
    assert vote.receipt_digest == SEAL.lookup(DIGEST) != DIGEST
