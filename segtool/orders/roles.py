"""Which column plays which role."""

import shlex
from collections.abc import Collection, Mapping, Sequence

import pyarrow as pa

from segtool.errors import DataError, MissingRoleError, UsageError, printable
from segtool.tables.headers import Level, alike, known_names, matches, meant_by, nearest
from segtool.tables.headers.shops import Shop, shop_of
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
    "cancelled_at": "label",
    "recency_days": "number",
    "frequency": "number",
    "group": "label",
    "source": "label",
    "category": "label",
    "brand": "label",
    "channel": "label",
    "margin": "number",
    "order_cost": "number",
    "refund_cost": "number",
}
"""The roles and how their cells are read; recency_days and frequency are those of a row that is a customer."""

MONEY = ("margin", "order_cost", "refund_cost")
"""Roles of further columns of money, whose sums are told beside that of the amounts."""

TALLIED = ("category", "brand", "channel")
"""Roles whose labels are counted. They are named, or recognised where one header alone tells them."""

_OF_PRODUCTS = ("category", "brand")
"""Those that each line of an order has for itself."""

NAMED = ("group", "source", *TALLIED, *MONEY)
"""Roles that no header tells: their columns are named."""


def kind_of(role: str) -> str:
    """Return how the cells of a role are read: of a column that only a condition looks at, as what stands before it.

    >>> kind_of("amount"), kind_of("date:shipped on")
    ('number', 'date')
    """
    return ROLES[role] if role in ROLES else role.partition(":")[0]


def name_of(role: str) -> str:
    """Return how a role is called, or a column that has none: one that only a condition looks at, or that is carried.

    >>> name_of("amount"), name_of("date:shipped on")
    ('amount', 'shipped on')
    """
    return role if role in ROLES else role.partition(":")[2]


_PRODUCT = ("quantity", "unit_price")

_NOT_EVERYWHERE = ("status", "cancelled_at", "amount", *_PRODUCT)
"""Roles that some files of a run may lack; what a line is worth is looked for on its own."""

Columns = dict[str, int]
"""Role -> position of its column."""


def find_columns(
    source: Source, named: Mapping[str, str], *, required: Collection[str], optional: Collection[str]
) -> Columns:
    """Return the position of each role's column: the named one, the one that the export of a known shop has for it, or
    the one whose header is recognised.

    A number names a column by its place, from 1. A named column must be there even if its role is not wanted.
    `quantity` and `unit_price` stand in for `amount`.
    Raises UsageError for a named column that is absent, MissingRoleError for a required role without a column,
    DataError for two that fit equally well, and for a type that cannot hold the role.
    """
    columns = {role: named_column(source, role, header) for role, header in named.items()}
    shop = shop_of(source.columns)
    if shop is not None:
        columns = {**_of_shop(source, shop, columns), **columns}
    else:
        for role in ROLES:
            if role in {*required, *optional} - {"amount"} and role not in columns:
                position = recognised_column(source, role)
                if position is not None:
                    columns[role] = position
    if shop is None or not _is_worth(columns):
        columns = _with_amount(source, columns)
    found = {*columns, "amount"} if _is_worth(columns) else set(columns)
    missing = [role for role in ROLES if role in required and role not in found]
    if missing:
        taken = [source.columns[i] for role, i in columns.items() if role not in _PRODUCT]
        raise missing_column(source, missing, taken, nor="quantity and unit price" if "amount" in missing else "")
    for role, position in columns.items():
        check_type(source, role, position)
    wanted = {*required, *optional, *_PRODUCT}
    return {role: columns[role] for role in ROLES if role in columns and role in wanted}


def _of_shop(source: Source, shop: Shop, named: Columns) -> Columns:
    """Return the columns of a known shop's export; what the user names of an amount goes before all that it has."""
    worth = ("amount", *_PRODUCT)
    taken = worth if any(role in named for role in worth) else ()
    return {role: source.columns.index(header) for role, header in shop.roles.items() if role not in taken}


def _is_worth(columns: Columns) -> bool:
    """Return whether columns tell what a line is worth."""
    return "amount" in columns or set(_PRODUCT) <= columns.keys()


