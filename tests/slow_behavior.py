"""What people did, judged again in plain Python, straight from the words of the columns."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from activities import DAY, Did, Put, Visit

from segtool.events import origins

EPOCH = date(1970, 1, 1)


def day(number: int) -> date:
    return EPOCH + timedelta(number)


def outcome_of(line: Put, did: Did, *, as_of: int, window: int) -> str:
    return judged(line, did, as_of=as_of, window=window)[0]


def judged(line: Put, did: Did, *, as_of: int, window: int) -> tuple[str, int | None]:
    until = line.added + window * DAY
    buys = [
        moment
        for person, product, moment in did.bought
        if person == line.person
        and (product is None or line.product is None or product == line.product)
        and line.added <= moment <= until
    ]
    if buys:
        return "bought", min(buys)
    if line.added <= line.removed <= until:
        return "removed", None
    return ("open" if until >= (as_of + 1) * DAY else "abandoned"), None


def sessions_of(visits: Sequence[Visit]) -> list[list[Visit]]:
    """Return the spells of one person as sessions, as they began."""
    found: list[list[Visit]] = []
    for visit in sorted(visits, key=lambda each: (each.start, each.end, each.session or "")):
        same = [own for own in found if visit.session is not None and own[0].session == visit.session]
        if same:
            same[0].append(visit)
        else:
            found.append([visit])
    return found


def value_of(session: Sequence[Visit], role: str) -> str | None:
    told = [getattr(visit, role) for visit in session if getattr(visit, role) not in (None, "unknown")]
    strong = [name for name in told if name != "direct"] if role == "source" else told
    return next(iter([*strong, *told]), None)


def main_of(values: Iterable[str | None], role: str) -> tuple[str | None, float | None]:
    tallies = Counter(value for value in values if value is not None)
    if not tallies:
        return None, None
    best = min(tallies, key=lambda name: (-tallies[name], name == "direct", origins.names(role).index(name)))
    return best, round(tallies[best] / tallies.total(), 4)


def spell_of(visits: Sequence[Visit], moment: int) -> Visit:
    """Return the spell that holds a moment: the one that began last."""
    ordered = sorted(visits, key=lambda each: (each.start, each.end, each.session or ""))
    return [visit for visit in ordered if visit.start <= moment <= visit.end][-1]


def most(counts: dict[str, int]) -> str | None:
    """Return the label with the highest count, the first of equal ones in byte order; None where all are 0."""
    known = {label: count for label, count in counts.items() if count}
    return min(known, key=lambda label: (-known[label], label.encode())) if known else None


def rows_of(
    did: Did, *, as_of: int, window: int = 30, recent: int = 30, lapsed_after: int = 180, accounts: bool = True
) -> list[dict[str, Any]]:
    """Return a row for each person with the columns of the table, of a log that tells everything."""
    has_adds = any(visit.counts.get("add", 0) for visit in did.visits)
    found = []
    for name in did.people:
        visits = [visit for visit in did.visits if visit.person == name]
        sessions = sessions_of(visits)
        events = sum((Counter(visit.counts) for visit in visits), Counter())
        orders = sorted((moment, units) for person, moment, units in did.orders if person == name)
        refunded = sum(units for person, _, units in did.refunds if person == name)
        revenue = sum(units for _, units in orders) - refunded
        last = orders[-1][0] // DAY if orders else None
        is_recent = last is not None and as_of - last <= recent
        lines = [line for line in did.carts if line.person == name]
        results = [(line, outcome_of(line, did, as_of=as_of, window=window)) for line in lines]
        by_outcome = {
            wanted: [line for line, result in results if result == wanted] for wanted in ("open", "abandoned")
        }
        kept = any(result != "removed" for _, result in results)
        account = (
            (accounts and name in did.users)
            or events["login"] + events["signup"] > 0
            or any(visit.member == 1 for visit in visits)
        )
        if len(orders) > 1:
            kind = "repeat buyer"
        elif account:
            kind = "member"
        elif orders:
            kind = "guest"
        else:
            kind = "returning" if len(sessions) > 1 else "first-time"
        if last is not None:
            stage = "lapsed" if as_of - last > lapsed_after else "loyal" if len(orders) > 1 else "customer"
        elif events["add" if has_adds else "cart"] or events["checkout"]:
            stage = "intent"
        else:
            considers = events["view"] + events["search"] + events["wish"] + events["cart"]
            stage = "considering" if considers else "aware"
        values = {role: [value_of(own, role) for own in sessions] for role in origins.SCHEME_OF}
        device, device_share = main_of(values["device"], "device")
        system, system_share = main_of(values["platform"], "platform")
        ways = set(values["app"])
        row: dict[str, Any] = {
            "customer_id": name,
            "visitor_type": kind,
            "journey_stage": stage,
            "first_seen": day(min(visit.start for visit in visits) // DAY),
            "last_interaction": day(max(visit.end for visit in visits) // DAY),
            "active_days": len({n for v in visits for n in range(v.start // DAY, v.end // DAY + 1)}),
            "sessions": len(sessions),
            "views": events["view"],
            "searches": events["search"],
            "carts": events["add"],
            "checkouts": events["checkout"],
            "orders": len(orders),
            "revenue": amount(revenue),
            "refunded": amount(refunded),
            "order_value": amount(halves_away(revenue, len(orders))) if orders else None,
            "first_order": day(orders[0][0] // DAY) if orders else None,
            "last_order": None if last is None else day(last),
            "recently_purchased": is_recent,
            "last_cart": day(max(line.added // DAY for line in lines)) if lines else None,
            "cart_status": (
                "open" if by_outcome["open"] else "purchased" if is_recent else "expired" if kept else "none"
            ),
            "open_carts": len({line.added // DAY for line in by_outcome["open"]}),
            "open_cart_value": amount(sum(line.units for line in by_outcome["open"])),
            "abandoned_carts": len({line.added // DAY for line in by_outcome["abandoned"]}),
            "abandoned_value": amount(sum(line.units for line in by_outcome["abandoned"])),
            "device": device,
            "device_share": device_share,
            "operating_system": system,
            "operating_system_share": system_share,
            "app_or_web": "both" if "both" in ways or {"app", "web"} <= ways else main_of(values["app"], "app")[0],
            "source": main_of(values["source"], "source")[0],
            "first_source": values["source"][0],
            "last_source": values["source"][-1],
        }
        viewed = {label: counts[0] for (person, label), counts in did.categories.items() if person == name}
        bought = {label: counts[1] for (person, label), counts in did.categories.items() if person == name}
        brands = {label: counts[1] for (person, label), counts in did.brands.items() if person == name}
        row |= {
            "browsed_category": most(viewed),
            "bought_category": most(bought),
            "bought_category_share": share_of_most(bought),
            "categories_bought": sum(count > 0 for count in bought.values()),
            "unbought_category": most({label: count for label, count in viewed.items() if not bought[label]}),
            "top_brand": most(brands),
            "top_brand_share": share_of_most(brands),
        }
        given = did.ratings.get(name, ())
        row |= {"rating": round(sum(given) / len(given) / 10_000, 4) if given else None, "ratings": len(given)}
        if not did.carts:
            for header in ("last_cart", "cart_status", "open_carts", "open_cart_value", "abandoned_carts"):
                del row[header]
            del row["abandoned_value"]
        found.append(row)
    return found


def share_of_most(counts: dict[str, int]) -> float | None:
    return round(max(counts.values()) / sum(counts.values()), 4) if any(counts.values()) else None


def amount(units: int) -> Decimal:
    return Decimal(units).scaleb(-4)


def halves_away(value: int, count: int) -> int:
    size = (2 * abs(value) + count) // (2 * count)
    return size if value >= 0 else -size
