"""Key dates, the recruitment cut-off, and calendar feeds.

Table: `published_date`, what calendars were last told. Promise: a day is a London day, and somebody
who asks whether they join in time gets the answer that the freeze will give.
"""
