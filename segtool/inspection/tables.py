"""What tables are, column by column; files with the same columns that are written alike are one table."""

import re
from collections.abc import Collection, Mapping, Sequence
from itertools import islice

from segtool.inspection.cells import Kind, kind_of, kind_of_type
from segtool.inspection.facts import Column, Table
from segtool.inspection.scan import ColumnScan, Scan, TableScan
from segtool.orders.roles import ROLES, Columns
from segtool.reading import OrderOptions
from segtool.tables.headers import attributes, matches, normal
from segtool.tables.headers.shops import shop_of
from segtool.tables.numbers.text import POINT
from segtool.tables.source import WORKBOOK, Source

_LISTED = 20
"""Distinct cells of which each is told with its rows."""

_EXAMPLES = 3

_NO_FRACTION = re.compile(r"(?<=\d\d:\d\d:\d\d)\.0+(?=$|[+-]|Z)")
"""The fraction of a second that types of timestamps have, and cells of people have not."""

_ORDER_LINE = ("customer_id", "order_date", "amount")


Spelled = Mapping[str, Collection[str]]
"""Role -> clues of how its cells are spelled."""


def described(sources: Sequence[Source], scan: Scan, roles: Sequence[Columns], spelled: Spelled) -> tuple[Table, ...]:
    """Return what the tables are; `roles` has the columns of each source that have one, `spelled` what cells tell."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for at, source in enumerate(sources):
        groups.setdefault((source.columns, tuple(source.about.items()), tuple(roles[at].items())), []).append(at)
    return tuple(
        _table([sources[at] for at in group], [scan.tables[at] for at in group], roles[group[0]], spelled)
        for group in groups.values()
    )


def roles_of(source: Source, options: OrderOptions) -> Columns:
    """Return the columns that have a role beyond doubt, also where others lack one."""
    found: Columns = {}
    for role in ROLES:
        header = options.named.get(role)
        if header is None:
            own = matches(role, source.columns)
        else:
            own = [i for i, column in enumerate(source.columns) if normal(column) == normal(header)]
        if len(own) == 1:
            found[role] = own[0]
    worth = ("quantity", "unit_price") if "amount" in found else ()
    return {role: position for role, position in found.items() if role not in worth}


def lacking(roles: Columns) -> list[str]:
    """Return the roles without which a row is no order line.

    >>> lacking({"customer_id": 0, "quantity": 1, "unit_price": 2})
    ['order_date']
    """
    worth = {"amount"} if {"quantity", "unit_price"} <= roles.keys() else set()
    return [role for role in _ORDER_LINE if role not in roles and role not in worth]


def _table(sources: Sequence[Source], scans: Sequence[TableScan], roles: Columns, spelled: Spelled) -> Table:
    first, shop = sources[0], shop_of(sources[0].columns)
    rows, broken = sum(scan.rows for scan in scans), sum(scan.broken for scan in scans)
    played: dict[int, list[str]] = {}
    for role, position in roles.items():
        played.setdefault(position, []).append(role)
    named = {position: name for name, position in attributes(first.columns).items()}
    columns = []
    for position, header in enumerate(first.columns):
        cells = ColumnScan()
        for scan in scans:
            cells.add(scan.columns[position])
        own = played.get(position, [])
        has_point = any(source.point_at(position) for source in sources)
        kind = kind_of_type(first.type_of(position), cells.cells) or _kind(
            cells, own, spelled, first.about, has_point=has_point
        )
        columns.append(_column(position, header, cells, kind, rows - broken, ", ".join(own), named.get(position)))
    files = {source.name: scan.rows for source, scan in zip(sources, scans, strict=True)}
    return Table(files, first.about, shop.title if shop else None, rows, broken, tuple(columns))


def _kind(
    cells: ColumnScan, roles: Sequence[str], spelled: Spelled, about: Mapping[str, str], *, has_point: bool
) -> Kind:
    clues = {clue for role in roles for clue in spelled.get(role, ())} | ({POINT} if has_point else set())
    kind = ROLES[roles[0]] if roles else None
    return kind_of(list(cells.cells), role=kind, clues=clues, serials=about.get("format") == WORKBOOK)


def _column(
    position: int, header: str, cells: ColumnScan, kind: Kind, rows: int, role: str, attribute: str | None
) -> Column:
    counts = cells.counts
    few = counts is not None and len(counts) <= _LISTED
    ranked = sorted(counts.items(), key=lambda each: (-each[1], each[0])) if counts is not None and few else None
    return Column(
        number=position + 1,
        header=header,
        role=role or None,
        attribute=attribute,
        kind=kind.name,
        cells=kind.words,
        readings=kind.readings,
        empty=cells.empty,
        empty_share=cells.empty / rows if rows else 0.0,
        distinct=None if counts is None else len(counts),
        values=dict(ranked) if ranked is not None else None,
        examples=tuple(_NO_FRACTION.sub("", cell) for cell in islice(cells.cells, _EXAMPLES)),
    )
