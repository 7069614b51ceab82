"""Mail, texts and letters to members; what they ask for; webhooks to the union's own systems.

Tables: `outbox`, `mail_switch`, `notice_template`, `member_request`, `bounce`, `reminder`,
`webhook`, `webhook_event`, `webhook_delivery`. Promise: what a server accepted is never sent again
by itself, and nothing is forgotten; a code is made as its message leaves and kept nowhere in clear;
nobody learns from us who is a member.
"""
