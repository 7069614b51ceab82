"""Why a whole roll file is refused. Nothing of it is imported; docs/roll-file.md explains each."""

from app.core.errors import Conflict, Invalid, NotFound


class UnknownMember(NotFound):
    """No member has that number, or not in the branch of the one who asks."""

    code = "unknown_member"
    message = (
        "There is no member with that number on the part of the roll you may see. Check the number."
    )


class EmptyFile(Invalid):
    """There is nothing in the file."""

    code = "empty_file"
    message = "This file is empty. Export the roll again and import the new file."


class NotReadable(Invalid):
    """The file's letters are in no encoding that Muster reads, or in two at once."""

    code = "not_readable"
    message = (
        "This file cannot be read as text. Save it as “CSV UTF-8” or as XLSX, and import that."
    )


class NoHeader(Invalid):
    """The first row does not name columns."""

    code = "no_header"
    message = (
        "The first row of this file names no column that Muster knows, so it seems to have no "
        "header. Put the names of the columns in the first row, separated by commas, such as "
        "membership_number, family_name, branch, category, joined_on."
    )


class MissingColumns(Invalid):
    """The header lacks columns without which there is no member."""

    code = "missing_columns"
    message = "The header of this file lacks required columns. Add them and import it again."


class RepeatedColumn(Invalid):
    """Two columns have one name, so neither can be trusted."""

    code = "repeated_column"
    message = "Two columns of this file have the same name. Remove or rename one of them."


class WrongMapping(Invalid):
    """What was said about which column is which cannot be."""

    code = "wrong_mapping"
    message = (
        "The mapping does not fit this file. Give each of our columns the name of one of the "
        "file's, each of them once."
    )


class WrongFileName(Invalid):
    """The name says one kind of file and the content another."""

    code = "wrong_file_name"
    message = "This file's name does not fit what is in it. Save it as “CSV UTF-8” or as XLSX."


class OldSpreadsheet(Invalid):
    """A workbook in the format of before 2007."""

    code = "old_spreadsheet"
    message = (
        "This is a workbook of an old kind (XLS), which Muster does not read. "
        "Save it as an Excel workbook (XLSX) or as “CSV UTF-8” and import it again."
    )


class BrokenSpreadsheet(Invalid):
    """It says it is a workbook and cannot be opened as one."""

    code = "broken_spreadsheet"
    message = (
        "This workbook cannot be opened: it is damaged or is not an Excel workbook. "
        "Open it in your spreadsheet program, save it as XLSX and import it again."
    )


class SpreadsheetTooLarge(Invalid):
    """Unpacked, the workbook would fill the memory."""

    code = "spreadsheet_too_large"
    message = (
        "Unpacked, this workbook is larger than Muster reads. "
        "Save it as “CSV UTF-8” and import that."
    )


class RollHasChanged(Conflict):
    """Somebody changed the roll between comparing and applying."""

    code = "roll_has_changed"
    message = (
        "The roll changed while this file was compared with it, so nothing was imported. "
        "Import the file again."
    )


class WrongMerge(Invalid):
    """Two numbers were to be merged, and neither is in the file, or they are one."""

    code = "wrong_merge"
    message = (
        "Two members can be merged where at least one of them stands in the file, in a row that "
        "was not refused. Check the file again and choose anew."
    )


class UnknownImport(NotFound):
    """No file was sent under that number, or it has been forgotten."""

    code = "unknown_import"
    message = "This import is not here any more. Send the file again."


class ImportUnderWay(Conflict):
    """The import is being worked on, or has been applied already."""

    code = "import_under_way"
    message = (
        "This import is being worked on, or is already done. Look at it again in a minute; send "
        "the file again if you want another."
    )
