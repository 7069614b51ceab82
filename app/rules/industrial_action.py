"""The law for a statutory ballot on industrial action: 1992 Act s.226, as it was and is."""

from datetime import date
from fractions import Fraction

from app.rules import statement
from app.rules.period import Period, Rule, RuleBook
from app.rules.sources import (
    ACT_1992,
    ACT_2016,
    ACT_2025,
    ERA_2025_S68,
    FROM_S68,
    S68_PUT_OFF,
    SPOILED_ARE_VOTING,
    SPOILED_NO_LONGER_VOTING,
    SPOILED_NOT_YET_VOTING,
)

MAJORITY = Rule(threshold=Fraction(1, 2), source=f"{ACT_1992} s.226(2)(a)(iii)")
MAJORITY_IN_ALL_CASES = Rule(
    threshold=Fraction(1, 2),
    source=f"{ACT_1992} s.226(2)(a)(iii) and (2A), as amended by {ACT_2016} s.3",
)
HALF_OF_THOSE_ENTITLED = Rule(
    threshold=Fraction(50, 100),
    source=f"{ACT_1992} s.226(2)(a)(iia), as inserted by {ACT_2016} s.2",
)
FORTY_PER_CENT_OF_THOSE_ENTITLED = Rule(
    threshold=Fraction(40, 100),
    source=f"{ACT_1992} s.226(2B) to (2E), as inserted by {ACT_2016} s.3",
    only_important_public_services=True,
)

INDUSTRIAL_ACTION = RuleBook(
    key="industrial-action",
    title="Statutory ballot on industrial action",
    note=(
        "Each question is decided by itself. Important public services are health, education of "
        "those under 17, fire, transport, nuclear decommissioning and border security; whether "
        "the majority of those entitled work in them is for the union to say."
    ),
    periods=(
        Period(
            since=date(1992, 10, 16),
            until=date(2017, 2, 28),
            label="16 October 1992 to 28 February 2017",
            source=f"{ACT_1992} s.302",
            turnout=None,
            support=None,
            majority=MAJORITY,
            spoiled_count_as_voting=False,
            spoiled_source=SPOILED_NOT_YET_VOTING,
            history=f"The {ACT_1992} consolidated the law of ballots that it found.",
            statement=statement.BEFORE_2017,
        ),
        Period(
            since=date(2017, 3, 1),
            until=date(2026, 2, 17),
            label="1 March 2017 to 17 February 2026",
            source=f"{ACT_2016} s.2(3) and s.3(3): ballots opened on or after 1 March 2017",
            turnout=HALF_OF_THOSE_ENTITLED,
            support=FORTY_PER_CENT_OF_THOSE_ENTITLED,
            majority=MAJORITY_IN_ALL_CASES,
            spoiled_count_as_voting=True,
            spoiled_source=SPOILED_ARE_VOTING,
            history=(
                f"The {ACT_2016} brought the turnout test, the support test and the counting of "
                "spoiled papers as voting, all for ballots opened on or after 1 March 2017."
            ),
            statement=statement.FROM_2017,
        ),
        Period(
            since=date(2026, 2, 18),
            until=None,
            label="from 18 February 2026",
            source=f"{ACT_2025} s.69 and s.159(2)(f): the support test is repealed",
            turnout=HALF_OF_THOSE_ENTITLED,
            support=None,
            majority=MAJORITY,
            spoiled_count_as_voting=True,
            spoiled_source=SPOILED_ARE_VOTING,
            history=(
                f"The {ACT_2025} had Royal Assent on 18 December 2025; s.69 came into force at the "
                "end of two months. The turnout test stayed."
            ),
            statement=statement.FROM_FEBRUARY_2026,
        ),
        Period(
            since=None,
            until=None,
            label=FROM_S68,
            source=f"{ACT_2025} s.68 and s.159(3): the turnout test goes on a day to be appointed",
            turnout=None,
            support=None,
            majority=MAJORITY,
            spoiled_count_as_voting=False,
            spoiled_source=SPOILED_NO_LONGER_VOTING,
            planned_key=ERA_2025_S68,
            history=S68_PUT_OFF,
            statement=statement.FROM_S68,
        ),
    ),
)
