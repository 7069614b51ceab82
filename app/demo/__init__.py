"""The demonstration: an invented union of about 5,200 members, and three ballots around today.

Owns no tables: everything goes through the same services and the same ballot box as the real
thing. Promise: every name, number and address in it is invented, and says so.
"""
