"""What crosses the wire when somebody votes."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Receipt = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class VoteIn(BaseModel):
    """A vote: an answer key, or null, for each question; and a receipt made before it."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    answers: dict[str, str | None]
    receipt: Receipt | None = None


class ReceiptOut(BaseModel):
    """The receipt of a counted vote."""

    receipt: str
