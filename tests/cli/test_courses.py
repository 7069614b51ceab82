"""`muster courses` keeps courses of other ballots, lists them and takes them away."""

from tests.support.courses import CSV


def test_courses_come_and_go(muster, tmp_path):
    file = tmp_path / "pay.csv"
    file.write_text(CSV)
    status, said, _ = muster("courses", "add", str(file))
    assert (status, said) == (
        0,
        "Pay 2025: 2 totals; its course has a gap, so it is not compared with\n",
    )
    assert muster("courses", "list")[1] == ("Pay 2025: closed 10 March 2025, 402 votes, 44.67 %\n")
    assert muster("courses", "remove", "Pay 2025")[0] == 0
    assert muster("courses", "list")[1] == "No course was supplied.\n"


def test_a_wrong_file_is_named_and_nothing_is_kept(muster, tmp_path):
    good, wrong = tmp_path / "pay.csv", tmp_path / "wrong.csv"
    good.write_text(CSV)
    wrong.write_text(CSV.replace("310", "lots"))
    status, _, said = muster("courses", "add", str(good), str(wrong))
    assert status == 1
    assert said.startswith("wrong.csv: votes_cast: ")
    assert muster("courses", "list")[1] == "No course was supplied.\n"


def test_an_unknown_course_cannot_be_removed(muster):
    status, _, said = muster("courses", "remove", "Pay 1999")
    assert status == 1
    assert "No course of that name" in said
