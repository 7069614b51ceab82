"""Everything that reads what strangers wrote: it returns or refuses, whatever was written.

A public function in `app` that is named as a reader and takes text or bytes first must be in one
of the two tables below, or the tests fail. Those in `TRIED` are tried here with text of every
kind; those in `TRIED_ELSEWHERE` have a test of their own beside them.
"""

import ast
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from starlette.datastructures import FormData

from app.audit.notes import WrongCheckpoint, read_state
from app.ballots.codes import new_code, read_code
from app.core.checkpoints import Checkpoint, NotACheckpoint
from app.core.errors import DomainError
from app.core.settings import Settings
from app.core.signing import NotSigned, Signer, Verifier, open_note
from app.evidence.board_format import NotABoard, read_about, read_json
from app.evidence.pack_manifest import read_manifest
from app.evidence.verify_proof import read_proof
from app.notices.bounce_reports import is_hard, messages_in, read_report
from app.notices.requests import folded_postcode
from app.notices.webhook_address import is_public, target_of
from app.results.past_file import rows_of, rows_of_text
from app.results.past_rows import read_units
from app.roll import cells
from app.roll.cell_columns import read_cell
from app.roll.cells import CellRefused
from app.roll.choices import parse_merges
from app.roll.columns import all_columns
from app.roll.csv_file import read_rows, separator_named_in
from app.roll.files import plain_name
from app.roll.mapping import parse_mapping
from app.roll.overview import NamesOnRoll
from app.roll.spellings import folded_name
from app.roll.text_file import find_writing
from app.turnout.course_files import read_courses
from app.voting.receipts import receipt_digest
from app.web.ballot_form import read_ballot_form
from app.web.language import preferred_language
from app.web.london_times import read_day, read_moment
from app.web.paper_form import read_form
from app.web.typed import typed_day

ROOT = Path(__file__).parents[2]
READERS = re.compile(
    r"^(read|parse|typed|folded|open_note|preferred|target_of|messages_in|rows_of|find_writing|"
    r"clean$|is_hard|is_public|separator|plain_name)"
)
FOREIGN = {
    "str", "bytes", "BinaryIO", "io.TextIOBase", "object", "Mapping[str, bytes]", "FormData",
}  # fmt: skip
SIGNER = Signer("a secret of invented tests, longer than it need be", name="muster.test/x")
NOTE = SIGNER.sign("muster.test/x\n3\nAAAA\n")
TRIED_ELSEWHERE = {
    # Tried with whole boards, byte for byte.
    "app/evidence/board_format.py:read_leaf": "tests/evidence",
    # Reads a column's own class of dates: through `read_cell` here.
    "app/roll/cells.py:read": "tests/roll/test_cells.py",
}


@dataclass(frozen=True)
class Reader:
    """How a reader is called, what it may be handed, and how it may refuse."""

    call: Callable[[Any], Any]
    seeds: tuple[str, ...] = ()
    refuses: tuple[type[Exception], ...] = ()
    as_bytes: bool = field(default=False)


def _form(read: Callable[[FormData], Any]) -> Callable[[str], Any]:
    names = ["title", "opens_on", "opens_at", "floor", "q1_text", "q1_a1", "scrutineer", "kind"]
    return lambda text: read(FormData([(name, text) for name in names]))


TEXT = (ValueError,)
OURS = (DomainError,)
REFUSED = (CellRefused,)
NOBODY = NamesOnRoll((), (), (), (), ())
COLUMNS = all_columns(today=date(2026, 11, 21))


def read_every_cell(text: str) -> None:
    """Read a cell as each column would; the first that refuses it does."""
    for column in COLUMNS:
        read_cell(text, column=column)


