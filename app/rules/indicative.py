"""The union's own yardstick for an indicative ballot. No statute sets one."""

from datetime import date
from fractions import Fraction

from app.rules.period import Period, Rule, RuleBook

OWN_YARDSTICK = "The union's own yardstick, not law"
MAJORITY_OF_THE_ANSWERS = Rule(
    threshold=Fraction(1, 2), source=f"{OWN_YARDSTICK}: more than half of the answers"
)
SPOILED_GIVE_NO_ANSWER = (
    f"{OWN_YARDSTICK}: a spoiled paper counts for turnout and is not one of the answers"
)

INDICATIVE = RuleBook(
    key="indicative",
    title="Indicative ballot",
    note=(
        "No statute sets a threshold for an indicative ballot. It tells the union whether a "
        "statutory one would pass, so read beside it what the law in force says of the same "
        "numbers."
    ),
    periods=(
        Period(
            since=None,
            until=date(2026, 4, 5),
            label="before the April change (until 5 April 2026)",
            source=OWN_YARDSTICK,
            turnout=Rule(
                threshold=Fraction(50, 100),
                source=f"{OWN_YARDSTICK}: at least 50 % of those entitled vote",
            ),
            support=Rule(
                threshold=Fraction(40, 100),
                source=f"{OWN_YARDSTICK}: at least 40 % of those entitled on the supported side",
            ),
            majority=MAJORITY_OF_THE_ANSWERS,
            spoiled_count_as_voting=False,
            spoiled_source=SPOILED_GIVE_NO_ANSWER,
            history="The union set itself what the law asked of a ballot in a public service.",
        ),
        Period(
            since=date(2026, 4, 6),
            until=None,
            label="after the April change (from 6 April 2026)",
            source=f"{OWN_YARDSTICK}, as the union changed it for ballots opened from 6 April 2026",
            turnout=None,
            support=None,
            majority=MAJORITY_OF_THE_ANSWERS,
            spoiled_count_as_voting=False,
            spoiled_source=SPOILED_GIVE_NO_ANSWER,
            history=(
                "The union followed the April rule change of the law on recognition for ballots "
                "opened from 6 April 2026."
            ),
        ),
    ),
)
