"""Read one cell: from what a membership system wrote to what the roll keeps."""

import re
import unicodedata
from datetime import date, timedelta
from typing import NoReturn

from email_validator import EmailNotValidError, validate_email

from app.roll.schemas import Fault
from app.rules.days import in_words

LONGEST_BRANCH = 100
LONGEST_CATEGORY = 40
# Nobody on a roll joined or left before this year.
FIRST_YEAR = 1900
# A member may be known to join or leave later, but not years from now.
FURTHEST_AHEAD = timedelta(days=366)
LONGEST_QUOTATION = 60
YES = frozenset({"yes", "y", "true", "1"})
NO = frozenset({"no", "n", "false", "0"})
LANGUAGES = frozenset({"en", "cy"})
# A time of day may follow: some systems export the moment.
_YEAR_FIRST = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ][0-9:.]{5,15}Z?)?")
_DAY_FIRST = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})(?: [0-9:]{5,8})?")
# Days since the end of 1899, as Excel counts them; five digits are the years 1927 to 2173.
_SERIAL = re.compile(r"([0-9]{5})(?:\.[0-9]+)?")
_DAY_NOUGHT = date(1899, 12, 30)
# What a spreadsheet made of a whole number: 12345.0, or 1.2E+11, whose last digits are lost.
_WHOLE = re.compile(r"([0-9]+)\.0+")
_SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]{1,3}", re.IGNORECASE)
# A British mobile number without the nought that a spreadsheet took from it.
_MOBILE_WITHOUT_NOUGHT = re.compile(r"7[0-9]{9}")
# What a spreadsheet shows where it could not work out a formula. Source: ECMA-376 18.17.3.
ERRORS = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"}
)
# A cell that was kept from being taken for a formula, as our own files do too.
_KEPT_FROM_FORMULA = re.compile(r"'+[=+\-@\t\r]")
# Systems write ="0012" so that a spreadsheet does not take the noughts away.
_PROTECTED = re.compile(r'="([^"]*)"')
_FIRST_OF_ODD = frozenset("=#")
# Spaces that are not the space bar's: no-break, thin and so on.
_OTHER_SPACES = re.compile("[^\\S\x00-\x20\x85\u2028\u2029]")


class CellRefused(Exception):
    """Refused because the roll cannot keep what a cell says. The message is a whole sentence."""

    def __init__(self, fault: Fault, message: str) -> None:
        self.fault = fault
        self.message = message
        super().__init__(message)


def clean(cell: str) -> str:
    """Return a cell without outer space, its letters composed in one way (Unicode's NFC).

    What was put around it to keep a spreadsheet from changing it is taken away again.

    Raises:
        CellRefused: `spreadsheet_error`.
    """
    if cell[:1] == "'" and _KEPT_FROM_FORMULA.match(cell):
        cell = cell[1:]
    if cell.isascii():
        text = cell.strip()
    else:
        text = unicodedata.normalize("NFC", _OTHER_SPACES.sub(" ", cell)).strip()
    return _as_it_was(text) if text[:1] in _FIRST_OF_ODD and text else text


def _as_it_was(text: str) -> str:
    if text.upper() in ERRORS:
        raise CellRefused(
            Fault.SPREADSHEET_ERROR,
            f"A spreadsheet wrote {text} here because it could not work out the cell. "
            "Type in what should stand there, or leave it empty.",
        )
    protected = _PROTECTED.fullmatch(text)
    return protected[1].strip() if protected else text


def without_line_breaks_of_windows(text: str) -> str:
    """Return a cell of several lines with one kind of line break."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def refuse_control_characters(text: str, *, several_lines: bool) -> None:
    """Refuse line breaks, NUL bytes and the like, which no name or number holds.

    Raises:
        CellRefused: `control_character`.
    """
    allowed = "\n" if several_lines else ""
    for character in text:
        if unicodedata.category(character) in {"Cc", "Zl", "Zp"} and character not in allowed:
            if character in "\r\n":
                what = "a line break"
            else:
                what = f"a character that cannot be seen (U+{ord(character):04X})"
            raise CellRefused(
                Fault.CONTROL_CHARACTER, f"This cell holds {what}. Type the cell again without it."
            )


def read_text(text: str) -> str:
    """Return a cell as it is, also one that a spreadsheet would take for a formula."""
    return text


def read_code(text: str) -> str:
    """Return a number or code as it was before a spreadsheet took it for a quantity.

    Raises:
        CellRefused: `lost_digits`.
    """
    if whole := _WHOLE.fullmatch(text):
        return whole[1]
    if _SCIENTIFIC.fullmatch(text):
        raise CellRefused(
            Fault.LOST_DIGITS,
            f"A spreadsheet has rounded this number to {quoted(text)}, and its last digits are "
            "lost. Export it again with the column formatted as text.",
        )
    return text


def read_mobile(text: str) -> str:
    """Return a mobile number; the nought that a spreadsheet took from a British one is put back.

    Raises:
        CellRefused: `lost_digits`.
    """
    number = read_code(text)
    return f"0{number}" if _MOBILE_WITHOUT_NOUGHT.fullmatch(number) else number


def folded_branch(name: str) -> str:
    """Return a branch's name without case and with single spaces: spellings of one branch meet."""
    return unicodedata.normalize("NFC", " ".join(name.casefold().split()))


