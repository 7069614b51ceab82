"""Who may do what: staff accounts, roles, sessions, API tokens and throttles.

Tables: `staff_account`, `staff_session`, `api_token`, `failure_count`. Promise: only digests of
sessions and tokens are stored, every session can be revoked, and no route is served without a
stated access: the application refuses to start.
"""
