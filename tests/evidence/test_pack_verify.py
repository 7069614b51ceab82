"""Checking a pack: changing any byte of it is found, and so is a pack that contradicts itself."""

import io
import json
import zipfile

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.core.signing import Signer, signer_of
from app.evidence.findings import Standing, all_hold
from app.evidence.pack_facts import as_json
from app.evidence.pack_manifest import KEY
from app.evidence.pack_sealing import Part, about, key_from_words, opened, sealed
from app.evidence.pack_zip import NotAPack, as_zip, files_in, is_framed_as_made
from app.evidence.verify_pack import check_pack, is_pack, verdict_on
from tests.support.evidence import broken_in, signed_again, with_changed

GENUINE = "The evidence is genuine and whole, and says the same throughout."


def test_a_pack_as_it_was_made_is_genuine(pack, union_key):
    found = check_pack(pack, verifier=union_key)
    assert broken_in(found) == []
    assert verdict_on(found) == GENUINE


def test_a_pack_with_all_that_can_happen_is_genuine_with_both_keys(kept_eventful, union_key):
    found = check_pack(kept_eventful.pack, verifier=union_key, keys=kept_eventful.keys)
    assert broken_in(found) == []
    held = {each.about for each in found if each.standing is Standing.HOLDS}
    assert held >= {"roll", "marked roll", "count", "log", "tally", "summary", "papers", "rules"}
    assert "The close was moved once" in " ".join(each.words for each in found)


def test_a_pack_checked_by_its_own_key_says_so(pack):
    found = check_pack(pack, verifier=None)
    assert all_hold(found)
    assert "no key was given" in verdict_on(found)


def test_a_changed_byte_in_each_file_is_found_and_the_file_is_named(pack, union_key):
    files = files_in(pack)
    for name, content in files.items():
        for at in {0, len(content) // 2, len(content) - 1} if content else ():
            harmed = bytes([*content[:at], content[at] ^ 1, *content[at + 1 :]])
            found = check_pack(as_zip({**files, name: harmed}), verifier=union_key)
            assert not all_hold(found), f"{name}, byte {at}"
            if name not in {"manifest.json", "manifest.sig.txt"}:
                said = " ".join(each.words for each in found)
                assert f"{name} was changed" in said


@hypothesis_settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 2**32), bit=st.integers(0, 7))
def test_any_bit_of_the_file_that_is_turned_is_found(pack, union_key, place, bit):
    harmed = bytearray(pack)
    harmed[place % len(pack)] ^= 1 << bit
    assert not all_hold(check_pack(bytes(harmed), verifier=union_key))


def is_refused_as_a_zip(content):
    try:
        return not is_framed_as_made(content, files_in(content))
    except NotAPack:
        return True


def test_every_byte_of_the_frame_of_the_zip_matters(pack):
    """The head of a file, the list at the end, and what follows it."""
    assert not is_refused_as_a_zip(pack)
    directory = pack.index(b"PK\x01\x02")
    for at in (*range(30), *range(directory, len(pack))):
        harmed = bytearray(pack)
        harmed[at] ^= 0x20
        assert is_refused_as_a_zip(bytes(harmed)), at


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(lambda pack: pack + b"\0", id="something added at the end"),
        pytest.param(lambda pack: pack[:-1], id="cut off"),
        pytest.param(lambda pack: pack[: len(pack) // 2], id="half of it"),
        pytest.param(lambda _: b"", id="nothing"),
        pytest.param(lambda _: b"PK\x03\x04", id="a beginning"),
        pytest.param(lambda _: b"not a zip at all", id="something else"),
    ],
)
def test_what_is_no_whole_pack_is_refused_with_a_sentence(pack, union_key, harm):
    found = check_pack(harm(pack), verifier=union_key)
    assert not all_hold(found)
    assert verdict_on(found).startswith("Do not rely on this evidence.")


