"""The columns of a roll file: what each may hold, and how it is read."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.roll.cells import (
    Dates,
    read_branch,
    read_category,
    read_code,
    read_email,
    read_language,
    read_mobile,
    read_text,
    read_yes_or_no,
)

REQUIRED = ("membership_number", "family_name", "branch", "category", "joined_on")


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: as the contract spells it.
        longest: how many characters fit.
        read: turns the cleaned text of a cell into what the roll keeps, or refuses it.
        blank: what an empty cell means.
        several_lines: whether line breaks may stand in it.
    """

    name: str
    longest: int
    read: Callable[[str], Any] = read_text
    blank: Any = ""
    several_lines: bool = False

    @property
    def required(self) -> bool:
        """Whether there is no member without it."""
        return self.name in REQUIRED


def all_columns(*, today: date) -> tuple[Column, ...]:
    """Return every column of a roll file, in the contract's order.

    Args:
        today: the London day, after which a date is a date to come.
    """
    dates = Dates(today)
    return (
        Column("membership_number", 40, read_code),
        Column("given_name", 200),
        Column("family_name", 200),
        Column("email", 254, read_email),
        Column("mobile", 40, read_mobile),
        Column("branch", 100, read_branch),
        Column("region", 200, read_code),
        Column("employer", 200, read_code),
        Column("workplace", 200, read_code),
        Column("category", 40, read_category),
        Column("joined_on", 40, dates.read),
        Column("left_on", 40, dates.read, blank=None),
        Column("in_arrears", 10, read_yes_or_no, blank=False),
        Column("language", 10, read_language, blank="en"),
        Column("address", 1000, several_lines=True),
        Column("postcode", 20),
    )


COLUMN_NAMES = tuple(column.name for column in all_columns(today=date.min))
