"""Wrong codes, counted so that guessing is seen. A right code is never refused for them.

Guessing 140 random bits is hopeless; the limits make it visible, and keep it from the database's
time (docs/decisions/0058).
"""

from datetime import datetime

from fastapi import FastAPI
from sqlmodel import Session

from app.audit import service as audit
from app.audit.key_events import GuessingSeen
from app.audit.service import SERVICE
from app.core.database import Database
from app.core.errors import TooMany
from app.core.language import gettext
from app.core.metrics import WRONG_CODES
from app.core.settings import Settings
from app.security import throttles

FROM_ADDRESS = "code"
IN_TOTAL = "code in total"
# How many times as many wrong codes all places together may send as one: with 20 from one, 2,000 in
# ten minutes. Many more than members mistype on the busiest day of the largest union.
TIMES_IN_TOTAL = 100


def count_wrong_code(app: FastAPI, origin: str, now: datetime) -> None:
    """Note a wrong code. It is called for wrong codes only: a right one is never asked about.

    Raises:
        TooMany: there were too many from this place already, or from all together. Such a
            one is only read about, so that a flood of them takes little of the database's time and
            fills no table.
    """
    settings: Settings = app.state.settings
    database: Database = app.state.database
    place = throttles.place_of(throttles.network_of(origin), settings=settings)
    everywhere = throttles.place_of(IN_TOTAL, settings=settings)
    try:
        with database.reading() as session:
            for scope, where, times in (
                (FROM_ADDRESS, place, 1),
                (IN_TOTAL, everywhere, TIMES_IN_TOTAL),
            ):
                throttles.refuse_if_throttled(
                    session, scope, place=where, settings=settings, now=now, times=times
                )
    except TooMany as too_many:
        WRONG_CODES.labels("refused").inc()
        # Whoever mistypes while somebody guesses must not think that their code is locked.
        detail = gettext(
            "Too many wrong voting codes were tried, and this one does not work either. A right "
            "code works at any time: check yours against your letter or e-mail."
        )
        raise TooMany(detail, retry_after=too_many.retry_after) from too_many
    WRONG_CODES.labels("counted").inc()
    with database.writing() as session:
        throttles.count_failure(session, FROM_ADDRESS, place=place, settings=settings, now=now)
        tried = throttles.count_failure(
            session, IN_TOTAL, place=everywhere, settings=settings, now=now
        )
        # Exactly once in a window, whatever the number of processes: the count is the database's.
        if tried == most_in_total(settings):
            event = GuessingSeen("service", wrong_codes=tried)
            audit.record(session, event, actor=SERVICE, now=now)


def guessing_lately(session: Session, *, settings: Settings, now: datetime) -> int:
    """Return how many wrong codes came in this window or the one before, if too many; else 0."""
    everywhere = throttles.place_of(IN_TOTAL, settings=settings)
    tried = max(
        throttles.failures_of(session, IN_TOTAL, place=everywhere, settings=settings, now=moment)
        for moment in (now, now - settings.failures_window)
    )
    return tried if tried >= most_in_total(settings) else 0


def most_in_total(settings: Settings) -> int:
    """Return how many wrong codes all places together may send in one window."""
    return TIMES_IN_TOTAL * settings.failures_allowed
