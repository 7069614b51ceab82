"""The dated law and the union's own yardsticks, as pure functions.

Owns no tables. Every number has a day from which it holds and a source, keyed by the day the
ballot opens. Promise: standard library only, no clock, no database, no settings; whole-number
arithmetic decides and percentages only show.
"""
