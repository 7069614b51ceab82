"""Mail to members: the outbox and its worker, invitations, own checks and new links.

Owns the tables `outbox`, `mail_switch`, `notice_template` and `member_request`.
Promise: what a server accepted is never sent again by itself, and nothing is forgotten; a code is
made as its message leaves and kept nowhere in clear; nobody learns from us who is a member.
"""
