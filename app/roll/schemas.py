"""What crosses the wire about the roll."""

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Fault(StrEnum):
    """Why a row was refused. docs/roll-file.md explains each to membership secretaries."""

    UNREADABLE_ROW = "unreadable_row"
    TOO_FEW_CELLS = "too_few_cells"
    TOO_MANY_CELLS = "too_many_cells"
    MISSING_VALUE = "missing_value"
    TOO_LONG = "too_long"
    CONTROL_CHARACTER = "control_character"
    BAD_DATE = "bad_date"
    IMPOSSIBLE_DATE = "impossible_date"
    LEFT_BEFORE_JOINING = "left_before_joining"
    BAD_YES_OR_NO = "bad_yes_or_no"
    UNKNOWN_LANGUAGE = "unknown_language"
    BAD_EMAIL = "bad_email"
    REPEATED_NUMBER = "repeated_number"
    SPREADSHEET_ERROR = "spreadsheet_error"
    LOST_DIGITS = "lost_digits"
    SAME_PERSON = "same_person"


class Caution(StrEnum):
    """What was noticed and stopped nothing."""

    NO_ROWS = "no_rows"
    UNKNOWN_COLUMN = "unknown_column"
    UNNAMED_COLUMN = "unnamed_column"
    OTHER_SHEETS = "other_sheets"
    LETTERS_GUESSED = "letters_guessed"
    COLUMNS_REMEMBERED = "columns_remembered"
    JOINS_LATER = "joins_later"
    NEW_BRANCHES = "new_branches"
    MANY_CHANGES = "many_changes"
    BRANCH_SIZE = "branch_size"
    JOINER_SPIKE = "joiner_spike"
    SHARED_EMAIL = "shared_email"
    SAME_PEOPLE = "same_people"


class ProblemOut(BaseModel):
    """One reason why one row was refused. A row may have several.

    `row` is counted as a spreadsheet shows it: the header is row 1. `column` is the contract's
    name of the column, or null where the row as a whole is at fault.
    """

    row: int
    column: str | None
    code: Fault
    message: str


class WarningOut(BaseModel):
    """Something worth a look that refused nothing."""

    code: Caution
    message: str


class ImportOut(BaseModel):
    """What an import did, or would do. rows = added + updated + unchanged + rejected, always.

    `changes` says for each column how many members it changes; `duplicates` are rejected rows whose
    number stands in an earlier row; `missing` members are on the roll, have not left and are not in
    the file; `left` were marked as having left, or would be. At most 20,000 problems are listed,
    and `unlisted_problems` are those above that.
    """

    dry_run: bool
    rows: int
    added: int
    updated: int
    unchanged: int
    rejected: int
    problems: list[ProblemOut]
    warnings: list[WarningOut]
    changes: dict[str, int] = {}
    duplicates: int = 0
    missing: int = 0
    left: int = 0
    unlisted_problems: int = 0


class MemberOut(BaseModel):
    """One member, as the roll holds them."""

    model_config = ConfigDict(from_attributes=True)

    membership_number: str
    given_name: str
    family_name: str
    email: str
    mobile: str
    branch: str
    region: str
    employer: str
    workplace: str
    category: str
    joined_on: date
    left_on: date | None
    in_arrears: bool
    language: str
    address: str
    postcode: str
