"""The arithmetic of somebody who adds and subtracts all the numbers that they can see."""

from fractions import Fraction


def reduced(rows):
    """Return the rows in echelon form, each led by a one."""
    done = []
    for row in rows:
        rest = without_known([Fraction(number) for number in row], done)
        lead = next((number for number in rest if number), None)
        if lead is not None:
            done.append([number / lead for number in rest])
    return done


def without_known(row, known):
    for each in known:
        column = next(index for index, number in enumerate(each) if number)
        factor = row[column]
        row = [number - factor * other for number, other in zip(row, each, strict=True)]
    return row


def can_be_worked_out(row, known):
    return not any(without_known([Fraction(number) for number in row], known))
