"""What people do in a shop besides buying, as frozen facts; pure data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from segtool.summary.attributes import AttributeSegments
from segtool.summary.facts import Caution, Period, Rows, Told
from segtool.summary.seasons import LabelSummary, SeasonSummary


@dataclass(frozen=True)
class PeopleGroup:
    """The people of one kind of visitor or one stage of the journey; shares are of all people and of net revenue.

    Money is None where the log has no values, a share of revenue where that is not above zero.
    """

    name: str
    title: str
    people: int
    share: float
    orders: int
    revenue: Decimal | None
    revenue_share: float | None


@dataclass(frozen=True)
class FunnelStep:
    """Who reached a step, or a later one: people and sessions, their shares of all, and the loss from the step before.

    A loss is the share of those who reached the step before that did not go on; None in the first step.
    """

    step: str
    people: int
    people_share: float
    people_loss: float | None
    sessions: int
    sessions_share: float
    sessions_loss: float | None


@dataclass(frozen=True)
class Funnel:
    """View, cart, checkout and purchase, of all people and of all sessions; steps that nobody took are `untold`."""

    people: int
    sessions: int
    steps: tuple[FunnelStep, ...]
    untold: tuple[str, ...]


@dataclass(frozen=True)
class CartOutcome:
    """Lines of carts with one outcome: how many, of how many people, on how many days of theirs, and their value.

    A line is a product that a person put into the cart on a day; `carts` are the days with at least one such line.
    """

    outcome: str
    people: int
    carts: int
    lines: int
    value: Decimal | None


@dataclass(frozen=True)
class Carts:
    """What became of carts within the window: outcomes = of_buyers + of_others, in every figure.

    Outcomes are bought, removed, open and abandoned; `of_buyers` are those of people who ever bought. `abandoned_share`
    is the share of lines whose window has ended or that were bought or removed; `recovered` were bought more than a day
    after they were put in.
    """

    window_days: int
    total: CartOutcome
    abandoned_share: float | None
    outcomes: tuple[CartOutcome, ...]
    of_buyers: tuple[CartOutcome, ...]
    of_others: tuple[CartOutcome, ...]
    recovered: CartOutcome


@dataclass(frozen=True)
class Origin:
    """What came from a source, or with a device.

    People are those of whom it is the main one, `buyers` those of them with an order, conversion = buyers / people;
    `people_revenue` is all that they brought. Sessions, orders and `revenue` are those that came this way themselves.
    Each adds up to the whole over all rows.
    """

    name: str
    title: str
    people: int
    people_share: float
    buyers: int
    conversion: float | None
    people_revenue: Decimal | None
    revenue_per_person: float | None
    sessions: int
    orders: int
    orders_per_session: float | None
    revenue: Decimal | None
    revenue_share: float | None


@dataclass(frozen=True)
class FirstSource:
    """The people whose first session came from a source, and all that they have brought since."""

    name: str
    title: str
    people: int
    people_share: float
    buyers: int
    conversion: float | None
    revenue: Decimal | None
    revenue_per_person: float | None


@dataclass(frozen=True)
class Interest:
    """How many people looked at a label and how many bought it; share = looked_and_bought / looked."""

    label: str
    looked: int
    bought: int
    looked_and_bought: int
    looked_only: int
    share: float | None


@dataclass(frozen=True)
class Interests:
    """The labels, such as categories, that most people looked at, of so many `labels`."""

    labels: int
    rows: tuple[Interest, ...]


@dataclass(frozen=True)
class RatingBand:
    """The people whose mean rating is nearest to so many stars; `other` is off the scale of 1 to 5."""

    stars: str
    people: int
    share: float


@dataclass(frozen=True)
class Ratings:
    """What people gave: the mean is that of all ratings, bands are of people by the mean of their own."""

    ratings: int
    people: int
    mean: float
    bands: tuple[RatingBand, ...]


@dataclass(frozen=True)
class IdentityTold:
    """How ids became people: users, anonymous ids that belong to one user, those of none, and those of several."""

    users: int
    linked: int
    guests: int
    several: int


@dataclass(frozen=True)
class EventName:
    """A name of events as the log has it, its kind, how many events have it, and what tells the kind.

    `kind` is None for a name that nobody knows. `told_by` is `map` for the user's own words, `common` for those of
    every day, or the system that has the name; None where nobody knows it.
    """

    name: str
    kind: str | None
    events: int
    told_by: str | None


@dataclass(frozen=True)
class Behavior:
    """What people did, in sections; one is None where the input does not tell it, as plain orders no visits.

    `repeated` rows tell a product of an order once more, and count for nothing. Where nothing `tells_accounts`, who
    bought once counts as a guest.
    """

    people: int
    buyers: int
    repeat_buyers: int
    recently_purchased: int
    orders: int
    revenue: Decimal | None
    refunded: Decimal | None
    events: int | None
    sessions: int | None
    repeated: int
    tells_accounts: bool
    visitor_types: tuple[PeopleGroup, ...] | None
    journey: tuple[PeopleGroup, ...]
    funnel: Funnel | None
    carts: Carts | None
    sources: tuple[Origin, ...] | None
    first_sources: tuple[FirstSource, ...] | None
    devices: tuple[Origin, ...] | None
    platforms: tuple[Origin, ...] | None
    apps: tuple[Origin, ...] | None
    categories: Interests | None
    brands: Interests | None
    ratings: Ratings | None
    identity: IdentityTold | None


@dataclass(frozen=True)
class BehaviorSummary(Told):
    """Everything that is said about what people do.

    `names` are the events of a log, the most frequent first, None of plain orders; `vocabularies` are the systems that
    wrote it. `session_gap` is in seconds, `cart_window`, `recent` and `lapsed_after` are in days. `seasons` is None
    where nobody bought; `labels` are those of plain orders: categories, brands and channels.
    """

    schema_version: int
    as_of: date | None
    as_of_jalali: str | None
    as_of_from: str | None
    period: Period | None
    rows: Rows
    names: tuple[EventName, ...] | None
    vocabularies: tuple[str, ...]
    session_gap: int
    cart_window: int
    recent: int
    lapsed_after: int
    behavior: Behavior
    seasons: SeasonSummary | None
    labels: tuple[LabelSummary, ...]
    attribute_schemes: tuple[AttributeSegments, ...]
    warnings: tuple[Caution, ...]
    columns: Mapping[str, str]
    spelling: Mapping[str, str]
    version: str
