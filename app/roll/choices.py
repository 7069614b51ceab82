"""What headquarters chooses about an import, beside the file itself."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from app.roll.refusals import WrongMerge


class Missing(StrEnum):
    """What becomes of members who are on the roll and not in the file."""

    KEEP = "keep"
    LEFT = "left"


class Choices(BaseModel):
    """What headquarters chose.

    Attributes:
        missing: whether members who are not in the file stay, or are marked as left.
        left_on: the day on which those are marked as having left; the day of the import where
            None. Nobody is marked as having left before they joined.
        merges: pairs of membership numbers that are one person.
        mapping: our column to the file's header.
    """

    model_config = ConfigDict(frozen=True)

    missing: Missing = Missing.KEEP
    left_on: date | None = None
    merges: tuple[tuple[str, str], ...] = ()
    mapping: Mapping[str, str] | None = None


NO_CHOICES = Choices()
_PAIRS = TypeAdapter(tuple[tuple[str, str], ...])


def parse_merges(text: str) -> tuple[tuple[str, str], ...]:
    """Read the `merges` of a request: a JSON list of pairs of membership numbers.

    Raises:
        WrongMerge: it is no such list.
    """
    try:
        return _PAIRS.validate_json(text)
    except ValidationError as wrong:
        raise WrongMerge(
            "The merges are not a JSON list of pairs of membership numbers. "
            'Write them like [["0012", "0077"]].'
        ) from wrong
