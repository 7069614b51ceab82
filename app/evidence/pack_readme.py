"""The page that lies on top of a pack: what is in it, and how to check it."""

from app.ballots.models import Ballot

WORDS = """\
EVIDENCE OF A BALLOT
====================

{title}
Result declared at {declared_at}

This file holds what there is to show of this ballot. Read summary.pdf first.

In it
  summary.pdf       for people: what was asked, of whom, the result, the tests
  ballot.json       questions, window with every change of it, settings
  roll.json         how many were entitled; the chain of the roll's digests
  codes.json        how many voting codes and messages, never to whom
  rules.json        the rules it was held against, each with its source
  tally.json        votes, by question, and by unit where units may be shown
  result.json       the result and every test, as declared
  statement.txt     the statement of the result (statement.json for programs)
  board/            the papers as published, and the signature over them
  audit/            what was done in this ballot, by whom and when
  software.json     the program that did all this
  keys.json         keys that signed before, where the key was changed
  manifest.json     every file with its size and SHA-256
  manifest.sig.txt  the signature over the manifest (Ed25519, C2SP signed note)
  key.txt           the line that names the key
  sealed/           two parts for those in office; their keys are not in here

To check it
  Install Muster (it needs no database and no network for this) and run

      muster verify THIS-FILE.zip --key "THE LINE OF THE UNION'S KEY"

  Take the key from the union's own pages, not from this file: whoever makes up
  a file can make up a key. The first line it prints is the verdict.
  docs/evidence.md in Muster's source says how to check each part by hand.

What it does not prove
  That the people on the roll were the right ones, that every voting link
  reached its member, that nobody was watched while voting, or what the program
  did inside. It shows that what was recorded has not been changed since.
"""


def readme(ballot: Ballot) -> bytes:
    """Return it as text."""
    assert ballot.declared_at is not None  # noqa: S101 - a pack is of a declared ballot
    declared_at = f"{ballot.declared_at:%Y-%m-%d %H:%M:%S} UTC"
    return WORDS.format(title=ballot.title, declared_at=declared_at).encode()
