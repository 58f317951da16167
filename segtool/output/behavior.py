"""What people do in a shop besides buying, for a terminal."""

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from segtool.errors import printable
from segtool.output.attributes import advice, schemes
from segtool.output.money import money_in
from segtool.output.pieces import WIDTH, in_bold, in_lines, listing, plain_table, printed, rows_read, titled, warned
from segtool.output.seasons import label_section, season_sections
from segtool.output.terminal import days_told
from segtool.summary.behavior import (
    Behavior,
    BehaviorSummary,
    CartOutcome,
    Carts,
    FirstSource,
    Funnel,
    IdentityTold,
    Interests,
    Origin,
    PeopleGroup,
    Ratings,
)
from segtool.words import Words, words_in

_BAR = 20
"""How long the bar of everybody is."""

_ROWS = 10
"""How many labels, and how many unknown events, are shown."""

Column = tuple[str, list[str]]
"""A header and the cells below it."""


def render_behavior(
    summary: BehaviorSummary,
    *,
    words: Words | None = None,
    width: int = WIDTH,
    color: bool = False,
) -> str:
    """Return what people do as text of the given width, with ANSI colours if asked for; in English without words.

    What does not fit is wrapped; a table that cannot be, is wider.
    """
    words = words or words_in()
    found = summary.behavior
    parts: list[RenderableType] = [_headline(summary, words), *_unknown(summary, words)]
    if found.people and found.visitor_types:
        parts.append(titled(words("title.behavior-visitors"), _groups("visitor", found.visitor_types, words)))
    if found.people:
        parts.append(titled(words("title.behavior-journey"), _groups("stage", found.journey, words)))
    if found.funnel and found.funnel.steps:
        parts.append(titled(words("title.behavior-funnel"), _funnel(found.funnel, words)))
    if found.carts:
        title = words("title.behavior-carts", days=words.count(found.carts.window_days, "day"))
        parts.append(titled(title, _carts(found.carts, words)))
    parts += _of_origins(found, words)
    for name, labels in (("categories", found.categories), ("brands", found.brands)):
        if labels and labels.rows:
            parts.append(titled(words(f"behavior-labels.{name}"), _interests(labels, words)))
    if found.ratings:
        parts.append(titled(words("title.behavior-ratings"), _ratings(found.ratings, words)))
    parts += [label_section(each, words) for each in summary.labels]
    parts += season_sections(summary.seasons, words, weekdays=summary.names is None) if summary.seasons else []
    parts += schemes(summary.attribute_schemes, words)
    parts += warned(summary.warnings, words)
    parts += advice(summary.attribute_schemes, words)
    return printed(parts, width=width, color=color, right_to_left=words.right_to_left)


def _headline(summary: BehaviorSummary, words: Words) -> RenderableType:
    found = summary.behavior
    counts = [words.count(found.people, "person")]
    if found.sessions is not None:
        counts.append(words.count(found.sessions, "session"))
    counts.append(words.count(found.orders, "order"))
    if found.revenue is not None:
        counts.append(words("told.revenue", amount=words.amount(found.revenue)))
    facts = days_told(summary, words, period="told.period" if summary.names is None else "told.events-period")
    if found.people:
        bought = words(
            "behavior.bought",
            people=words.count(found.buyers, "person"),
            share=words.percent(found.buyers / found.people),
            repeat=found.repeat_buyers,
            recent=found.recently_purchased,
            days=words.count(summary.recent, "day"),
        )
        facts.append((words("fact.bought"), bought))
    if found.identity:
        facts.append((words("fact.ids"), _identity(found.identity, words)))
    if summary.names is not None:
        facts.append((words("fact.events"), _names(summary, words)))
    read = rows_read(summary.rows, summary.columns, summary.spelling, words, worth=summary.names is None)
    return Group(in_bold(*counts), in_lines(facts), read)


def _identity(found: IdentityTold, words: Words) -> str:
    told = [words.count(found.users, "user")]
    if found.linked or found.guests or found.several:
        ids = words.count(found.linked + found.guests + found.several, "anonymous-id")
        told.append(words("behavior.ids", ids=ids, linked=found.linked, guests=found.guests, several=found.several))
    return words("list.semicolon").join(told)


def _names(summary: BehaviorSummary, words: Words) -> str:
    names = summary.names or ()
    unknown = sum(each.kind is None for each in names)
    rows = words.count(sum(each.events for each in names), "row")
    told = words("behavior.names", rows=rows, names=words.count(len(names), "event-name"), unknown=unknown)
    if summary.vocabularies:
        told += words("behavior.vocabularies", names=words.series(summary.vocabularies))
    return told


