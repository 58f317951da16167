"""What is at stake in each segment, and the customers who spent most, where they are asked for."""

from xml.etree.ElementTree import Element

from segtool.output.money import money_in
from segtool.output.report.by_segment import tone_of
from segtool.output.report.charts import Bar, Bars
from segtool.output.report.figures import Telling
from segtool.output.report.html import Part, element, isolated
from segtool.output.report.tables import Cell, paragraph, pictured, table
from segtool.output.worth_sections import stake_notes
from segtool.summary.value import SegmentStake, ValueAtStake
from segtool.words import Words

LISTED = 1_000
"""How many customers the page names at most, so that it stays light."""

_RATES = {"break_even": "break-even", "repeat_rate": "repeat-rate"}
"""Rate of a segment -> the key of its header."""

_CONTACT = ("email", "phone", "first_name", "last_name", "customer_name", "address")
"""How segtool itself calls columns of contact data."""


def value_at_stake(telling: Telling) -> list[Part]:
    """Return what the segments are expected to bring, and how much of that is likely to be lost."""
    found, words = telling.summary.stake, telling.words
    if found is None:
        return []
    healths = {each.name: each.health for each in telling.summary.segments}
    money = money_in([found.endangered, *(each.endangered for each in found.segments)], words, width=14)
    bars = tuple(
        Bar(
            telling.title_of(each.name, each.title),
            float(each.endangered),
            money.alone(each.endangered),
            tone_of(telling, healths.get(each.name, "")),
        )
        for each in found.segments
        if each.customers
    )
    told = telling.told(
        "report.page.stake",
        endangered=element("strong", telling.money("stake.endangered")),
        expected=telling.money("stake.expected"),
    )
    behind = _table(telling, found)
    parts: list[Part] = [paragraph(*told)]
    if telling.charts and bars:
        chart = Bars(words("report.page.chart.stake"), bars)
        parts += pictured(telling, chart, _small(telling, found))
    return [*parts, behind, *(paragraph(*telling.prose(each), class_="note") for each in stake_notes(found, words))]


def _small(telling: Telling, found: ValueAtStake) -> Element:
    words = telling.words
    money = money_in([each.endangered for each in found.segments], words, width=14)
    headers = [words("report.page.header.segment"), words("report.page.header.endangered") + money.under_header]
    rows = [
        [telling.segment(each.name, each.title), telling.money(f"stake.segments.{at}.endangered", money)]
        for at, each in enumerate(found.segments)
        if each.customers
    ]
    return table(words("report.page.chart.stake"), headers, rows)


def _table(telling: Telling, found: ValueAtStake) -> Element:
    words = telling.words
    used = [(at, each) for at, each in enumerate(found.segments) if each.customers]
    amounts = [found.expected, found.endangered, *(each.expected for _, each in used)]
    money = money_in(amounts, words, width=14)
    names = ["expected", "endangered", *(["budget"] if found.budget is not None else [])]
    shares = [name for name in _RATES if any(getattr(each, name) is not None for _, each in used)]
    headers = [
        words("report.page.header.segment"),
        words("report.page.header.customers"),
        *(words(f"report.page.header.{name}") + money.under_header for name in names),
        *(words(f"report.page.header.{_RATES[name]}") for name in shares),
    ]
    judged = found.worth_contacting is not None
    if judged:
        headers.append(words("report.page.header.worth"))
    rows: list[list[Cell]] = []
    for at, each in used:
        path = f"stake.segments.{at}"
        row: list[Cell] = [telling.segment(each.name, each.title), telling.number(f"{path}.customers")]
        row += [telling.money(f"{path}.{name}", money) for name in names]
        row += [[telling.percent(f"{path}.{name}"), *_few(each, name)] for name in shares]
        if judged:
            row.append(_verdict(telling, each.worth_contacting))
        rows.append(row)
    total: list[Cell] = [words("report.page.header.total"), telling.number("stake.customers")]
    total += [telling.money(f"stake.{name}", money) for name in ("expected", "endangered")]
    total += [None] * (len(headers) - len(total))
    return table(words("report.page.caption.stake"), headers, [*rows, total], foot=True)


def _few(segment: SegmentStake, name: str) -> list[Part]:
    """Return the room for a sign behind a rate, with the sign where too few customers stand behind it."""
    return [element("span", "*" if segment.too_few else "", class_="few")] if name == "repeat_rate" else []


def _verdict(telling: Telling, worth: bool | None) -> str:
    words = telling.words
    return {True: words("stake.yes"), False: words("stake.no"), None: words("stake.unknown")}[worth]


def _contact(header: str, words: Words) -> str:
    """Return a header of contact data: in words where it is what segtool itself calls a column."""
    return words.term("contact", header).capitalize() if header in _CONTACT else header


def top(telling: Telling) -> list[Part]:
    """Return the customers who spent most, with the contact data that the table has."""
    found, words = telling.summary.top[:LISTED], telling.words
    if not found:
        return []
    contact = list(dict.fromkeys(header for each in found for header in each.contact))
    money = money_in([each.monetary for each in found], words, width=16)
    named = ("customer", "segment", "last-order", "orders", "spend")
    headers = [words(f"report.page.header.{name}") for name in named]
    headers[-1] += money.under_header
    rows = [
        [
            isolated(each.customer_id),
            telling.segment(each.segment, each.title),
            telling.dated(each.last_order) if each.last_order else "–",
            telling.number(f"top.{at}.frequency"),
            telling.money(f"top.{at}.monetary", money),
            *(isolated(each.contact.get(header, "")) for header in contact),
        ]
        for at, each in enumerate(found)
    ]
    texts = [1, 2, *range(len(named), len(named) + len(contact))]
    made = table(
        words("report.page.caption.top"),
        [*headers, *(_contact(header, words) for header in contact)],
        rows,
        texts=texts,
    )
    parts: list[Part] = [made]
    if len(telling.summary.top) > LISTED:
        count = len(telling.summary.top)
        parts.insert(0, paragraph(words("report.page.listed", listed=LISTED, count=count), class_="note"))
    return [*parts, paragraph(words("report.page.private"), class_="note")]
