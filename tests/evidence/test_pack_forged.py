"""Packs that the union's own service forged: every digest right, and several files that agree."""

import json

import pytest

from app.core.signing import signer_of
from app.evidence.findings import all_hold
from app.evidence.pack_facts import as_json, questions_digest
from app.evidence.pack_zip import files_in
from app.evidence.verify_pack import check_pack
from tests.support.evidence import broken_in, signed_again


def forged(kept, **changed):
    """What is found when JSON files say something else, by everybody who has both keys."""
    files = files_in(kept.pack)
    for name, change in changed.items():
        content = json.loads(files[f"{name}.json"])
        change(content)
        files[f"{name}.json"] = as_json(content)
    pack = signed_again(files, signer=signer_of(kept.settings))
    return check_pack(pack, verifier=kept.verifier, keys=kept.keys)


def exchange_votes(tally):
    votes = tally["questions"]["offer"]["votes"]
    votes["accept"], votes["reject"] = votes["reject"], votes["accept"]


def exchange_answers(facts):
    asked = facts["ballot"]["questions"]
    first, second = asked[0]["answers"]
    first["text"], second["text"] = second["text"], first["text"]
    facts["questions"]["sha256"] = questions_digest(asked)


def exchange_words(statement):
    answers = [line for line in statement["stated"][0]["lines"] if line["key"] == "answer"]
    answers[0]["words"], answers[1]["words"] = answers[1]["words"], answers[0]["words"]


def another_program(software):
    software["code_sha256"] = "0" * 64


def test_an_open_tally_that_is_no_part_of_the_sealed_one_is_found(kept_eventful):
    wrong = broken_in(forged(kept_eventful, tally=exchange_votes))
    assert {"tally", "count"} <= set(wrong)


def test_answers_that_were_exchanged_after_the_board_was_signed_are_found(kept_eventful):
    found = forged(kept_eventful, ballot=exchange_answers)
    assert "questions" not in broken_in(found)
    assert "papers" in broken_in(found)


@pytest.mark.parametrize("software", [another_program, dict.copy])
def test_answers_exchanged_in_the_statement_are_more_than_words(kept_eventful, software):
    found = forged(kept_eventful, statement=exchange_words, software=software)
    assert "statement" in broken_in(found)


def test_other_words_are_no_note_where_this_very_program_made_the_pack(kept_eventful):
    def reword(statement):
        statement["notes"].append("The result was confirmed by a court.")

    assert "statement" in broken_in(forged(kept_eventful, statement=reword))
    later = forged(kept_eventful, statement=reword, software=another_program)
    assert "statement" not in broken_in(later)


def test_a_pack_without_the_rules_of_its_ballot_is_broken(kept_eventful):
    found = forged(kept_eventful, rules=lambda rules: rules.update(books=[]))
    assert "rules" in broken_in(found)


def test_a_receipt_is_looked_for_on_the_board_of_a_pack(kept_pack):
    receipts = ("no receipt of this ballot",)
    found = check_pack(kept_pack.pack, verifier=kept_pack.verifier, receipts=receipts)
    assert broken_in(found) == ["receipt"]
    assert not all_hold(found)
