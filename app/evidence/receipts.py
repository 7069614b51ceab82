"""Receipts as people type them. Pure."""

from app.voting.receipts import receipt_digest


def digests_of(typed: str, *, slug: str) -> list[bytes]:
    """Return the digests that a receipt may have (32 bytes each): as typed, and without gaps.

    The pages show a receipt in groups of four; a program may make its own of anything.

    Args:
        typed: what somebody typed or pasted.
        slug: the ballot that the receipt is of.
    """
    # A command line may hold bytes that are no text; no receipt does.
    typed = typed.encode(errors="replace").decode()
    bare = "".join(each for each in typed if each.isalnum()).lower()
    spellings = dict.fromkeys([typed, typed.strip(), bare])
    return [receipt_digest(each, slug=slug) for each in spellings]
