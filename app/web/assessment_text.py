"""The security assessment as Markdown: to keep, to fill in, to print."""

from collections.abc import Iterator

from app.web.assessment_form import QUESTIONS, Assessment


def as_markdown(assessment: Assessment) -> str:
    """Return the assessment as one document, with room for every answer."""
    return "\n".join(_lines(assessment))


def _lines(assessment: Assessment) -> Iterator[str]:
    yield "# Security assessment"
    yield ""
    yield f"Made by Muster at {assessment.made_at.isoformat(timespec='seconds')}. Nothing of it is"
    yield "stored. What the service can tell of itself comes first, then what only a person can."
    for part in assessment.parts:
        yield from ("", f"## {part.title}", "", "| what | found | | meaning |", "|---|---|---|---|")
        for fact in part.facts:
            cells = (fact.name, fact.found, fact.verdict, fact.why)
            yield f"| {' | '.join(_cell(each) for each in cells)} |"
    yield from ("", "## What only a person can answer")
    for _, question in QUESTIONS:
        yield from ("", f"**{question}**", "", "Answer:", "")
    yield from ("", "Responsible person:", "", "Date:", "", "Signature:", "")


def _cell(text: str) -> str:
    """Return text that stays in its cell."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")
