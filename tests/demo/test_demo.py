"""The demonstration shows what it promises: sizes, ballots, a branch just short, one too small."""

from app.ballots.service import get_ballot, visible_ballots
from app.core.clock import system_clock
from app.demo import run, scenes
from app.main import create_app
from app.results.service import result_of
from app.security.models import Role
from app.security.service import Staff
from app.turnout.service import turnout_of
from tests.support.client import AppClient
from tests.support.desks import Desk

HQ = Staff("h.mensah", role=Role.HQ, branch=None)


def test_it_has_about_5200_members_in_18_branches_and_a_third_of_votes_in(session):
    turnout = turnout_of(session, get_ballot(session, scenes.OPEN), staff=HQ, now=system_clock())
    assert len(turnout.groups) == 18
    assert 5000 < turnout.entitled < 5400
    assert 0.30 < turnout.votes_cast / turnout.entitled < 0.36


def test_one_branch_stands_just_short_of_half_and_one_is_too_small_to_show(session):
    turnout = turnout_of(session, get_ballot(session, scenes.OPEN), staff=HQ, now=system_clock())
    groups = {group.name: group for group in turnout.groups}
    just_short = groups[run.BRANCH]
    assert 0.48 < just_short.votes_cast / just_short.entitled < 0.5
    assert groups["Scilly"].withheld
    assert groups["Scilly"].entitled < 5


def test_there_is_a_ballot_in_every_state(session):
    now = system_clock()
    slugs = [ballot.slug for ballot in visible_ballots(session, staff=HQ, now=now)]
    assert set(slugs) == {scenes.OPEN, scenes.TO_COME, scenes.PLANNED, scenes.DECLARED}
    result = result_of(session, scenes.DECLARED, staff=None, now=now)
    assert result.turnout_percent.startswith("44.9")
    assert not result.questions[0].carried


def test_the_first_page_says_what_to_click_and_every_step_leads_somewhere(demo):
    _, keys, settings = demo
    app = create_app(settings)
    app.state.demo_guide = run._guide(keys, settings=settings)
    with AppClient(app) as client:
        page = client.get("/").text
        for step in app.state.demo_guide:
            assert step.text in page
            answer = client.get(step.href.removeprefix(settings.base_url))
            assert answer.status_code == 200


def test_it_says_where_a_member_votes_and_how_headquarters_and_a_branch_sign_in(demo):
    _, keys, settings = demo
    guide = {step.text: step for step in run._guide(keys, settings=settings)}
    assert guide["Vote as a member"].href.startswith(f"{settings.base_url}/vote/")
    signing_in = (guide["Headquarters"], guide[f"The {run.BRANCH} branch"])
    with AppClient(create_app(settings)) as client:
        for step, name in zip(signing_in, ("h.mensah", "b.charlton"), strict=True):
            assert name in step.detail
            assert step.detail.endswith(keys.password)
            assert Desk(client, name, password=keys.password).page("/staff")


def test_it_is_kept_until_its_open_ballot_closes(demo):
    data, keys, _ = demo
    assert run._kept(data) == keys
    assert run._kept(data / "elsewhere") is None