def _with_amount(source: Source, columns: Columns) -> Columns:
    """Add the column of the amount, or those of quantity and unit price where there is none or both are named."""
    parts = [role for role in _PRODUCT if role in columns]
    amount = columns.get("amount")
    if amount is None and len(parts) < 2:
        amount = recognised_column(source, "amount")
    if amount is not None:
        if parts:
            given = ", ".join(map(_option, parts))
            raise UsageError(f"{given} cannot stand beside an amount: {source.columns[amount]!r}.")
        return {**columns, "amount": amount}
    found = {role: columns.get(role, recognised_column(source, role)) for role in _PRODUCT}
    return columns | {role: position for role, position in found.items() if position is not None}


def with_labels(sources: Sequence[Source], found: Sequence[Columns], roles: Sequence[str]) -> list[Columns]:
    """Return columns with those of labels that nobody named, where in every table one header alone tells the role.

    A column that plays another role, or whose type cannot be a label, is not taken; nor is one of products where only
    the first line of an order has its amount. Raises UsageError where such a one is named.
    """
    columns = [dict(own) for own in found]
    for role in roles:
        whole = [source for source, own in zip(sources, columns, strict=True) if _hides_lines(source, own, role)]
        if any(role in own for own in columns):
            if whole:
                raise UsageError(
                    f"{whole[0].name}: {_option(role)} tells of one line of an order only, for the others have no "
                    "amount; say --unit-price COL --quantity COL of the lines."
                )
            continue
        places = [meant_by(role, source.columns) for source in sources]
        if not whole and all(
            len(own) == 1 and own[0] not in taken.values() and _fits(source, role, own[0])
            for source, taken, own in zip(sources, columns, places, strict=True)
        ):
            columns = [{**own, role: place} for own, [place] in zip(columns, places, strict=True)]
    return columns


def _hides_lines(source: Source, columns: Columns, role: str) -> bool:
    """Return whether a label of products is lost with the lines that an export gives no amount."""
    shop = shop_of(source.columns)
    return role in _OF_PRODUCTS and shop is not None and shop.first_line_totals and "amount" in columns


def same_roles(sources: Sequence[Source], found: Sequence[Columns]) -> None:
    """Raise MissingRoleError when the files do not all have the same roles, naming the file that lacks one."""
    for role in (role for role in ROLES if role not in _NOT_EVERYWHERE):
        have = [source for source, columns in zip(sources, found, strict=True) if role in columns]
        lack = [source for source, columns in zip(sources, found, strict=True) if role not in columns]
        if have and lack:
            raise MissingRoleError(
                f"{lack[0].name} has no column for {role}, which {have[0].name} has. {headers_of(lack[0])} "
                f"Say {_option(role)} COL, or give the files one at a time."
            )


def named_column(source: Source, role: str, header: str) -> int:
    """Return the position of the column that is named for a role. Raises UsageError if there is none."""
    found = alike(header, source.columns)
    if len(found) == 1:
        return found[0]
    if found:
        raise DataError(
            f"{source.name} has {len(found)} columns named {header!r}. Say {_option(role)} with the number of one: "
            f"{', '.join(str(i + 1) for i in found)}."
        )
    if header.isascii() and header.isdigit() and 1 <= int(header) <= len(source.columns):
        return int(header) - 1
    near = nearest([header], source.columns)
    raise UsageError(
        f"{source.name} has no column {header!r} ({_option(role)}). {headers_of(source)}"
        + (f" Did you mean {' or '.join(map(repr, near))}?" if near else "")
    )


def recognised_column(source: Source, role: str, level: Level = "order") -> int | None:
    """Return the position of the column whose header tells a role. Raises DataError for two that fit equally well."""
    return only_one(source, matches(role, source.columns, level), role, argument_of(role))


