"""Declared ballots with their evidence, for the tests that look at packs."""

from dataclasses import dataclass

import pytest

from app.core.database import Database
from app.core.settings import Settings
from app.core.signing import Verifier, signer_of
from tests.conftest import SECRET
from tests.support.ballots import NOON, add_members, given_ballot
from tests.support.changes import exclude, supplement
from tests.support.evidence import declared, keys_of, pack_bytes
from tests.support.extensions import LATER, extend
from tests.support.votes import cast


def plain(database, settings):
    """One question, twenty entitled, eleven votes."""
    add_members(database, 20)
    ready = given_ballot(database, settings)
    cast(database, ready, ["reject"] * 7 + ["accept"] * 3 + [None])
    return declared(database, settings, ready)


def eventful(database, settings):
    """Units, some of them withheld; a change of roll of each kind; a later close; open answers."""
    for branch, number in (("Leeds", 20), ("Hull", 8), ("York", 3)):
        add_members(database, number, branch=branch)
    ready = given_ballot(database, settings, disaggregate_by="branch", board="answers")
    exclude(database, "LEE0020")
    add_members(database, 1, branch="Bath")
    supplement(database, reason="The form of Invented Member 1 came by post")
    extend(database, now=NOON)
    cast(database, ready, ["reject"] * 7 + ["accept"] * 3 + [None])
    # Right at the close it would wait for the last votes, in seconds of the real clock.
    return declared(database, settings, ready, after=LATER + settings.close_grace)


@pytest.fixture
def declared_ballot(database, settings):
    return plain(database, settings)


@pytest.fixture
def eventful_ballot(database, settings):
    return eventful(database, settings)


@dataclass(frozen=True)
class Kept:
    """A pack, the keys to its sealed parts, and the settings with the key that signed it."""

    pack: bytes
    keys: list[str]
    settings: Settings

    @property
    def verifier(self) -> Verifier:
        return signer_of(self.settings).verifier


def kept_from(server, ballot_of):
    """Make a pack once for all tests that only read it; both databases make the same bytes."""
    url = server.create_migrated()
    settings = Settings(database_url=url, secret_key=SECRET, base_url="http://testserver")
    database = Database(url)
    try:
        ballot = ballot_of(database, settings)
        pack = pack_bytes(database, settings, ballot)
        return Kept(pack, keys=list(keys_of(database, ballot).values()), settings=settings)
    finally:
        database.dispose()
        server.drop(url)


@pytest.fixture(scope="session")
def kept_pack(sqlite):
    return kept_from(sqlite, plain)


@pytest.fixture(scope="session")
def kept_eventful(sqlite):
    return kept_from(sqlite, eventful)


@pytest.fixture
def pack(kept_pack):
    return kept_pack.pack


@pytest.fixture
def eventful_pack(kept_eventful):
    return kept_eventful.pack


@pytest.fixture
def union_key(kept_pack):
    return kept_pack.verifier
