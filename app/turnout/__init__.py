"""Live turnout, votes still needed, and the stream that moves the pages.

Owns `turnout_hour` and `supplied_course`; all else it reads from the counters that the ballot box
writes. Promise: turnout only, never a choice, and never a group so small that it would say who has
voted.
"""
