"""Typed events of what is published of a ballot, and of who may open what is sealed."""

from dataclasses import dataclass

from app.audit.events import Event


@dataclass(frozen=True)
class EvidenceBegun(Event):
    """The keys to the sealed parts of a ballot's evidence were drawn."""


@dataclass(frozen=True)
class EvidenceMade(Event):
    """The evidence pack of a declared ballot was made, with this SHA-256 (hex)."""

    sha256: str
    size: int


@dataclass(frozen=True)
class EvidenceKeyHandedOver(Event):
    """An officer was shown the key to a sealed part of a ballot's evidence."""

    part: str
