"""What `segtool.events.fold` makes of an event log, once more: slowly, straight from the terms, row after row."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from segtool.events.kinds import KINDS
from segtool.events.origins import names

DAY = 86_400_000_000
MINUTE = 60_000_000


@dataclass(frozen=True)
class Row:
    """An event, or a product of one, in the words of `segtool.events.cells.Cells`; -1 and None tell nothing."""

    user: str | None = None
    anonymous: str | None = None
    session: str | None = None
    moment: int = 0
    kind: str = "visit"
    first: bool = True
    product: str | None = None
    category: str | None = None
    brand: str | None = None
    order_id: str | None = None
    units: int | None = None
    source: str | None = None
    device: str | None = None
    platform: str | None = None
    app: str | None = None
    member: int = -1
    rating: int | None = None

    @property
    def value(self) -> int:
        return self.units or 0

    @property
    def gives_back(self) -> bool:
        return self.kind == "refund" or (self.kind == "purchase" and self.value < 0)

    @property
    def buys(self) -> bool:
        return self.kind == "purchase" and not self.gives_back


def folded(rows: Sequence[Row], gap: int) -> dict[str, Any]:
    """Return all facts of `Activity` as plain lists, in its order."""
    users = {row.user for row in rows if row.user is not None}
    owners: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row.anonymous is not None:
            owners[row.anonymous] |= {row.user} - {None}  # type: ignore[arg-type]

    def owner(row: Row) -> str | None:
        if row.user is None and row.anonymous is not None and len(owners[row.anonymous]) == 1:
            return next(iter(owners[row.anonymous]))
        return row.user

    own_names = names_of({row.anonymous for row in rows if row.anonymous is not None and owner(row) is None}, users)

    def person(row: Row) -> str:
        return owner(row) or own_names[row.anonymous or ""]

    mine: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        mine[person(row)].append(row)
    ids = sorted(mine, key=str.encode)
    products = sorted(
        {row.product for row in rows if row.product is not None and (row.buys or row.kind in ("add", "remove"))},
        key=str.encode,
    )
    spells = [(at, *spell) for at, name in enumerate(ids) for spell in spells_of(mine[name], gap)]
    codes: dict[str | None, int] = {None: -1}
    for spell in spells:
        codes.setdefault(spell[2], len(codes) - 1)
    orders = {name: orders_of(mine[name]) for name in ids}
    carts = [(at, *line) for at, name in enumerate(ids) for line in carts_of(mine[name], products)]
    return {
        "ids": ids,
        "known": [name in users for name in ids],
        "products": products,
        "spells": [(at, codes[session], start, *rest) for at, start, session, *rest in spells],
        "orders": [(at, *order) for at, name in enumerate(ids) for order in sorted(placed(orders[name]))],
        "refunds": [(at, *refund) for at, name in enumerate(ids) for refund in refunds_of(mine[name])],
        "bought": sorted(
            {
                (at, -1 if product is None else products.index(product), min(row.moment for row in own))
                for at, name in enumerate(ids)
                for each in orders[name].values()
                for product, own in each.items()
            }
        ),
        "carts": carts,
        "categories": looks_of(ids, mine, lambda row: row.category),
        "brands": looks_of(ids, mine, lambda row: row.brand),
        "ratings": [sum(row.rating or 0 for row in mine[name]) for name in ids],
        "rated": [sum(row.rating is not None for row in mine[name]) for name in ids],
        "priced": any(row.units is not None for row in rows),
        "repeated": sum(
            len(own) - at_moments(own)[0][1] for name in ids for each in orders[name].values() for own in each.values()
        ),
        "identity": (
            len(users),
            sum(len(own) == 1 for own in owners.values()),
            sum(len(own) == 0 for own in owners.values()),
            sum(len(own) > 1 for own in owners.values()),
        ),
        "events": sum(row.first for row in rows),
    }


def names_of(anonymous: set[str], users: set[str]) -> dict[str, str]:
    """Return anonymous id -> that of the person: in byte order, as often `anonymous:` before it as it is taken."""
    found = {own: own for own in anonymous - users}
    for own in sorted(anonymous & users, key=str.encode):
        name = own
        while name in users or name in found.values():
            name = f"anonymous:{name}"
        found[own] = name
    return found


def spells_of(rows: Sequence[Row], gap: int) -> list[tuple[Any, ...]]:
    """Return start, session, end, counts and what is told, by start, then session."""
    found = []
    for session in {row.session for row in rows}:
        own = sorted((row for row in rows if row.session == session), key=lambda row: row.moment)
        spell = [own[0]]
        for row in own[1:]:
            if row.moment - spell[-1].moment > gap:
                found.append((session, spell))
                spell = []
            spell.append(row)
        found.append((session, spell))
    found.sort(key=lambda each: (each[1][0].moment, each[0] is not None, (each[0] or "").encode()))
    return [
        (
            spell[0].moment,
            session,
            spell[-1].moment,
            tuple(sum(row.first and row.kind == kind for row in spell) for kind in (*KINDS, "unknown")),
            *(told(spell, role) for role in ("source", "device", "platform", "app")),
            max(row.member for row in spell),
        )
        for session, spell in found
    ]


def told(spell: Sequence[Row], role: str) -> int:
    """Return the code of what the first row tells, of those at one moment the least; direct and unknown tell last."""
    every = [
        (getattr(row, role) in ("direct", "unknown"), row.moment, names(role).index(getattr(row, role)))
        for row in spell
        if getattr(row, role) is not None
    ]
    return min(every)[2] if every else -1


def orders_of(rows: Sequence[Row]) -> dict[Any, dict[str | None, list[Row]]]:
    """Return order -> product -> its rows."""
    found: dict[Any, dict[str | None, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row.buys:
            found[row.moment if row.order_id is None else row.order_id][row.product].append(row)
    return found


def placed(orders: dict[Any, dict[str | None, list[Row]]]) -> list[tuple[int, int]]:
    return [
        (
            min(row.moment for own in each.values() for row in own),
            sum(at_moments(own)[0][0] for own in each.values()),
        )
        for each in orders.values()
    ]


def refunds_of(rows: Sequence[Row]) -> list[tuple[int, int]]:
    found: dict[int, int] = defaultdict(int)
    for row in rows:
        if row.gives_back:
            found[row.moment] += abs(row.value)
    return sorted(found.items())


def carts_of(rows: Sequence[Row], products: Sequence[str]) -> list[tuple[Any, ...]]:
    """Return day, product, added, removed and units of each line; of the removals of a day only the last one counts."""
    found = []
    for product in {row.product for row in rows if row.kind == "add"}:
        own = [row for row in rows if row.product == product]
        removes = sorted(max(each.moment for each in removed) for removed in by_day(own, "remove").values())
        for day, adds in by_day(own, "add").items():
            added = max(row.moment for row in adds)
            removed = next((moment for moment in removes if moment >= added), None)
            units = max(row.value for row in adds if row.moment == added)
            found.append((day, -1 if product is None else products.index(product), added, removed, units))
    return sorted(found, key=lambda line: line[:2])


def by_day(rows: Sequence[Row], kind: str) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        if row.kind == kind:
            found[row.moment // DAY].append(row)
    return found


def at_moments(rows: Sequence[Row]) -> list[tuple[int, int]]:
    """Return what the rows of one product in an order come to at each moment, and how many these are; best first."""
    moments = sorted({row.moment for row in rows})
    told = [[row.value for row in rows if row.moment == moment] for moment in moments]
    return sorted(((sum(values), len(values)) for values in told), key=lambda each: -each[0])


def looks_of(
    ids: Sequence[str], mine: dict[str, list[Row]], label: Callable[[Row], str | None]
) -> list[tuple[int, str, int, int]]:
    found: dict[tuple[int, bytes], list[int]] = defaultdict(lambda: [0, 0])
    for at, name in enumerate(ids):
        for row in mine[name]:
            own = label(row)
            if own is not None and row.kind == "view":
                found[at, own.encode()][0] += 1
        for products in orders_of(mine[name]).values():
            for rows in products.values():
                for own in {label(row) for row in rows} - {None}:
                    moments = Counter(row.moment for row in rows if label(row) == own)
                    found[at, own.encode()][1] += max(moments.values())
    return [(at, own.decode(), *both) for (at, own), both in sorted(found.items())]
