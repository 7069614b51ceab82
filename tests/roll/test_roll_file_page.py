"""The page for membership secretaries tells them what the code may tell them."""

from pathlib import Path

import pytest

from app.core.errors import Invalid
from app.roll import refusals
from app.roll.columns import COLUMN_NAMES
from app.roll.schemas import Caution, Fault

PAGE = Path("docs/roll-file.md").read_text(encoding="utf-8")
OF_FILES = [
    each
    for each in vars(refusals).values()
    if isinstance(each, type) and issubclass(each, Invalid) and each is not Invalid
]


@pytest.mark.parametrize("code", [*Fault, *Caution, *(refusal.code for refusal in OF_FILES)])
def test_every_code_is_explained_in_its_own_line(code):
    assert f"| `{code}` |" in PAGE


@pytest.mark.parametrize("name", COLUMN_NAMES)
def test_every_column_is_described_in_its_own_line(name):
    assert f"| `{name}` |" in PAGE


def test_there_are_refusals_of_whole_files_to_explain():
    assert len(OF_FILES) >= 10
