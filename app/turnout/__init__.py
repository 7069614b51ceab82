"""Live turnout, votes still needed, its course, and the stream that moves the pages.

Tables: `turnout_hour`, `turnout_step`, `turnout_step_cell`, `turnout_link`, `supplied_course`; all
else is read from the counters that the ballot box writes. Promise: turnout only, never a choice,
and never a group so small that it would say who has voted.
"""
