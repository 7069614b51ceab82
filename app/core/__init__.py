"""What every package stands on: settings, clock, database, errors, logging, languages, signatures.

Owns no tables. Promise: settings are read once, the clock is read at the edge only, every
datetime in the database is aware and in UTC, and no secret reaches a log.
"""
