"""The count after the close, the result held against the rules of its day, and the calculator.

Table: `tally`. Promise: a recount from the papers gives the same numbers, and papers, marks and
turnout counters agree or nothing is declared.
"""
