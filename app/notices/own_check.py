"""The answer to "am I on the roll, are my details right?", for the address that the roll holds."""

from collections.abc import Mapping
from datetime import date, datetime

import sqlalchemy as sa
from babel.dates import format_date
from sqlmodel import Session, col

from app.ballots.freeze import policy_of
from app.ballots.lifecycle import still_runs
from app.ballots.models import Ballot, RollEntry
from app.core.settings import Settings
from app.notices.words import HELP, UNION, Mail, fill, moment, one_line
from app.roll.models import Member
from app.rules.entitlement import Policy, Reason, Standing, explain, reason_left_out

SUBJECTS = {"en": "What the roll says of you", "cy": "Yr hyn y mae’r rhestr yn ei ddweud amdanoch"}
OPENINGS = {
    "en": "You, or somebody who knows your membership number, asked what {union} holds about you.",
    "cy": "Gwnaethoch chi, neu rywun sy’n gwybod eich rhif aelodaeth, ofyn beth sydd gan {union} "
    "amdanoch.",
}
LABELS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "name": "Name",
        "membership_number": "Membership number",
        "email": "E-mail",
        "mobile": "Mobile",
        "postcode": "Postcode",
        "branch": "Branch",
        "workplace": "Workplace",
        "category": "Category",
        "joined_on": "Joined on",
        "nothing": "nothing",
    },
    "cy": {
        "name": "Enw",
        "membership_number": "Rhif aelodaeth",
        "email": "E-bost",
        "mobile": "Ffôn symudol",
        "postcode": "Cod post",
        "branch": "Cangen",
        "workplace": "Gweithle",
        "category": "Categori",
        "joined_on": "Ymunwyd ar",
        "nothing": "dim",
    },
}
MEND = {
    "en": "Parts are covered with * in case this message is read by somebody else. If anything is "
    "wrong or missing, contact {help}.",
    "cy": "Mae rhannau wedi’u cuddio â * rhag ofn i rywun arall ddarllen y neges hon. Os oes "
    "rhywbeth yn anghywir neu ar goll, dyma pwy i’w holi: {help}.",
}
FOOTER = {
    "en": "To vote, open the personal link that you are sent when voting opens. If you lost it, "
    "ask for a new one: {lost_link}\n\n"
    "Why we used this address: it is the one that the roll holds for you. We answer at no "
    "other, and tell nobody whether somebody is a member.",
    "cy": "I bleidleisio, agorwch y ddolen bersonol a anfonir atoch pan fydd y pleidleisio’n "
    "agor. Os colloch hi, gofynnwch am un newydd: {lost_link}\n\n"
    "Pam y defnyddiwyd y cyfeiriad hwn: dyma’r un sydd ar y rhestr ar eich cyfer. Nid ydym "
    "yn ateb i unrhyw gyfeiriad arall, nac yn dweud wrth neb a yw rhywun yn aelod.",
}
ON_ROLL = {
    "en": "You are on the roll of this ballot.\nVoting opens: {opens}\nVoting closes: {closes}\n"
    "(London time)",
    "cy": "Rydych ar restr y bleidlais hon.\nPleidleisio’n agor: {opens}\n"
    "Pleidleisio’n cau: {closes}\n(amser Llundain)",
}
OFF_ROLL = {
    "en": "You are not on the roll of this ballot.",
    "cy": "Nid ydych ar restr y bleidlais hon.",
}
NO_BALLOT = {
    "en": "No ballot is open or about to open.",
    "cy": "Nid oes pleidlais ar agor nac ar fin agor.",
}
WELSH_REASONS: Mapping[Reason, str] = {
    Reason.NOT_A_VOTING_CATEGORY: "Nid yw eich categori aelodaeth yn pleidleisio ynddi.",
    Reason.JOINED_AFTER_CUT_OFF: "Ymunoch ar ôl y diwrnod olaf i ymuno a phleidleisio.",
    Reason.LEFT: "Mae’r rhestr yn dangos eich bod wedi gadael yr undeb.",
    Reason.IN_ARREARS: "Mae’r rhestr yn dangos bod eich tanysgrifiad heb ei dalu.",
    Reason.OUTSIDE_CONSTITUENCY: "I aelodau eraill yn unig y mae’r bleidlais hon.",
}


