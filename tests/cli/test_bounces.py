"""`muster mail bounces` reads a message, an mbox, a Maildir, and standard input."""

import pytest

from tests.support.bounces import report_of


@pytest.fixture
def reports(tmp_path):
    """The same report as each kind of mailbox holds it."""
    one = report_of("<not-ours@example.org>")
    (tmp_path / "one.eml").write_bytes(one)
    (tmp_path / "box.mbox").write_bytes(b"From x\n" + one + b"\nFrom y\n" + one)
    (tmp_path / "Mail" / "new").mkdir(parents=True)
    (tmp_path / "Mail" / "cur").mkdir()
    (tmp_path / "Mail" / "new" / "1.x").write_bytes(one)
    (tmp_path / "Mail" / "cur" / "2.x:2,S").write_bytes(b"Subject: hello\n\nNo report.\n")
    return tmp_path


@pytest.mark.parametrize(
    ("place", "read", "unknown"),
    [("one.eml", 1, 1), ("box.mbox", 2, 2), ("Mail", 2, 1)],
)
def test_each_kind_of_mailbox_is_read(muster, reports, place, read, unknown):
    status, said, _ = muster("mail", "bounces", str(reports / place))
    assert status == 0
    assert f"{read:>12,}  messages read" in said
    assert f"{unknown:>12,}  about messages that are not ours" in said


def test_a_mailbox_that_is_not_there_is_named(muster, tmp_path):
    status, _, said = muster("mail", "bounces", str(tmp_path / "nowhere"))
    assert status == 2
    assert "nowhere" in said