TRIED: Mapping[str, Reader] = {
    "app/audit/notes.py:read_state": Reader(
        lambda note: read_state(note, verifier=SIGNER.verifier), (NOTE,),
        (WrongCheckpoint, NotSigned),
    ),
    "app/ballots/codes.py:read_code": Reader(read_code, (new_code(),)),
    "app/core/checkpoints.py:read": Reader(
        Checkpoint.read, ("muster.test/x\n3\nAAAA\n",), (NotACheckpoint,)
    ),
    "app/core/signing.py:open_note": Reader(
        lambda note: open_note(note, verifier=SIGNER.verifier), (NOTE,), (NotSigned,)
    ),
    "app/core/signing.py:read": Reader(Verifier.read, (SIGNER.verifier.line,), (NotSigned,)),
    "app/evidence/board_format.py:read_about": Reader(
        read_about, ('{"ballot": "pay"}',), (NotABoard,), as_bytes=True
    ),
    "app/evidence/board_format.py:read_json": Reader(
        lambda content: read_json(content, name="x"), ("{}",), (NotABoard,),
        as_bytes=True,
    ),
    "app/evidence/pack_manifest.py:read_manifest": Reader(
        lambda content: read_manifest({"manifest.json": content}), ('{"files": {}}',),
        TEXT, as_bytes=True,
    ),
    "app/evidence/verify_proof.py:read_proof": Reader(
        read_proof, ('{"index": 1, "size": 2, "path": []}',), (NotABoard,),
        as_bytes=True,
    ),
    "app/notices/bounce_reports.py:messages_in": Reader(
        lambda content: list(messages_in(content)), ("From a@b\n\nx\n",), as_bytes=True
    ),
    "app/notices/bounce_reports.py:read_report": Reader(
        read_report, ("Content-Type: multipart/report\n\n",), as_bytes=True
    ),
    "app/notices/bounce_reports.py:is_hard": Reader(is_hard, ("5.1.1",)),
    "app/notices/requests.py:folded_postcode": Reader(folded_postcode, ("LS1 4AP",)),
    "app/notices/webhook_address.py:target_of": Reader(
        lambda url: target_of(url, inside=False),
        ("https://example.org:443/a?b#c", "https://[::1]/", "https://a@b", "//"), OURS,
    ),
    "app/notices/webhook_address.py:is_public": Reader(is_public, ("192.0.2.1", "::1"), TEXT),
    "app/results/past_file.py:rows_of": Reader(
        lambda content: read_units(rows_of(content)), ("unit,entitled,yes,no\nx,10,3,2\n",), OURS,
        as_bytes=True,
    ),
    "app/results/past_file.py:rows_of_text": Reader(
        lambda text: list(rows_of_text(text)), ("unit,entitled,yes,no\nx,10,3,2\n",)
    ),
    "app/roll/cell_columns.py:read_cell": Reader(
        read_every_cell, ("LEE0001", "2020-01-01"), REFUSED
    ),
    "app/roll/cells.py:clean": Reader(cells.clean),
    "app/roll/cells.py:read_text": Reader(cells.read_text, (), REFUSED),
    "app/roll/cells.py:read_code": Reader(cells.read_code, ("LEE0001",), REFUSED),
    "app/roll/cells.py:read_mobile": Reader(cells.read_mobile, ("+44 7700 900123",), REFUSED),
    "app/roll/cells.py:folded_branch": Reader(cells.folded_branch),
    "app/roll/cells.py:read_branch": Reader(cells.read_branch, ("Leeds",), REFUSED),
    "app/roll/cells.py:read_category": Reader(cells.read_category, ("full",), REFUSED),
    "app/roll/cells.py:read_yes_or_no": Reader(cells.read_yes_or_no, ("yes",), REFUSED),
    "app/roll/cells.py:read_language": Reader(cells.read_language, ("cy",), REFUSED),
    "app/roll/cells.py:read_email": Reader(cells.read_email, ("a@example.org",), REFUSED),
    "app/roll/choices.py:parse_merges": Reader(parse_merges, ('[["A1", "A2"]]',), OURS),
    "app/roll/csv_file.py:read_rows": Reader(
        lambda text: list(read_rows(io.StringIO(text))), ('a,b\n"c\n', "sep=;\n"), OURS
    ),
    "app/roll/csv_file.py:separator_named_in": Reader(separator_named_in, ("sep=;",)),
    "app/roll/files.py:plain_name": Reader(plain_name, ("../../roll.csv", "C:\\roll.csv")),
    "app/roll/mapping.py:parse_mapping": Reader(parse_mapping, ('{"branch": "Branch"}',), OURS),
    "app/roll/spellings.py:folded_name": Reader(folded_name, ("Surname",)),
    "app/roll/text_file.py:find_writing": Reader(
        lambda content: find_writing(io.BytesIO(content)), ("a,b\n", "\ufeffa"), OURS,
        as_bytes=True,
    ),
    "app/turnout/course_files.py:read_courses": Reader(
        lambda content: read_courses(content, name="x"),
        ("name,opens_at,closes_at,entitled,at,votes_cast\n", '[{"name": "x"}]'), OURS,
        as_bytes=True,
    ),
    "app/web/language.py:preferred_language": Reader(
        preferred_language, ("cy, en-GB;q=0.7", "q=1;q=;;,")
    ),
    "app/web/ballot_form.py:read_ballot_form": Reader(
        _form(
            lambda sent: read_ballot_form(
                sent, names=NOBODY, scrutineers=(), now=datetime(2026, 11, 21, tzinfo=UTC)
            )
        )
    ),
    "app/web/london_times.py:read_day": Reader(read_day, ("2026-04-06", "06/04/2026"), TEXT),
    "app/web/london_times.py:read_moment": Reader(
        lambda text: read_moment("2026-03-29", text), ("01:30", "25:00", "\u0661\u0662:30"), TEXT
    ),
    "app/web/paper_form.py:read_form": Reader(_form(read_form)),
    "app/web/typed.py:typed_day": Reader(typed_day, ("2026-04-06", "29/02/2027")),
    # Named otherwise, and read from strangers all the same.
    "app/voting/receipts.py:receipt_digest": Reader(lambda text: receipt_digest(text, slug="pay")),
}  # fmt: skip
SETTINGS = {
    "database_url": "sqlite:///x", "base_url": "https://vote.example.org", "signing_key": "x" * 40,
    "smtp_url": "smtp://u:p%40@mail:25?starttls=never", "work_mail_domains": "justice.gov.uk, @x",
    "join_url": "https://example.org", "mail_from": "A B <a@example.org>", "mail_rate": "1e400",
    "sms_url": "https://sms.example.org", "sms_key": "A: b", "sms_body": "{number}{text}",
    "quiet_hours": "21:00-08:00", "reminder_spread": "PT30M", "session_length": "P999999999D",
    "security_contact": "mailto:a@example.org",
    "union_name": "x", "turnout_age": "1", "trusted_proxies": "10.0.0.0/8", "retention": "1e400",
}  # fmt: skip
ODD = ("\0", "\u202e", "\u0661", "9" * 400, "-", "1e400", "0000-00-00", "[" * 300, "\r\n", "%", "=")


