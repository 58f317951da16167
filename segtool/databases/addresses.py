"""Addresses of tables in databases and clusters, as a user writes them, and as they may be shown."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import parse_qsl, quote, unquote

from segtool.errors import UsageError, printable

Kind = Literal["duckdb", "postgres", "spark", "sqlite"]

_SCHEMES: Mapping[str, Kind] = {
    "postgresql": "postgres",
    "postgres": "postgres",
    "sqlite": "sqlite",
    "duckdb": "duckdb",
    "sc": "spark",
    "spark": "spark",
}
_SCHEME = re.compile(r"([a-z][a-z]+)(\+[a-z0-9]+)?:(//)?", re.IGNORECASE)
_MISTYPED = re.compile(r"([a-z]{5,})(:/|//)", re.IGNORECASE)
_ELSEWHERE = (
    *("bigquery", "clickhouse", "databricks", "hive", "jdbc", "mariadb", "mongodb", "mssql", "mysql", "odbc", "oracle"),
    *("redshift", "snowflake", "sqlserver", "trino"),
)
"""Databases that are not asked here: their addresses are no names of files, and their passwords are not shown."""
_LOCAL = re.compile(r"local(?:\[(?:\*|[0-9]+)(?:, *[0-9]+)?\](?=\?|$)|(?=\?(?:table|path|format)=))")
_OURS = ("table", "path", "format")
_SECRETS = ("password", "passwd", "sslpassword", "token", "oauth_client_secret")
_OF_SPARK = re.compile(r"\?(?=(?:table|path|format)=)")
_MEANT = re.compile(r"/|.*(?:@|\?(?:table|path|format)=)", re.DOTALL)
"""What tells an address from a file whose name begins like one, although its slashes are missing."""
_KEY = re.compile(r"[a-z][a-z_0-9]*", re.IGNORECASE)
_HOST = re.compile(r"(?:\[[0-9a-f:.%]+\]|[^\[\]:,]*)(?::[0-9]*)?", re.IGNORECASE)

FORMATS = ("parquet", "orc", "avro", "delta", "iceberg", "hudi")
"""Forms of paths that a cluster reads: those that keep the types of their columns."""

_UNTYPED = ("csv", "tsv", "txt", "text", "json", "jsonl", "ndjson", "xml")

_ENCODE = "In the user and the password @ is written %40, / %2F, : %3A, ? %3F and % %25."


@dataclass(frozen=True)
class Address:
    """Where a table stands: in which database, and by which name, or path that a cluster reads.

    `connection` is what the driver is given, with what the user may have put into it as a password: it is never shown.
    `name` is what messages call the table and `place` what they call all of the database, without any of that.
    `secrets` are those passwords and tokens, as they are written and as they are meant.
    """

    kind: Kind
    name: str
    connection: str = field(repr=False)
    table: str | None = None
    path: str | None = None
    form: str | None = None
    place: str = ""
    secrets: tuple[str, ...] = field(default=(), repr=False)


def address_of(text: str) -> Address | None:
    """Return the address that a text is, None where it is none (but the name of a file).

    Whether it names a table, or a query stands in its place, is for the reader to see. Raises UsageError for one that
    cannot be read, without a word of what can be secret in it.

    >>> address_of("postgresql://ann:pw@shop.example/db?sslmode=require&table=eu.orders").name
    'postgresql://shop.example/db?table=eu.orders'
    >>> address_of("sqlite:///shop.db?table=orders").connection, address_of("s3://shop/orders.csv")
    ('shop.db', None)
    """
    local = _LOCAL.match(text)
    if local:
        return _of_spark(local[0], text[local.end() :].removeprefix("?"))
    mistyped = _MISTYPED.match(text)
    if mistyped:
        meant = get_close_matches(mistyped[1].lower(), ("postgresql", "sqlite", "duckdb", "spark"), 1, 0.65)
        right = mistyped[1].lower() in (*_SCHEMES, *_ELSEWHERE) and mistyped[2] != "//"
        if meant and not right:
            raise UsageError(f"An address of a database begins with {meant[0]}://")
    scheme = _SCHEME.match(text)
    name = scheme[1].lower() if scheme else ""
    if scheme is None or (name not in _SCHEMES and name not in _ELSEWHERE):
        return None
    if name in _ELSEWHERE and (scheme[3] or name in ("jdbc", "odbc")):
        raise UsageError(
            f"{name}: is no database that segtool asks; PostgreSQL, DuckDB, SQLite and Spark are. "
            "Save the orders as Parquet or CSV there, and give those."
        )
    kind = _SCHEMES.get(name)
    if kind is None or not (scheme[3] or _MEANT.match(text, scheme.end())):
        return None  # a file that is called `sc:1`
    if scheme[2] or not scheme[3]:
        raise UsageError(f"An address of a database begins with {name}://")
    if kind == "postgres":
        return _of_postgres(text[scheme.end() :])
    if kind == "spark":
        text = text[: scheme.end()].lower() + text[scheme.end() :]
        found = _OF_SPARK.search(text)
        head, query = (text[: found.start()], text[found.end() :]) if found else (text, "")
        return _of_spark(head, query)
    return _of_file(kind, text[scheme.end() :])


def shown(text: str) -> str:
    """Return a text as it may be shown: an address without what can be secret in it, all others as they are.

    >>> shown("sc://lake.example:15002/;token=secret?table=orders"), shown("orders.csv")
    ('sc://lake.example:15002?table=orders', 'orders.csv')
    """
    try:
        address = address_of(text)
    except UsageError:
        return f"{text.partition(':')[0]}://…" if ":" in text else "…"
    return address.name if address else text


def parts_of(name: str) -> tuple[str, ...]:
    """Return the parts of a table's name: dots part them, a part in double quotes keeps its dots.

    >>> parts_of("eu.orders"), parts_of('eu."orders.2024"'), parts_of('"or""der"')
    (('eu', 'orders'), ('eu', 'orders.2024'), ('or"der',))
    """
    parts, at = [], 0
    while True:
        found = re.compile(r'"((?:[^"]|"")+)"|([^".]+)', re.DOTALL).match(name, at)
        if found is None:
            break
        parts.append(found[1].replace('""', '"') if found[1] is not None else found[2])
        at = found.end()
        if at == len(name):
            return tuple(parts)
        if name[at] != ".":
            break
        at += 1
    raise UsageError(f'{printable(name)!r} is no name of a table; write it as orders, shop.orders or "odd.name".')


def written(parts: Sequence[str]) -> str:
    """Return a table's name of its parts, as a user writes it.

    >>> written(["eu", "orders.2024"])
    'eu."orders.2024"'
    """
    quoted = ('"' + part.replace('"', '""') + '"' if '"' in part or "." in part else part for part in parts)
    return ".".join(quoted)


def near(name: str, names: Sequence[str]) -> str:
    """Return a sentence about the names that are like one, or those that there are; with a space before it."""
    folded = {each.casefold(): each for each in reversed(names)}
    found = [folded[each] for each in get_close_matches(name.casefold(), list(folded), 3)]
    if found:
        return f" Did you mean {' or '.join(map(printable, found))}?"
    return f" There are {', '.join(map(printable, names[:5]))}{' …' if len(names) > 5 else ''}." if names else ""


def _of_postgres(rest: str) -> Address:
    """Return the address of a table of PostgreSQL; what is not ours of the parameters stays for libpq."""
    head, _, query = rest.partition("?")
    place, slash, base = head.partition("/")
    user, at, hosts = place.rpartition("@")
    if "@" in user or "@" in base or "#" in head or not all(map(_HOST.fullmatch, hosts.split(","))):
        raise UsageError(f"The address of PostgreSQL is postgresql://user:password@host:port/database. {_ENCODE}")
    ours, kept = _parameters(query, None)
    secrets = [user.partition(":")[2], *(value for key, value in kept if key.lower() in _SECRETS)]
    connection = f"postgresql://{user}{at}{hosts}{slash}{base}"
    if kept:
        connection += "?" + "&".join(f"{key}={value}" for key, value in kept)
    if ours.keys() & {"path", "format"}:
        raise UsageError("A table of PostgreSQL is named by table=, and path= and format= are for Spark.")
    name = f"postgresql://{hosts}{slash}{unquote(base)}"
    return _address("postgres", name, connection, ours, secrets)


def _of_file(kind: Kind, rest: str) -> Address:
    """Return the address of a table in the file of a database."""
    title, scheme = ("SQLite", "sqlite") if kind == "sqlite" else ("DuckDB", "duckdb")
    head, _, query = rest.partition("?")
    if not head.startswith("/") or len(head) == 1:
        raise UsageError(
            f"The address of a file of {title} is {scheme}:///shop.db?table=orders; "
            f"the path of one that is elsewhere begins with a slash more: {scheme}:////data/shop.db"
        )
    ours, _ = _parameters(query, ("table",))
    path = unquote(head[1:])
    return _address(kind, f"{scheme}:///{path}", path, ours, ())


def _of_spark(head: str, query: str) -> Address:
    """Return the address of what a cluster reads; parameters of Spark Connect stand after a semicolon and stay."""
    place, _, own = head.partition(";")
    if "?" in place or "@" in place:
        typed = place.partition("?")[2].partition("=")[0]
        hint = get_close_matches(typed, _OURS, 1) if _KEY.fullmatch(typed) else []
        raise UsageError(
            "The address of Spark is sc://host:15002?table=orders or sc://host:15002?path=/lake/orders, "
            "with its own parameters as sc://host:15002/;token=TOKEN?table=orders."
            + (f" Did you mean {hint[0]}=?" if hint else "")
        )
    if "://" in place and not place.partition("://")[2].strip("/"):
        raise UsageError("The address of Spark names no host: sc://host:15002?table=orders")
    ours, _ = _parameters(query, _OURS)
    if "table" in ours and "path" in ours:
        raise UsageError("The address of Spark has both a table and a path; name one.")
    pairs = [each.partition("=") for each in own.split(";")]
    # what is a parameter of Spark Connect goes along with each call: some proxies know users by others than the token
    secrets = [value or key for key, _, value in pairs if key not in ("use_ssl", "user_agent")]
    place = place.rstrip("/")
    connection = f"{place}/;{own}" if own else place
    if "path" in ours:
        ours["format"] = _form_of(ours["path"], ours.get("format"))
    elif "format" in ours:
        raise UsageError("format= tells how the files of a path= are stored; a table knows.")
    return _address("spark", place, connection, ours, secrets)


def _form_of(path: str, said: str | None) -> str:
    """Return the form in which the files of a path are stored: as said, as its ending tells, else Parquet.

    >>> _form_of("/lake/orders", None), _form_of("/lake/orders.orc", None), _form_of("/lake/orders", "Delta")
    ('parquet', 'orc', 'delta')
    """
    endings = [each[1:].lower() for each in PurePosixPath(path).suffixes]
    told = next((each for each in reversed(endings) if each in FORMATS + _UNTYPED), "parquet")
    form = (said or told).lower()
    if form in _UNTYPED:
        raise UsageError(
            f"Files of {form} tell no types, so Spark would guess how cells are written; "
            "load them into a table, or let segtool read them without an address of Spark."
        )
    if form not in FORMATS:
        hint = get_close_matches(form, FORMATS, 1)
        raise UsageError(f"format={printable(form)} is none of {', '.join(FORMATS)}." + _meant(hint, ""))
    return form


def _parameters(query: str, known: Sequence[str] | None) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Return our parameters, decoded, and the others as they are written; where `known` are all, no others may be."""
    ours: dict[str, str] = {}
    kept: list[tuple[str, str]] = []
    for each in filter(None, query.split("&")):
        key, equals, value = each.partition("=")
        if not equals or not _KEY.fullmatch(key):
            raise UsageError(
                f"What follows the ? of an address are parameters, as table=orders&sslmode=require. {_ENCODE}"
            )
        if key not in _OURS and known is None:
            hint = get_close_matches(key, _OURS, 1, 0.75)
            if hint:
                raise UsageError(f"The address has no parameter {key}.{_meant(hint, '=')}")
            kept.append((key, value))
            continue
        if known is not None and key not in known:
            raise UsageError(
                f"The address has no parameter {key}; it takes {', '.join(known)}."
                + _meant(get_close_matches(key, known, 1), "=")
            )
        [(_, decoded)] = parse_qsl(f"key={value.replace('+', '%2B')}", keep_blank_values=True)
        if not decoded or "\0" in decoded:
            raise UsageError(f"The address says {key}= and nothing that can be one.")
        if key in ours:
            raise UsageError(f"The address says {key}= twice.")
        ours[key] = decoded
    return ours, kept


def _meant(hint: Sequence[str], after: str) -> str:
    return f" Did you mean {hint[0]}{after}?" if hint else ""


def _address(kind: Kind, place: str, connection: str, ours: Mapping[str, str], secrets: Sequence[str]) -> Address:
    table, path = ours.get("table"), ours.get("path")
    if table is not None:
        parts_of(table)
    what = {"table": table, "path": path}
    shown = "&".join(f"{key}={value}" for key, value in what.items() if value is not None)
    every = {
        each for secret in secrets if secret for each in (secret, unquote(secret), quote(unquote(secret), safe=""))
    }
    return Address(
        kind,
        printable(f"{place}?{shown}" if shown else place),
        connection,
        table,
        path,
        ours.get("format"),
        printable(place),
        tuple(sorted(every, key=lambda each: (-len(each), each))),
    )
