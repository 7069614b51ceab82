"""The command line: each command opens the database of the settings and calls one service.

Owns no tables. Promise: a refusal is a sentence on standard error and an exit status, never a
traceback; a secret is printed only where printing it is the command's purpose.
"""

from app.cli.main import main

__all__ = ["main"]
