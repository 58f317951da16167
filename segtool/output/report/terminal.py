"""What a page about the customers says first, for a terminal: the headline, the five questions, the sizes."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from segtool.errors import printable
from segtool.output import aims
from segtool.output.money import money_in
from segtool.output.pieces import WIDTH, in_bold, in_lines, listing, plain_table, printed, titled, warned
from segtool.summary.report import ReportSummary
from segtool.words import Words, words_in


def render_report(
    summary: ReportSummary, *, words: Words | None = None, width: int = WIDTH, color: bool = False
) -> str:
    """Return a report as text of the given width, with ANSI colours if asked for; in English without words.

    What does not fit is wrapped; a table that cannot be, is wider. Nothing is cut.
    """
    words = words or words_in()
    parts: list[RenderableType] = [_opening(summary, words)]
    if summary.answers:
        asked = [
            (words(f"report.page.question.{each.question}"), words.in_sentence(each.text)) for each in summary.answers
        ]
        parts.append(listing(words("report.page.section.answers"), asked, "bold"))
        if not all(each.known for each in summary.answers):
            parts.append(Text(words("report.unknown.way")))
    if summary.segments:
        parts.append(titled(words("report.page.section.segments"), _sizes(summary, words)))
    if summary.targets:
        parts.append(titled(words("title.targets"), aims.targets(summary.targets, words)))
    parts += warned(summary.warnings, words)
    return printed(parts, width=width, color=color, right_to_left=words.right_to_left)


def _opening(summary: ReportSummary, words: Words) -> RenderableType:
    counts = in_bold(
        words.count(summary.customers, "customer"),
        words.count(summary.orders, "order"),
        words("told.revenue", amount=words.amount(summary.revenue)),
    )
    title = [Text(printable(summary.title), "bold cyan")] if summary.title else []
    said = [Text(printable(words.in_sentence(sentence))) for sentence in summary.headline]
    facts = []
    if summary.as_of:
        day = words.in_digits(str(summary.as_of))
        jalali = f" ({words.in_digits(summary.as_of_jalali)})" if summary.as_of_jalali else ""
        facts.append((words("fact.as-of"), day + jalali))
    if summary.goal:
        facts.append((words("fact.goal"), aims.goal(summary.goal, words)))
    return Group(*title, counts, *([in_lines(facts)] if facts else []), *said)


def _sizes(summary: ReportSummary, words: Words) -> Table:
    money = money_in((each.revenue for each in summary.segments), words, width=16)
    table = plain_table()
    table.add_column(words("header.segment"), ratio=1, min_width=11, overflow="fold")
    headers = ("customers", "share", "revenue", "share")
    for header in headers:
        under = money.under_header if header == "revenue" else ""
        table.add_column(words(f"header.{header}") + under, justify="right", no_wrap=True, vertical="bottom")
    for each in summary.segments:
        table.add_row(
            Text(printable(words.named(each.name, each.title)), "bold"),
            words.number(each.customers),
            words.percent(each.share),
            money(each.revenue),
            words.percent(each.revenue_share),
        )
    return table
