"""Pages for members, headquarters, branches and the public; forms, templates and built assets.

Owns no tables. Promise: every page works without script, script only improves it, and a refusal
is one clear sentence.
"""