def only_one(source: Source, found: Sequence[int], called: str, argument: str) -> int | None:
    """Return the position of the column that was found for what is `called` so, None for none.

    Raises DataError for two that fit equally well, of which `argument` can name one.
    """
    if len(found) > 1:
        names = " and ".join(printable(repr(source.columns[at])) for at in found)
        equal = len({source.columns[at] for at in found}) < len(found)
        way = " or ".join(str(at + 1) for at in found) if equal else "COL"
        raise DataError(
            f"{source.name} has {len(found)} columns for {called}: {names}. {headers_of(source)} "
            f"Say --{argument.replace('_', '-')} {way}.",
            *({argument: str(at + 1) if equal else source.columns[at]} for at in found),
        )
    return found[0] if found else None


def missing_column(
    source: Source, roles: Sequence[str], taken: Collection[str], *, level: Level = "order", nor: str = ""
) -> MissingRoleError:
    """Name the roles without a column, and the likeliest of the columns that have no role yet.

    `nor` is what could stand in for them, and is missing too.
    """
    free = tuple(column for column in source.columns if column not in taken)
    near: dict[str, list[str]] = {}
    for role in roles:
        likely = nearest([role, *(name for names in known_names(level)[role] for name in names)], free)
        near[role] = [column for column in likely if column not in {own[0] for own in near.values() if own}]
    listed = printable(", ".join(dict.fromkeys(column for columns in near.values() for column in columns)))
    say = " ".join(f"{_option(role)} {shlex.quote(near[role][0]) if near[role] else 'COL'}" for role in roles)
    also = f" (nor {nor})" if nor else ""
    hint = " If there is no header, say --no-header." if not taken and has_row_as_header(source) else ""
    of_customers = level == "order" and has_customers(source)
    hint += " If a row is a customer, segtool rfm and cluster take it with --customer-level." if of_customers else ""
    return MissingRoleError(
        f"{source.name} has no column for {' and '.join(roles)}{also}. {headers_of(source)} "
        + (f"Nearest: {listed}. " if listed else "")
        + f"Say {printable(say)}.{hint}",
        *([{argument_of(role): near[role][0] for role in roles}] if all(near.values()) and not of_customers else []),
    )


def has_customers(source: Source) -> bool:
    """Return whether the headers are those of a table that has a row a customer."""
    found = {role for role in ROLES if matches(role, source.columns, "customer")}
    return {"frequency", "amount"} <= found and bool({"order_date", "recency_days"} & found)


def has_row_as_header(source: Source) -> bool:
    """Return whether some header is digits without letters, as in a table that begins with its first row."""
    told = source.about.get("header", "none") != "none"
    return told and any(any(map(str.isdigit, name)) and not any(map(str.isalpha, name)) for name in source.columns)


def check_type(source: Source, role: str, position: int) -> None:
    """Raise DataError for a column whose type cannot hold the role."""
    if not _fits(source, role, position):
        raise DataError(
            f"{source.name}: column {source.columns[position]!r} holds {source.type_of(position)}, which cannot be "
            f"{role}. Say {_option(role)} COL for another one."
        )


def _fits(source: Source, role: str, position: int) -> bool:
    """Return whether the type of a column can hold the role."""
    stored = source.type_of(position)
    value = stored.value_type if pa.types.is_dictionary(stored) else stored
    text = pa.types.is_string(value) or pa.types.is_large_string(value) or pa.types.is_string_view(value)
    number = pa.types.is_integer(value) or pa.types.is_floating(value) or pa.types.is_decimal(value)
    fits = {
        "label": text or pa.types.is_primitive(value) or pa.types.is_decimal(value),
        "date": text or number or pa.types.is_date(value) or pa.types.is_timestamp(value),
        "number": text or number,
    }
    return fits[ROLES[role]] or pa.types.is_null(value)


def headers_of(source: Source) -> str:
    """Return the headers of a table as a sentence."""
    return f"Columns: {printable(', '.join(source.columns))}."


def _option(role: str) -> str:
    return f"--{argument_of(role).replace('_', '-')}"


def argument_of(role: str) -> str:
    """Return the argument of `segtool.rfm` that names the column of a role."""
    return {"currency": "currency_column", "group": "by", "recency_days": "recency", "channel": "sales_channel"}.get(
        role, role
    )
