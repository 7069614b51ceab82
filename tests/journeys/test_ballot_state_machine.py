"""A ballot's whole life in any order that anybody could think of, held against a small model.

Hypothesis makes up lives: freezing, codes, votes again and again, members who come and go, a close
that moves, time that passes, counts too early and in time. After each step the database, the
interface and the model must say the same. `MUSTER_LIVES=500` tries more of them.
"""

import csv
import io
import json
import os
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlmodel import col

from app.audit.service import COMMAND_LINE, walk_chain
from app.ballots.service import create_ballot, get_ballot
from app.core.database import Database
from app.core.settings import Settings
from app.main import create_app
from app.voting.models import BallotPaper, RollMark
from app.voting.revoke import revoke_codes
from app.voting.seal import box_totals
from tests.conftest import NOW, SECRET
from tests.support.ballot_model import BallotModel
from tests.support.ballots import HQ, add_members, ballot_in, given_token
from tests.support.client import AppClient, MovableClock

SLUG = "pay-2026"
BALLOT = f"/api/v1/ballots/{SLUG}"
OPENS, CLOSES = NOW + timedelta(days=1), NOW + timedelta(days=8)
MEMBERS = {f"LEE{n:04}" for n in range(1, 6)}
# On the union's roll in time, and entered there only after the ballot's roll is frozen.
LATE = {"YOR0001", "YOR0002"}
EVERYBODY = sorted(MEMBERS | LATE)
CHOICES = ["accept", "reject", None]
# So few that members use one another's.
RECEIPTS = [f"receipt-{n}-{'0' * 20}" for n in range(4)]
STEPS = [timedelta(seconds=1), timedelta(hours=1), timedelta(hours=9), timedelta(days=1)]
LIVES = int(os.environ.get("MUSTER_LIVES", "0"))


