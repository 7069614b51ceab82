"""Signed notes: read by others' tools, and worth nothing once a byte is changed."""

import pytest

from app.core.signing import NotSigned, Signer, Verifier, open_note

# From the specification of signed notes (C2SP): a note that Go's implementation has signed.
PETER = Verifier.read("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
GIVEN = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\N{EM DASH} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfq"
    "dngotpRZb6KE6RyyBwJnAM=\n"
)


def test_a_note_that_others_have_signed_is_read() -> None:
    """The example of the specification."""
    assert open_note(GIVEN, verifier=PETER).startswith("If you think cryptography")


def test_a_note_of_ours_is_read_by_the_line_that_names_its_key() -> None:
    """Round and back, with what is published of the key and nothing else."""
    signer = Signer("a secret of the environment", name="vote.example.org")
    note = signer.sign("one\ntwo\n\nthree\n")
    assert open_note(note, verifier=Verifier.read(signer.verifier.line)) == "one\ntwo\n\nthree\n"


def test_the_same_secret_makes_the_same_key_and_another_one_another() -> None:
    """Every process of the service signs alike."""
    one, same, other = (Signer(secret, name="n").verifier for secret in ("a", "a", "b"))
    assert one == same != other


@pytest.mark.parametrize("place", range(0, 190, 7))
def test_a_changed_byte_is_found(place: int) -> None:
    """Wherever it stands: in the text, in the name, or in the signature."""
    note = Signer("secret", name="vote.example.org").sign("a line of text\n" * 6)
    other = "x" if note[place] != "x" else "y"
    changed = note[:place] + other + note[place + 1 :]
    with pytest.raises(NotSigned):
        open_note(changed, verifier=Signer("secret", name="vote.example.org").verifier)


def test_a_signature_of_another_key_of_the_same_name_does_not_count() -> None:
    """Nor one whose key somebody else has made."""
    note = Signer("theirs", name="vote.example.org").sign("text\n")
    with pytest.raises(NotSigned, match=r"vote\.example\.org"):
        open_note(note, verifier=Signer("ours", name="vote.example.org").verifier)


@pytest.mark.parametrize("line", ["", "name", "name+00000000+AAAA", "a+b+c", "n+0+!"])
def test_a_line_that_names_no_key_is_refused(line: str) -> None:
    """With a sentence, not a crash."""
    with pytest.raises(NotSigned):
        Verifier.read(line)


@pytest.mark.parametrize(
    "note", ["", "text\n", "text\n\nno signature\n", "text\n\n\N{EM DASH} n !\n"]
)
def test_what_is_no_note_is_refused(note: str) -> None:
    """Whatever it is."""
    with pytest.raises(NotSigned):
        open_note(note, verifier=PETER)


def test_a_text_without_its_last_line_feed_is_not_signed() -> None:
    """Or what was signed would not be what is read."""
    with pytest.raises(ValueError, match="line feed"):
        Signer("secret", name="n").sign("text")
