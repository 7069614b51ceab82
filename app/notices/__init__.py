"""Invitations, reminders, new links and the delivery ledger: the place where they will live.

Owns no tables yet: until then the scrutineer (or headquarters) takes the codes as a file.
Promise: nothing is sent twice, and nobody learns from us who is a member.
"""