def test_a_file_that_is_gone_added_or_exchanged_is_named(pack, union_key):
    files = files_in(pack)
    without = {name: each for name, each in files.items() if name != "roll.json"}
    more = {**files, "another.json": b"{}"}
    exchanged = {**files, "roll.json": files["tally.json"], "tally.json": files["roll.json"]}
    for harmed, words in (
        (without, "roll.json is missing."),
        (more, "another.json is in the pack and not in its manifest."),
        (exchanged, "tally.json was changed"),
    ):
        found = check_pack(as_zip(harmed), verifier=union_key)
        assert any(words in each.words for each in found)
        assert not all_hold(found)


def foreign_zip(entries, *, compression=zipfile.ZIP_STORED):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", compression) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return made.getvalue()


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("entries", "compression"),
    [
        pytest.param([("roll.json", b"1"), ("roll.json", b"2")], 0, id="two files of one name"),
        pytest.param([("../roll.json", b"1")], 0, id="a path out of the folder"),
        pytest.param([("/etc/passwd", b"1")], 0, id="a path from the root"),
        pytest.param([("a/b/c.json", b"1")], 0, id="folders in folders"),
        pytest.param([("C:\\roll.json", b"1")], 0, id="a path of another system"),
        pytest.param([("roll.json", b"0" * 10_000_000)], 8, id="a bomb"),
    ],
)
def test_a_zip_of_another_kind_is_refused_unread(entries, compression, union_key):
    content = foreign_zip(entries, compression=compression)
    with pytest.raises(NotAPack):
        files_in(content)
    assert broken_in(check_pack(content, verifier=union_key)) == ["file"]


def test_a_pack_that_was_packed_again_is_found(pack, union_key):
    content = foreign_zip(sorted(files_in(pack).items()))
    assert broken_in(check_pack(content, verifier=union_key)) == ["file"]


def test_a_pack_signed_again_by_another_key_is_found_when_the_key_is_given(pack, union_key):
    stranger = Signer("the secret of somebody else altogether", name=union_key.name)
    forged = signed_again(files_in(pack), signer=stranger)
    assert "signature" in broken_in(check_pack(forged, verifier=union_key))
    # The papers and the log carry the union's own signatures, which a stranger cannot make.
    assert not all_hold(check_pack(forged, verifier=None))


def test_a_manifest_that_is_not_signed_is_found(pack, union_key):
    files = files_in(pack)
    text, _, _ = files["manifest.sig.txt"].decode().rpartition("\n\n")
    for signature in (b"", f"{text}\n\n".encode(), files[KEY]):
        harmed = as_zip({**files, "manifest.sig.txt": signature})
        assert "signature" in broken_in(check_pack(harmed, verifier=union_key))


def test_the_signature_of_another_pack_does_not_do(pack, eventful_pack, union_key):
    other = files_in(eventful_pack)["manifest.sig.txt"]
    harmed = as_zip({**files_in(pack), "manifest.sig.txt": other})
    assert "signature" in broken_in(check_pack(harmed, verifier=union_key))


def lower(*path):
    def change(content):
        for step in path[:-1]:
            content = content[step]
        content[path[-1]] -= 1

    return change


def put(value, *path):
    def change(content):
        for step in path[:-1]:
            content = content[step]
        content[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("name", "change", "wrong"),
    [
        pytest.param(
            "result.json",
            lower("questions", 0, "tests", 0, "required_votes"),
            "result",
            id="a wrong threshold",
        ),
        pytest.param(
            "result.json", put("99.99", "turnout_percent"), "result", id="a wrong percentage"
        ),
        pytest.param(
            "result.json", put(False, "questions", 0, "carried"), "result", id="a wrong outcome"
        ),
        pytest.param(
            "tally.json",
            lower("questions", "offer", "votes", "accept"),
            "tally",
            id="a vote too few",
        ),
        pytest.param("tally.json", lower("entitled"), "tally", id="another number of entitled"),
        pytest.param(
            "statement.json",
            lower("stated", 0, "lines", 1, "number"),
            "statement",
            id="a wrong statement",
        ),
        pytest.param(
            "ballot.json",
            put("Another question?", "ballot", "questions", 0, "text"),
            "questions",
            id="another question",
        ),
        pytest.param(
            "ballot.json",
            put("2026-11-27T12:00:00.000000+00:00", "window", "first_close"),
            "window",
            id="another close",
        ),
        pytest.param(
            "ballot.json",
            put("hq-officer", "window", "proposals", 0, "decided_by"),
            "window",
            id="one officer for two",
        ),
        pytest.param("roll.json", put("0" * 64, "frozen_digest"), "roll", id="another frozen roll"),
        pytest.param("roll.json", lower("changes", 0, "members"), "roll", id="a change too small"),
        pytest.param(
            "audit/events.json", lambda events: events.pop(), "log", id="an event left out"
        ),
        pytest.param("audit/events.json", put("0" * 64, -1, "hash"), "log", id="another event"),
        pytest.param("codes.json", lower("codes", 0, "number"), "summary", id="other codes"),
    ],
)
def test_a_wrong_fact_is_found_even_when_the_union_signs_it(
    kept_eventful, union_key, name, change, wrong
):
    forged = with_changed(kept_eventful.pack, name, change, settings=kept_eventful.settings)
    assert wrong in broken_in(check_pack(forged, verifier=union_key))