class BallotLife(RuleBasedStateMachine):
    """One real application on one real database, and what it should be."""

    def __init__(self, server, met):
        super().__init__()
        self.met = met
        self.server = server
        self.url = server.create_migrated()
        self.database = Database(self.url)
        self.settings = Settings(
            database_url=self.url,
            secret_key=SECRET,
            base_url="http://testserver",
            turnout_age=0,
            close_grace=0,
            failures_allowed=10_000,
        )
        self.clock = MovableClock(NOW)
        self.client = AppClient(create_app(self.settings, clock=self.clock)).__enter__()
        add_members(self.database, 5, branch="Leeds")
        self.hq = given_token(self.database, self.settings)
        self.second = given_token(self.database, self.settings, name="second-officer")
        with self.database.writing() as session:
            asked = ballot_in(slug=SLUG, opens_at=OPENS, closes_at=CLOSES, cut_off_at=NOW, floor=1)
            self.id = create_ballot(session, asked, staff=HQ, now=NOW).id
        self.model = BallotModel(OPENS, CLOSES)

    def teardown(self):
        self.client.__exit__(None, None, None)
        self.database.dispose()
        self.server.drop(self.url)

    @property
    def now(self):
        return self.clock.now

    @property
    def state(self):
        return self.model.state(self.now)

    def post(self, path, *, token=None, **more):
        return self.client.post(f"{BALLOT}{path}", token=token or self.hq, **more)

    @initialize(begins=st.sampled_from(["draft", "frozen", "open", "open", "open", "nearly over"]))
    def it_begins(self, begins):
        """Most lives begin in the middle: most of what can go wrong does so while it is open."""
        if begins == "draft":
            return
        self.freeze_the_roll()
        self.hand_out_codes()
        if begins == "open":
            self.clock.now = OPENS
        if begins == "nearly over":
            self.clock.now = CLOSES - timedelta(hours=1)

    # What officers do.

    @precondition(lambda self: not self.model.frozen)
    @rule()
    def freeze_the_roll(self):
        answer = self.post("/freeze")
        if self.now >= self.model.closes_at:
            assert answer.status_code == 409
            return
        assert answer.json()["entitled"] == len(MEMBERS)
        self.model.freeze(MEMBERS)
        add_members(self.database, 2, branch="York")
        self.model.late = set(LATE)

    @rule()
    def hand_out_codes(self):
        answer = self.post("/credentials")
        if self.state not in {"frozen", "open"}:
            assert answer.status_code == 409
            return
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert {row["membership_number"] for row in rows} == self.model.without_code()
        self.model.codes |= {row["membership_number"]: row["code"] for row in rows}

    @precondition(lambda self: self.model.codes)
    @rule(number=st.sampled_from(EVERYBODY))
    def revoke_a_code(self, number):
        with self.database.writing() as session:
            ballot = get_ballot(session, SLUG)
            revoke_codes(session, ballot, numbers=[number], actor=COMMAND_LINE, now=self.now)
        if number not in self.model.voted:
            self.model.end_code(number)

    @precondition(lambda self: self.model.frozen)
    @rule(number=st.sampled_from(EVERYBODY))
    def put_a_member_on_the_roll(self, number):
        body = {"membership_numbers": [number], "reason": "Came late", "different_people": True}
        answer = self.post("/roll-changes/supplements", json=body)
        if self.state not in {"frozen", "open"}:
            assert answer.status_code == 409
        elif number in self.model.on_roll:
            assert answer.status_code == 422
        else:
            assert answer.status_code == 201, answer.text
            self.model.on_roll.add(number)

    # The last one on a roll stays: a ballot of nobody is none.
    @precondition(lambda self: len(self.model.on_roll) > 1)
    @rule(number=st.sampled_from(EVERYBODY))
    def take_a_member_off_the_roll(self, number):
        body = {"membership_number": number, "reason": "Left"}
        asked = self.post("/roll-changes/exclusions", json=body)
        if self.state not in {"frozen", "open"}:
            assert asked.status_code == 409
            return
        if number not in self.model.on_roll:
            assert asked.status_code == 422
            return
        approval = f"/roll-changes/exclusions/{asked.json()['id']}/approval"
        assert self.post(approval).status_code == 403
        answer = self.post(approval, token=self.second)
        if number in self.model.voted:
            assert answer.json()["code"] == "member_has_voted"
        else:
            assert answer.status_code == 200, answer.text
            self.model.exclude(number)

    @rule(by=st.sampled_from(STEPS))
    def move_the_close(self, by):
        later = self.model.closes_at + by
        asked = self.post("/extensions", json={"closes_at": later.isoformat(), "reason": "Post"})
        too_late = self.now > self.model.closes_at - timedelta(minutes=1)
        if self.state not in {"frozen", "open"} or too_late:
            assert asked.status_code == 409
            return
        approval = f"/extensions/{asked.json()['id']}/approval"
        assert self.post(approval).status_code == 403
        assert self.post(approval, token=self.second).status_code == 200
        self.model.closes_at = later

    # What members and strangers do.

    @precondition(lambda self: self.model.codes)
    @rule(data=st.data(), choice=st.sampled_from(CHOICES), receipt=st.sampled_from(RECEIPTS))
    def vote(self, data, choice, receipt):
        number = data.draw(st.sampled_from(sorted(self.model.codes)))
        self.send(self.model.codes[number], choice=choice, receipt=receipt)

    @precondition(lambda self: set(self.model.codes) - set(self.model.voted))
    @rule(data=st.data(), choice=st.sampled_from(CHOICES), receipt=st.sampled_from(RECEIPTS))
    def vote_for_the_first_time(self, data, choice, receipt):
        waiting = sorted(set(self.model.codes) - set(self.model.voted))
        number = data.draw(st.sampled_from(waiting))
        self.send(self.model.codes[number], choice=choice, receipt=receipt)

    @precondition(lambda self: self.model.voted)
    @rule(data=st.data(), choice=st.sampled_from(CHOICES), fresh=st.booleans())
    def vote_again(self, data, choice, fresh):
        number = data.draw(st.sampled_from(sorted(self.model.voted)))
        unused = sorted(set(RECEIPTS) - self.model.receipts) or ["never-seen-before-at-all"]
        receipt = unused[0] if fresh else data.draw(st.sampled_from(sorted(self.model.receipts)))
        self.send(self.model.codes[number], choice=choice, receipt=receipt)

    @rule(choice=st.sampled_from(CHOICES), receipt=st.sampled_from(RECEIPTS), ended=st.booleans())
    def vote_with_a_code_that_opens_nothing(self, choice, receipt, ended):
        codes = self.model.dead_codes[-1:] if ended else []
        self.send((codes or ["never-a-code"])[0], choice=choice, receipt=receipt)

    def send(self, code, *, choice, receipt):
        expected = self.model.answer_to(code, receipt=receipt, now=self.now)
        body = {"answers": {"offer": choice}, "receipt": receipt}
        answer = self.post("/votes", token=code, json=body)
        assert answer.status_code == expected, answer.text
        self.met.add(expected)
        if expected == 201:
            assert answer.json() == {"receipt": receipt}
            self.model.vote(code, choice=choice, receipt=receipt)

    # What time does, and what is looked at.

    @rule(by=st.sampled_from(STEPS))
    def time_passes(self, by):
        self.clock.now += by

    @precondition(lambda self: self.model.frozen)
    @rule(edge=st.sampled_from([-1, 0]))
    def it_is_a_moment_before_the_close_or_the_close(self, edge):
        self.clock.now = max(self.now, self.model.closes_at + timedelta(microseconds=edge))

    @rule()
    def look_at_the_result(self):
        answer = self.client.get(f"{BALLOT}/result", token=self.hq)
        if self.state in {"closed", "declared"}:
            assert answer.status_code == 200, answer.text
            self.is_the_tally(answer.json())
        else:
            assert answer.json()["code"] == "ballot_not_closed"
            assert "accept" not in answer.text

    @rule()
    def declare_the_result(self):
        answer = self.post("/declare")
        if self.state == "closed":
            assert answer.status_code == 200, answer.text
            self.is_the_tally(answer.json())
            self.model.declared = True
        else:
            assert answer.status_code == 409

    def is_the_tally(self, result):
        [question] = result["questions"]
        counted = {each["key"]: each["votes"] for each in question["answers"]}
        tally = self.model.tally()
        assert counted == {"accept": tally["accept"], "reject": tally["reject"]}
        self.met |= {"tally"} if len(self.model.voted) > 1 else set()
        assert question["spoiled"] == tally[None]
        assert result["votes_cast"] == len(self.model.voted)
        assert result["entitled"] == len(self.model.on_roll)

    # What must be so after every step.

    @invariant()
    def papers_and_marks_and_counters_are_the_votes(self):
        with self.database.reading() as session:
            totals = box_totals(session, self.id)
            marks = session.scalars(select(col(RollMark.entry_id))).all()
        assert totals == (len(self.model.voted),) * 3
        assert len(set(marks)) == len(marks)

    @invariant()
    def the_ballot_is_in_its_state(self):
        ballot = self.client.get(BALLOT, token=self.hq).json()
        assert ballot["state"] == self.state

    @invariant()
    def turnout_is_what_it_is(self):
        answer = self.client.get(f"{BALLOT}/turnout", token=self.hq)
        if not self.model.frozen:
            assert answer.status_code == 409
            return
        turnout = answer.json()
        assert turnout["entitled"] == len(self.model.on_roll)
        assert turnout["votes_cast"] == len(self.model.voted)
        assert "accept" not in answer.text

    @invariant()
    def no_answer_can_be_read_before_the_close(self):
        with self.database.reading() as session:
            papers = session.execute(
                select(col(BallotPaper.answers), col(BallotPaper.sealed))
            ).all()
        if self.state in {"frozen", "open"}:
            for answers, sealed in papers:
                assert answers is None
                assert b"accept" not in sealed
                assert b"reject" not in sealed
        elif papers and papers[0][0] is not None:
            counted = sorted(json.loads(answers)["offer"] or "" for answers, _ in papers)
            assert counted == sorted(choice or "" for choice in self.model.voted.values())

    @invariant()
    def the_audit_log_is_whole(self):
        with self.database.reading() as session:
            assert walk_chain(session).broken is None


@pytest.mark.parametrize(("name", "lives"), [("sqlite", LIVES or 16), ("postgres", LIVES or 8)])
def test_no_life_of_a_ballot_ends_otherwise_than_its_model(name, lives, request):
    server = request.getfixturevalue(name)
    met = set()
    run_state_machine_as_test(
        lambda: BallotLife(server, met),
        settings=hypothesis_settings(
            max_examples=lives,
            stateful_step_count=30,
            derandomize=not LIVES,
            # A failing life is shown as it was found; with MUSTER_LIVES its shortest form is.
            phases=[Phase.generate, *([Phase.shrink] if LIVES else [])],
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    # Lives in which nobody ever votes would prove nothing.
    assert met == {201, 401, 403, 404, 409, 410, "tally"}
