"""Which groups are too small to show, and which others would give them away.

Pure, because turnout while a ballot runs and units in a declared result withhold by one rule.
"""

from collections.abc import Mapping


def withheld_groups(entitled: Mapping[str, int], *, floor: int) -> frozenset[str]:
    """Return the names of the groups to withhold beside a published total.

    Every group with fewer entitled than the floor is withheld. Where that leaves a remainder that
    could be worked out by subtraction (one group alone, or several that together are under the
    floor), the smallest of the others go with them until it no longer can.

    Args:
        entitled: members entitled, by the name of the group.
        floor: the fewest entitled that a group needs to be shown.

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
        if len(hidden) > 1 and together >= floor:
            break
        hidden.add(name)
        together += size
    return frozenset(hidden)
