"""What crosses the wire about a cut-off moved in thought."""

from datetime import date

from pydantic import BaseModel


class BranchChangeOut(BaseModel):
    """How many members of one branch a moved cut-off would let in, or leave out."""

    branch: str
    added: int
    removed: int


class WhatIfOut(BaseModel):
    """What a cut-off some days later would do as the roll stands; earlier where days < 0."""

    ballot: str
    days: int
    cut_off_day: date
    added: int
    removed: int
    branches: list[BranchChangeOut]
