"""When people buy and what, for a terminal: months as bars, seasons, named windows, rhythm, labels."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from segtool.errors import printable
from segtool.output.money import money_in
from segtool.output.pieces import plain_table, titled
from segtool.summary.seasons import LabelSummary, PartOfYear, SeasonalBuyers, SeasonSummary
from segtool.tables.dates import day_text
from segtool.words import Words

_BAR = 20
"""How long the bar of the part with most orders a day is."""

_SATURDAY = 5
"""The weekday with which a week of the Jalali calendar begins."""

_LABELS = 10
"""Labels that are shown; those with most revenue, where there are more."""


def season_sections(found: SeasonSummary, words: Words, *, weekdays: bool = True) -> list[RenderableType]:
    """Return when people buy: by month, season, day of the week and window, and by their own rhythm.

    There is nothing without orders; `weekdays` can be left out.
    """
    if not found.orders:
        return []
    first, last = (_day(found, day, words) for day in (found.first, found.last))
    span = {"first": first, "last": last, "days": words.count(found.days, "day")}
    months = [month_name(found, int(each.name), words) for each in found.months]
    seasons = [words(f"season.{each.name}") for each in found.seasons]
    parts = [
        titled(
            words("seasons.months", **span),
            Group(_parts(words("seasons-header.month"), months, found.months, words), *_said(_peaks(found, words))),
        ),
        titled(
            words("seasons.seasons"),
            Group(*_set_against(found.seasons, seasons, words), *_said(_seasonal(found.seasonal, words))),
        ),
    ]
    if weekdays:
        parts.append(titled(words("seasons.weekdays"), _week(found, words)))
    if found.windows:
        parts.append(titled(words("seasons.windows"), _windows(found, words)))
    parts.append(titled(words("seasons.rhythm"), Group(*_said(_rhythm(found, words)))))
    return parts


def _set_against(seasons: Sequence[PartOfYear], names: Sequence[str], words: Words) -> list[RenderableType]:
    """Return a table of the seasons observed, none of a single one, which has no other to be set against."""
    if sum(each.days > 0 for each in seasons) < 2:
        return []
    return [_parts(words("seasons-header.season"), names, seasons, words)]


def _week(found: SeasonSummary, words: Words) -> Table:
    """Draw the days of the week, as the calendar has them."""
    week = [*found.weekdays[_SATURDAY:], *found.weekdays[:_SATURDAY]] if found.calendar == "jalali" else found.weekdays
    return _parts(words("seasons-header.weekday"), [words(f"weekday.{each.name}") for each in week], week, words)


def _said(sentences: Iterable[str]) -> list[RenderableType]:
    return [Text(sentence) for sentence in sentences]


def month_name(found: SeasonSummary, month: int, words: Words) -> str:
    """Return what a month of the calendar is called, which counts from 1."""
    name = f"{month:02}"
    return words(f"jalali-month.{name}") if found.calendar == "jalali" else words(f"month.{name}")


def _parts(title: str, names: Sequence[str], parts: Sequence[PartOfYear], words: Words) -> Table:
    """Draw parts of the year that were seen, each with a bar as long as its orders a day are many."""
    table = plain_table()
    table.add_column(title, no_wrap=True, vertical="bottom")
    money = money_in((each.revenue for each in parts), words, width=12)
    priced = any(each.revenue is not None for each in parts)
    headers = [words(f"seasons-header.{name}") for name in ("orders", "share", "people")]
    headers += [words("header.revenue") + money.under_header] if priced else []
    for header in (*headers, words("seasons-header.usual")):
        table.add_column(header, justify="right", no_wrap=True, vertical="bottom")
    table.add_column("", no_wrap=True)
    most = max((each.index or 0.0 for each in parts), default=0.0)
    for name, each in zip(names, parts, strict=True):
        if not each.days:
            continue
        table.add_row(
            Text(name, "bold"),
            words.number(each.orders),
            words.percent(each.share),
            words.number(each.people),
            *([money(each.revenue)] if priced else []),
            _times(each.index, words),
            Text("█" * round(_BAR * (each.index or 0.0) / most) if most else "", "cyan"),
        )
    return table


def _times(ratio: float | None, words: Words) -> str:
    return "" if ratio is None else words.number(ratio, 2)


def _peaks(found: SeasonSummary, words: Words) -> Iterator[str]:
    if found.peak_month is None or found.quiet_month is None:
        yield words("seasons.no-peak")
        return
    peak, quiet = (
        (month_name(found, at, words), _times(found.months[at - 1].index, words))
        for at in (found.peak_month, found.quiet_month)
    )
    yield words.in_sentence(words("seasons.peak", peak=peak[0], most=peak[1], quiet=quiet[0], fewest=quiet[1]))


def _seasonal(found: SeasonalBuyers, words: Words) -> Iterator[str]:
    facts = {"months": words.number(found.least_months), "level": words.percent(found.level, 0)}
    tested = words.count(found.tested, "customer")
    if not found.tested:
        yield words("seasons.untested", **facts)
    elif not found.found:
        yield words("seasons.none-seasonal", tested=tested, **facts)
    else:
        own = [
            words("seasons.of-season", season=words(f"season.{name}"), people=words.number(people))
            for name, people in found.seasons.items()
            if people
        ]
        yield words(
            "seasons.seasonal",
            people=words.number(found.found),
            tested=tested,
            seasons=words.series(own),
            **facts,
        )


def _day(found: SeasonSummary, day: date, words: Words) -> str:
    return words.in_digits(day_text(day, found.calendar))


def _windows(found: SeasonSummary, words: Words) -> RenderableType:
    seen = [each for each in found.windows if each.days]
    table = plain_table(gap=1)
    table.add_column(words("seasons-header.window"), ratio=1, min_width=10, overflow="fold", vertical="bottom")
    money = money_in((each.revenue for each in seen), words, width=12)
    headers = [words(f"seasons-header.{name}") for name in ("seen", "orders", "share", "people", "only-there")]
    priced = any(each.revenue is not None for each in seen)
    headers += [words("header.revenue") + money.under_header] if priced else []
    for header in (*headers, words("seasons-header.otherwise")):
        table.add_column(header, justify="right", no_wrap=True, vertical="bottom")
    table.add_column(words("seasons-header.next"), justify="right", no_wrap=True, vertical="bottom")
    for each in seen:
        table.add_row(
            Text(printable(each.title), "bold"),
            words.number(each.times),
            words.number(each.orders),
            words.percent(each.share),
            words.number(each.people),
            words.number(each.only_there),
            *([money(each.revenue)] if priced else []),
            _times(each.ratio, words),
            _day(found, each.begins, words),
        )
    unseen = [printable(each.title) for each in found.windows if not each.days]
    notes = [words("seasons.unseen", windows=words.series(unseen))] if unseen else []
    return Group(*([table] if seen else []), *_said(notes))


def _rhythm(found: SeasonSummary, words: Words) -> Iterator[str]:
    own = found.rhythm
    if own.median_days is None:
        yield words("seasons.no-rhythm")
        return
    decimals = 1 if own.median_days % 1 else 0
    yield words(
        "seasons.usual-gap",
        people=words.count(own.people, "customer"),
        days=f"{words.number(own.median_days, decimals)} {words('day.many')}",
    )
    if own.foreseen:
        yield words.in_sentence(
            words(
                "seasons.foreseen",
                people=words.count(own.foreseen, "customer"),
                due=own.due,
                days=words.count(own.due_days, "day"),
                later=own.later,
                late=own.late,
                overdue=own.overdue,
            )
        )


def label_section(found: LabelSummary, words: Words) -> RenderableType:
    """Return what was sold by brand, category or channel: those with most revenue, and who keeps to one."""
    table = plain_table(gap=1)
    table.add_column(words(f"labels-header.{found.role}"), ratio=1, min_width=12, overflow="fold", vertical="bottom")
    shown = found.labels[:_LABELS]
    money = money_in((each.revenue for each in shown), words, width=14)
    headers = [words(f"labels-header.{name}") for name in ("people", "main", "only-it", "lines", "share-of-lines")]
    for header in (*headers, words("header.revenue") + money.under_header, words("header.share")):
        table.add_column(header, justify="right", no_wrap=True, vertical="bottom")
    for each in shown:
        table.add_row(
            Text(printable(each.label), "bold"),
            words.number(each.people),
            words.number(each.main),
            words.number(each.only_it),
            words.number(each.lines),
            words.percent(each.share),
            money(each.revenue),
            words.percent(each.revenue_share),
        )
    title = words(f"labels.{found.role}", column=printable(found.header))
    return titled(title, Group(table, *_said(_label_notes(found, words))))


def _label_notes(found: LabelSummary, words: Words) -> Iterator[str]:
    if (left := len(found.labels) - _LABELS) > 0:
        yield words(words.form(left, "labels.more"), count=left)
    if found.people:
        share = words.percent(found.people_of_one / found.people)
        yield words("labels.of-one", people=words.count(found.people, "customer"), share=share)
    if found.unlabelled:
        yield words(
            "labels.unlabelled",
            lines=words.count(found.unlabelled, "purchase-line"),
            amount=words.amount(found.unlabelled_revenue),
        )
