"""`muster audit`: the log of what staff did."""

import json
from pathlib import Path
from typing import Annotated

import typer

from app.audit.chain import BrokenLink, Walk
from app.audit.checkpoints import (
    Checked,
    HistoryRewritten,
    check_log,
    make_checkpoint,
    verifiers_of,
)
from app.audit.notes import WrongCheckpoint, notes_in
from app.audit.service import export_events
from app.ballots.chain import walk_roll
from app.ballots.service import get_ballot
from app.cli.doors import GIVEN_WRONGLY, REFUSED, open_database, stop
from app.core.clock import system_clock
from app.core.settings import read_settings
from app.core.signing import NotSigned, Verifier, signer_of

commands = typer.Typer(help="The log of what staff did.", no_args_is_help=True)


@commands.command("verify")
def verify_audit_log(
    checkpoints: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="Checkpoints that somebody kept, as the public page or its JSON gave them.",
        ),
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(metavar="LINE", help="An earlier public key that may have signed, as shown."),
    ] = None,
) -> None:
    """Walk the log's chain of hashes, and name the first event that was tampered with.

    Events cut off at the end, and a history written anew as a whole, show only by checkpoints:
    those in the database, and better those that somebody outside has kept.
    """
    verifiers = [*verifiers_of(read_settings()), *_keys(key or [])]
    try:
        kept = [note for file in checkpoints or [] for note in notes_in(file.read_text("utf-8"))]
        with open_database() as database, database.reading() as session:
            checked = check_log(session, verifiers=verifiers, kept=kept)
    except (WrongCheckpoint, UnicodeDecodeError) as wrong:
        stop(f"The checkpoints that were kept cannot be used. {wrong}", status=REFUSED)
    if checked.broken is not None:
        stop(_what_is_broken(checked.walk, checked.broken), status=REFUSED)
    _tell(checked)


def _keys(lines: list[str]) -> list[Verifier]:
    try:
        return [Verifier.read(line) for line in lines]
    except NotSigned as wrong:
        stop(f"--key is wrong. {wrong}", status=GIVEN_WRONGLY)


def _what_is_broken(walk: Walk, broken: BrokenLink) -> str:
    before = min(walk.events, broken.number - 1)
    sound = f"The {before} before it are sound." if before > 0 else "None is sound."
    reason = broken.reason.removesuffix(".")
    return f"The chain is broken: {reason}. {sound}"


def _tell(checked: Checked) -> None:
    walk = checked.walk
    typer.echo(f"{walk.events} events, the chain holds")
    if walk.events:
        typer.echo(f"Event {walk.events} has the hash {walk.head}")
    if checked.stored:
        typer.echo(f"It agrees with every checkpoint in the database: {checked.stored:,}")
    if checked.kept:
        typer.echo(f"It agrees with every checkpoint that was kept: {checked.kept:,}")


@commands.command("checkpoint")
def sign_checkpoint() -> None:
    """Sign what the log is now, publish it with the other checkpoints, and print it to be kept."""
    signer = signer_of(read_settings())
    try:
        with open_database() as database, database.writing() as session:
            made = make_checkpoint(session, signer=signer, now=system_clock())
            note = made.note
    except HistoryRewritten as broken:
        stop(f"Nothing was signed: {broken}. Run `muster audit verify`.", status=REFUSED)
    typer.echo(note, nl=False)


@commands.command("export")
def export_log() -> None:
    """Print every event as a line of JSON, enough to walk the chain without the database."""
    with open_database() as database, database.reading() as session:
        for event in export_events(session):
            typer.echo(json.dumps(event, ensure_ascii=False))


@commands.command("roll")
def verify_roll(
    slug: Annotated[str, typer.Argument(metavar="BALLOT", help="The ballot's short name.")],
) -> None:
    """Work out the digests of a frozen roll and of every change of it again.

    The last one is what the ballot shows to everybody.
    """
    with open_database() as database, database.reading() as session:
        walk = walk_roll(session, get_ballot(session, slug))
    if walk.broken is not None:
        stop(f"{walk.broken} Keep the database as it is and have it examined.", status=REFUSED)
    typer.echo(f"The frozen roll and {walk.changes} changes give the digest {walk.head}")
    if walk.unshown:
        typer.echo(
            f"Of {walk.unshown} of them the content can no longer be shown, because a member was "
            "erased. Each still follows from the one before it."
        )
