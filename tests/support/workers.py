"""Workers as processes of their own, that a test may kill."""

import os
import subprocess
import time

import sqlalchemy as sa
from sqlmodel import col

from app.core.clock import system_clock
from app.notices.desk import desk_of
from app.notices.models import OutboxMessage
from tests.support.pythons import ROOT, start_python


def a_worker(settings, *options):
    return start_python(
        *("app", "worker", *options),
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "MUSTER_DATABASE_URL": settings.database_url,
            "MUSTER_SECRET_KEY": settings.secret_key.get_secret_value(),
            "MUSTER_BASE_URL": settings.base_url,
            "MUSTER_SMTP_URL": settings.smtp_url or "",
            "MUSTER_SMS_URL": settings.sms_url or "",
            "MUSTER_MAIL_CONNECTIONS": str(settings.mail_connections),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(condition, *, seconds=30):
    give_up_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up_at, "it did not come to that"
        time.sleep(0.01)


def let_claims_run_out(database):
    """As if the minutes had passed after which others may take over."""
    with database.writing() as session:
        session.execute(
            sa.update(OutboxMessage)
            .where(col(OutboxMessage.claimed_until).is_not(None))
            .values(claimed_until=system_clock())
        )


def numbers(database, settings):
    with database.reading() as session:
        return dict(desk_of(session, settings=settings, now=system_clock()).numbers)
