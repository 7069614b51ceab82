"""Which units of a declared result are too small for the public, and which give them away. Pure.

Live turnout has more to hide, because its groups overlap: see `app.turnout.withholding`.
"""

from collections.abc import Mapping


def withheld_units(entitled: Mapping[str, int], *, floor: int) -> frozenset[str]:
    """Return the names of the units to withhold beside a published total.

    Every unit with fewer entitled than the floor is withheld. Where that leaves a remainder that
    could be worked out by subtraction (one unit alone, or several that together are under the
    floor), the smallest of the others go with them until it no longer can.

    Args:
        entitled: members entitled, by the name of the unit.
        floor: the fewest entitled that a unit needs to be shown.

    Source:
        The union's own rule. It is the secondary suppression of official statistics: a cell is
        protected only if no sum of shown cells gives it back.
    """
    hidden = {name for name, size in entitled.items() if size < floor}
    if not hidden:
        return frozenset()
    by_size = sorted((size, name) for name, size in entitled.items() if name not in hidden)
    together = sum(entitled[name] for name in hidden)
    for size, name in by_size:
        # One alone is under the floor, so another always goes with it.
        if together >= floor:
            break
        hidden.add(name)
        together += size
    return frozenset(hidden)