def _groups(header: str, every: Sequence[PeopleGroup], words: Words) -> Table:
    groups = [each for each in every if each.people]
    money = money_in((each.revenue for each in groups), words, width=14)
    columns: list[Column] = [
        (words("header.people"), [words.number(each.people) for each in groups]),
        (words("header.share"), [words.percent(each.share) for each in groups]),
        (words("header.orders"), [words.number(each.orders) for each in groups]),
    ]
    if any(each.revenue is not None for each in groups):
        columns += [
            (words("header.revenue") + money.under_header, [money(each.revenue) for each in groups]),
            (words("header.share"), [words.percent(each.revenue_share) for each in groups]),
        ]
    names = [words.named(each.name, each.title) for each in groups]
    return _table(words(f"behavior-header.{header}"), names, columns)


def _funnel(found: Funnel, words: Words) -> RenderableType:
    """Return the steps with people and sessions, and a bar as long as the share of all people."""
    table = plain_table()
    table.add_column(words("behavior-header.step"), no_wrap=True, vertical="bottom")
    for header in ("people", "share", "lost"):
        table.add_column(words(f"header.{header}"), justify="right", no_wrap=True, vertical="bottom")
    table.add_column("", no_wrap=True, min_width=_BAR)
    for header in ("sessions", "share", "lost"):
        table.add_column(words(f"header.{header}"), justify="right", no_wrap=True, vertical="bottom")
    for each in found.steps:
        table.add_row(
            Text(words(f"funnel.{each.step}"), "bold"),
            words.number(each.people),
            words.percent(each.people_share),
            words.percent(each.people_loss),
            _bar(each.people_share),
            words.number(each.sessions),
            words.percent(each.sessions_share),
            words.percent(each.sessions_loss),
        )
    notes = [words("behavior.lost")]
    if found.untold:
        notes.append(words("behavior.untold", steps=words.series(words(f"funnel.{step}") for step in found.untold)))
    return Group(table, *_said(notes))


def _carts(found: Carts, words: Words) -> RenderableType:
    """Return what became of carts, with the abandoned ones of buyers and of the others below them."""
    [buyers] = [each for each in found.of_buyers if each.outcome == "abandoned"]
    [others] = [each for each in found.of_others if each.outcome == "abandoned"]
    rows: list[tuple[str, CartOutcome]] = [(words(f"cart.{each.outcome}"), each) for each in found.outcomes]
    rows += [(words("cart.of-buyers"), buyers), (words("cart.of-others"), others)]
    money = money_in((each.value for _, each in rows), words, width=16)
    columns: list[Column] = [
        (words("header.people"), [words.number(each.people) for _, each in rows]),
        (words("header.carts"), [words.number(each.carts) for _, each in rows]),
        (words("header.lines"), [words.number(each.lines) for _, each in rows]),
    ]
    if found.total.value is not None:
        columns.append((words("header.value") + money.under_header, [money(each.value) for _, each in rows]))
    notes = []
    if found.abandoned_share is not None:
        notes.append(words("behavior.abandoned", share=words.percent(found.abandoned_share)))
    if found.recovered.lines:
        lines, value = words.count(found.recovered.lines, "cart-line"), found.recovered.value
        if value is None:
            notes.append(words("behavior.recovered", lines=lines))
        else:
            notes.append(words("behavior.recovered-worth", lines=lines, value=words.amount(value)))
    return Group(_table(words("behavior-header.outcome"), [name for name, _ in rows], columns), *_said(notes))


def _of_origins(found: Behavior, words: Words) -> Iterator[RenderableType]:
    """Yield what people come from and visit with, in money, as far as anybody tells it."""
    sections = (
        ("source", found.sources),
        ("device", found.devices),
        ("platform", None if found.devices else found.platforms),
        ("app", found.apps),
    )
    is_first = True
    for role, rows in sections:
        if rows and any(each.name != "unknown" for each in rows):
            body: RenderableType = _origins(role, rows, words)
            if is_first:
                way = "behavior.origins" if found.revenue is not None else "behavior.origins-unpriced"
                body = Group(body, *_said([words(way)]))
            yield titled(words(f"behavior-origins.{role}"), body)
            is_first = False
        if role == "source" and rows and found.first_sources and _differ(rows, found.first_sources):
            yield titled(words("title.behavior-first-source"), _first_sources(found.first_sources, words))


