"""What the summary says of the result: how many voted, each question, each test, each unit."""

from collections.abc import Iterator, Mapping
from typing import Any

Part = dict[str, Any]
TESTS = {
    "turnout": "Turnout: votes cast",
    "support": "Support: votes for the union’s side, of all entitled",
    "majority": "Majority: votes for the union’s side",
}


def result_parts(facts: Mapping[str, Any]) -> Iterator[Part]:
    """Yield turnout and each question with its votes, its tests and its units."""
    result = facts["result"]
    yield {"kind": "heading", "level": 2, "words": "How many voted"}
    yield {
        "kind": "strong",
        "words": f"{result['votes_cast']:,} of {result['entitled']:,} entitled members voted: "
        f"turnout {result['turnout_percent']} %.",
    }
    yield {"kind": "heading", "level": 2, "words": "The result"}
    for question in result["questions"]:
        yield from _question(question)


def _question(question: Mapping[str, Any]) -> Iterator[Part]:
    yield {"kind": "heading", "level": 3, "words": question["text"]}
    votes = [[each["text"], f"{each['votes']:,}"] for each in question["answers"]]
    yield _table(["Answer", "Votes"], [*votes, ["Spoiled papers", f"{question['spoiled']:,}"]])
    side = next(
        each["text"] for each in question["answers"] if each["key"] == question["supported_answer"]
    )
    yield {"kind": "text", "words": f"The union’s side is “{side}”."}
    if question["units"] is not None:
        yield {
            "kind": "text",
            "words": "Each unit is decided by itself. All of them together, which follow, stand "
            "beside them and decide for none.",
        }
    yield from _judged(question, whose="the rules in force when it opened")
    if question["statute"]:
        yield from _judged(
            question["statute"], whose="the law on industrial action, had it been such a ballot"
        )
    if question["units"]:
        yield from _units(question)


def _judged(judged: Mapping[str, Any], *, whose: str) -> Iterator[Part]:
    outcome = "carried" if judged["carried"] else "not carried"
    span = judged["in_force"]["label"]
    yield {"kind": "text", "words": f"By {whose} ({span}): {outcome}."}
    rows = [
        [
            TESTS[test["test"]],
            f"{test['required_votes']:,}",
            f"{test['actual_votes']:,}",
            "met" if test["met"] else "not met",
        ]
        for test in judged["tests"]
    ]
    yield _table(["Test", "Needed", "There were", "Met?"], rows)


def _units(question: Mapping[str, Any]) -> Iterator[Part]:
    rows = [
        [
            unit["name"] or "Not stated on the roll",
            f"{unit['entitled']:,}",
            f"{unit['votes_cast']:,}",
            *(f"{each['votes']:,}" for each in unit["answers"]),
            "carried" if unit["carried"] else "not carried",
        ]
        for unit in question["units"]
    ]
    answers = [each["text"] for each in question["answers"]]
    yield _table(["Unit", "Entitled", "Votes cast", *answers, "By itself"], rows)
    withheld = question["unit_totals"]["withheld"]
    if withheld:
        yield {
            "kind": "small",
            "words": f"{withheld} small units are not shown to everybody, because that could tell "
            "how somebody voted. They stand in the sealed part for officers.",
        }


def _table(columns: list[str], rows: list[list[str]]) -> Part:
    return {"kind": "table", "columns": columns, "rows": rows, "numbers": True, "wide": 0}
