"""What is told of each person by what was done: as columns of a table, and of all together as facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from segtool.events import origins
from segtool.events.activity import Activity, Looked
from segtool.events.buyers import Buyers, Limits, columns_of_orders, days, groups_told, stage_column, stages_told
from segtool.events.carts import CartsOfPeople, Outcomes, by_person, carts_told, outcomes
from segtool.events.cells import Small
from segtool.events.found import spans, summed
from segtool.events.funnel import funnel
from segtool.events.interests import Labels, interests_told, labels_of
from segtool.events.money_by import Brought, first_sources_told, origins_told
from segtool.events.ratings import means, ratings_told
from segtool.events.visitors import VISITOR_TYPES, visitor_types
from segtool.events.visits import (
    Main,
    Seen,
    Sessions,
    app_or_web,
    ends_of,
    events_by_kind,
    main_of,
    seen,
    sessions,
    spells_of,
    value_of_sessions,
)
from segtool.summary.behavior import Behavior, IdentityTold
from segtool.summary.facts import Caution, caution
from segtool.tables.arrays import Ints, Mask, as_column, as_texts
from segtool.tables.columns import ratios, where
from segtool.tables.dates.spelling import DAY
from segtool.tables.numbers import as_decimals, money, total
from segtool.words import Words

COLUMNS = (
    "customer_id",
    "visitor_type",
    "journey_stage",
    "first_seen",
    "last_interaction",
    "active_days",
    "sessions",
    "views",
    "searches",
    "carts",
    "checkouts",
    "orders",
    "revenue",
    "refunded",
    "order_value",
    "first_order",
    "last_order",
    "last_order_jalali",
    "recently_purchased",
    "days_between_orders",
    "next_order",
    "next_order_jalali",
    "overdue",
    "last_cart",
    "cart_status",
    "open_carts",
    "open_cart_value",
    "abandoned_carts",
    "abandoned_value",
    "device",
    "device_share",
    "operating_system",
    "operating_system_share",
    "app_or_web",
    "source",
    "first_source",
    "last_source",
    "browsed_category",
    "bought_category",
    "bought_category_share",
    "categories_bought",
    "unbought_category",
    "top_brand",
    "top_brand_share",
    "brands_bought",
    "sales_channel",
    "sales_channel_share",
    "channels_bought",
    "rating",
    "ratings",
    "season",
    "season_share",
    "seasonal",
    "peak_month",
    "peak_weekday",
)
"""The columns of the table of behaviour in their order, those of seasons and of plain orders among them."""

CART_STATUSES = ("open", "purchased", "expired", "none")


@dataclass(frozen=True, eq=False)
class People:
    """What everybody did, judged: all arrays have an entry a person, in the order of `activity.ids`.

    `tells` are the roles that the log has. A user id is an account where it `names_accounts`: where other rows have
    none, that is.
    """

    activity: Activity
    tells: frozenset[str]
    limits: Limits
    names_accounts: bool

    def __len__(self) -> int:
        return len(self.activity)

    @cached_property
    def sessions(self) -> Sessions:
        return sessions(self.activity.spells)

    @cached_property
    def seen(self) -> Seen:
        return seen(self.activity.spells, len(self))

    @cached_property
    def session_counts(self) -> Ints:
        return np.bincount(self.sessions.person, minlength=len(self)).astype(np.int64)

    @cached_property
    def buyers(self) -> Buyers:
        """What each ordered. Raises OverflowError for money of one person that passes 64 bits."""
        placed, refunds, count = self.activity.orders, self.activity.refunds, len(self)
        start, end = spans(placed.person, count)
        day = np.append(placed.moment // DAY, np.int64(0))
        owner = np.concatenate([placed.person, refunds.person])
        revenue = summed(np.concatenate([placed.units, -refunds.units]), owner, count)
        return Buyers(
            orders=np.bincount(placed.person, minlength=count).astype(np.int64),
            revenue=revenue if self.activity.priced else None,
            refunded=summed(refunds.units, refunds.person, count) if self.activity.priced else None,
            first=day[start],
            last=day[end - 1],
            limits=self.limits,
        )

    @cached_property
    def cart_outcomes(self) -> Outcomes:
        carts, bought = self.activity.carts, self.activity.bought
        return outcomes(carts, bought, as_of=self.limits.as_of, window=self.limits.cart_window)

    @cached_property
    def carts(self) -> CartsOfPeople:
        return by_person(self.activity.carts, self.cart_outcomes, len(self))

    @cached_property
    def has_account(self) -> Mask:
        """Who has a user id where that is an account, was logged in, or logged in or signed up in the log."""
        found = events_by_kind(self.activity, "login", "signup") > 0
        if self.names_accounts:
            found |= self.activity.known
        if "member" in self.tells:
            found[self.activity.spells.person[self.activity.spells.member == 1]] = True
        return found

    @cached_property
    def tells_accounts(self) -> bool:
        """Whether anything tells who has an account and who has none."""
        return self.names_accounts or "member" in self.tells or bool(self.has_account.any())

    @cached_property
    def visitor_type(self) -> Small:
        return visitor_types(orders=self.buyers.orders, sessions=self.session_counts, has_account=self.has_account)

    @cached_property
    def stage(self) -> Small:
        added = events_by_kind(self.activity, "add")
        if not added.any():  # the log tells only who looked at a cart
            added = events_by_kind(self.activity, "cart")
        return self.buyers.stage(
            has_intent=(added > 0) | (events_by_kind(self.activity, "checkout") > 0),
            considers=events_by_kind(self.activity, "view", "search", "wish", "cart") > 0,
        )

    @cached_property
    def of_sessions(self) -> Mapping[str, Small]:
        """What each session tells of the source, device, platform and app that the log has.

        Who comes from another site has a referrer: where the log tells these, a session that tells nothing is direct.
        """
        told = [role for role in origins.SCHEME_OF if role in self.tells]
        value = partial(value_of_sessions, self.activity.spells, self.sessions)
        direct = ["source"] if "referrer" in self.tells else []
        return {role: value(role, otherwise="direct" if role in direct else "unknown") for role in told}

    @cached_property
    def main(self) -> Mapping[str, Main]:
        """What most sessions of each person tell."""
        return {
            role: main_of(self.sessions.person, of_sessions, len(self), role)
            for role, of_sessions in self.of_sessions.items()
        }

    @cached_property
    def app(self) -> Small:
        return app_or_web(self.sessions.person, self.of_sessions["app"], len(self))

    @cached_property
    def source_ends(self) -> tuple[Small, Small]:
        return ends_of(self.sessions.person, self.of_sessions["source"], len(self))

    @cached_property
    def brought(self) -> Brought:
        orders, refunds = self.activity.orders, self.activity.refunds
        spells = self.activity.spells
        of_orders = self.sessions.of_spell[spells_of(orders, spells, len(self), "purchase")]
        of_refunds = self.sessions.of_spell[spells_of(refunds, spells, len(self), "refund", "purchase")]
        return Brought(
            orders=self.buyers.orders,
            revenue=self.buyers.revenue,
            order_session=of_orders,
            session=np.concatenate([of_orders, of_refunds]),
            units=np.concatenate([orders.units, -refunds.units]),
        )

    @cached_property
    def categories(self) -> Labels | None:
        return None if self.activity.categories is None else labels_of(self.activity.categories, len(self))

    @cached_property
    def brands(self) -> Labels | None:
        return None if self.activity.brands is None else labels_of(self.activity.brands, len(self))


def people_of(
    activity: Activity,
    tells: frozenset[str],
    *,
    as_of: int,
    cart_window: int = 30,
    recent: int = 30,
    lapsed_after: int = 180,
    names_accounts: bool | None = None,
) -> People:
    """Return the people of an activity as they are on a day, which counts from 1970; spans of time are in days.

    A user id means an account where it `names_accounts`; by default where the log has anonymous ids too.
    """
    if names_accounts is None:
        names_accounts = "anonymous" in tells
    return People(activity, tells, Limits(as_of, cart_window, recent, lapsed_after), names_accounts)


def columns_of(people: People) -> dict[str, pa.Array]:
    """Return the columns that the log tells, by their headers in the order of `COLUMNS`; null for what has no meaning.

    Raises OverflowError for sums of money that pass 64 bits.
    """
    found = {
        "customer_id": people.activity.ids,
        "visitor_type": _words(VISITOR_TYPES, people.visitor_type),
        "journey_stage": stage_column(people.stage),
        **_visits(people),
        **columns_of_orders(people.buyers),
        **_carts(people),
        **_origins(people),
        **_labels(people),
    }
    if "rating" in people.tells:
        rated = people.activity.rated
        found["rating"] = ratios(means(people.activity.ratings, rated))
        found["ratings"] = as_column(rated.astype(np.int64))
    return found


def _visits(people: People) -> dict[str, pa.Array]:
    here, activity = people.seen, people.activity
    return {
        "first_seen": days(here.first),
        "last_interaction": days(here.last),
        "active_days": as_column(here.active_days),
        "sessions": as_column(people.session_counts),
        "views": as_column(events_by_kind(activity, "view")),
        "searches": as_column(events_by_kind(activity, "search")),
        "carts": as_column(events_by_kind(activity, "add")),
        "checkouts": as_column(events_by_kind(activity, "checkout")),
    }


def _carts(people: People) -> dict[str, pa.Array]:
    """Return the columns of carts, none where nobody ever put anything into one."""
    if not len(people.activity.carts):
        return {}
    own = people.carts
    status = np.select([own.open > 0, people.buyers.recent, own.kept], range(3), 3)
    put = own.last > np.iinfo(np.int64).min
    found = {
        "last_cart": where(days(np.where(put, own.last, 0)), put),
        "cart_status": _words(CART_STATUSES, status),
        "open_carts": as_column(own.open),
    }
    if people.activity.priced:
        found["open_cart_value"] = as_decimals(own.open_units)
    found["abandoned_carts"] = as_column(own.abandoned)
    if people.activity.priced:
        found["abandoned_value"] = as_decimals(own.abandoned_units)
    return found


def _origins(people: People) -> dict[str, pa.Array]:
    found = {}
    for role, header in (("device", "device"), ("platform", "operating_system")):
        if role in people.main:
            found[header] = _named(role, people.main[role].value)
            found[f"{header}_share"] = ratios(people.main[role].share)
    if "app" in people.main:
        found["app_or_web"] = _named("app", people.app)
    if "source" in people.main:
        first, last = people.source_ends
        found["source"] = _named("source", people.main["source"].value)
        found["first_source"], found["last_source"] = _named("source", first), _named("source", last)
    return found


def _labels(people: People) -> dict[str, pa.Array]:
    found = {}
    if people.categories is not None and people.activity.categories is not None:
        own, looked = people.categories, people.activity.categories
        found["browsed_category"] = _label(looked, own.browsed)
        found["bought_category"] = _label(looked, own.bought)
        found["bought_category_share"] = ratios(own.share)
        found["categories_bought"] = as_column(own.kinds)
        found["unbought_category"] = _label(looked, own.unbought)
    if people.brands is not None and people.activity.brands is not None:
        found["top_brand"] = _label(people.activity.brands, people.brands.bought)
        found["top_brand_share"] = ratios(people.brands.share)
    return found


def _words(words: Sequence[str], codes: npt.NDArray[np.integer]) -> pa.Array:
    return as_texts(words).take(as_column(codes.astype(np.int64)))


def _named(role: str, codes: Small) -> pa.Array:
    """Return the names of what a role tells, null where it is unknown."""
    names = origins.names(role)
    return where(_words(names, codes), codes != names.index("unknown"))


def _label(looked: Looked, places: Ints) -> pa.Array:
    if not len(looked.labels):
        return pa.nulls(len(places), looked.labels.type)
    return where(looked.labels.take(as_column(np.maximum(places, 0))), places >= 0)


def behavior_of(people: People, words: Words, *, top: int = 20) -> Behavior:
    """Return what all people did together; of categories and brands the `top` ones.

    Raises OverflowError for sums of money of one person that pass 64 bits.
    """
    activity, brought, buyers = people.activity, people.brought, people.buyers
    carts = None
    if len(activity.carts):
        limits = people.limits
        carts = carts_told(
            activity.carts,
            people.cart_outcomes,
            people.buyers.bought,
            window=limits.cart_window,
            priced=activity.priced,
        )
    of_roles = {
        role: origins_told(role, people.app if role == "app" else people.main[role].value, values, brought, words)
        for role, values in people.of_sessions.items()
    }
    identity = activity.identity
    return Behavior(
        people=len(people),
        buyers=int(buyers.bought.sum()),
        repeat_buyers=int((buyers.orders > 1).sum()),
        recently_purchased=int(buyers.recent.sum()),
        orders=len(activity.orders),
        revenue=None if buyers.revenue is None else money(total(buyers.revenue)),
        refunded=None if buyers.refunded is None else money(total(buyers.refunded)),
        events=activity.events,
        sessions=len(people.sessions),
        repeated=activity.repeated,
        tells_accounts=people.tells_accounts,
        visitor_types=groups_told(people.visitor_type, _visitor_titles(words), buyers.orders, buyers.revenue),
        journey=stages_told(people.stage, buyers, words),
        funnel=funnel(people.sessions, _with_order(people), len(people)),
        carts=carts,
        sources=of_roles.get("source"),
        first_sources=first_sources_told(people.source_ends[0], brought, words) if "source" in of_roles else None,
        devices=of_roles.get("device"),
        platforms=of_roles.get("platform"),
        apps=of_roles.get("app"),
        categories=None if activity.categories is None else interests_told(activity.categories, top=top),
        brands=None if activity.brands is None else interests_told(activity.brands, top=top),
        ratings=ratings_told(activity.ratings, activity.rated),
        identity=IdentityTold(identity.users, identity.linked, identity.guests, identity.several),
    )


def _with_order(people: People) -> Mask:
    found = np.zeros(len(people.sessions), np.bool_)
    found[people.brought.order_session] = True
    return found


def _visitor_titles(words: Words) -> Mapping[str, str]:
    return {name: words.term("visitor", name) for name in VISITOR_TYPES}


def cautions_of(found: Behavior, words: Words) -> tuple[Caution, ...]:
    """Return what to know of what people did before it is trusted."""
    told = []
    if not found.orders:
        told.append(caution("behavior-no-order", words))
    elif found.revenue is None:
        told.append(caution("behavior-no-value", words))
    if found.visitor_types and not found.tells_accounts:
        told.append(caution("behavior-no-accounts", words))
    if found.identity and found.identity.several:
        told.append(caution("behavior-several", words, ids=words.count(found.identity.several, "anonymous-id")))
    if found.repeated:
        told.append(caution("behavior-repeated", words, rows=words.count(found.repeated, "row")))
    return tuple(told)
