"""Who may do what: staff accounts, what they prove themselves by, roles, tokens and throttles.

Tables: `staff_account`, `staff_session`, `staff_invitation`, `staff_identity`, `api_token`,
`authenticator_app`, `passkey`, `recovery_code`, `failure_count`, `signing_key`, `key_rotation`.
Promise: only digests of sessions and tokens are stored, every session can be revoked, and no route
is served without a stated access: the application refuses to start.
"""
