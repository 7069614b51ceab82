"""Who may do what: the table in docs/doors.md, a union to try it on, and one request a cell."""

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import SQLModel

from app.audit.service import COMMAND_LINE
from app.ballots.cancelling import propose_cancellation
from app.ballots.exclusions import propose_exclusion
from app.ballots.extensions import propose_extension
from app.ballots.models import Ballot
from app.ballots.service import get_ballot
from app.results.opening import open_box_for_count
from app.results.service import declare_result
from app.security.access import SESSION_COOKIE, StaffAccess
from app.security.models import Role
from app.security.service import Staff, disable_account
from tests.support.ballots import NOON, add_members, given_ballot, given_token
from tests.support.extensions import LATER
from tests.support.routes import Door
from tests.support.staff import signed_in

TABLE = Path(__file__).parents[2] / "docs" / "doors.md"
ROW = re.compile(r"\| `(\S+) (\S+)` \|" + r" ([a-z’ ]*) \|" * 5)
WORDS = {"yes", "no", "own", "unless named", "not another’s", "once declared", "code", "signed in"}
# A vote in the making, a reason, and nothing more: whoever may not is told so before what they say.
BODIES = {
    "/api/v1/ballots/{slug}/votes": {"answers": {"offer": "reject"}},
    "/api/v1/ballots/{slug}/cancellations": {"reason": "The wrong question"},
}
# A count is asked of ballots that have closed, and a statement of those that were declared.
LATER_ON = {"/count": "closed", "/declare": "closed", "/result": "closed", "/evidence": "declared"}
LATER_ON |= {"/statement": "declared"}
FORMS = {"/staff/ballots/{slug}/evidence": {"part": "officers"}}
# Their own answer to a wrong password or proof is a 401 too.
PROVING = {"/sign-in", "/sign-in/factor", "/staff/confirm"}
PROPOSER = Staff("carol", role=Role.HQ, branch=None)
SUPERVISED, PLAIN, MISSING = "supervised", "plain", "no-such-ballot"
# What counts failures and looks, and what the service itself does beside.
OF_ITS_OWN = {"failure_count", "staff_session", "audit_checkpoint"}


@dataclass(frozen=True)
class Row:
    """What each may do at one door, in the words of the table."""

    method: str
    path: str
    anybody: str
    hq: str
    branch: str
    scrutineer: str
    again: str

    def word_for(self, who: str) -> str:
        """Return the word for one who asks; a closed account is nobody any more."""
        return {
            "hq": self.hq,
            "branch": self.branch,
            "vera": self.scrutineer,
            "otto": self.scrutineer,
        }.get(who, self.anybody)


def rows() -> list[Row]:
    found = [
        Row(*match.groups())
        for match in map(ROW.fullmatch, TABLE.read_text().splitlines())
        if match
    ]
    for row in found:
        assert {row.anybody, row.hq, row.branch, row.scrutineer} <= WORDS, row
    return found


@dataclass(frozen=True)
class Cell:
    """One request: who asks, by what, at which door, about which thing."""

    who: str
    by: str
    door: Door
    about: str
    word: str

    @property
    def may(self) -> bool:
        """Whether the table lets them through."""
        if self.by == "cookie" and self.door.is_api and self.door.changes:
            # In a browser only what anybody may.
            return self.word == "yes" and not isinstance(self.door.access, StaffAccess)
        return {
            "yes": True,
            "signed in": self.by == "cookie",
            "own": self.is_own,
            "not another’s": self.is_own or self.about == PLAIN,
            "unless named": self.about in {PLAIN, MISSING},
            "code": self.by == "code",
        }.get(self.word, False)

    @property
    def is_own(self) -> bool:
        if self.who == "branch":
            return self.about != "other"
        return self.about in {"own", MISSING} or (self.who, self.about) == ("vera", SUPERVISED)


def things_at(door: Door, *, who: str, by: str) -> list[str]:
    """Return what to ask about: one's own, another's, and what is not there."""
    if door.path.endswith("/not-voted"):
        # The officer's own branch, whatever the address says.
        return ["own", MISSING]
    if door.path.startswith("/branch/") or "{membership_number" in door.path:
        return ["own", "other", MISSING]
    if "{slug}" not in door.path:
        return ["own"]
    if door.path.endswith("/stream"):
        # It would never end.
        return [MISSING]
    if who == "hq" and by == "token":
        return [SUPERVISED, PLAIN, MISSING]
    return [SUPERVISED, PLAIN] if who in {"hq", "vera", "otto"} else [SUPERVISED]


WHO = (
    ("nobody", ""),
    ("voter", "code"),
    ("hq", "token"),
    ("hq", "cookie"),
    ("branch", "token"),
    ("branch", "cookie"),
    ("vera", "token"),
    ("vera", "cookie"),
    ("otto", "token"),
    ("closed", "token"),
    ("closed", "cookie"),
)


