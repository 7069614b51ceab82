"""The ballot box: who has voted, how papers were marked, and how many papers there are.

Tables: `roll_mark`, `ballot_paper`, `turnout_counter`, `box_stir`. Promise: one member, one vote; a
paper carries no member, no code, no time and no sequence; an answer is sent only after COMMIT.
"""
