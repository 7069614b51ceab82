"""Headquarters sets a ballot up, sees how it stands, and freezes its roll."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from sqlmodel import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.ballots.commencements import commenced
from app.ballots.entitlement_counts import entitlement_of
from app.ballots.freeze import freeze_roll
from app.ballots.lifecycle import State, is_over, state_of
from app.ballots.models import Ballot
from app.ballots.overview import codes_to_issue
from app.ballots.service import (
    NoSlug,
    SlugTaken,
    UnknownScrutineer,
    create_ballot,
    describe,
    get_ballot,
    key_of,
)
from app.core.clock import NowDep
from app.core.database import Database, DatabaseDep, ReadSession, WriteSession
from app.core.settings import SettingsDep
from app.cutoffs.service import countdown
from app.roll.overview import NamesOnRoll, names_on_roll
from app.rules.nations import NATIONS
from app.security.access import HqStaff, SteppedUpHqStaff
from app.security.repository import scrutineers
from app.security.service import Staff
from app.web.ballot_form import BLOCKS, BallotForm, read_ballot_form
from app.web.ballot_words import (
    CONSTITUENCY_LISTS,
    GROUPINGS,
    KINDS,
    constituency_rows,
    cut_off_countdown,
    state_words,
    time_left,
)
from app.web.contact_page import contact_facts
from app.web.entitlement_words import frozen_sum, sum_rows, turnout_asked, weighed
from app.web.sent_form import SentForm
from app.web.staff_frame import staff_page
from app.web.waiting_words import decisions

router = APIRouter(prefix="/hq/ballots", include_in_schema=False)
SEE_OTHER = 303
NEW = "/hq/ballots/new"
# A list with more names than these is typed; ticking one of a thousand boxes helps nobody.
MOST_BOXES = 60
TITLE_TAKEN = "There is already a ballot with this title. Choose another one."
NO_LETTERS = "Use at least one letter or number in the title: the ballot’s address is made from it."


@router.get("/new")
def show_form(database: DatabaseDep, staff: HqStaff, settings: SettingsDep) -> HTMLResponse:
    """Show the empty form. A demonstration has nobody to be the second officer."""
    form = BallotForm()
    form.picked["declared_by_two"] = [] if settings.demo else ["yes"]
    return _form_page(database, form, staff=staff)


@router.post("/new")
def take_form(database: DatabaseDep, staff: HqStaff, sent: SentForm, now: NowDep) -> Response:
    """Set up the ballot as a draft, or show what is wrong beside what was typed."""
    with database.reading() as session:
        names, known = names_on_roll(session), scrutineers(session)
    form = read_ballot_form(sent, names=names, scrutineers=known, now=now)
    slug = _create(database, form, staff=staff, now=now)
    if slug is None:
        return _form_page(database, form, staff=staff)
    return RedirectResponse(f"/hq/ballots/{slug}", status_code=SEE_OTHER)


def _create(database: Database, form: BallotForm, *, staff: Staff, now: datetime) -> str | None:
    if form.ballot_in is None:
        return None
    # The form itself lives at that address.
    if form.ballot_in.slug_or_title() == "new":
        form.refuse("title", TITLE_TAKEN)
        return None
    try:
        with database.writing() as session:
            return create_ballot(session, form.ballot_in, staff=staff, now=now).slug
    except SlugTaken:
        form.refuse("title", TITLE_TAKEN)
    except NoSlug:
        form.refuse("title", NO_LETTERS)
    except UnknownScrutineer as unknown:
        form.refuse("scrutineer", unknown.detail)
    return None


def _form_page(database: Database, form: BallotForm, *, staff: Staff) -> HTMLResponse:
    with database.reading() as session:
        names, known = names_on_roll(session), scrutineers(session)
    return staff_page(
        "hq/new_ballot.html",
        staff=staff,
        here=NEW,
        status_code=422 if form.errors else 200,
        form=form,
        errors=form.errors,
        blocks=BLOCKS,
        lists=_lists(form, names=names),
        scrutineers=[("", "Nobody: headquarters keeps the codes and declares")]
        + [(name, name) for name in known],
        kinds=list(KINDS.items()),
        nations=[("", "In more than one nation of Great Britain"), *NATIONS.items()],
        groupings=[("", "As one whole")]
        + [(key, f"{heading} by {heading.lower()}") for key, (heading, _) in GROUPINGS.items()],
    )


def _lists(form: BallotForm, *, names: NamesOnRoll) -> list[dict[str, object]]:
    """Return the lists of the constituency as fields: boxes to tick, or names to type."""
    return [
        {
            "name": name,
            "heading": heading,
            "options": [(each, each) for each in known] if len(known) <= MOST_BOXES else None,
            "picked": form.picked[name],
            "error": form.error_of.get(name),
        }
        for name, heading in CONSTITUENCY_LISTS
        if (known := getattr(names, name))
    ]


@router.get("/{slug}")
def show_ballot(
    session: ReadSession, staff: HqStaff, slug: str, settings: SettingsDep, now: NowDep
) -> HTMLResponse:
    """Show how a ballot stands and the one thing to do next."""
    ballot = get_ballot(session, slug)
    state = state_of(ballot, now=now)
    ballot_out = describe(session, ballot, now=now)
    return staff_page(
        "hq/ballot.html",
        staff=staff,
        ballot=ballot_out,
        state=state,
        state_words=state_words(ballot, now=now),
        decisions=decisions(session, [ballot], staff=staff, now=now)[ballot.slug],
        kind=KINDS[ballot.kind],
        constituency=constituency_rows(ballot_out.constituency),
        nation=NATIONS.get(ballot.nation or "", "More than one nation of Great Britain"),
        grouping=GROUPINGS[ballot.disaggregate_by][0].lower() if ballot.disaggregate_by else None,
        opens_in=time_left(ballot.opens_at, now=now),
        closes_in=time_left(ballot.closes_at, now=now),
        is_over=is_over(ballot, now=now),
        cut_off_to_come=not countdown(ballot, now=now).passed,
        cut_off_words=cut_off_countdown(countdown(ballot, now=now), now=now),
        **contact_facts(session, ballot, settings=settings),
        **_roll_of(session, ballot, now=now),
    )


def _roll_of(session: Session, ballot: Ballot, *, now: datetime) -> dict[str, Any]:
    """Return who is entitled: as a freeze would have it, or as the frozen roll has it."""
    found = entitlement_of(session, ballot, now=now)
    draft = found.state is State.DRAFT
    asked = turnout_asked(ballot, commenced=commenced(session))
    return {
        "entitled": found.entitled,
        "left_out_total": sum(each.count for each in found.left_out),
        "roll_sum": sum_rows(found),
        "weighed": weighed(found, asked=asked) if draft else [],
        "frozen_sum": frozen_sum(found),
        "codes_missing": 0 if draft else codes_to_issue(session, key_of(ballot)),
    }


@router.post("/{slug}/freeze")
def freeze(session: WriteSession, staff: SteppedUpHqStaff, slug: str, now: NowDep) -> Response:
    """Fix who is entitled. It can be done once and not undone."""
    freeze_roll(session, get_ballot(session, slug), staff=staff, now=now)
    return RedirectResponse(f"/hq/ballots/{slug}", status_code=SEE_OTHER)