@pytest.mark.parametrize("name", ["roll.json", "tally.json", "audit/checkpoint.txt"])
@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'"x"', b"\xff", b"[" * 100_000])
def test_a_file_of_another_kind_is_a_finding_and_no_crash(kept_pack, union_key, name, content):
    files = {**files_in(kept_pack.pack), name: content}
    forged = signed_again(files, signer=signer_of(kept_pack.settings))
    assert broken_in(check_pack(forged, verifier=union_key))


def test_a_wrong_key_to_a_sealed_part_is_said(kept_pack, pack, union_key):
    other = kept_pack.keys[1].replace("roll:", "officers:")
    for key in (other, "roll:1234", "anything"):
        assert broken_in(check_pack(pack, verifier=union_key, keys=[key])) == ["sealed parts"]


def harmed_inside(kept, part, change):
    """What is found when one who has the keys and can sign changes a sealed part."""
    keys = dict(key_from_words(words) for words in kept.keys)
    files, bound = files_in(kept.pack), about(part, slug="pay-2026")
    content = json.loads(opened(files[part.file], key=keys[part], about=bound))
    change(content)
    files[part.file] = sealed(as_json(content), key=keys[part], about=bound)
    forged = signed_again(files, signer=signer_of(kept.settings))
    return broken_in(check_pack(forged, verifier=kept.verifier, keys=kept.keys))


@pytest.mark.parametrize(
    ("part", "change", "wrong"),
    [
        pytest.param(Part.ROLL, put("[]", "entries", 0, 0), "roll", id="another entry"),
        pytest.param(Part.ROLL, put(False, "entries", 0, 1), "roll", id="one off the roll"),
        pytest.param(Part.ROLL, put("Other", "changes", 0, "reason"), "roll", id="another reason"),
        pytest.param(
            Part.ROLL, lambda roll: other_mark(roll["entries"]), "marked roll", id="a mark too many"
        ),
        pytest.param(Part.ROLL, lambda roll: roll["papers"].pop(), "count", id="a paper too few"),
        pytest.param(
            Part.ROLL, lambda roll: roll["papers"].reverse(), "papers", id="papers in other places"
        ),
        pytest.param(Part.ROLL, put("00" * 32, "salt_key"), "papers", id="another salt"),
        pytest.param(Part.OFFICERS, put("10.9.9.9", "log", 3, "origin"), "log", id="another event"),
        pytest.param(Part.OFFICERS, lambda part: part["log"].pop(), "log", id="the last event"),
        pytest.param(
            Part.OFFICERS, lambda part: part["tally"]["units"].pop(), "tally", id="a unit too few"
        ),
    ],
)
def test_what_somebody_changes_in_a_sealed_part_is_found(kept_eventful, part, change, wrong):
    assert wrong in harmed_inside(kept_eventful, part, change)


def other_mark(entries):
    next(entry for entry in entries if not entry[2])[2] = True


def test_a_pack_is_told_from_other_files(pack):
    assert is_pack(pack)
    assert not is_pack(b"%PDF-1.7 manifest.json")
    assert not is_pack(foreign_zip([("papers.jsonl", b"")]))
