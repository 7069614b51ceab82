"""`muster verify`: check what a union has published, with nothing but the files."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from app.cli.doors import GIVEN_WRONGLY, REFUSED, stop
from app.core.signing import NotSigned, Verifier
from app.evidence.files import LARGEST_SMALL_FILE, Unreadable, files_in
from app.evidence.findings import Finding, Standing, all_hold
from app.evidence.pack_manifest import SIGNATURE
from app.evidence.verify_board import check_board, is_board
from app.evidence.verify_pack import (
    check_files,
    check_pack,
    files_in_folder,
    is_pack,
    verdict_on,
)
from app.evidence.verify_proof import check_proof, is_proof

commands = typer.Typer()

MARKS = {Standing.HOLDS: "Holds", Standing.NOTE: "Note", Standing.BROKEN: "BROKEN"}


@commands.command("verify")
def verify(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="PATH",
            help="Evidence or a board (zip or folder), or the file of a proof.",
        ),
    ],
    *,
    key: Annotated[
        str | None,
        typer.Option(help="The line by which the union publishes its key; without it, the files'."),
    ] = None,
    receipt: Annotated[
        list[str] | None, typer.Option(help="A receipt to look for; may be given more than once.")
    ] = None,
    open_with: Annotated[
        list[str] | None,
        typer.Option("--open", help="A key to a sealed part of evidence; may be given twice."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same for programs.")] = False,
) -> None:
    """Check evidence, a board of papers or a proof: offline, with nothing but the files.

    Of evidence the first line is the verdict. Exits with 0 where everything holds, and with 1 where
    anything is broken.
    """
    verifier, receipts = _key(key), tuple(receipt or ())
    try:
        found = _evidence(path, verifier=verifier, keys=tuple(open_with or ()), receipts=receipts)
        findings = found or _check(path, verifier=verifier, receipts=receipts)
    except Unreadable as wrong:
        stop(_plain(str(wrong)), status=GIVEN_WRONGLY)
    except OSError:
        stop(_plain(f"{path.name} cannot be read."), status=GIVEN_WRONGLY)
    if found is not None or as_json:
        _report(findings, as_json=as_json)
    else:
        _conclude(findings)


def _evidence(
    path: Path, *, verifier: Verifier | None, keys: Sequence[str], receipts: tuple[str, ...]
) -> list[Finding] | None:
    """Check a pack, or one that lies unpacked in a folder; None where it is neither."""
    if path.is_dir():
        if not (path / SIGNATURE).is_file():
            return None
        files = files_in_folder(path)
        return check_files(files, verifier=verifier, keys=keys, receipts=receipts)
    content = path.read_bytes() if path.is_file() else b""
    if not is_pack(content):
        return None
    return check_pack(content, verifier=verifier, keys=keys, receipts=receipts)


def _report(findings: Sequence[Finding], *, as_json: bool) -> None:
    """Say the verdict, and then what it rests on."""
    if as_json:
        found = [
            {"standing": each.standing.value, "about": each.about, "words": each.words}
            for each in findings
        ]
        verdict = {"verdict": verdict_on(findings), "holds": all_hold(findings), "findings": found}
        typer.echo(json.dumps(verdict, indent=2))
    else:
        typer.echo(verdict_on(findings) + "\n")
        _say(findings)
    if not all_hold(findings):
        sys.exit(REFUSED)


def _conclude(findings: Sequence[Finding]) -> None:
    """Say what was found of a board or a proof, and the verdict after it."""
    _say(findings)
    if not all_hold(findings):
        typer.echo("\nVerdict: something is BROKEN. Do not rely on these files.")
        sys.exit(REFUSED)
    typer.echo("\nVerdict: everything that was checked holds.")


def _say(findings: Sequence[Finding]) -> None:
    for finding in findings:
        typer.echo(_plain(f"{MARKS[finding.standing]}: {finding.words}"))


def _plain(words: str) -> str:
    """Return words of which none can be taken for a line of ours: files quote what they like.

    Line ends, the commands of a terminal, letters that turn the reading direction, and what the
    terminal cannot show become question marks.
    """
    shown = "".join(
        each if each.isprintable() or each == "\N{NO-BREAK SPACE}" else "?" for each in words
    )
    encoding = sys.stdout.encoding or "utf-8"
    return shown.encode(encoding, errors="replace").decode(encoding)


def _key(line: str | None) -> Verifier | None:
    try:
        return Verifier.read(line) if line is not None else None
    except NotSigned as wrong:
        stop(str(wrong), status=GIVEN_WRONGLY)


def _check(path: Path, *, verifier: Verifier | None, receipts: tuple[str, ...]) -> list[Finding]:
    """Recognise what was given by its contents, and check it.

    Raises:
        Unreadable: it is nothing that can be checked.
    """
    if path.is_file() and path.stat().st_size <= LARGEST_SMALL_FILE:
        content = path.read_bytes()
        if is_proof(content):
            return check_proof(content, verifier=verifier, receipts=receipts)
    files = files_in(path)
    if is_board(files):
        return check_board(files, verifier=verifier, receipts=receipts)
    raise Unreadable(f"{path.name} is neither a board nor a proof.")