def read_branch(text: str) -> str:
    """Return a branch's name.

    Raises:
        CellRefused: `too_long` or `lost_digits`.
    """
    name = read_code(text)
    # Folding can lengthen a name: ß becomes ss.
    if len(folded_branch(name)) > LONGEST_BRANCH:
        _refuse_length(LONGEST_BRANCH)
    return name


def read_category(text: str) -> str:
    """Return a membership category in lower case.

    Raises:
        CellRefused: `too_long`.
    """
    category = text.lower()
    if len(category) > LONGEST_CATEGORY:
        _refuse_length(LONGEST_CATEGORY)
    return category


def _refuse_length(longest: int) -> NoReturn:
    raise CellRefused(
        Fault.TOO_LONG, f"This cell is longer than the {longest} characters that fit. Shorten it."
    )


def refuse_if_longer(text: str, *, longest: int) -> None:
    """Refuse what does not fit.

    Raises:
        CellRefused: `too_long`.
    """
    if len(text) > longest:
        _refuse_length(longest)


def read_yes_or_no(text: str) -> bool:
    """Return whether a cell says yes.

    Raises:
        CellRefused: `bad_yes_or_no`.
    """
    word = text.lower()
    if word in YES:
        return True
    if word in NO:
        return False
    raise CellRefused(
        Fault.BAD_YES_OR_NO, f"{quoted(text)} is neither yes nor no. Write yes or no."
    )


def read_language(text: str) -> str:
    """Return `en` or `cy`.

    Raises:
        CellRefused: `unknown_language`.
    """
    language = text.lower()
    if language not in LANGUAGES:
        raise CellRefused(
            Fault.UNKNOWN_LANGUAGE,
            f"{quoted(text)} is not a language Muster writes in. "
            "Write en for English or cy for Welsh, or leave the cell empty for English.",
        )
    return language


def read_email(text: str) -> str:
    """Return an e-mail address with its domain in lower case. Nothing is looked up or sent.

    Raises:
        CellRefused: `bad_email`.
    """
    try:
        # The test environment is the one that knows addresses in `.test`, which reach nobody.
        checked = validate_email(
            text, check_deliverability=False, test_environment=True, strict=True
        )
    except EmailNotValidError as wrong:
        raise CellRefused(
            Fault.BAD_EMAIL,
            f"{quoted(text)} is not an e-mail address. Mend it or leave the cell empty.",
        ) from wrong
    return checked.normalized


def quoted(text: str) -> str:
    """Return what a cell says in quotation marks, cut where it is long."""
    short = text if len(text) <= LONGEST_QUOTATION else f"{text[:LONGEST_QUOTATION]}…"
    return f"“{short}”"


class Dates:
    """Reads days, and remembers them: a roll repeats the same few thousand."""

    def __init__(self, today: date) -> None:
        self._today = today
        self._known: dict[str, date] = {}

    def read(self, text: str) -> date:
        """Return a day written 2024-02-29 or 29/02/2024, or what a spreadsheet made of one.

        Raises:
            CellRefused: `bad_date`, or `impossible_date` before 1900 or over a year from now.
        """
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self._read(text)
        return known

    def _read(self, text: str) -> date:
        day = _day(text)
        if day is None:
            raise CellRefused(
                Fault.BAD_DATE,
                f"{quoted(text)} is not a day. Write it as 2024-02-29 or 29/02/2024.",
            )
        if day.year < FIRST_YEAR or day - self._today > FURTHEST_AHEAD:
            raise CellRefused(
                Fault.IMPOSSIBLE_DATE,
                f"{in_words(day)} is before {FIRST_YEAR} or more than a year from now. "
                "Check the year.",
            )
        return day


def _day(text: str) -> date | None:
    try:
        if found := _YEAR_FIRST.fullmatch(text):
            year, month, day = found.groups()
            return date(int(year), int(month), int(day))
        if found := _DAY_FIRST.fullmatch(text):
            day, month, year = found.groups()
            return date(int(year), int(month), int(day))
        if found := _SERIAL.fullmatch(text):
            return _DAY_NOUGHT + timedelta(days=int(found[1]))
    except ValueError:
        return None
    return None
