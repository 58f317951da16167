"""Columns whose last cell each customer keeps: which ones are asked for, and where they stand."""

from collections.abc import Iterable, Sequence

from segtool.errors import DataError, printable
from segtool.orders.roles import Columns, named_column
from segtool.tables.headers import alike, known_attributes, meant_by
from segtool.tables.source import Source

CARRY = "carry:"
"""What stands before the name of a carried column where others have their role."""

_MEANS = {"name": "customer_name", "zip": "postal_code"}
"""Name -> the attribute that it means of customers, as campaign tools say it."""


def role_of(name: str) -> str:
    """Return what stands for the role of a carried column: `carry:email`."""
    return f"{CARRY}{name}"


def names_in(asked: str | Iterable[str] | None) -> tuple[str, ...]:
    """Return the names that are asked for, each once: a text has commas between them.

    >>> names_in("email, phone,email"), names_in(["Name, full"])
    (('email', 'phone'), ('Name, full',))
    """
    names = map(str.strip, asked.split(",")) if isinstance(asked, str) else map(str, asked or ())
    return tuple(dict.fromkeys(filter(None, names)))


def with_carried(sources: Sequence[Source], found: Sequence[Columns], names: Sequence[str]) -> list[Columns]:
    """Return columns with those that are carried, which each table must have.

    Raises UsageError for one that is absent, DataError for one that is ambiguous.
    """
    return [
        {**columns, **{role_of(name): _place(source, columns, name) for name in names}}
        for source, columns in zip(sources, found, strict=True)
    ]


def _place(source: Source, columns: Columns, name: str) -> int:
    """Return where the column of a name stands: the one with this header, or whose header is known for that attribute.

    The number of an order is in no attribute, whatever its header: exports of Shopify call it `Name`. Where that is not
    known, as some of their columns are missing, `name` may mean `Name` or `Billing Name`, and nobody's guess decides.
    """
    meant = _MEANS.get(name, name)
    headed = [at for at in alike(name, source.columns) if at != columns.get("order_id")]
    is_sure = name in source.columns or (meant == name and headed)
    known = meant_by(meant, source.columns) if meant in known_attributes() and not is_sure else []
    known = sorted({*known, *headed}) if known else []
    if len(known) > 1:
        headers = [source.columns[at] for at in known]
        way = "the header of one of them" if len(set(headers)) == len(headers) else "its number"
        raise DataError(
            f"{source.name} has {len(known)} columns for {printable(name)}: "
            f"{printable(' and '.join(map(repr, headers)))}. Say --carry with {way}."
        )
    return known[0] if known else named_column(source, "carry", name)


def called(source: Source, columns: Columns) -> list[str]:
    """Return how the carried columns among those of a table are called beside the customers: as they were asked for.

    One that was asked for by its number has its header, which tells more. A `name` is called that of the customer, as a
    mere name can be one of a product.
    """
    carried = {role.removeprefix(CARRY): at for role, at in columns.items() if role.startswith(CARRY)}
    return [source.columns[at] if name.isdigit() else _MEANS.get(name, name) for name, at in carried.items()]
