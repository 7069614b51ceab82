"""The application with a clock that a test in another process may put back."""

import os
from datetime import datetime, timedelta
from pathlib import Path

from fastapi import FastAPI

from app.core.clock import system_clock
from app.main import create_app

STEP = "MUSTER_CLOCK_STEP"  # a file that says by how many hours the clock is wrong


def create_app_with_a_clock_that_steps() -> FastAPI:
    step = Path(os.environ[STEP])

    def clock() -> datetime:
        return system_clock() + timedelta(hours=float(step.read_text("utf-8")))

    return create_app(clock=clock)


def move_clock(step: Path, *, hours: int) -> None:
    # In one go: the server never reads half of it.
    fresh = step.with_suffix(".new")
    fresh.write_text(str(hours), "utf-8")
    fresh.replace(step)
