"""Invented members of an invented union, the same ones every time.

Branch sizes are chosen so that there is something to see: one branch stops just short of half,
and one is too small to be shown by itself.
"""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from app.roll.columns import COLUMN_NAMES

SEED = 44_92
# Some gave the address that their employer can read.
EMPLOYERS_DOMAIN = "probation.example.org"
GIVEN = (
    "Aisha Alun Amara Andrew Angharad Anwen Beth Bryn Callum Carys Chidi Claire Daniel Deepa "
    "Dylan Efa Elin Emeka Emma Fatima Fiona Gareth Grace Hannah Harpreet Huw Imran Isla Jade "
    "James Joanna Kwame Laura Leila Llinos Marcus Maryam Megan Nia Niamh Oluwaseun Owen "
    "Patrick Priya Rhian Rhys Rosa Ruth Samira Sean Sian Sunita Tariq Tegan Tomos Wei Winston "
    "Yasmin Zainab Zoe"
).split()
FAMILY = (
    "Abbott Adeyemi Ahmed Baker Begum Bevan Bowen Brennan Chaudhry Clarke Davies Doyle "
    "Edwards Ellis Evans Farrell Fletcher Gill Griffiths Hall Harris Hassan Hughes Hussain "
    "Iqbal Jackson James Jenkins Johnson Jones Kaur Kelly Khan Lewis Lloyd Mahmood Mensah "
    "Mitchell Morgan Morris Murphy Nguyen Nwosu Okafor Owen Parry Patel Phillips Powell Price "
    "Pritchard Rees Roberts Shah Sharma Singh Smith Taylor Thomas Turner Vaughan Walker "
    "Watkins Williams Wilson Wood Wright"
).split()


@dataclass(frozen=True)
class BranchPlan:
    """One invented branch: how many members, and what part of them votes (in thousandths)."""

    code: str
    region: str
    members: int
    turnout: int


BRANCHES = (
    BranchPlan("Avon and Severnside", "South West", 298, 318),
    BranchPlan("Cambrian Coast", "Wales", 141, 412),
    BranchPlan("Cheshire Plain", "North West", 274, 296),
    BranchPlan("Clwyd Valleys", "Wales", 194, 365),
    BranchPlan("East Riding", "Yorkshire and Humber", 252, 341),
    BranchPlan("Fenland", "East of England", 323, 207),
    BranchPlan("Gwent", "Wales", 240, 438),
    BranchPlan("Isle and Solent", "South East", 384, 274),
    BranchPlan("Kentish Weald", "South East", 412, 189),
    BranchPlan("Lune and Wyre", "North West", 264, 382),
    BranchPlan("Mercia", "Midlands", 467, 331),
    # Just short of half: the branch to ring tonight.
    BranchPlan("Northumbria", "North East", 329, 497),
    BranchPlan("Peak and Derwent", "Midlands", 304, 359),
    # Fewer entitled than the floor of five: never shown by itself.
    BranchPlan("Scilly", "South West", 4, 500),
    BranchPlan("South Yorkshire", "Yorkshire and Humber", 350, 446),
    BranchPlan("Tamar", "South West", 219, 262),
    BranchPlan("Thames North", "London", 498, 248),
    BranchPlan("Wear and Tees", "North East", 285, 402),
)
# Shares of the members, and of those in Wales.
IN_ARREARS = 0.01
IN_WELSH = 0.4


def write_roll(path: Path, *, today: date, cut_off: date) -> None:
    """Write the invented roll as a membership file, ready to be imported.

    Args:
        path: where the CSV goes.
        today: the day around which everything is arranged.
        cut_off: the cut-off of the open ballot: some joined just before it and some after.
    """
    chance = random.Random(SEED)  # noqa: S311 - invented people need no secrecy
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMN_NAMES)
        number = 0
        for branch in BRANCHES:
            for _ in range(branch.members):
                number += 1
                joined = _joined(chance, today=today, cut_off=cut_off)
                writer.writerow(_member(chance, number, branch, joined=joined))
        for member in _outside(chance, number, today=today):
            writer.writerow(member)


def _joined(chance: random.Random, *, today: date, cut_off: date) -> date:
    if chance.random() < 0.015:  # noqa: PLR2004 - a pay campaign brings recruits
        return cut_off - timedelta(days=chance.randrange(28))
    return today - timedelta(days=400 + chance.randrange(9000))


def _member(
    chance: random.Random, number: int, branch: BranchPlan, *, joined: date, **changes: str
) -> list[str]:
    given, family = chance.choice(GIVEN), chance.choice(FAMILY)
    reachable = chance.random() < 0.97  # noqa: PLR2004 - a roll is never complete
    office = chance.choice(("Central", "Riverside", "Courts"))
    mobile = f"07700 900{chance.randrange(1000):03}"
    host = f"mail.{EMPLOYERS_DOMAIN}" if number % 20 == 0 else "example.org"
    facts = {
        "membership_number": f"{number:06}",
        "given_name": given,
        "family_name": family,
        "email": f"{given}.{family}.{number}@{host}".lower() if reachable else "",
        # Every other one of those without an address can be reached by nobody.
        "mobile": mobile if reachable or number % 2 else "",
        "branch": branch.code,
        "region": branch.region,
        "employer": "Probation Service",
        "workplace": f"{branch.code} {office}",
        "category": "full",
        "joined_on": joined.isoformat(),
        "left_on": "",
        "in_arrears": "yes" if chance.random() < IN_ARREARS else "no",
        "language": "cy" if branch.region == "Wales" and chance.random() < IN_WELSH else "en",
        "address": f"{1 + chance.randrange(200)} Invented Street",
        "postcode": "ZZ99 9ZZ",
    }
    return list((facts | changes).values())


def _outside(chance: random.Random, number: int, *, today: date) -> Iterator[list[str]]:
    """Yield those who are on the roll and not entitled: retired, associate, left, too late."""
    long_ago = today - timedelta(days=4000)
    for branch in BRANCHES:
        for _ in range(branch.members // 40):
            number += 1
            category = chance.choice(("retired", "associate", "student"))
            yield _member(chance, number, branch, joined=long_ago, category=category)
        for _ in range(branch.members // 90):
            number += 1
            left = (today - timedelta(days=60 + chance.randrange(300))).isoformat()
            yield _member(chance, number, branch, joined=long_ago, left_on=left)
        for _ in range(branch.members // 70):
            number += 1
            late = today - timedelta(days=chance.randrange(9))
            yield _member(chance, number, branch, joined=late)
