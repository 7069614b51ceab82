"""The audit log: what staff changed, when, and from where; and its signed checkpoints.

Tables: `audit_event`, `audit_checkpoint`. Promise: append-only (the database refuses change and
removal), each event carries the hash of the one before, and nothing in it says how anyone voted or
what a code is.
"""
