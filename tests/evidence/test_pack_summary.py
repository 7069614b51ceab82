"""The summary of a pack is a page that everybody can read, also those who hear it."""

import io

import pytest
from pypdf import PdfReader

from app.evidence.pack_zip import files_in
from app.evidence.summary import summary_pdf
from tests.support.ballots import add_members, given_ballot
from tests.support.evidence import declared, pack_bytes
from tests.support.pdf import Pdf
from tests.support.votes import cast


@pytest.fixture
def summary(eventful_pack):
    return files_in(eventful_pack)["summary.pdf"]


@pytest.fixture
def reader(summary):
    return PdfReader(io.BytesIO(summary))


def tags_of(node):
    """The kinds of all elements of a structure tree, in reading order."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for each in node:
            yield from tags_of(each)
    elif isinstance(node, dict):
        if "/S" in node:
            yield node["/S"]
        yield from tags_of(node.get("/K", []))


def test_it_is_a_tagged_pdf_that_claims_pdf_ua(reader):
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] is True or root["/MarkInfo"]["/Marked"].value
    assert root["/Lang"] == "en-GB"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value
    assert reader.metadata.title == "Evidence: Pay offer 2026"
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_object().get_data()


def test_its_headings_lists_and_tables_are_tagged_as_such(reader):
    tags = list(tags_of(reader.trailer["/Root"]["/StructTreeRoot"]))
    assert tags.count("/H1") == 1
    assert tags.count("/H2") >= 9
    assert tags.index("/H1") < tags.index("/H2") < tags.index("/H3")
    assert {"/Table", "/TR", "/TH", "/TD", "/L", "/LI"} <= set(tags)


def test_it_says_in_words_what_the_files_say(summary):
    said = " ".join(" ".join(Pdf(summary).texts).split())
    for words in (
        "This was an indicative ballot: it confers no mandate for industrial action.",
        "11 of 31 entitled members voted: turnout 35.48 %.",
        "The union’s side is “Reject”.",
        "approved by second-officer",
        "The post was late in Leeds",
        "1: exclusion",
        "2: supplement",
        "small units are not shown to everybody",
        "muster verify EVIDENCE.zip",
    ):
        assert words in said, words


def test_it_is_made_of_the_open_files_alone_and_always_the_same(eventful_pack, summary):
    files = {
        name: content
        for name, content in files_in(eventful_pack).items()
        if not name.startswith("sealed/")
    }
    assert summary_pdf(files) == summary


def test_a_title_in_letters_that_no_font_of_ours_has_is_no_obstacle(database, settings):
    add_members(database, 5)
    ready = given_ballot(database, settings, title="Pay 薪水 \N{GRINNING FACE}")
    cast(database, ready, ["reject"] * 3)
    pack = pack_bytes(database, settings, declared(database, settings, ready))
    assert files_in(pack)["summary.pdf"].startswith(b"%PDF")