def _origins(role: str, rows: Sequence[Origin], words: Words) -> Table:
    each_person = money_in((each.revenue_per_person for each in rows), words, width=10)
    money = money_in((each.revenue for each in rows), words, width=12)
    has_money = any(each.revenue is not None for each in rows)
    columns: list[Column] = [
        (words("header.people"), [words.number(each.people) for each in rows]),
        (words("header.conversion"), [words.percent(each.conversion) for each in rows]),
    ]
    if has_money:
        cells = [each_person(each.revenue_per_person) for each in rows]
        columns.append((words("header.per-person") + each_person.under_header, cells))
    columns += [
        (words("header.sessions"), [words.number(each.sessions) for each in rows]),
        (words("header.orders"), [words.number(each.orders) for each in rows]),
        (words("header.per-session"), [words.percent(each.orders_per_session) for each in rows]),
    ]
    if has_money:
        columns += [
            (words("header.revenue") + money.under_header, [money(each.revenue) for each in rows]),
            (words("header.share"), [words.percent(each.revenue_share) for each in rows]),
        ]
    return _table(words(f"behavior-header.{role}"), [words.named(each.name, each.title) for each in rows], columns)


def _differ(rows: Sequence[Origin], first: Sequence[FirstSource]) -> bool:
    """Return whether people came first from elsewhere than most of the time; else both tables say the same."""
    most = {(each.name, each.people, each.buyers, each.people_revenue) for each in rows if each.people}
    return most != {(each.name, each.people, each.buyers, each.revenue) for each in first}


def _first_sources(rows: Sequence[FirstSource], words: Words) -> Table:
    each_person = money_in((each.revenue_per_person for each in rows), words, width=12)
    money = money_in((each.revenue for each in rows), words, width=16)
    columns: list[Column] = [
        (words("header.people"), [words.number(each.people) for each in rows]),
        (words("header.share"), [words.percent(each.people_share) for each in rows]),
        (words("header.conversion"), [words.percent(each.conversion) for each in rows]),
    ]
    if any(each.revenue is not None for each in rows):
        cells = [each_person(each.revenue_per_person) for each in rows]
        columns += [
            (words("header.per-person") + each_person.under_header, cells),
            (words("header.revenue") + money.under_header, [money(each.revenue) for each in rows]),
        ]
    return _table(words("behavior-header.source"), [words.named(each.name, each.title) for each in rows], columns)


def _interests(found: Interests, words: Words) -> RenderableType:
    rows = found.rows[:_ROWS]
    columns: list[Column] = [
        (words("header.looked"), [words.number(each.looked) for each in rows]),
        (words("header.bought"), [words.number(each.bought) for each in rows]),
        (words("header.bought-of-looked"), [words.percent(each.share) for each in rows]),
        (words("header.looked-only"), [words.number(each.looked_only) for each in rows]),
    ]
    table = _table(words("behavior-header.label"), [each.label for each in rows], columns)
    more = found.labels - len(rows)
    notes = [words(words.form(more, "behavior.more"), count=more)] if more else []
    return Group(table, *_said(notes))


def _ratings(found: Ratings, words: Words) -> RenderableType:
    table = plain_table()
    table.add_column(words("behavior-header.stars"), no_wrap=True)
    for header in ("people", "share"):
        table.add_column(words(f"header.{header}"), justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for each in found.bands:
        if each.people or each.stars != "other":
            name = words("behavior.off-scale") if each.stars == "other" else words.number(int(each.stars))
            table.add_row(Text(name, "bold"), words.number(each.people), words.percent(each.share), _bar(each.share))
    mean = words("behavior.mean", mean=words.number(found.mean, 2), ratings=words.count(found.ratings, "rating"))
    return Group(table, *_said([mean]))


def _unknown(summary: BehaviorSummary, words: Words) -> Iterator[RenderableType]:
    """Yield the events that no vocabulary has, with their rows and how to say what they are."""
    unknown = [each for each in summary.names or () if each.kind is None]
    if not unknown:
        return
    shown, more = unknown[:_ROWS], len(unknown) - _ROWS
    items = [(each.name, words.count(each.events, "row")) for each in shown]
    notes = [words(words.form(more, "behavior.more"), count=more)] if more > 0 else []
    notes.append(words("behavior.map", name=printable(shown[0].name)))
    yield Group(listing(words("title.behavior-unknown"), items, "bold"), *_said(notes))


def _bar(share: float) -> Text:
    """Return a bar as long as a share of all; what is not zero has a mark."""
    return Text("█" * max(round(_BAR * share), int(share > 0)), "cyan")


def _table(header: str, names: Sequence[str], columns: Sequence[Column]) -> Table:
    """Return a table of numbers behind names, which are folded where they do not fit."""
    table = plain_table(gap=1)
    table.add_column(header, ratio=1, min_width=9, overflow="fold", vertical="bottom")
    for own, _ in columns:
        table.add_column(own, justify="right", no_wrap=True, vertical="bottom")
    for name, *cells in zip(names, *(cells for _, cells in columns), strict=True):
        table.add_row(Text(printable(name), "bold"), *cells)
    return table


def _said(sentences: Iterable[str]) -> Iterator[Text]:
    """Yield sentences, each on lines of its own."""
    yield from (Text(printable(each)) for each in sentences)
