"""Checkpoints: read in exactly one spelling, and only from the key that signed them."""

import base64

import pytest

from app.core.checkpoints import Checkpoint, NotACheckpoint, open_checkpoint
from app.core.signing import NotSigned, Signer

ROOT = base64.b64encode(bytes(32)).decode()
# From the specification (C2SP tlog-checkpoint): the body of its example.
EXAMPLE = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
"""


def test_the_example_of_the_specification_is_read():
    read = Checkpoint.read(EXAMPLE)
    assert (read.origin, read.size) == ("example.com/behind-the-sofa", 20852163)
    assert read.text == EXAMPLE


def test_what_is_signed_is_read_back_with_its_extensions():
    signer = Signer("secret", name="vote.example.org")
    made = Checkpoint("vote.example.org/ballots/pay", size=3, root=b"r" * 32, extensions=("x 1",))
    assert open_checkpoint(made.signed(signer), verifier=signer.verifier) == made


def test_another_key_has_not_signed_it():
    made = Checkpoint("o", size=3, root=b"r" * 32).signed(Signer("one", name="n"))
    with pytest.raises(NotSigned):
        open_checkpoint(made, verifier=Signer("two", name="n").verifier)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(f"origin\n3\n{ROOT}", id="no line feed at the end"),
        pytest.param(f"origin\n03\n{ROOT}\n", id="a number in another spelling"),
        pytest.param(f"origin\n-1\n{ROOT}\n", id="fewer than none"),
        pytest.param(f"origin\n³\n{ROOT}\n", id="a digit that is none"),
        pytest.param(f"origin\n{'9' * 5000}\n{ROOT}\n", id="a number without end"),
        pytest.param("origin\n3\nAAAA\n", id="a root too short"),
        pytest.param("origin\n3\n????\n", id="a root that is none"),
        pytest.param(f"origin\n3\n {ROOT}\n", id="a root in another spelling"),
        pytest.param("origin\n3\n", id="no root"),
    ],
)
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(NotACheckpoint):
        Checkpoint.read(text)
