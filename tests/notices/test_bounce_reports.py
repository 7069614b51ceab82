"""Reports of returned mail are read for what they say, and for nothing that they do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.notices.bounce_reports import is_hard, messages_in, read_report
from tests.support.bounces import report_of

OURS = "<0123456789abcdef01234567@vote.example.org>"


@pytest.mark.parametrize("returned_as", ["text/rfc822-headers", "message/rfc822"])
def test_a_report_names_the_message_the_address_and_the_reason(returned_as):
    heard = read_report(report_of(OURS, returned_as=returned_as))
    assert heard.message_ids == (OURS,)
    assert heard.recipients == {"lee1@example.org"}
    assert (heard.hard, heard.status) == (True, "5.1.1")


def test_a_report_that_returns_nothing_is_known_by_what_it_answers():
    bare = report_of("none").replace(b"Subject: Undel", b"In-Reply-To: " + OURS.encode() + b"\nX: ")
    assert read_report(bare).message_ids == (OURS,)


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded", "FAILURE"])
def test_what_has_not_failed_is_no_report_of_a_failure(action):
    assert read_report(report_of(OURS, action=action)) is None


def test_a_letter_that_quotes_a_report_is_none():
    assert read_report(b"Content-Type: text/plain\n\n" + report_of(OURS)) is None


@pytest.mark.parametrize(
    ("status", "said", "hard"),
    [
        pytest.param("5.1.1", "", True, id="no such mailbox"),
        pytest.param("5.1.2", "", True, id="no such host"),
        pytest.param("5.1.10", "", True, id="a null MX"),
        pytest.param("5.2.1", "", True, id="a mailbox that was closed"),
        pytest.param("5.2.2", "550 over quota", False, id="a full mailbox"),
        pytest.param("5.7.1", "550 5.7.1 blocked", False, id="a filter that does not like us"),
        pytest.param("5.1.8", "", False, id="our own address was at fault"),
        pytest.param("4.4.7", "550 gave up", False, id="given up after days of trying"),
        pytest.param("5.0.0", "smtp; 550 5.1.1 unknown", True, id="Exim, which says more later"),
        pytest.param("5.0.0", "smtp; 550 User unknown", True, id="an old server’s 550"),
        pytest.param("5.0.0", "smtp; 554 no", False, id="an old server’s 554"),
        pytest.param("", "", False, id="nothing said"),
    ],
)
def test_an_address_is_of_no_use_only_if_the_failure_is_about_it(status, said, hard):
    assert is_hard(status, diagnostic=said) is hard


def test_an_mbox_holds_many_messages_and_a_message_is_one():
    one = report_of(OURS)
    other = report_of("<other@example.org>")
    mbox = b"From MAILER-DAEMON Sat Nov 21\n" + one + b"\nFrom MAILER-DAEMON Sun Nov 22\n" + other
    assert [read_report(each).message_ids[0] for each in messages_in(mbox)] == [
        OURS,
        "<other@example.org>",
    ]
    assert list(messages_in(one)) == [one]
    assert list(messages_in(b"")) == [b""]


@given(st.binary(max_size=2000))
def test_whatever_the_bytes_are_reading_them_returns(content):
    assert all(read_report(each) is None or OURS.encode() in each for each in messages_in(content))


@given(
    cut=st.integers(0, 900), put=st.binary(max_size=60), over=st.integers(0, 60), wrap=st.booleans()
)
def test_a_mangled_report_never_names_a_message_that_it_does_not_hold(cut, put, over, wrap):
    content = report_of(OURS)
    content = content[:cut] + put + content[cut + over :]
    if wrap:
        content = b"From x\n" + content
    for message in messages_in(content):
        heard = read_report(message)
        if heard is not None:
            assert all(each.encode() in message for each in heard.message_ids if each.isascii())


@given(status=st.text(max_size=20), said=st.text(max_size=60), recipient=st.text(max_size=40))
def test_whatever_its_fields_say_reading_a_report_returns(status, said, recipient):
    fields = [each.encode("utf-8", "replace").decode() for each in (status, said, recipient)]
    read_report(report_of(OURS, status=fields[0], said=fields[1], recipient=fields[2]))
