"""What crosses the wire about boards."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from app.ballots.schemas import BoardShows, Moment

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Receipt = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class BoardFile(BaseModel):
    """One file of a board."""

    name: str
    address: str


class BoardOut(BaseModel):
    """What was signed of a ballot's papers, and where the files are."""

    ballot: str
    shows: BoardShows
    papers: Annotated[int, Field(description="Leaves of the tree: papers in the box.")]
    root: Annotated[str, Field(description="RFC 9162 Merkle tree hash, in hex.")]
    checkpoint: Annotated[str, Field(description="Signed note, C2SP tlog-checkpoint.")]
    verifier: Annotated[str, Field(description="The line that names the key which signed it.")]
    signed_at: Moment
    published: Annotated[bool, Field(description="Whether the papers are published by now.")]
    files: list[BoardFile]


class ProofIn(BaseModel):
    """A receipt, or its digest as the board has it. Never in an address: those are logged."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    receipt: Receipt | None = None
    digest: Digest | None = None

    @model_validator(mode="after")
    def _one_of_the_two(self) -> Self:
        if (self.receipt is None) == (self.digest is None):
            raise ValueError("send a receipt or a digest, and not both")
        return self


class ProofOut(BaseModel):
    """That one paper stands on the board (RFC 9162, section 2.1.3)."""

    format: str
    ballot: str
    leaf: Annotated[str, Field(description="The line of papers.jsonl, without its line feed.")]
    index: Annotated[int, Field(description="Its place, from 0.")]
    size: int
    path: Annotated[list[str], Field(description="In hex, the leaf's neighbour first.")]
    checkpoint: str
    verifier: str