def written(seeds: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Text of any kind: anything, odd pieces, and what is right with a piece put in or cut out."""
    anything = st.text(st.characters(codec="utf-8"), max_size=60)
    pieces = anything | st.sampled_from([*ODD, *seeds, ""])
    damaged = st.builds(
        lambda seed, at, cut, put: seed[:at] + put + seed[at + cut :],
        st.sampled_from(seeds or ("x",)),
        st.integers(0, 80),
        st.integers(0, 8),
        pieces,
    )
    return damaged | st.lists(pieces, max_size=3).map("".join)


@pytest.mark.parametrize("name", TRIED)
def test_it_returns_or_refuses_whatever_was_written(name):
    reader = TRIED[name]

    @settings(max_examples=80, derandomize=True, database=None)
    @given(text=written(reader.seeds), raw=st.binary(max_size=80), mixed=st.booleans())
    def read(text, raw, mixed):
        said = "returned"
        content = text.encode() + (raw if mixed else b"") if reader.as_bytes else text
        try:
            reader.call(content)
        except reader.refuses as refusal:
            said = str(refusal)
        assert said, "a refusal says something"

    read()


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_is_taken_or_refused_in_words(setting):
    @settings(max_examples=30, derandomize=True, database=None)
    @given(text=written((SETTINGS[setting],)))
    def read(text):
        blamed = {setting}
        try:
            Settings(**{"secret_key": "x" * 40} | {setting: text})
        except ValidationError as wrong:
            blamed = {each["loc"][0] for each in wrong.errors()}
        assert blamed == {setting}

    read()


def test_a_code_is_read_as_it_was_made():
    for _ in range(200):
        code = new_code()
        assert read_code(code) == read_code(read_code(code) or "")


def test_a_note_that_was_signed_opens_and_no_other_does():
    assert open_note(NOTE, verifier=SIGNER.verifier) == "muster.test/x\n3\nAAAA\n"
    for at in range(len(NOTE)):
        mangled = f"{NOTE[:at]}\u00e6{NOTE[at + 1 :]}"
        with pytest.raises(NotSigned):
            open_note(mangled, verifier=SIGNER.verifier)


def readers() -> list[str]:
    """Every public function in `app` that is named as a reader and takes text or bytes first."""
    found = []
    for path in sorted((ROOT / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and READERS.match(node.name):
                given_first = [each for each in node.args.args if each.arg not in {"self", "cls"}]
                kind = given_first[0].annotation if given_first else None
                if kind is not None and ast.unparse(kind) in FOREIGN:
                    found.append(f"{path.relative_to(ROOT).as_posix()}:{node.name}")
    return sorted(set(found))


def test_every_reader_is_tried():
    assert [each for each in readers() if each not in TRIED and each not in TRIED_ELSEWHERE] == []


def test_every_reader_that_is_tried_is_there():
    assert [
        name
        for name in [*TRIED, *TRIED_ELSEWHERE]
        if f"def {name.partition(':')[2]}("
        not in (ROOT / name.partition(":")[0]).read_text("utf-8")
    ] == []
