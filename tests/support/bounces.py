"""Reports of returned mail, as mail servers write them."""

from sqlmodel import col, select

from app.notices.models import OutboxMessage

# Reference: the shape of Postfix's own reports (postfix bounce(8)); the names are invented.
REPORT = """\
From: MAILER-DAEMON@mail.example.net (Mail Delivery System)
To: ballots@example.org
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B0UNCE"

--B0UNCE
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--B0UNCE
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.net
Arrival-Date: Sat, 21 Nov 2026 12:00:00 +0000 (GMT)

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}

--B0UNCE
Content-Type: {returned_as}

From: Union <ballots@example.org>
To: {recipient}
Message-ID: {message_id}
Subject: Vote

--B0UNCE--
"""


def report_of(
    message_id,
    *,
    recipient="lee1@example.org",
    action="failed",
    status="5.1.1",
    said="550 5.1.1 No such user",
    returned_as="text/rfc822-headers",
):
    """A report as bytes."""
    return REPORT.format(
        message_id=message_id,
        recipient=recipient,
        action=action,
        status=status,
        said=said,
        returned_as=returned_as,
    ).encode()


def message_id_to(database, address, *, purpose="invitation"):
    """The Message-ID of the last message to an address."""
    with database.reading() as session:
        found = session.exec(
            select(OutboxMessage)
            .where(OutboxMessage.address == address, OutboxMessage.purpose == purpose)
            .order_by(col(OutboxMessage.id).desc())
        ).first()
        return found.message_id
