"""Names in the environment that look like settings of ours and are none: most are misspelt."""

import os
from difflib import get_close_matches

import structlog

from app.core.settings import PREFIX, Settings

KNOWN = [f"{PREFIX}{name}".upper() for name in Settings.model_fields]
log = structlog.get_logger()


def warn_of_unknown_settings() -> None:
    """Log each MUSTER_ name that no setting has, and the one that was perhaps meant.

    Nothing is refused: the names of another version, or of the proxy beside us, do no harm. The
    values are secrets as often as not, and are not looked at.
    """
    for name in sorted(os.environ):
        if name.upper().startswith(PREFIX) and name.upper() not in KNOWN:
            meant = next(iter(get_close_matches(name.upper(), KNOWN, n=1, cutoff=0.8)), None)
            log.warning("unknown_setting", name=name, perhaps_meant=meant)
