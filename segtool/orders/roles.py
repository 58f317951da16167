"""Which column plays which role."""

import shlex
from collections.abc import Collection, Mapping, Sequence

import pyarrow as pa

from segtool.errors import DataError, UsageError, printable
from segtool.tables.headers import known_names, matches, nearest, normal
from segtool.tables.source import Source

ROLES: Mapping[str, str] = {
    "customer_id": "label",
    "order_id": "label",
    "order_date": "date",
    "amount": "number",
    "quantity": "number",
    "unit_price": "number",
    "refunded": "number",
    "status": "label",
    "currency": "label",
}
"""The roles of an order line and how their cells are read."""

_PRODUCT = ("quantity", "unit_price")

Columns = dict[str, int]
"""Role -> position of its column."""


def find_columns(
    source: Source, named: Mapping[str, str], *, required: Collection[str], optional: Collection[str]
) -> Columns:
    """Return the position of each role's column: the named one, or the one whose header is recognised.

    A named column must be there even if its role is not wanted. `quantity` and `unit_price` stand in for `amount`.
    Raises UsageError for a named column that is absent, DataError for a required role without a column, for two that
    fit equally well, and for a type that cannot hold the role.
    """
    columns = {role: _named(source, role, header) for role, header in named.items()}
    for role in ROLES:
        if role in {*required, *optional} - {"amount"} and role not in columns:
            position = _recognised(source, role)
            if position is not None:
                columns[role] = position
    columns = _with_amount(source, columns)
    found = {*columns, "amount"} if set(_PRODUCT) <= columns.keys() else set(columns)
    missing = [role for role in ROLES if role in required and role not in found]
    if missing:
        raise _missing(source, missing, [source.columns[i] for role, i in columns.items() if role not in _PRODUCT])
    for role, position in columns.items():
        _check_type(source, role, position)
    wanted = {*required, *optional, *_PRODUCT}
    return {role: columns[role] for role in ROLES if role in columns and role in wanted}


def _with_amount(source: Source, columns: Columns) -> Columns:
    """Add the column of the amount, or those of quantity and unit price where there is none or both are named."""
    parts = [role for role in _PRODUCT if role in columns]
    amount = columns.get("amount")
    if amount is None and len(parts) < 2:
        amount = _recognised(source, "amount")
    if amount is not None:
        if parts:
            given = ", ".join(map(_option, parts))
            raise UsageError(f"{given} cannot stand beside an amount: {source.columns[amount]!r}.")
        return {**columns, "amount": amount}
    found = {role: columns.get(role, _recognised(source, role)) for role in _PRODUCT}
    return columns | {role: position for role, position in found.items() if position is not None}


def same_roles(sources: Sequence[Source], found: Sequence[Columns]) -> None:
    """Raise DataError when the files do not all have the same roles, naming the file that lacks one."""
    for role in ROLES:
        have = [source for source, columns in zip(sources, found, strict=True) if role in columns]
        lack = [source for source, columns in zip(sources, found, strict=True) if role not in columns]
        if have and lack:
            raise DataError(
                f"{lack[0].name} has no column for {role}, which {have[0].name} has. {_listed(lack[0])} "
                f"Say {_option(role)} COL, or give the files one at a time."
            )


def _named(source: Source, role: str, header: str) -> int:
    exact = [i for i, column in enumerate(source.columns) if column == header]
    alike = exact or [i for i, column in enumerate(source.columns) if normal(column) == normal(header)]
    if len(alike) == 1:
        return alike[0]
    if alike:
        raise DataError(f"{source.name} has {len(alike)} columns named {header!r}.")
    near = nearest([header], source.columns)
    raise UsageError(
        f"{source.name} has no column {header!r} ({_option(role)}). {_listed(source)}"
        + (f" Did you mean {' or '.join(map(repr, near))}?" if near else "")
    )


def _recognised(source: Source, role: str) -> int | None:
    found = matches(role, source.columns)
    if len(found) > 1:
        names = " and ".join(repr(source.columns[i]) for i in found)
        raise DataError(
            f"{source.name} has {len(found)} columns for {role}: {names}. {_listed(source)} Say {_option(role)} COL."
        )
    return found[0] if found else None


def _missing(source: Source, roles: Sequence[str], taken: Collection[str]) -> DataError:
    """Name the roles without a column, and the likeliest of the columns that have no role yet."""
    free = tuple(column for column in source.columns if column not in taken)
    near: dict[str, list[str]] = {}
    for role in roles:
        likely = nearest([role, *(name for names in known_names()[role] for name in names)], free)
        near[role] = [column for column in likely if column not in {own[0] for own in near.values() if own}]
    listed = printable(", ".join(dict.fromkeys(column for columns in near.values() for column in columns)))
    say = " ".join(f"{_option(role)} {shlex.quote(near[role][0]) if near[role] else 'COL'}" for role in roles)
    also = " (nor quantity and unit price)" if "amount" in roles else ""
    return DataError(
        f"{source.name} has no column for {' and '.join(roles)}{also}. {_listed(source)} "
        + (f"Nearest: {listed}. " if listed else "")
        + f"Say {printable(say)}."
    )


def _check_type(source: Source, role: str, position: int) -> None:
    stored, kind = source.type_of(position), ROLES[role]
    value = stored.value_type if pa.types.is_dictionary(stored) else stored
    text = pa.types.is_string(value) or pa.types.is_large_string(value) or pa.types.is_string_view(value)
    fits = {
        "label": text or pa.types.is_primitive(value) or pa.types.is_decimal(value),
        "date": text or pa.types.is_date(value) or pa.types.is_timestamp(value),
        "number": text or pa.types.is_integer(value) or pa.types.is_floating(value) or pa.types.is_decimal(value),
    }
    if not fits[kind] and not pa.types.is_null(value):
        raise DataError(
            f"{source.name}: column {source.columns[position]!r} holds {stored}, which cannot be {role}. "
            f"Say {_option(role)} COL for another one."
        )


def _listed(source: Source) -> str:
    return f"Columns: {printable(', '.join(source.columns))}."


def _option(role: str) -> str:
    return "--currency-column" if role == "currency" else f"--{role.replace('_', '-')}"
