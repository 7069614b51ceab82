"""A mail as it goes over the line: RFC 5322 and 2045, whatever the words are."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.policy import default

import pytest

from app.notices.message import as_bytes
from app.notices.words import Mail

SENDER = Address("Undeb Ŵy", addr_spec="ballots@example.org")
NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
LONGEST_LINE = 998  # octets, RFC 5322 section 2.1.1
BODY = f"Annwyl Siân,\n\nFrom here on\n.\nvote: {'ŵ' * 700}\n{'x' * 2000}"


def sent(**other):
    mail = Mail("cy", **({"subject": "Pleidlais", "body": BODY, "footer": "Help\n."} | other))
    return as_bytes(
        mail, sender=SENDER, recipient="sian@example.org", message_id="<1@example.org>", now=NOW
    )


def test_every_line_ends_and_fits_as_mail_must():
    content = sent()
    lines = content.split(b"\r\n")
    assert all(b"\n" not in line and b"\r" not in line for line in lines)
    assert max(map(len, lines)) <= LONGEST_LINE
    assert content.isascii()


def test_the_words_arrive_as_they_were_written():
    """Also those that mail programs once took for something else: `From `, a single dot."""
    mail = message_from_bytes(sent(subject="Pleidlais dros £5 — ŵ"), policy=default)
    plain = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert plain == f"{BODY}\n\n-- \nHelp\n.\n"
    html = mail.get_body(("html",)).get_content()
    assert "Annwyl Siân," in html
    assert "<p>From here on<br>" in html
    assert str(mail["Subject"]) == "Pleidlais dros £5 — ŵ"
    assert str(mail["From"]) == "Undeb Ŵy <ballots@example.org>"
    assert mail["Content-Language"] == "cy"
    assert not any(part.defects for part in mail.walk())


def test_there_is_one_head_and_it_says_each_thing_once():
    mail = message_from_bytes(sent(), policy=default)
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert len(mail.keys()) == len({name.lower() for name in mail.keys()})  # noqa: SIM118 - a message is no dict


@pytest.mark.parametrize("breaks", ["\n", "\r\n", "\r"])
def test_no_word_of_anybodys_adds_a_line_to_the_head(breaks):
    with pytest.raises(ValueError, match="linefeed or carriage return"):
        sent(subject=f"Vote{breaks}Bcc: everybody@example.org")
