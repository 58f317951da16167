"""The page about a scheme as Markdown, as GitHub reads it."""

from collections.abc import Iterator

from segtool.segments.page import Page, PageSegment
from segtool.tables.writing.write import markdown_cell
from segtool.words import Words


def render_page(page: Page, words: Words) -> str:
    """Return the page as Markdown; in a language from right to left, within a block of that direction."""
    text = (
        "\n".join([f"# {markdown_cell(words.in_sentence(page.title))}", "", *_facts(page, words), *_table(page, words)])
        + "\n"
    )
    return f'<div dir="rtl">\n\n{text}\n</div>\n' if words.right_to_left else text


def _facts(page: Page, words: Words) -> Iterator[str]:
    if page.about:
        yield from (markdown_cell(words.in_sentence(page.about)), "")
    facts = {
        "page.goals": words.series(page.goals),
        "page.owner": page.owner or "",
        "page.source": words.in_sentence(page.source or ""),
        "page.model": _model(page, words),
    }
    told = [f"- **{words(key)}** {markdown_cell(text)}" for key, text in facts.items() if text]
    told += [f"- {markdown_cell(words.series(meanings))}" for meanings in page.scores]
    if page.reading:
        told.append(f"- {markdown_cell(words('page.reading', segments=words.series(page.reading)))}")
    if page.by_group:
        told.append(f"- {markdown_cell(words('page.by-group'))}")
    yield from (*told, "")


def _model(page: Page, words: Words) -> str:
    if page.customers is None:
        return ""
    customers = words.count(page.customers, "customer")
    return words("page.dated", day=page.as_of, customers=customers) if page.as_of else customers


def _table(page: Page, words: Words) -> Iterator[str]:
    """Yield the lines of the table of segments; what no segment says is no column of it."""
    columns = ["segment", "asks", "health", "urgency", "advice", "owner", "goal"]
    rows = [dict(zip(columns, _cells(each, words), strict=True)) for each in page.segments]
    used = [column for column in columns if any(row[column] for row in rows)]
    yield _row([markdown_cell(words(f"page-header.{column}")) for column in used])
    yield _row(["---:" if column == "urgency" else "---" for column in used])
    for row in rows:
        yield _row([row[column] for column in used])


def _cells(segment: PageSegment, words: Words) -> list[str]:
    return [
        f"**{markdown_cell(segment.name)}**",
        "<br>".join(map(markdown_cell, segment.asks)),
        segment.health,
        "" if segment.urgency is None else words.number(segment.urgency),
        markdown_cell(words.in_sentence(segment.advice)),
        markdown_cell(segment.owner or ""),
        markdown_cell(segment.goal or ""),
    ]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
