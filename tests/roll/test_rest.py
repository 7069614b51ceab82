"""The roll as a program meets it."""

import pytest

from app.roll.schemas import ImportOut
from app.security.models import Role
from tests.conftest import NOW
from tests.support.ballots import given_token
from tests.support.rolls import load, member_row, roll_csv, roll_of, roll_xlsx

IMPORTS = "/api/v1/roll/imports"


@pytest.fixture
def leeds(database, settings):
    return given_token(database, settings, name="leeds-officer", role=Role.BRANCH, branch="LEEDS")


@pytest.fixture
def scrutineer(database, settings):
    return given_token(database, settings, name="scrutineer", role=Role.SCRUTINEER)


def a_file(*rows, name="members.csv"):
    return {"file": (name, roll_csv(*rows), "text/csv")}


def test_hq_imports_a_file_and_every_row_is_accounted_for(client, database, hq):
    load(database, roll_csv(member_row("1"), member_row("2")), now=NOW)
    response = client.post(
        IMPORTS,
        token=hq,
        files=a_file(
            member_row("1"),
            member_row("2", family_name="Reid"),
            member_row("3"),
            member_row("4", joined_on="soon"),
        ),
    )
    assert response.status_code == 200
    assert response.json() == {
        "dry_run": False,
        "rows": 4,
        "added": 1,
        "updated": 1,
        "unchanged": 1,
        "rejected": 1,
        "problems": [
            {
                "row": 5,
                "column": "joined_on",
                "code": "bad_date",
                "message": "“soon” is not a day. Write it as 2024-02-29 or 29/02/2024.",
            }
        ],
        "warnings": [],
        "changes": {"family_name": 1},
        "duplicates": 0,
        "missing": 0,
        "left": 0,
        "unlisted_problems": 0,
    }
    assert set(roll_of(database)) == {"1", "2", "3"}


@pytest.mark.parametrize(("asked", "dry"), [("?dry_run=true", True), ("?dry_run=false", False)])
def test_a_dry_run_is_asked_for(client, database, hq, asked, dry):
    outcome = client.post(IMPORTS + asked, token=hq, files=a_file(member_row("1"))).json()
    assert outcome["dry_run"] is dry
    assert outcome["added"] == 1
    assert bool(roll_of(database)) is not dry


def test_hq_chooses_what_becomes_of_the_missing_and_whose_number_has_changed(client, database, hq):
    load(database, roll_csv(member_row("1"), member_row("2"), member_row("3")), now=NOW)
    chosen = {"missing": "left", "left_on": "2026-10-01", "merges": '[["1", "100"]]'}
    rows = a_file(member_row("100"), member_row("2"))
    outcome = client.post(IMPORTS, token=hq, files=rows, data=chosen).json()
    assert (outcome["updated"], outcome["missing"], outcome["left"]) == (1, 1, 1)
    roll = roll_of(database)
    assert set(roll) == {"100", "2", "3"}
    assert roll["3"]["left_on"].isoformat() == "2026-10-01"


def test_a_mapping_says_which_column_is_which(client, database, hq):
    content = roll_csv(member_row("1")).replace(b"branch", b"chapel")
    chosen = {"mapping": '{"branch": "chapel"}'}
    response = client.post(IMPORTS, token=hq, files={"file": ("a.csv", content)}, data=chosen)
    assert response.json()["added"] == 1
    assert roll_of(database)["1"]["branch"] == "Leeds"


@pytest.mark.parametrize(
    ("chosen", "code"),
    [
        pytest.param({"merges": "1=2"}, "wrong_merge", id="merges that are no JSON"),
        pytest.param({"merges": '[["1"]]'}, "wrong_merge", id="a pair of one"),
        pytest.param({"merges": '[["8", "9"]]'}, "wrong_merge", id="numbers of nobody"),
        pytest.param({"mapping": "[]"}, "wrong_mapping", id="a mapping that is none"),
    ],
)
def test_choices_that_make_no_sense_are_refused_and_nothing_is_imported(
    client, database, hq, chosen, code
):
    response = client.post(IMPORTS, token=hq, files=a_file(member_row("1")), data=chosen)
    assert (response.status_code, response.json()["code"]) == (422, code)
    assert roll_of(database) == {}


