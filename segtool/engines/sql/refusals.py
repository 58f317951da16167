"""What an engine that speaks SQL cannot do, with the way out: the arrow engine reads a copy of the rows."""

from segtool.errors import UsageError


def refused(what: str) -> UsageError:
    """Return the refusal of what cannot be asked of a database."""
    return UsageError(f"A database is not asked for {what} yet; say --engine arrow, which copies the rows here.")
