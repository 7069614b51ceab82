"""Check an evidence pack from its bytes alone: no database, no settings, no network.

What every check says of a pack it says in one sentence that somebody without computers can read.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.language import speaking
from app.core.signing import NotSigned, Verifier
from app.evidence.board_format import unrepeated
from app.evidence.findings import Finding, all_hold, broken, holds, note
from app.evidence.pack_keys import keys_in
from app.evidence.pack_manifest import (
    MANIFEST,
    SIGNATURE,
    key_in,
    read_manifest,
    refuse_unless_signed,
    unlike_manifest,
)
from app.evidence.pack_sealing import Part
from app.evidence.pack_zip import LOCAL_MARK, NotAPack, files_in, is_framed_as_made
from app.evidence.verify_board import WORDS_OF_A_KEY
from app.evidence.verify_pack_ballot import check_questions, check_roll, check_window
from app.evidence.verify_pack_result import check_result, check_statement, check_summary
from app.evidence.verify_pack_sealed import check_sealed
from app.evidence.verify_pack_trail import ABOUT_EARLIER_KEYS, check_board_in, check_log

# What a file that is not as it should be can make a check stumble over.
STUMBLES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
EARLIER = "Part of it was signed with an earlier key, which the signed list of files names."


@dataclass(frozen=True)
class Asked:
    """By what a pack is to be checked: the key that signed it, keys to sealed parts, receipts."""

    verifier: Verifier
    keys: Sequence[str]
    receipts: tuple[str, ...]


@dataclass(frozen=True)
class Given:
    """What the checks are given.

    Attributes:
        files: every file of the pack, by name.
        facts: the JSON files that everybody may read, by name without its ending.
        verifiers: the key that signed it, and after it those that it says signed before.
        asked: what it is to be checked by.
    """

    files: Mapping[str, bytes]
    facts: Mapping[str, Any]
    verifiers: Sequence[Verifier]
    asked: Asked


CHECKS: Sequence[tuple[str, Callable[[Given], Iterator[Finding]]]] = (
    ("questions", lambda given: check_questions(given.facts)),
    ("window", lambda given: check_window(given.facts)),
    ("roll", lambda given: check_roll(given.facts)),
    ("result", lambda given: check_result(given.facts)),
    ("statement", lambda given: check_statement(given.facts, given.files)),
    (
        "papers",
        lambda given: check_board_in(
            given.files, given.facts, verifiers=given.verifiers, receipts=given.asked.receipts
        ),
    ),
    ("log", lambda given: check_log(given.files, given.facts, verifiers=given.verifiers)),
    ("summary", lambda given: check_summary(given.facts, given.files)),
    (
        "sealed parts",
        lambda given: check_sealed(
            given.files, given.facts, verifiers=given.verifiers, keys=given.asked.keys
        ),
    ),
)


def is_pack(content: bytes) -> bool:
    """Say whether a file is meant to be an evidence pack, whole or not."""
    named = (MANIFEST, SIGNATURE, Part.ROLL.file)
    return content.startswith(LOCAL_MARK) and any(name.encode() in content for name in named)


def files_in_folder(path: Path) -> dict[str, bytes]:
    """Return the files of a pack that somebody, or their computer, has unpacked into a folder."""
    return {
        each.relative_to(path).as_posix(): each.read_bytes()
        for each in (*path.glob("*"), *path.glob("*/*"))
        # What a computer's own file manager leaves is hidden.
        if each.is_file() and not each.is_symlink() and not each.name.startswith(".")
    }


def check_pack(
    content: bytes,
    *,
    verifier: Verifier | None,
    keys: Sequence[str] = (),
    receipts: tuple[str, ...] = (),
) -> list[Finding]:
    """Check a pack: that nothing in it was changed, and that its parts say the same.

    Args:
        content: the whole file.
        verifier: the key that the union publishes; None takes the one that the pack names, and
            says so.
        keys: to its sealed parts, as they were handed over.
        receipts: receipts, as typed, to be looked for among the papers.

    Returns:
        Every finding in the order of the check. It stops at files that are not those that were
        signed.
    """
    try:
        files = files_in(content)
    except NotAPack as wrong:
        return [broken("file", f"This is no evidence pack as Muster makes it. {wrong}")]
    return [
        _framed(content, files),
        *check_files(files, verifier=verifier, keys=keys, receipts=receipts),
    ]


def check_files(
    files: Mapping[str, bytes],
    *,
    verifier: Verifier | None,
    keys: Sequence[str] = (),
    receipts: tuple[str, ...] = (),
) -> list[Finding]:
    """Check the files of a pack, wherever they lie; see `check_pack`."""
    found = _listed(files)
    try:
        key = verifier or key_in(files)
        slug = str(read_manifest(files)["ballot"])
        refuse_unless_signed(files, slug=slug, verifier=key)
    except (NotSigned, *STUMBLES) as wrong:
        words = f"{SIGNATURE} is not the signature of this manifest by this key. {wrong}"
        return [*found, broken("signature", words)]
    found.append(holds("signature", f"{key.name} has signed the list of all files."))
    if verifier is None:
        found.append(note("key", WORDS_OF_A_KEY.format(line=key.line)))
    if not all_hold(found):
        # What is not what was signed need not be read.
        return found
    with speaking("en"):
        return [
            *found,
            *_contents(files, slug=slug, asked=Asked(key, keys=keys, receipts=receipts)),
        ]


def _framed(content: bytes, files: Mapping[str, bytes]) -> Finding:
    if is_framed_as_made(content, files):
        return holds("file", f"The zip file is as it was made: {len(content):,} bytes.")
    return broken(
        "file",
        "The zip file around the files is not as it was made: something was changed, added or "
        "packed again.",
    )


def _listed(files: Mapping[str, bytes]) -> list[Finding]:
    try:
        faults = unlike_manifest(files, read_manifest(files))
    except STUMBLES:
        return [broken("files", f"{MANIFEST} is missing, or is no list of files.")]
    if faults:
        return [broken("files", fault) for fault in faults]
    number = len(files)
    return [holds("files", f"All {number} files are there, each with the digest in the list.")]


def _contents(files: Mapping[str, bytes], *, slug: str, asked: Asked) -> Iterator[Finding]:
    try:
        facts = {
            name.removesuffix(".json").rpartition("/")[2]: json.loads(
                content, object_pairs_hook=unrepeated
            )
            for name, content in files.items()
            if name.endswith(".json") and not name.startswith("board/") and name != MANIFEST
        }
        if facts["ballot"]["ballot"]["slug"] != slug:
            yield broken("ballot", "The files are of another ballot than the one that was signed.")
            return
        verifiers = keys_in(facts, first=asked.verifier)
    except (NotSigned, *STUMBLES):
        yield broken("ballot", "Some of the files cannot be read.")
        return
    given = Given(files, facts=facts, verifiers=verifiers, asked=asked)
    for about, check in CHECKS:
        yield from _without_stumbling(about, check(given))


def _without_stumbling(about: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield findings, and one more where a file is not what the check needs."""
    try:
        yield from findings
    except STUMBLES as wrong:
        kind = type(wrong).__name__
        yield broken(about, f"A file does not say what it must for this to be checked ({kind}).")


def verdict_on(findings: Sequence[Finding]) -> str:
    """Return the verdict on a pack in one or two sentences: what comes first in a report."""
    if not all_hold(findings):
        faults = sum(finding.standing == "broken" for finding in findings)
        things = "One thing is not as it" if faults == 1 else f"{faults} things are not as they"
        return f"Do not rely on this evidence. {things} should be."
    about = {finding.about for finding in findings}
    earlier = f" {EARLIER}" if ABOUT_EARLIER_KEYS in about else ""
    if "key" in about:
        return (
            "The evidence is whole and says the same throughout. Whose it is was not checked: no "
            f"key was given.{earlier}"
        )
    return f"The evidence is genuine and whole, and says the same throughout.{earlier}"
