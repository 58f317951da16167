"""The query of a user as a relation: one, whole, without what ends it."""

import re

from segtool.databases.addresses import Kind
from segtool.errors import UsageError

_TEXT = r"'(?:[^']|'')*'"
_ESCAPED = r"'(?:[^'\\]|\\.|'')*'"
_REST = r'"(?:[^"]|"")*"|`(?:[^`]|``)*`|(?P<note>--[^\n]*|/\*.*?\*/)|(?P<mark>[;()])|(?P<blank>\s+)|[^\W\d]\w*|.'
_DOLLARS = r"\$(?P<tag>[^\W\d]\w*|)\$.*?\$(?P=tag)\$"

_WORDS = {
    "postgres": re.compile(rf"[eE]{_ESCAPED}|{_TEXT}|{_DOLLARS}|{_REST}", re.DOTALL),
    "duckdb": re.compile(rf"[eE]{_ESCAPED}|{_TEXT}|{_DOLLARS}|{_REST}", re.DOTALL),
    "sqlite": re.compile(rf"{_TEXT}|\[[^\]]*\]|{_REST}", re.DOTALL),
    "spark": re.compile(rf"{_ESCAPED}|" + r'"(?:[^"\\]|\\.)*"|' + _REST, re.DOTALL),
}


def relation_of(query: str, kind: Kind) -> str:
    """Return a query as what stands after FROM. Raises UsageError for one that is empty, or that is two.

    >>> relation_of("SELECT 1 AS one; -- that is all", "duckdb")
    '(\\nSELECT 1 AS one\\n) AS q'
    >>> relation_of("SELECT ';' AS mark", "duckdb")
    "(\\nSELECT ';' AS mark\\n) AS q"
    """
    query = query.removeprefix("\ufeff")
    start, end, depth, ended = 0, 0, 0, False
    for found in _WORDS[kind].finditer(query):
        if found["note"] or found["blank"]:
            continue
        if found["mark"] == ";":
            ended = ended or end > 0
            continue
        if ended:
            raise UsageError("The query is more than one: keep one SELECT, and what it needs as WITH before it.")
        depth += {"(": 1, ")": -1}.get(found["mark"] or "", 0)
        if depth < 0:
            break
        start, end = (start if end else found.start()), found.end()
    if depth:
        raise UsageError("The brackets of the query do not match.")
    if not end:
        raise UsageError("The query is empty: it is one SELECT that gives the rows of the orders.")
    return f"(\n{query[start:end]}\n) AS q"
