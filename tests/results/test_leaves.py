"""A paper's line on the board, written again by hand: whoever has the files must be able to."""

import hashlib
import hmac

import pytest

from app.results.leaves import Form, Paper, Shows, leaf_of

DIGEST = bytes(range(32))
RECEIPT = DIGEST.hex()
SALT_KEY = b"k" * 32
ANSWERS = '{ "short": null, "offer": "reject" }'
CANONICAL = '{"offer":"reject","short":null}'


def committed(content, *, index):
    """SHA-256 over the salt of a place and the content, as docs/receipts.md describes it."""
    salt = hmac.new(SALT_KEY, index.to_bytes(8, "big"), hashlib.sha256).digest()
    return hashlib.sha256(salt + content.encode()).hexdigest()


def line(shows, *, unit=None, index=0):
    paper = Paper(DIGEST, answers=ANSWERS, unit=unit)
    return leaf_of(paper, index=index, form=Form(shows, salt_key=SALT_KEY)).decode()


def test_a_board_with_answers_states_them_in_one_spelling():
    assert line(Shows.ANSWERS) == f'{{"answers":{CANONICAL},"receipt":"{RECEIPT}"}}'


@pytest.mark.parametrize("index", [0, 1, 258])
def test_the_unit_of_a_paper_is_only_committed_to(index):
    sealed = committed('"Leeds"', index=index)
    assert line(Shows.ANSWERS, unit="Leeds", index=index) == (
        f'{{"answers":{CANONICAL},"receipt":"{RECEIPT}","unit":"{sealed}"}}'
    )


@pytest.mark.parametrize(
    ("unit", "written"),
    [(None, "null"), ("Leeds", '"Leeds"'), ("Caernarfôn", '"Caernarf\\u00f4n"')],
)
def test_a_board_of_inclusion_commits_to_answers_and_unit_together(unit, written):
    sealed = committed(f'{{"answers":{CANONICAL},"unit":{written}}}', index=7)
    assert line(Shows.INCLUSION, unit=unit, index=7) == (
        f'{{"paper":"{sealed}","receipt":"{RECEIPT}"}}'
    )


def test_like_papers_at_two_places_have_unlike_commitments():
    assert line(Shows.INCLUSION, index=0) != line(Shows.INCLUSION, index=1)


def test_an_answer_outside_ascii_is_written_as_every_json_library_can_write_it():
    paper = Paper(DIGEST, answers='{"cynnig":"gwrthod—ŵ"}', unit=None)
    written = leaf_of(paper, index=0, form=Form(Shows.ANSWERS, salt_key=SALT_KEY))
    assert written == (
        b'{"answers":{"cynnig":"gwrthod\\u2014\\u0175"},"receipt":"' + RECEIPT.encode() + b'"}'
    )
