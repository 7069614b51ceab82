"""Ballots: what is asked, of whom, in which window; the frozen roll and the voting codes.

Tables: `ballot`, `question`, `answer`, `roll_entry`, `roll_cell`, `left_out`, `left_out_member`,
`roll_change`, `roll_change_entry`, `exclusion_proposal`, `window_extension`, `ballot_proposal`,
`credential`, `commencement`. Promise: nothing about an opened ballot can be edited, a frozen roll
never changes silently, and only keyed digests of codes are stored.
"""
