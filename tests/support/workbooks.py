"""Workbooks that went wrong, made from one that is right."""

import io
import zipfile

SHEET = "xl/worksheets/sheet1.xml"


def with_parts(book, **parts):
    """Return a workbook with parts put in place of its own, by name or as `sheet`."""
    named = {SHEET if name == "sheet" else name: content for name, content in parts.items()}
    return repacked({**parts_of(book), **named})


def with_rows(book, *rows):
    """Return a workbook whose first sheet has these rows of raw XML added."""
    sheet = parts_of(book)[SHEET].replace(b"</sheetData>", "".join(rows).encode() + b"</sheetData>")
    return with_parts(book, sheet=sheet)


def parts_of(book):
    with zipfile.ZipFile(io.BytesIO(book)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def repacked(parts, *, compression=zipfile.ZIP_DEFLATED, comment=b""):
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w", compression) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
        packed.comment = comment
    return book.getvalue()


def with_size_said(book, part, *, size):
    """Return a workbook whose directory says that a part unpacks to another size."""
    # The directory stands after all parts, and the size 22 bytes before the name.
    at = book.rindex(part.encode()) - 22
    return book[:at] + size.to_bytes(4, "little") + book[at + 4 :]
