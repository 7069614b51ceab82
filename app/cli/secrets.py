"""`muster secrets`: a new key, what still depends on the one before, and bringing that over."""

import secrets

import typer

from app.audit import service as audit
from app.audit.key_events import KeysRotated
from app.audit.service import COMMAND_LINE
from app.cli.doors import REFUSED, open_database, stop
from app.cli.key_uses import Use, uses_of_previous_key
from app.core.clock import system_clock
from app.core.settings import Settings, read_settings
from app.security.apps import reseal_apps
from app.security.key_rotation import note_rotation, note_signing_key, rotated_at
from app.security.sealing import CannotUnseal
from app.voting.stirring import stir_boxes

KEY_BYTES = 32
KEPT = "MUSTER_PREVIOUS_SECRET_KEY"

commands = typer.Typer(help="The keys of this service, and their rotation.", no_args_is_help=True)


@commands.command("new")
def new_key() -> None:
    """Print a fresh key: 256 random bits. It is kept nowhere."""
    typer.echo(secrets.token_hex(KEY_BYTES))


@commands.command("status")
def status() -> None:
    """Say what still depends on the previous secret key. Prints no key."""
    settings = read_settings()
    now = system_clock()
    with open_database() as database, database.reading() as session:
        since = rotated_at(session, settings=settings)
        uses = uses_of_previous_key(session, settings=settings, now=now)
    if since is None:
        typer.echo(
            "Nobody has said yet that every process uses the secret key in use. Once all of them "
            "were restarted with it, run `muster secrets rotate`. Until then everything counts."
        )
    else:
        typer.echo(
            f"Every process has used the secret key in use since {since:%Y-%m-%d %H:%M} UTC."
        )
    _say(uses, settings=settings)


@commands.command("rotate")
def rotate() -> None:
    """Bring what can be under the secret key in use, once every process was restarted with it.

    It may be run while voting goes on, and again at any time. It says what cannot be brought over,
    and when the previous key may be dropped.
    """
    settings = read_settings()
    now = system_clock()
    with open_database() as database:
        note_signing_key(database, settings=settings, now=now)
        try:
            with database.writing() as session:
                moved = reseal_apps(session, settings=settings)
                first = note_rotation(session, settings=settings, now=now)
                if first or moved:
                    event = KeysRotated("service", moved=moved)
                    audit.record(session, event, actor=COMMAND_LINE, now=now)
        except CannotUnseal:
            stop(
                "Something is sealed under a key that is neither MUSTER_SECRET_KEY nor "
                f"{KEPT}. Nothing was changed. Set {KEPT} to the key that was in use before.",
                status=REFUSED,
            )
        papers = sum(
            box.papers - box.unopened for box in stir_boxes(database, settings=settings, now=now)
        )
        typer.echo(f"Under the key in use now: {moved} authenticator apps, {papers} sealed papers.")
        with database.reading() as session:
            uses = uses_of_previous_key(session, settings=settings, now=now)
    _say(uses, settings=settings)


def _say(uses: list[Use], *, settings: Settings) -> None:
    left = [each for each in uses if each.number]
    for each in left:
        end = f", the last on {each.ends_at:%Y-%m-%d %H:%M} UTC" if each.ends_at else ""
        typer.echo(f"{each.number:>9,} {each.kind}: {each.until}{end}.")
    kept = settings.previous_secret_key is not None
    if not left:
        advice = f" {KEPT} may be dropped." if kept else ""
        typer.echo(f"Nothing depends on a key before this one.{advice}")
    elif kept:
        typer.echo(f"Keep {KEPT} until none of these is needed.")
    else:
        typer.echo(
            f"{KEPT} is not set, so whatever of these was made with another key does not work. "
            "Set it to the key that was in use before."
        )
