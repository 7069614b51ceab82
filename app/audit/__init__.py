"""The audit log: what staff changed, when, and from where.

Table: `audit_event`. Promise: append-only (the database refuses change and removal), each event
carries the hash of the one before, and nothing in it says how anyone voted or what a code is.
"""
