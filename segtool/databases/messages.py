"""What databases and their drivers say, as one line without credentials."""

import os
import re
from collections.abc import Sequence
from urllib.parse import quote

from segtool.databases.addresses import Address
from segtool.errors import printable

_OF_ENVIRONMENT = ("PGPASSWORD", "PGSSLPASSWORD", "SPARK_CONNECT_AUTHENTICATE_TOKEN")
_SHORT = 4
_LONGEST = 300


def secrets_of(address: Address | None) -> tuple[str, ...]:
    """Return what must not be shown: the passwords and tokens of an address and of the environment, longest first."""
    own = address.secrets if address else ()
    known = [os.environ.get(name, "") for name in _OF_ENVIRONMENT]
    every = {*own, *known, *(quote(each, safe="") for each in known)} - {""}
    return tuple(sorted(every, key=lambda each: (-len(each), each)))


def scrubbed(text: str, secrets: Sequence[str]) -> str:
    """Return a text with every secret as three stars; a very short one only where it stands for itself.

    >>> scrubbed("cannot reach sc://lake/;token=s3cr3t", ["s3cr3t"]), scrubbed("pw a, not an", ["a"])
    ('cannot reach sc://lake/;token=***', 'pw ***, not an')
    """
    for secret in secrets:
        form = re.escape(secret)
        if len(secret) < _SHORT:
            form = rf"(?<![^\W_]){form}(?![^\W_])"
        text = re.sub(form, "***", text)
    return text


def said(text: str, secrets: Sequence[str]) -> str:
    """Return the first line of a message that says something, as the rest of a sentence.

    >>> said("\\n[PARSE_SYNTAX_ERROR] Syntax error at 'x'. SQLSTATE: 42601 (line 1, pos 0)\\n\\n== SQL ==", [])
    "Syntax error at 'x'"
    >>> said('NOT_FOUND: Failed to prepare query: ERROR:  relation "x" does not exist\\nLINE 1: …', [])
    'relation "x" does not exist'
    """
    text = scrubbed(text, secrets)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    line = lines[0] if lines else "no reason is given"
    line = re.sub(r"^.*?\b(?:ERROR|FATAL|PANIC):\s+", "", line)
    line = re.sub(r"^(?:[A-Z_]+: )?(?:\[libpq\] ?)?(?:Failed to connect: )?", "", line)
    line = re.sub(r"^\[[A-Z_.0-9]+\] ", "", line)
    line = re.sub(r"\.? ?SQLSTATE: \w{5}.*$", "", line)
    if len(line) > _LONGEST:
        line = line[:_LONGEST].rstrip() + " …"
    return printable(line).rstrip(".! ")
