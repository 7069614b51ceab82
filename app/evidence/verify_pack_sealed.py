"""Check the sealed parts of a pack for whoever has a key: the roll, the papers, the whole log."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from app.audit.chain import check_checkpoints, verify_events
from app.audit.notes import WrongCheckpoint, read_states
from app.ballots.roll_lines import digest_of
from app.ballots.schemas import BallotOut
from app.core.signing import Verifier
from app.evidence.board_format import PAPERS
from app.evidence.findings import Finding, broken, holds, note
from app.evidence.pack_sealing import NotOpened, Part, about, key_from_words, opened
from app.evidence.pack_tally import counts_in
from app.evidence.verify_pack_trail import board_in, digest_of_tally, published_in
from app.results.count import count_papers
from app.results.leaves import Form, Paper, Shows, leaf_of
from app.results.repository import tally_digest

Facts = Mapping[str, Any]
WHOSE = {
    Part.OFFICERS: "the part for officers (small units, the whole log)",
    Part.ROLL: "the scrutineer’s part (the roll by name)",
}


def check_sealed(
    files: Mapping[str, bytes], facts: Facts, *, verifiers: Sequence[Verifier], keys: Sequence[str]
) -> Iterator[Finding]:
    """Open what there is a key to, and check it; say of the rest that it stayed sealed."""
    try:
        given = dict(key_from_words(each) for each in keys)
    except NotOpened as wrong:
        yield broken("sealed parts", str(wrong))
        return
    slug = facts["ballot"]["ballot"]["slug"]
    checks = {Part.OFFICERS: _officers, Part.ROLL: _roll}
    for part in Part:
        if part not in given:
            yield note("sealed parts", f"There is no key to {WHOSE[part]}, so it stayed sealed.")
            continue
        try:
            content = opened(files[part.file], key=given[part], about=about(part, slug=slug))
        except NotOpened as wrong:
            yield broken("sealed parts", str(wrong))
            continue
        yield from checks[part](json.loads(content), facts)
        if part is Part.OFFICERS:
            yield from _published(json.loads(content), files, verifiers=verifiers)
        else:
            shows = facts["ballot"]["ballot"]["board"]
            yield from _opened_board(json.loads(content), files, shows=shows)


def _officers(content: Facts, facts: Facts) -> Iterator[Finding]:
    walk = verify_events(content["log"])
    last = facts["events"][-1]
    if walk.broken is not None or walk.head != last["hash"]:
        reason = walk.broken.reason if walk.broken else "it ends with another event"
        yield broken("log", f"The chain of the log is broken: {reason}.")
    elif _unlike_open(content["log"], facts):
        yield broken("log", "The events that everybody sees are not those of the log.")
    else:
        yield holds("log", f"The chain of all {walk.events:,} events of the log holds.")
    if digest_of_tally(facts, content["tally"]) != last["details"]["tally_digest"]:
        yield broken("tally", "The complete tally is not the one that was declared.")
        return
    if not _is_part(facts["tally"], of=content["tally"]):
        yield broken("tally", "The tally that everybody sees is not a part of the complete one.")
        return
    hidden = len(content["tally"]["units"]) - len(facts["tally"]["units"])
    if hidden != facts["tally"]["units_withheld"]:
        yield broken("tally", "Another number of units was withheld than is said.")
        return
    yield holds("tally", "The complete tally, with every unit, is the one that was declared.")


def _is_part(shown: Facts, *, of: Facts) -> bool:
    """Say whether the tally for everybody is the complete one without the units withheld."""
    units = {"units", "units_withheld"}
    whole = {name: value for name, value in of.items() if name not in units}
    return {name: value for name, value in shown.items() if name not in units} == whole and all(
        unit in of["units"] for unit in shown["units"]
    )


def _published(
    content: Facts, files: Mapping[str, bytes], *, verifiers: Sequence[Verifier]
) -> Iterator[Finding]:
    """Hold the log against the states of it that were public while the ballot ran."""
    states = []
    for each in published_in(files):
        with suppress(WrongCheckpoint):  # of a key that is not known, as was said
            states += read_states([each], verifiers=verifiers)
    if not states:
        return
    wrong = check_checkpoints(states, walk=verify_events(content["log"]))
    if wrong is not None:
        yield broken("log", f"The log was rewritten: {wrong.reason}.")
        return
    yield holds("log", f"It is the log that was public before: {len(states):,} signed states fit.")


def _unlike_open(log: Sequence[Facts], facts: Facts) -> bool:
    by_number = {event["number"]: event for event in log}
    slug = facts["ballot"]["ballot"]["slug"]
    if len(facts["events"]) != sum(event["subject"] == slug for event in log):
        return True
    return any(
        {**each, "details": {}} != {**_as_open(by_number[each["number"]]), "details": {}}
        or not each["details"].items() <= by_number[each["number"]]["details"].items()
        for each in facts["events"]
    )


def _as_open(event: Facts) -> dict[str, Any]:
    return {name: event[name] for name in ("number", "at", "actor", "action", "hash", "details")}


def _roll(content: Facts, facts: Facts) -> Iterator[Finding]:
    roll = facts["roll"]
    came_later = _came_later(content, roll)
    lines = [line for line, _, _ in content["entries"] if line not in came_later]
    on_roll = [entry for entry in content["entries"] if entry[1]]
    voted = [entry for entry in content["entries"] if entry[2]]
    wrong = _wrong_change(content, roll)
    if wrong is not None:
        yield broken("roll", f"The content of change {wrong} of the roll is not what was recorded.")
    elif (digest_of(lines)[0], len(on_roll)) != (roll["frozen_digest"], roll["entitled"]):
        yield broken("roll", "The roll by name is not the one that was frozen.")
    else:
        words = f"The roll by name, {len(on_roll):,} entitled, is the one that was frozen"
        yield holds("roll", f"{words}{', with every change of it' if roll['changes'] else ''}.")
    if len(voted) != facts["tally"]["votes_cast"] or any(not entry[1] for entry in voted):
        yield broken("marked roll", "Other than the votes cast are marked on the roll.")
    else:
        yield holds("marked roll", f"{len(voted):,} on the roll are marked: as many as votes cast.")
    yield _recount(content, facts)


def _came_later(content: Facts, roll: Facts) -> set[str]:
    """Return the lines whose first change put them onto the roll."""
    first: dict[str, str] = {}
    for change, recorded in zip(content["changes"], roll["changes"], strict=True):
        for line in change["lines"]:
            first.setdefault(line, recorded["kind"])
    return {line for line, kind in first.items() if kind == "supplement"}


def _wrong_change(content: Facts, roll: Facts) -> int | None:
    """Return the number of the first change whose content gives another digest, if any."""
    for change, recorded in zip(content["changes"], roll["changes"], strict=True):
        stated = {
            "number": recorded["number"],
            "kind": recorded["kind"],
            "reason": change["reason"],
            "proposed_by": recorded["proposed_by"],
            "approved_by": recorded["approved_by"],
            "made_at": recorded["made_at"],
            "entitled_after": recorded["entitled_after"],
            "lines": change["lines"],
        }
        canonical = json.dumps(stated, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        salt = bytes.fromhex(change["salt"] or "")
        if hashlib.sha256(salt + canonical.encode()).hexdigest() != recorded["content_digest"]:
            return int(recorded["number"])
    return None


def _recount(content: Facts, facts: Facts) -> Finding:
    """Count every paper again, unit by unit: it must be the tally that was put on record."""
    described = BallotOut.model_validate(facts["ballot"]["ballot"])
    counted = count_papers(
        ((unit, answers, 1) for answers, unit in content["papers"]), questions=described.questions
    )
    if tally_digest(counted) != facts["events"][-1]["details"]["tally_digest"]:
        return broken("count", "A recount of the papers gives another result than was declared.")
    shown, _ = counts_in(facts["tally"], questions=described.questions)
    if any(counted.get(unit) != count for unit, count in shown.items()):
        return broken("count", "A recount of the papers gives another tally than everybody sees.")
    return holds("count", "A recount of the papers gives the result that was declared.")


def _opened_board(content: Facts, files: Mapping[str, bytes], *, shows: str) -> Iterator[Finding]:
    """Write every line of the board again from the papers that were counted."""
    board = board_in(files)
    if content["salt_key"] is None or not board:
        return
    form = Form(Shows(shows), salt_key=bytes.fromhex(content["salt_key"]))
    lines = board[PAPERS].splitlines()
    again = [
        leaf_of(
            Paper(bytes.fromhex(json.loads(line)["receipt"]), answers=answers, unit=unit),
            index=index,
            form=form,
        )
        for index, (line, (answers, unit)) in enumerate(zip(lines, content["papers"], strict=False))
    ]
    if again != lines or len(lines) != len(content["papers"]):
        yield broken("papers", "The papers that were counted are not those on the board.")
        return
    yield holds("papers", "The papers that were counted are those on the board, one by one.")
