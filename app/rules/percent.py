"""Percentages, for showing only. Nothing in Muster is decided by one."""

from fractions import Fraction

HUNDREDTHS_OF_A_PERCENT = 10_000


def percent(part: int, *, whole: int, threshold: Fraction | None = None) -> str:
    """Return `part` of `whole` in per cent, two decimals, as unions publish them.

    Rounded half up (28,598 of 54,432 is "52.54"), except that a part short of the threshold never
    shows as reaching it: 49.996 % of a 50 % test is "49.99".

    Args:
        part: a number of papers, not negative.
        whole: the number it is taken of: those entitled, or the papers returned.
        threshold: the fraction a test asks for, where the figure stands beside one.

    Raises:
        ValueError: `whole` is nought or less, so there is nothing to take a part of.
    """
    if whole <= 0:
        raise ValueError(f"There is no percentage of {whole}.")
    shown = _half_up(part, whole=whole)
    if threshold is not None and part * threshold.denominator < whole * threshold.numerator:
        shown = min(shown, _half_up(threshold.numerator, whole=threshold.denominator) - 1)
    return f"{shown // 100}.{shown % 100:02d}"


def _half_up(part: int, *, whole: int) -> int:
    """Return a share in hundredths of a per cent, a half rounded up."""
    return (2 * HUNDREDTHS_OF_A_PERCENT * part + whole) // (2 * whole)
