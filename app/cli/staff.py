"""`muster staff`: accounts of those who run ballots."""

import sys
from typing import Annotated

import typer

from app.audit.service import COMMAND_LINE
from app.cli.doors import GIVEN_WRONGLY, open_database, stop
from app.core.clock import system_clock
from app.core.settings import read_settings
from app.security import identity, service
from app.security.factors import reset_factors
from app.security.invitations import invite
from app.security.models import Role

commands = typer.Typer(help="Accounts of those who run ballots.", no_args_is_help=True)

StaffName = Annotated[str, typer.Argument(metavar="NAME", help="The account's exact name.")]


@commands.command("add")
def add_staff(
    name: StaffName,
    role: Annotated[Role, typer.Option(help="What the account is for.")],
    branch: Annotated[
        str | None, typer.Option(help="The branch's code on the roll, for a branch officer.")
    ] = None,
    *,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
) -> None:
    """Make an account. Asks for its password twice, unless --password-stdin is given."""
    with open_database() as database:
        password = _password(from_stdin=password_stdin)
        with database.writing() as session:
            service.add_staff(
                session,
                name=name,
                role=role,
                branch=branch,
                password=password,
                actor=COMMAND_LINE,
                now=system_clock(),
            )
    typer.echo(f"{name} can sign in now.")


@commands.command("password")
def change_password(
    name: StaffName,
    *,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
) -> None:
    """Give an account another password, which ends its sessions and API tokens."""
    with open_database() as database:
        password = _password(from_stdin=password_stdin)
        with database.writing() as session:
            service.change_password(
                session, name, password=password, actor=COMMAND_LINE, now=system_clock()
            )
    typer.echo(f"{name} signs in with the new password from now on.")


@commands.command("token")
def issue_token(name: StaffName) -> None:
    """Make an API token for an account and print it, alone on the last line.

    It is shown this once: Muster keeps only its digest.
    """
    settings = read_settings()
    with open_database() as database, database.writing() as session:
        token = service.issue_token(
            session, name, actor=COMMAND_LINE, settings=settings, now=system_clock()
        )
    typer.echo(f"A new token for {name}, shown this once. Keep it like a password:")
    typer.echo(token)


@commands.command("revoke")
def revoke_staff(name: StaffName) -> None:
    """End every session and API token of an account. Its password still works."""
    with open_database() as database, database.writing() as session:
        service.revoke_everything(session, name, actor=COMMAND_LINE, now=system_clock())
    typer.echo(f"Every session and token of {name} is ended.")


@commands.command("disable")
def disable_staff(name: StaffName) -> None:
    """Close an account for good: nothing of it works any more, and its name is not used again."""
    with open_database() as database, database.writing() as session:
        service.disable_account(session, name, actor=COMMAND_LINE, now=system_clock())
    typer.echo(f"The account of {name} is closed.")


@commands.command("bind")
def bind_identity(
    name: StaffName,
    subject: Annotated[str, typer.Argument(help="What the identity provider calls them (sub).")],
) -> None:
    """Let somebody whom the identity provider knows open an account."""
    with open_database() as database, database.writing() as session:
        identity.bind_identity(
            session,
            name,
            issuer=_issuer(),
            subject=subject,
            actor=COMMAND_LINE,
            now=system_clock(),
        )
    typer.echo(f"{name} can sign in by the identity provider now, known there as {subject}.")


@commands.command("unbind")
def unbind_identity(name: StaffName) -> None:
    """Let nobody open an account by the identity provider any more."""
    with open_database() as database, database.writing() as session:
        identity.unbind_identity(
            session, name, issuer=_issuer(), actor=COMMAND_LINE, now=system_clock()
        )
    typer.echo(f"Nobody opens the account of {name} by the identity provider any more.")


def _issuer() -> str:
    issuer = read_settings().oidc_issuer
    if issuer is None:
        stop("MUSTER_OIDC_ISSUER is not set, so there is no provider.", status=GIVEN_WRONGLY)
    return issuer


@commands.command("reset-factors")
def reset_second_factors(name: StaffName) -> None:
    """Take an account's second factors away: its phone is lost, and so are its recovery codes.

    Know first that it is the officer who asks. Their browsers are signed out; they sign in by
    password, and set up a new factor at once. API tokens stay (`muster staff revoke` ends them).
    """
    with open_database() as database, database.writing() as session:
        reset_factors(session, name, actor=COMMAND_LINE, now=system_clock())
    typer.echo(f"{name} has no second factor now, and sets up a new one at the next sign-in.")


@commands.command("invite")
def invite_staff(
    name: StaffName,
    role: Annotated[Role, typer.Option(help="What the account is for.")],
    branch: Annotated[
        str | None, typer.Option(help="The branch's code on the roll, for a branch officer.")
    ] = None,
) -> None:
    """Make a link under which somebody makes their own account, and print it on the last line.

    It works once, for three days, and is shown this once.
    """
    settings = read_settings()
    with open_database() as database, database.writing() as session:
        link = invite(
            session,
            name,
            role=role,
            branch=branch,
            actor=COMMAND_LINE,
            settings=settings,
            now=system_clock(),
        )
    typer.echo(f"A link for {name}, shown this once. Give it to nobody else:")
    typer.echo(link)


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return typed
