"""The Acts that the rule books cite, by their full names."""

ACT_1992 = "Trade Union and Labour Relations (Consolidation) Act 1992"
ACT_2016 = "Trade Union Act 2016"
ACT_2025 = "Employment Rights Act 2025"

# The day for s.68 is appointed by regulations alone (2025 Act s.159(3) and (5)), so it has a name.
ERA_2025_S68 = "era-2025-s68"
# Each planned change of law in words.
PLANNED_CHANGES = {
    ERA_2025_S68: (
        f"Section 68 of the {ACT_2025}: no turnout test, and spoiled papers no longer count as "
        "voting"
    ),
}
FROM_S68 = f"planned: from the day s.68 of the {ACT_2025} begins"
S68_PUT_OFF = (
    "Announced for April 2026, then for August 2026, together with electronic balloting. It begins "
    f"only on a day appointed by regulations ({ACT_2025} s.159(3) and (5)), and no day had been "
    "appointed in the sources read, to the middle of 2026."
)

SPOILED_NOT_YET_VOTING = f"{ACT_1992}, before s.297A was inserted with effect from 1 March 2017"
SPOILED_ARE_VOTING = f"{ACT_1992} s.297A, in force from 1 March 2017"
SPOILED_NO_LONGER_VOTING = f"{ACT_2025} s.68(4), which omits s.297A of the 1992 Act"
