"""No file of ours can run in a spreadsheet: all CSV is written in one place."""

from pathlib import Path

APP = Path("app")
# The demo's own membership file is read by Muster and by nobody else; a workbook says of each cell
# whether it is text, and what stands on a roll is.
ALLOWED = {"core/csv_lines.py", "demo/people.py", "web/turnout_files.py"}
WRITERS = ("csv.writer", "DictWriter", "xlsxwriter", "openpyxl")


def test_csv_is_written_where_formulas_are_kept_from_running():
    writers = {
        path.relative_to(APP).as_posix()
        for path in APP.rglob("*.py")
        if any(word in path.read_text(encoding="utf-8") for word in WRITERS)
    }
    assert writers == ALLOWED