def test_a_file_too_big_for_memory_is_read_from_disk(client, database, hq):
    rows = [member_row(f"{n:05}", employer="x" * 200) for n in range(6000)]
    outcome = ImportOut.model_validate(client.post(IMPORTS, token=hq, files=a_file(*rows)).json())
    assert outcome.added == 6000


def test_a_workbook_is_imported_too(client, database, hq):
    row = member_row("0012")
    book = roll_xlsx([list(row), list(row.values())])
    response = client.post(IMPORTS, token=hq, files={"file": ("members.xlsx", book)})
    assert response.json()["added"] == 1
    assert set(roll_of(database)) == {"0012"}


@pytest.mark.parametrize(
    ("name", "content", "code", "words"),
    [
        pytest.param("a.csv", b"", "empty_file", "empty", id="empty"),
        pytest.param(
            "a.csv",
            roll_csv(member_row(family_name="Zoë")) + "1002,Zoë".encode("cp1252"),
            "not_readable",
            "two ways at once",
            id="two encodings",
        ),
        pytest.param(
            "a.csv", b"1001,Okafor,Leeds,full,2019-05-01\n", "no_header", "no header", id="header"
        ),
        pytest.param(
            "a.csv", b"membership_number\n1001\n", "missing_columns", "family_name", id="columns"
        ),
        pytest.param(
            "a.csv", roll_xlsx([["branch"]]), "wrong_file_name", "workbook", id="wrong name"
        ),
    ],
)
def test_a_file_refused_as_a_whole_is_a_problem_with_a_sentence(
    client, database, hq, name, content, code, words
):
    response = client.post(IMPORTS, token=hq, files={"file": (name, content)})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == code
    assert words in response.json()["detail"]
    assert roll_of(database) == {}


def test_a_request_without_a_file_is_refused(client, hq):
    assert client.post(IMPORTS, token=hq).status_code == 422


def test_only_hq_imports(client, database, leeds, scrutineer):
    for token, status in ((None, 401), ("nonsense", 401), (leeds, 403), (scrutineer, 403)):
        response = client.post(IMPORTS, token=token, files=a_file(member_row("1")))
        assert response.status_code == status
    assert roll_of(database) == {}


@pytest.fixture
def roll(database):
    load(
        database,
        roll_csv(member_row("1", email="ann@example.org"), member_row("HUL/2", branch="Hull")),
        now=NOW,
    )


def ask(client, number, token):
    return client.get(f"/api/v1/members/{number}", token=token)


@pytest.mark.usefixtures("roll")
def test_hq_sees_any_member_also_one_whose_number_holds_a_slash(client, hq):
    assert ask(client, "1", hq).json() == {
        "membership_number": "1",
        "given_name": "",
        "family_name": "Okafor",
        "email": "ann@example.org",
        "mobile": "",
        "branch": "Leeds",
        "region": "",
        "employer": "",
        "workplace": "",
        "category": "full",
        "joined_on": "2019-05-01",
        "left_on": None,
        "in_arrears": False,
        "language": "en",
        "address": "",
        "postcode": "",
    }
    assert ask(client, "HUL%2F2", hq).json()["branch"] == "Hull"


@pytest.mark.usefixtures("roll")
def test_a_branch_officer_sees_a_member_of_their_own_branch(client, leeds):
    assert ask(client, "1", leeds).status_code == 200


@pytest.mark.usefixtures("roll")
def test_a_member_of_another_branch_looks_just_like_no_member(client, leeds):
    of_another_branch, nobody = ask(client, "HUL/2", leeds), ask(client, "999", leeds)
    assert of_another_branch.status_code == nobody.status_code == 404
    assert of_another_branch.content == nobody.content
    assert nobody.json()["code"] == "unknown_member"


@pytest.mark.usefixtures("roll")
def test_a_stranger_and_a_scrutineer_see_no_member(client, scrutineer):
    assert ask(client, "1", None).status_code == 401
    assert ask(client, "1", scrutineer).status_code == 403
