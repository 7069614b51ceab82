"""Every door of the house in one place: the REST interface, the pages, and the service's health."""

from functools import cache

from fastapi import APIRouter

from app.ballots.cancel_router import router as cancelling
from app.ballots.commencement_router import router as commencements
from app.ballots.entitlement_router import router as entitlement
from app.ballots.router import router as ballots
from app.cutoffs.router import router as cutoffs
from app.cutoffs.what_if_router import router as what_if
from app.evidence.board_router import router as boards
from app.notices.bounce_router import router as bounces
from app.notices.delivery_router import router as delivery
from app.notices.extension_router import router as extensions
from app.notices.webhook_router import router as webhooks
from app.results.calculator_router import router as calculator
from app.results.past_router import router as past_results
from app.results.router import router as results
from app.results.statement_router import router as statements
from app.roll.router import router as roll
from app.security.key_router import router as signing_keys
from app.security.key_router import text_router as signing_keys_as_text
from app.turnout.course_router import router as turnout_course
from app.turnout.roll_change_router import router as roll_changes
from app.turnout.router import router as turnout
from app.web.account_page import router as account_page
from app.web.api_docs import router as api_docs
from app.web.assessment_page import router as assessment_page
from app.web.audit_pages import router as audit_pages
from app.web.board_pages import router as board_pages
from app.web.branch_members import router as branch_members
from app.web.branch_notice import router as branch_notice
from app.web.branch_pages import router as branch_pages
from app.web.calculator_page import router as calculator_page
from app.web.cancel_pages import router as cancel_pages
from app.web.checkpoint_pages import api as checkpoints
from app.web.checkpoint_pages import router as checkpoint_pages
from app.web.code_pages import router as code_pages
from app.web.colleague_pages import router as colleague_pages
from app.web.commencement_pages import router as commencement_pages
from app.web.contact_page import router as contact_page
from app.web.delivery_pages import router as delivery_pages
from app.web.entitlement_page import router as entitlement_page
from app.web.evidence_pages import router as evidence_pages
from app.web.export_pages import router as export_pages
from app.web.extension_pages import router as extension_pages
from app.web.factor_pages import router as factor_pages
from app.web.health import router as health
from app.web.hq_pages import router as hq_pages
from app.web.identity_pages import router as identity_pages
from app.web.invitation_page import router as invitation_page
from app.web.law_page import router as law_page
from app.web.letter_pages import router as letter_pages
from app.web.mail_pages import router as mail_pages
from app.web.member_pages import router as member_pages
from app.web.new_link_page import router as new_link_page
from app.web.past_results_page import router as past_results_page
from app.web.proof_pages import router as proof_pages
from app.web.public_pages import router as public_pages
from app.web.receipt_page import router as receipt_page
from app.web.reminder_pages import router as reminder_pages
from app.web.reminder_router import router as reminders
from app.web.request_pages import router as request_pages
from app.web.result_pages import router as result_pages
from app.web.roll_change_pages import router as roll_change_pages
from app.web.roll_columns import router as roll_columns
from app.web.roll_pages import router as roll_pages
from app.web.security_contact import router as security_contact
from app.web.staff_pages import router as staff_pages
from app.web.statement_pages import router as statement_pages
from app.web.text_pages import router as text_pages
from app.web.timetable_pages import router as timetable_pages
from app.web.turnout_link_pages import router as turnout_link_pages
from app.web.turnout_pages import router as turnout_pages
from app.web.webhook_pages import router as webhook_pages
from app.web.what_if_page import router as what_if_page
from app.web.words_pages import router as words_pages

API = (
    roll,
    ballots,
    cancelling,
    entitlement,
    turnout,
    turnout_course,
    roll_changes,
    cutoffs,
    what_if,
    results,
    calculator,
    commencements,
    past_results,
    statements,
    boards,
    extensions,
    reminders,
    delivery,
    webhooks,
    bounces,
    checkpoints,
    signing_keys,
)
PAGES = (
    health,
    signing_keys_as_text,
    security_contact,
    member_pages,
    public_pages,
    request_pages,
    board_pages,
    receipt_page,
    timetable_pages,
    calculator_page,
    past_results_page,
    law_page,
    api_docs,
    staff_pages,
    identity_pages,
    proof_pages,
    factor_pages,
    account_page,
    colleague_pages,
    invitation_page,
    roll_columns,
    roll_pages,
    hq_pages,
    mail_pages,
    words_pages,
    delivery_pages,
    letter_pages,
    text_pages,
    new_link_page,
    commencement_pages,
    entitlement_page,
    roll_change_pages,
    extension_pages,
    reminder_pages,
    turnout_pages,
    export_pages,
    turnout_link_pages,
    code_pages,
    result_pages,
    cancel_pages,
    statement_pages,
    evidence_pages,
    branch_pages,
    branch_members,
    branch_notice,
    contact_page,
    assessment_page,
    what_if_page,
    webhook_pages,
    audit_pages,
    checkpoint_pages,
)


def all_routes() -> APIRouter:
    """Return one router that holds every route, which whoever asks may add to."""
    everything = APIRouter()
    everything.routes += _every_door().routes
    return everything


@cache
def _every_door() -> APIRouter:
    # Made once, for however many applications: it takes 150 ms.
    everything = APIRouter()
    for router in API:
        everything.include_router(router, prefix="/api/v1")
    for router in PAGES:
        everything.include_router(router)
    return everything
