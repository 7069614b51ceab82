"""Roll files of invented members: CSV as text, XLSX as the smallest workbook that Excel opens."""

import csv
import io
import zipfile
from datetime import date
from xml.sax.saxutils import escape

from sqlmodel import col, select

from app.audit.service import Actor
from app.roll import service
from app.roll.models import Member

HQ = Actor(name="Invented Officer", origin="test")
REQUIRED = ("membership_number", "family_name", "branch", "category", "joined_on")
EXCEL_DAY_NOUGHT = date(1899, 12, 30)

_PARTS = {
    "[Content_Types].xml": (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/vnd.openxmlformats-'
        'officedocument.spreadsheetml.sheet.main+xml"/></Types>'
    ),
    "_rels/.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    # Cell style 1 is a date, as number format 14.
    "xl/styles.xml": (
        '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs>'
        "</styleSheet>"
    ),
}


def member_row(number="1001", **facts):
    """Invented: a full member in Leeds who joined long ago."""
    usual = {
        "membership_number": number,
        "family_name": "Okafor",
        "branch": "Leeds",
        "category": "full",
        "joined_on": "2019-05-01",
    }
    return {**usual, **facts}


def roll_csv(*rows):
    """Return a CSV file of these rows; its columns are all that any row has."""
    columns = list(dict.fromkeys(column for row in rows for column in row)) or REQUIRED
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([row.get(column, "") for column in columns] for row in rows)
    return text.getvalue().encode()


def roll_xlsx(*sheets, first_row=1):
    """Return a workbook whose sheets are lists of rows of str, int, float, bool or date."""
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as parts:
        for name, content in _PARTS.items():
            parts.writestr(name, content)
        places = range(1, len(sheets) + 1)
        parts.writestr("xl/workbook.xml", _workbook(places))
        parts.writestr("xl/_rels/workbook.xml.rels", _relationships(places))
        for place, rows in zip(places, sheets, strict=True):
            parts.writestr(f"xl/worksheets/sheet{place}.xml", _sheet(rows, first_row=first_row))
    return book.getvalue()


def load(database, content, *, file_name="members.csv", dry_run=False, now, **more):
    """Import a file, as the interface does."""
    return service.import_roll(
        database,
        io.BytesIO(content),
        file_name=file_name,
        dry_run=dry_run,
        actor=HQ,
        now=now,
        **more,
    )


def counts(outcome):
    """Return how many were added, updated, unchanged and rejected; each row is one of them."""
    assert outcome.rows == (
        outcome.added + outcome.updated + outcome.unchanged + outcome.rejected
    ), "a row is unaccounted for"
    return outcome.added, outcome.updated, outcome.unchanged, outcome.rejected


def roll_of(database):
    """Return the whole roll as it stands: membership number to every other fact."""
    with database.reading() as session:
        members = session.exec(select(Member).order_by(col(Member.membership_number))).all()
        return {each.membership_number: each.model_dump(exclude={"id"}) for each in members}


def _workbook(places):
    sheets = "".join(f'<sheet name="Sheet{n}" sheetId="{n}" r:id="r{n}"/>' for n in places)
    return (
        '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r='
        '"http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        f"<sheets>{sheets}</sheets></workbook>"
    )


def _relationships(places):
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    links = "".join(
        f'<Relationship Id="r{n}" Type="{kind}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in places
    )
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'{links}<Relationship Id="styles" Type="{kind}/styles" Target="styles.xml"/>'
        "</Relationships>"
    )


def _sheet(rows, *, first_row):
    lines = "".join(
        f'<row r="{number}">{"".join(_cell(value) for value in row)}</row>'
        for number, row in enumerate(rows, first_row)
    )
    return (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{lines}</sheetData></worksheet>"
    )


def _cell(value):
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, date):
        return f'<c s="1"><v>{(value - EXCEL_DAY_NOUGHT).days}</v></c>'
    if isinstance(value, int | float):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
