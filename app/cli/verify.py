"""`muster verify`: check what a union has published, with nothing but the files."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from app.cli.doors import GIVEN_WRONGLY, REFUSED, stop
from app.core.signing import NotSigned, Verifier
from app.evidence.files import LARGEST_SMALL_FILE, Unreadable, files_in
from app.evidence.findings import Finding, Standing, all_hold
from app.evidence.verify_board import check_board, is_board
from app.evidence.verify_proof import check_proof, is_proof

commands = typer.Typer()

MARKS = {Standing.HOLDS: "Holds", Standing.NOTE: "Note", Standing.BROKEN: "BROKEN"}


@commands.command("verify")
def verify(
    path: Annotated[
        Path,
        typer.Argument(metavar="PATH", help="A board (folder or zip), or the file of a proof."),
    ],
    *,
    key: Annotated[
        str | None,
        typer.Option(help="The line by which the union publishes its key; without it, the files'."),
    ] = None,
    receipt: Annotated[
        list[str] | None, typer.Option(help="A receipt to look for; may be given more than once.")
    ] = None,
) -> None:
    """Check a board of papers or a proof: offline, with nothing but the files.

    Exits with 0 where everything holds, and with 1 where anything is broken.
    """
    try:
        findings = _check(path, verifier=_key(key), receipts=tuple(receipt or ()))
    except Unreadable as wrong:
        stop(str(wrong), status=GIVEN_WRONGLY)
    for finding in findings:
        typer.echo(f"{MARKS[finding.standing]}: {finding.words}")
    if not all_hold(findings):
        typer.echo("\nVerdict: something is BROKEN. Do not rely on these files.")
        sys.exit(REFUSED)
    typer.echo("\nVerdict: everything that was checked holds.")


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