class Union:
    """Two branches, two ballots, one of them with a scrutineer, and somebody in every role."""

    def __init__(self, database, settings):
        self.database, self.settings = database, settings
        for branch in ("Leeds", "York"):
            add_members(database, 6, branch=branch)
        people = {
            "hq": Role.HQ,
            "carol": Role.HQ,
            "closed": Role.HQ,
            "branch": Role.BRANCH,
            "vera": Role.SCRUTINEER,
            "otto": Role.SCRUTINEER,
        }
        self.tokens = {
            name: given_token(
                database,
                settings,
                name=name,
                role=role,
                branch="Leeds" if role is Role.BRANCH else None,
            )
            for name, role in people.items()
        }
        self.cookies = {name: self.sign_in(name) for name in people}
        with database.writing() as session:
            disable_account(session, "closed", actor=COMMAND_LINE, now=NOON)
        self.codes, self.proposals = {}, {}
        for stage in ("", "closed", "declared"):
            for slug in (SUPERVISED, PLAIN):
                self._hold(f"{slug}-{stage}" if stage else slug, stage=stage)

    def _hold(self, slug, *, stage):
        ballot = given_ballot(
            self.database, self.settings, slug=slug, title=slug, reps_see_unvoted=True
        )
        self.codes[slug] = ballot.codes["LEE0001"]
        self.proposals[slug] = self._propose(slug)
        named = "vera" if slug.startswith(SUPERVISED) else None
        with self.database.writing() as session:
            row = session.get_one(Ballot, ballot.id)
            row.scrutineer = named
            if stage:
                row.closes_at = NOON - timedelta(minutes=1)
        if stage == "declared":
            open_box_for_count(self.database, row, settings=self.settings, now=NOON)
            by = Staff(named or "hq", role=Role.SCRUTINEER if named else Role.HQ, branch=None)
            with self.database.writing() as session:
                declare_result(session, slug, staff=by, now=NOON)

    def make_evidence(self, app):
        """The service makes the evidence of a declared ballot by itself, sooner or later."""
        for slug in (SUPERVISED, PLAIN):
            with self.database.reading() as session:
                ballot = get_ballot(session, f"{slug}-declared")
            app.state.pack_keeper.pack_of(ballot)

    def _propose(self, slug):
        facts = {"staff": PROPOSER, "now": NOON}
        with self.database.writing() as session:
            ballot = get_ballot(session, slug)
            cancel = propose_cancellation(session, ballot, reason="Wrong", **facts)
            later = propose_extension(session, ballot, new_close=LATER, reason="Post", **facts)
            off = propose_exclusion(session, ballot, number="YOR0006", reason="Left", **facts)
            return {"cancel": cancel.id, "later": later.id, "off": off.id}

    def sign_in(self, name):
        return signed_in(self.database, self.settings, name)[0]

    def headers(self, cell, *, fresh=False):
        if cell.by == "code":
            return {"Authorization": f"Bearer {self.codes[SUPERVISED]}"}
        if cell.by == "token":
            return {"Authorization": f"Bearer {self.tokens[cell.who]}"}
        if cell.by == "cookie":
            fresh = fresh and cell.who != "closed"
            secret = self.sign_in(cell.who) if fresh else self.cookies[cell.who]
            return {"Cookie": f"{SESSION_COOKIE}={secret}"}
        return {}

    def address(self, cell):
        path = cell.door.path
        slug = cell.about if cell.about in {SUPERVISED, PLAIN, MISSING} else PLAIN
        stage = next((stage for part, stage in LATER_ON.items() if part in path), None)
        if stage and slug != MISSING:
            slug = f"{slug}-{stage}"
        known = self.proposals.get(slug, {})
        number = next(
            (
                known.get(kind, 999_999)
                for part, kind in (
                    ("/cancel", "cancel"),
                    ("/exclusions", "off"),
                    ("/extensions", "later"),
                    ("/close/", "later"),
                )
                if part in path
            ),
            999_999,
        )
        member = "YOR0001" if cell.about == "other" else "LEE0001"
        path = path.replace("{slug}", slug).replace("{number}", str(number))
        path = path.replace("{membership_number:path}", member if cell.about != MISSING else "NO1")
        path = path.replace("{which}", "at-work")
        if path.startswith("/branch/"):
            path += f"?branch={'York' if cell.about == 'other' else 'Leeds'}"
        return re.sub(r"\{[^}]+\}", "1", path)

    def everything(self):
        """Every row that a refusal must leave as it is."""
        found = {}
        with self.database.reading() as session:
            for table in SQLModel.metadata.sorted_tables:
                if table.name not in OF_ITS_OWN:
                    found[table.name] = set(map(repr, session.execute(sa.select(table))))
        return found
