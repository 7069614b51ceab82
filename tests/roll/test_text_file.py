"""In which letters a file is written and what separates its cells, found out from its bytes."""

import codecs
import io

import pytest

from app.roll.files import open_roll_file
from app.roll.refusals import NotReadable
from app.roll.schemas import Caution
from app.roll.text_file import CHUNK, find_writing
from tests.support.rolls import member_row, roll_csv

NAMES = roll_csv(member_row(family_name="Siân “Jo” Núñez"), member_row("1002")).decode()
MARKS = {"utf-8-sig": b"", "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}


def read(content):
    with open_roll_file(io.BytesIO(content), file_name="members.csv") as roll_file:
        return list(roll_file.rows), roll_file.warnings


def refusal_of(content):
    with pytest.raises(NotReadable, match=r"\.$") as refused:
        read(content)
    return refused.value.detail


@pytest.mark.parametrize("separator", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        pytest.param("utf-8", b"", id="UTF-8"),
        pytest.param("utf-8-sig", b"", id="UTF-8 with its mark"),
        pytest.param("cp1252", b"", id="Windows-1252"),
        pytest.param("utf-16-le", codecs.BOM_UTF16_LE, id="UTF-16 of Windows"),
        pytest.param("utf-16-be", codecs.BOM_UTF16_BE, id="UTF-16 the other way round"),
        pytest.param("utf-16-le", b"", id="UTF-16 without its mark"),
        pytest.param("utf-16-be", b"", id="UTF-16 the other way round without its mark"),
    ],
)
def test_every_letter_and_cell_comes_back_as_it_was(encoding, mark, separator):
    rows, _ = read(mark + NAMES.replace(",", separator).encode(encoding))
    assert rows[0].cells == ["membership_number", "family_name", "branch", "category", "joined_on"]
    assert rows[1].cells == ["1001", "Siân “Jo” Núñez", "Leeds", "full", "2019-05-01"]
    assert [row.number for row in rows] == [1, 2, 3]


def test_who_imports_windows_1252_sees_the_words_whose_letters_were_guessed():
    _, [warning] = read(NAMES.encode("cp1252"))
    assert warning.code is Caution.LETTERS_GUESSED
    assert "“Siân”, ““Jo””, “Núñez”" in warning.message
    assert read(NAMES.encode())[1] == ()


def test_a_comma_in_a_cell_does_not_pass_for_the_separator():
    rows, _ = read(b"number;surname;branch\n1,5;Okafor, Ann, Mrs;Leeds, North\n")
    assert rows[1].cells == ["1,5", "Okafor, Ann, Mrs", "Leeds, North"]


def test_a_separator_inside_a_quoted_header_does_not_count():
    assert find_writing(io.BytesIO(b'"a,b,c,d";e;f\n1;2;3\n')).separator == ";"


def test_a_first_line_that_names_the_separator_for_excel_is_followed_and_is_no_row():
    rows, _ = read(b"sep=;\r\na,a,a;b\r\n1;2\r\n")
    assert [row.cells for row in rows] == [[], ["a,a,a", "b"], ["1", "2"]]
    assert rows[0].is_blank


def test_two_encodings_in_one_file_are_refused_with_a_line_of_each():
    content = NAMES.encode() + "1003,Zoë,Leeds,full,2019-05-01\r\n".encode("cp1252")
    sentence = refusal_of(content)
    assert "two ways at once" in sentence
    assert "line 4 is not in UTF-8 and line 2 is" in sentence


def test_a_wrong_letter_far_down_is_found_before_anything_is_read():
    many = roll_csv(*[member_row(str(number)) for number in range(60_000)])
    assert len(many) > CHUNK
    assert find_writing(io.BytesIO(many + "60001,Zoë\r\n".encode("cp1252"))).encoding == "cp1252"
    assert "line 60002" in refusal_of(many + b"60001,Zo\x81\r\n")


def test_a_letter_across_the_edge_of_two_chunks_is_no_fault():
    padding = "x" * (CHUNK - 3)
    assert find_writing(io.BytesIO(f"a\n{padding}é\n".encode())).encoding == "utf-8-sig"


def test_a_wrong_letter_just_after_the_edge_of_two_chunks_is_found_in_its_line():
    content = b"a\n" + b"x" * (CHUNK - 4) + "€".encode() + b"\x81\n"
    assert content[CHUNK : CHUNK + 3] == b"\xac\x81\n"
    assert "line 2" in refusal_of(content)


def test_a_letter_cut_off_at_the_end_of_utf_8_is_refused():
    assert "two ways" in refusal_of("a\nZoë\n".encode() + "é".encode()[:1])


@pytest.mark.parametrize("cut", [b"\x00", b"\x00\xd8a\x00"], ids=["half a letter", "half a pair"])
def test_utf_16_that_is_damaged_is_refused_with_its_line(cut):
    content = codecs.BOM_UTF16_LE + "a\nZoë\n".encode("utf-16-le") + cut
    assert "stops being UTF-16 in line 3" in refusal_of(content)


@pytest.mark.parametrize(
    "noise",
    [
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(range(128, 256)) * 20, id="a picture"),
        pytest.param(codecs.BOM_UTF8 + b"a,b\nZo\xeb,1\n", id="Windows under the mark of UTF-8"),
    ],
)
def test_what_is_no_text_is_refused_with_its_line(noise):
    assert "cannot be read stands in line" in refusal_of(noise)
