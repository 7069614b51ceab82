"""What the summary says, part by part, in plain words. Pure: from the pack's facts to sentences."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from app.audit.chain import moment_in_words
from app.evidence.summary_result import result_parts
from app.rules.days import in_words
from app.rules.entitlement import IN_SHORT
from app.rules.london import london_day

Part = dict[str, Any]
Facts = Mapping[str, Any]
KINDS = {
    "indicative": "an indicative ballot: it confers no mandate for industrial action",
    "industrial_action": "a ballot on industrial action",
    "recognition": "a ballot on recognition",
}
LISTS = {
    "categories": "Categories of membership",
    "branches": "Branches",
    "regions": "Regions",
    "employers": "Employers",
    "workplaces": "Workplaces",
}
OUTCOMES = {
    "approved": "approved",
    "refused": "refused",
    "withdrawn": "withdrawn",
    None: "never decided",
}
CHECKED = (
    "Papers, marks on the roll and counters of turnout were one and the same number.",
    "No paper was read before voting had closed and the box had been sealed and stirred.",
    "The roll’s digests follow from one another, from the frozen roll to the one that is shown.",
    "Every test was worked out in whole numbers from the rules in force on the opening day.",
    "What staff did is in a log of which no entry can be changed, removed or put in unseen.",
)
NOT_PROVED = (
    "That the union’s membership file was right, and the people on the roll the right ones.",
    "That every voting link reached its member and nobody else.",
    "That nobody was watched or pressed while voting.",
    "What a hostile administrator of the database or the machine could have seen while voting ran.",
)
TO_VERIFY = (
    "Get Muster, of the version named above or a later one. It needs no network for this.",
    "Get the union’s key from its own pages, not from this file.",
    "Run the command below. The first line that it prints is the verdict.",
)
COMMAND = 'muster verify EVIDENCE.zip --key "THE LINE OF THE UNION’S KEY"'


def heading(words: str, *, level: int = 2) -> Part:
    """Return a heading."""
    return {"kind": "heading", "level": level, "words": words}


def words(said: str, *, kind: str = "text") -> Part:
    """Return a paragraph."""
    return {"kind": kind, "words": said}


def table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: bool = False, wide: int = 0
) -> Part:
    """Return a table; `wide` nought gives the room to the first column, otherwise to the last."""
    return {
        "kind": "table",
        "columns": columns,
        "rows": rows,
        "numbers": numbers,
        "wide": wide,
    }


def title_of(facts: Facts) -> str:
    """Return the title of the document."""
    return f"Evidence: {facts['ballot']['ballot']['title']}"


def parts_of(facts: Facts) -> list[Part]:
    """Return everything beneath the title, in order."""
    return [
        *_asked(facts),
        *_entitled(facts),
        *_window(facts),
        *result_parts(facts),
        *_codes(facts),
        *_rules(facts),
        heading("What was checked before the declaration"),
        {"kind": "list", "items": CHECKED},
        *_digests(facts),
        heading("How to check this pack"),
        {"kind": "steps", "items": TO_VERIFY},
        words(COMMAND, kind="code"),
        heading("What this does not prove"),
        {"kind": "list", "items": NOT_PROVED},
    ]


def when(at: str | None) -> str:
    """Return a moment of a fact as people in London write it."""
    return f"{moment_in_words(datetime.fromisoformat(at))}, London time" if at else "never"


def day(at: str) -> str:
    """Return the London day of a moment, in words."""
    return in_words(london_day(datetime.fromisoformat(at)))


def number(value: int) -> str:
    """Return a number as people write it."""
    return f"{value:,}"


def _asked(facts: Facts) -> Iterator[Part]:
    ballot, questions = facts["ballot"]["ballot"], facts["ballot"]["questions"]
    yield heading("What was asked")
    yield words(f"This was {KINDS[ballot['kind']]}.")
    for question in ballot["questions"]:
        yield words(f"“{question['text']}”", kind="strong")
        yield {"kind": "list", "items": [each["text"] for each in question["answers"]]}
    yield words(
        f"The words were set by {questions['set_by']} on {when(questions['set_at'])}, and cannot "
        "be changed once a ballot is set up."
    )


def _entitled(facts: Facts) -> Iterator[Part]:
    ballot, roll = facts["ballot"]["ballot"], facts["roll"]
    yield heading("Who was entitled to vote")
    rules = [
        f"Members who had joined on or before {day(ballot['cut_off_at'])}.",
        "Members in arrears were left out."
        if ballot["exclude_arrears"]
        else "Members in arrears could vote.",
        *(
            f"{name}: {', '.join(ballot['constituency'][key])}."
            for key, name in LISTS.items()
            if ballot["constituency"][key]
        ),
    ]
    yield {"kind": "list", "items": rules}
    yield words(
        f"The roll was frozen on {when(roll['frozen_at'])} with "
        f"{number(roll['entitled_at_the_freeze'])} entitled. At the close "
        f"{number(roll['entitled'])} were."
    )
    if roll["left_out"]:
        rows = [
            [IN_SHORT.get(reason, reason), number(count)]
            for reason, count in sorted(roll["left_out"].items())
        ]
        yield table(["Left off the roll because", "Members"], rows, numbers=True)
    if roll["changes"]:
        yield table(
            ["Change of the roll", "Members", "By", "When"],
            [
                [
                    f"{each['number']}: {each['kind']}",
                    number(each["members"]),
                    " and ".join(filter(None, (each["proposed_by"], each["approved_by"]))),
                    when(each["made_at"]),
                ]
                for each in roll["changes"]
            ],
            wide=1,
        )


def _window(facts: Facts) -> Iterator[Part]:
    window, ballot = facts["ballot"]["window"], facts["ballot"]
    yield heading("When voting took place")
    rows = [
        ["Opened", when(window["opens_at"])],
        ["Closed", when(window["closes_at"])],
        ["Box sealed for the count", when(ballot["moments"]["sealed_at"])],
        [f"Result declared by {ballot['declared_by']}", when(ballot["moments"]["declared_at"])],
    ]
    yield table(["What happened", "When"], rows, wide=1)
    if not window["proposals"]:
        yield words("The window was never changed, and nobody proposed to.")
        return
    yield words(f"When it was set up, voting was to close on {when(window['first_close'])}.")
    yield table(
        ["Later close proposed", "By", "Came to", "Reason"],
        [
            [
                when(each["new_close"]),
                each["proposed_by"],
                f"{OUTCOMES[each['outcome']]}"
                + (f" by {each['decided_by']}" if each["decided_by"] else ""),
                each["reason"],
            ]
            for each in window["proposals"]
        ],
        wide=1,
    )


def _codes(facts: Facts) -> Iterator[Part]:
    yield heading("Voting codes and messages")
    rows = [
        [each["words"].capitalize(), number(each["number"])] for each in facts["codes"]["codes"]
    ]
    yield table(["Voting codes", "Number"], rows, numbers=True)
    messages = [
        [purpose.replace("_", " ").capitalize(), kind, number(count)]
        for purpose, kinds in sorted(facts["codes"]["messages"].items())
        for kind, count in sorted(kinds.items())
    ]
    if messages:
        yield table(["Messages", "What became of them", "Number"], messages, numbers=True)
        yield words(
            "Reminders and notices of a later close are given to the nearest ten, because they "
            "went to those who had not voted.",
            kind="small",
        )


def _rules(facts: Facts) -> Iterator[Part]:
    yield heading("The rules, and where they stand")
    tests = [
        test
        for question in facts["result"]["questions"]
        for judged in (question, question["statute"])
        if judged
        for test in judged["tests"]
    ]
    sources = list(dict.fromkeys(test["source"] for test in tests))
    yield {"kind": "list", "items": sources}
    for key, begun in facts["rules"]["days_entered_by_headquarters"].items():
        yield words(f"Headquarters entered {begun} as the day of the planned change {key}.")


def _digests(facts: Facts) -> Iterator[Part]:
    declared = facts["events"][-1]
    software = facts["software"]
    yield heading("Digests")
    yield table(
        ["Of what", "SHA-256"],
        [
            ["The frozen roll", f"sha256 {facts['roll']['frozen_digest']}"],
            ["The roll at the close", f"sha256 {facts['roll']['digest']}"],
            ["The questions", f"sha256 {facts['ballot']['questions']['sha256']}"],
            ["The complete tally", f"sha256 {declared['details']['tally_digest']}"],
            ["The log, at the declaration", f"sha256 {declared['hash']}"],
            ["The program", f"sha256 {software['code_sha256']}"],
        ],
        wide=1,
    )
    yield words(f"Made by {software['name']} {software['version']}.", kind="small")
