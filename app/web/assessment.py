"""The security assessment for the responsible person: what the running service itself can tell.

Nothing of it is stored, and no secret's value is ever in it: of a secret it says how long it is.
What only a person can answer stands beside it, as questions.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr
from sqlmodel import Session

from app.audit.checkpoints import newest
from app.audit.service import last_event, link_hash
from app.ballots.lifecycle import State, state_of
from app.ballots.models import Ballot
from app.ballots.repository import all_ballots
from app.core.database import Database
from app.core.migrations import newest_revision, revision_of
from app.core.settings import SHORTEST_SECRET, Settings
from app.evidence.pack_software import software_facts
from app.notices.server import mail_server
from app.notices.watch import newest_backup, worker_seen
from app.security.colleagues import colleagues
from app.security.models import Role
from app.voting.guesses import guessing_lately
from app.web.assessment_form import Assessment, Fact, Part, moment_in_words, time_in_words

# A backup that is older would lose more votes than a day brings.
OLDEST_BACKUP = timedelta(hours=25)
WORKER_LATE = timedelta(minutes=5)


def assess(database: Database, *, settings: Settings, now: datetime) -> Assessment:
    """Look at the running configuration and the database.

    Args:
        database: what is looked at; nothing is written.
        settings: of this process.
        now: this moment.
    """
    with database.reading() as session:
        parts = [
            Part("How members reach it", _reach(settings)),
            Part("Secrets", _secrets(settings)),
            Part("Staff", _staff(session, settings)),
            Part("Votes", _votes(session, settings, now=now)),
            Part("Audit log", _audit(session)),
            Part("Mail", _mail(session, settings, now=now)),
        ]
    return Assessment(
        now, [*parts, Part("Database and software", _software(database, settings, now))]
    )


def _reach(settings: Settings) -> list[Fact]:
    everybody = settings.trusted_proxies.strip() == "*"
    return [
        Fact(
            "Address",
            settings.base_url,
            settings.https,
            "Members’ votes and codes travel under TLS only if this begins with https.",
        ),
        Fact(
            "Reverse proxies that are believed",
            settings.trusted_proxies or "none",
            not everybody,
            "With * anybody can pretend an address of their own; use it only behind a firewall.",
        ),
        Fact(
            "Demonstration",
            "on" if settings.demo else "off",
            not settings.demo,
            "It shows sign-in details of invented people on the first page.",
        ),
        Fact(
            "Webhooks inside the network",
            "allowed" if settings.webhooks_inside else "refused",
            None if settings.webhooks_inside else True,
            "Where allowed, headquarters can make the service speak to machines inside.",
        ),
    ]


def _secrets(settings: Settings) -> list[Fact]:
    return [
        _secret(
            "Secret key", settings.secret_key, "Codes and sessions are worth nothing without it."
        ),
        _secret(
            "Signing key of its own",
            settings.signing_key,
            "Signs boards and checkpoints. Without one it is made from the secret key.",
        ),
        Fact(
            "Change of the secret key",
            "under way" if settings.previous_secret_key else "none",
            None if settings.previous_secret_key else True,
            "`muster secrets status` says when the earlier key can be taken away.",
        ),
        _secret(
            "Secret of the mail provider",
            settings.bounce_secret,
            "Without one no report of returned mail is taken over HTTP.",
        ),
    ]


def _secret(name: str, value: SecretStr | None, why: str) -> Fact:
    """Say how long a secret is, and never what."""
    length = len(value.get_secret_value()) if value else 0
    found = f"{length} characters" if length else "not set"
    return Fact(name, found, length >= SHORTEST_SECRET if length else None, why)


def _staff(session: Session, settings: Settings) -> list[Fact]:
    live = [each for each in colleagues(session) if each.disabled_at is None]
    roles = Counter(each.staff.role for each in live)
    bare = [
        each.staff.name for each in live if not each.held.any and each.staff.role is not Role.BRANCH
    ]
    return [
        Fact(
            "Accounts",
            f"{roles[Role.HQ]} of headquarters, {roles[Role.BRANCH]} of branches, "
            f"{roles[Role.SCRUTINEER]} of scrutineers",
            roles[Role.HQ] > 1,
            "Acts that need two officers need two at headquarters. Close accounts nobody uses.",
        ),
        Fact(
            "Second factor",
            settings.second_factor,
            settings.second_factor == "required",
            "Of headquarters and scrutineers, beside their password.",
        ),
        Fact(
            "Without a second factor so far",
            ", ".join(bare) or "nobody",
            not bare,
            "They set one up at their next sign-in; until then a password is all there is.",
        ),
        Fact(
            "A session lasts",
            f"{time_in_words(settings.session_length)}, or {time_in_words(settings.session_idle)} "
            "unused",
            None,
            "Shorter is safer where computers are shared.",
        ),
        Fact(
            "Sign-in by the union’s identity provider",
            "on" if settings.has_oidc else "off",
            None,
            "Where on, whoever runs the provider can sign in as anybody it knows.",
        ),
    ]


def _votes(session: Session, settings: Settings, *, now: datetime) -> list[Fact]:
    running = [
        ballot
        for ballot in all_ballots(session)
        if state_of(ballot, now=now) in {State.FROZEN, State.OPEN, State.CLOSED}
    ]
    guesses = guessing_lately(session, settings=settings, now=now)
    return [
        Fact(
            "Papers are stirred every",
            time_in_words(settings.stir_every),
            settings.stir_every <= timedelta(hours=1),
            "Between two stirs a copy of the database says more about when a paper came.",
        ),
        Fact(
            "Failures before a wait",
            f"{settings.failures_allowed} from one place in "
            f"{time_in_words(settings.failures_window)}",
            settings.failures_allowed <= 100,  # noqa: PLR2004 - five times what it is set to
            "Of sign-ins and voting codes. Codes are 140 random bits, so guessing is hopeless.",
        ),
        Fact(
            "Wrong codes lately",
            f"{guesses} in one window" if guesses else "no more than usual",
            not guesses,
            "Many say that somebody tries codes, or that a wrong list of codes is about.",
        ),
        *(_ballot(ballot) for ballot in running),
    ]


def _ballot(ballot: Ballot) -> Fact:
    board = (
        "shows the answers"
        if ballot.board == "answers"
        else "shows that papers are counted, and no answers"
    )
    two = "two officers declare" if ballot.declared_by_two else "one person declares"
    named = f"scrutineer {ballot.scrutineer}" if ballot.scrutineer else "no scrutineer named"
    return Fact(
        f"Ballot {ballot.slug}",
        f"{named}; its board {board}; {two}",
        True if ballot.scrutineer else None,
        "Whoever holds the codes could vote with them: a scrutineer keeps them from headquarters.",
    )


def _audit(session: Session) -> list[Fact]:
    last, signed = last_event(session), newest(session)
    return [
        Fact(
            "Newest event",
            f"{last.number}, hash {link_hash(last)}" if last else "none",
            None,
            "Write both down: `muster audit verify` walks the whole chain to them.",
        ),
        Fact(
            "Newest signed checkpoint",
            f"over {signed.events} events, {moment_in_words(signed.at)}" if signed else "none",
            None if signed is None else True,
            "Published at /audit/checkpoints; it proves something only to who kept a copy.",
        ),
    ]


def _mail(session: Session, settings: Settings, *, now: datetime) -> list[Fact]:
    server, seen = mail_server(settings), worker_seen(session)
    safe = server is not None and (server.tls or server.starttls is not False)
    quiet = settings.quiet_hours
    alive = seen is not None and now - seen <= WORKER_LATE
    return [
        Fact(
            "Mail server",
            server.name if server else "none: mail is off",
            safe if server else None,
            "Links travel through it. TLS to it is used unless the address says otherwise.",
        ),
        Fact(
            "Worker last seen",
            moment_in_words(seen) if seen else "never",
            alive if server else None,
            "It sends mail, and stops with it. `muster worker` starts it.",
        ),
        Fact(
            "Quiet hours",
            f"{quiet[0]:%H:%M} to {quiet[1]:%H:%M}, London" if quiet else "none",
            None,
            "When no reminder leaves.",
        ),
        Fact(
            "Reminded together",
            f"{settings.reminder_batch} or more, over {time_in_words(settings.reminder_spread)}",
            True,
            "So that no vote can be put down to one member who was reminded.",
        ),
    ]


def _software(database: Database, settings: Settings, now: datetime) -> list[Fact]:
    facts, schema = software_facts(), revision_of(database)
    sqlite = settings.database_url.startswith("sqlite")
    return [
        Fact(
            "Database",
            "SQLite" if sqlite else "PostgreSQL",
            None,
            "PostgreSQL where more than one machine serves.",
        ),
        Fact(
            "Schema",
            schema or "none",
            schema == newest_revision(),
            "It must be this version’s: `muster migrate`.",
        ),
        _backup(settings, now),
        Fact(
            "Version", f"{facts['version']}, code {facts['code_sha256'][:16]}", None, "As released?"
        ),
        Fact("Python", str(facts["python"]), None, "Is it still mended by its makers?"),
    ]


def _backup(settings: Settings, now: datetime) -> Fact:
    why = "Set MUSTER_BACKUP_FOLDER so that this and the metrics can tell."
    if settings.backup_folder is None:
        return Fact("Newest backup", "no folder is set", None, why)
    made = newest_backup(settings.backup_folder)
    if made is None:
        return Fact("Newest backup", "none in the folder", good=False, why=why)
    at = datetime.fromtimestamp(made, UTC)
    return Fact(
        "Newest backup", moment_in_words(at), now - at <= OLDEST_BACKUP, "Daily, and tried out."
    )