def own_check_mail(session: Session, member: Member, *, settings: Settings, now: datetime) -> Mail:
    """Tell a member what the roll holds, and whether they are on each ballot's roll.

    Only ballots that everybody may see are named: a draft is not (docs/decisions/0032).
    """
    language = "cy" if member.language == "cy" else "en"
    values = {
        "union": settings.union_name or UNION[language],
        "help": settings.help_contact or HELP[language],
        "lost_link": f"{settings.base_url}/lost-link{'?lang=cy' if language == 'cy' else ''}",
    }
    details = "\n".join(f"{label}: {value}" for label, value in _details(member, language))
    parts = [fill(OPENINGS[language], values), details, fill(MEND[language], values)]
    ballots = _ballots(session, member, language=language, now=now)
    parts += ballots or [NO_BALLOT[language]]
    return Mail(
        language,
        subject=SUBJECTS[language],
        body="\n\n".join(parts),
        footer=fill(FOOTER[language], values),
        links=(values["lost_link"],),
    )


def _details(member: Member, language: str) -> list[tuple[str, str]]:
    labels = LABELS[language]
    shown = {
        "name": one_line(f"{member.given_name} {member.family_name}"),
        "membership_number": member.membership_number,
        "email": masked_email(member.email),
        "mobile": masked(member.mobile.replace(" ", ""), keep_last=3),
        "postcode": masked(member.postcode, keep_first=2),
        "branch": member.branch,
        "workplace": member.workplace,
        "category": member.category,
        "joined_on": _day(member.joined_on, language),
    }
    return [(labels[key], one_line(value) or labels["nothing"]) for key, value in shown.items()]


def masked(text: str, *, keep_first: int = 0, keep_last: int = 0) -> str:
    """Cover a text but for its ends: `0771 ... 234` says which number it is, and not the number."""
    text = one_line(text)
    hidden = max(len(text) - keep_first - keep_last, 0)
    if hidden == 0:
        return "*" * len(text)
    return text[:keep_first] + "*" * hidden + text[len(text) - keep_last :]


def masked_email(address: str) -> str:
    """Cover what stands before the @ but for its first letter."""
    name, at, domain = address.rpartition("@")
    return f"{masked(name, keep_first=1)}{at}{domain}" if at else masked(address)


def _ballots(session: Session, member: Member, *, language: str, now: datetime) -> list[str]:
    rows = session.execute(
        sa.select(Ballot, col(RollEntry.id))
        .outerjoin(
            RollEntry,
            (col(RollEntry.ballot_id) == col(Ballot.id))
            & (col(RollEntry.member_id) == member.id)
            & col(RollEntry.on_roll),
        )
        .where(col(Ballot.frozen_at).is_not(None), still_runs(now=now))
        .order_by(col(Ballot.closes_at), col(Ballot.id))
    )
    return [
        _about(ballot, member, on_roll=entry is not None, language=language)
        for ballot, entry in rows
    ]


def _about(ballot: Ballot, member: Member, *, on_roll: bool, language: str) -> str:
    title = one_line(ballot.title)
    if on_roll:
        window = {
            "opens": moment(ballot.opens_at, language=language),
            "closes": moment(ballot.closes_at, language=language),
        }
        return f"{title}\n{fill(ON_ROLL[language], window)}"
    standing = Standing(*(getattr(member, field) for field in Standing._fields))
    reason = _reason(standing, policy_of(ballot), language=language)
    return f"{title}\n{OFF_ROLL[language]} {reason}".strip()


def _reason(standing: Standing, policy: Policy, *, language: str) -> str:
    """Say why, as the roll has it today; nothing where the roll was mended after the freeze."""
    reason = reason_left_out(standing, policy=policy)
    if reason is None:
        return ""
    if language == "cy":
        return WELSH_REASONS[reason]
    return explain(reason, standing=standing, policy=policy)


def _day(day: date, language: str) -> str:
    return format_date(day, "d MMMM y", locale="cy" if language == "cy" else "en_GB")
