"""Where the 1992 Act extends to, and the exemption of devolved Welsh authorities."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from app.rules.sources import ACT_1992

NATIONS: Mapping[str, str] = MappingProxyType(
    {
        "england": "England",
        "wales": "Wales",
        "scotland": "Scotland",
        "northern_ireland": "Northern Ireland",
    }
)
NORTHERN_IRELAND: Final = "northern_ireland"
EXTENT = f"{ACT_1992} s.301(1): England, Wales and Scotland"
OTHER_LEGISLATION = (
    "Northern Ireland has other legislation on this (the Trade Union and Labour Relations "
    "(Northern Ireland) Order 1995 among it), which Muster does not know."
)
WELSH_EXEMPTION_SINCE = date(2017, 9, 13)
WELSH_EXEMPTION = "Trade Union (Wales) Act 2017 s.1, in force from 13 September 2017"


def act_extends_to(nation: str | None) -> bool:
    """Say whether the rule books of statutory ballots are the law of a nation.

    Args:
        nation: a key of `NATIONS`, or None for more than one of the three of Great Britain.

    Source:
        Trade Union and Labour Relations (Consolidation) Act 1992 s.301(1).
    """
    return nation != NORTHERN_IRELAND


def support_test_may_apply(
    *, important_public_service: bool, devolved_welsh_authority: bool, opened_on: date
) -> bool:
    """Say whether a ballot is one of those that the 40 % test of important services is for.

    Whether the test was in force on the opening day is for the rule book to say.

    Args:
        important_public_service: the union states that the majority of those entitled are
            normally engaged in important public services.
        devolved_welsh_authority: the union states that their employer is one.
        opened_on: the London day on which the ballot opened; the exemption has a first day.

    Source:
        Trade Union (Wales) Act 2017 s.1, in force from 13 September 2017.
    """
    exempt = devolved_welsh_authority and opened_on >= WELSH_EXEMPTION_SINCE
    return important_public_service and not exempt
