"""The count after the close, the result held against the rules of its day, and the calculator.

Tables: `tally`, `board`, `board_tile`. Promise: a recount from the papers gives the same numbers
and the root that was signed, and papers, marks and turnout counters agree or nothing is declared.
"""
