"""The law for a ballot on recognition: 1992 Act Schedule A1 paragraph 29(3), as it was and is."""

from datetime import date
from fractions import Fraction

from app.rules.period import Period, Rule, RuleBook
from app.rules.sources import (
    ACT_1992,
    ACT_2025,
    ERA_2025_S68,
    FROM_S68,
    S68_PUT_OFF,
    SPOILED_ARE_VOTING,
    SPOILED_NO_LONGER_VOTING,
    SPOILED_NOT_YET_VOTING,
)

MAJORITY = Rule(threshold=Fraction(1, 2), source=f"{ACT_1992} Sch. A1 para. 29(3)(a)")
MAJORITY_ALONE = Rule(
    threshold=Fraction(1, 2),
    source=f"{ACT_1992} Sch. A1 para. 29(3), as amended by {ACT_2025} Sch. 6",
)
FORTY_PER_CENT_OF_THE_UNIT = Rule(
    threshold=Fraction(40, 100), source=f"{ACT_1992} Sch. A1 para. 29(3)(b)"
)

RECOGNITION = RuleBook(
    key="recognition",
    title="Statutory ballot on recognition",
    note=(
        "Those entitled are the workers constituting the bargaining unit. The April rule change "
        "is about this ballot: since 6 April 2026 a simple majority is enough."
    ),
    periods=(
        Period(
            since=date(2000, 6, 6),
            until=date(2017, 2, 28),
            label="6 June 2000 to 28 February 2017",
            source=f"{ACT_1992} Sch. A1, brought into force by S.I. 2000/1338",
            turnout=None,
            support=FORTY_PER_CENT_OF_THE_UNIT,
            majority=MAJORITY,
            spoiled_count_as_voting=False,
            spoiled_source=SPOILED_NOT_YET_VOTING,
            history=f"Schedule A1 of the {ACT_1992} began on 6 June 2000.",
        ),
        Period(
            since=date(2017, 3, 1),
            until=date(2026, 4, 5),
            label="1 March 2017 to 5 April 2026",
            source=f"{ACT_1992} s.297A, for the purposes of the whole Act from 1 March 2017",
            turnout=None,
            support=FORTY_PER_CENT_OF_THE_UNIT,
            majority=MAJORITY,
            spoiled_count_as_voting=True,
            spoiled_source=SPOILED_ARE_VOTING,
            history="Spoiled papers count as voting from 1 March 2017; the tests did not change.",
        ),
        Period(
            since=date(2026, 4, 6),
            until=None,
            label="from 6 April 2026",
            source=f"{ACT_2025} Sch. 6: the support test is repealed",
            turnout=None,
            support=None,
            majority=MAJORITY_ALONE,
            spoiled_count_as_voting=True,
            spoiled_source=SPOILED_ARE_VOTING,
            history=(
                f"The {ACT_2025}, Sch. 6, for ballots opened on or after 6 April 2026. This is "
                "what is usually called the April rule change; it is not about industrial action."
            ),
        ),
        Period(
            since=None,
            until=None,
            label=FROM_S68,
            source=f"{ACT_2025} s.68(4) and s.159(3): s.297A goes on a day to be appointed",
            turnout=None,
            support=None,
            majority=MAJORITY_ALONE,
            spoiled_count_as_voting=False,
            spoiled_source=SPOILED_NO_LONGER_VOTING,
            planned_key=ERA_2025_S68,
            history=S68_PUT_OFF,
        ),
    ),
)
