"""Groups that the data found, for a terminal."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from segtool.clusters.naming import level_in_words
from segtool.errors import printable
from segtool.output.money import money_in
from segtool.output.pieces import WIDTH, in_bold, in_lines, listing, plain_table, printed, rows_read, titled, warned
from segtool.summary.clusters import Agreement, ClusterSummary, ClusterTold, Compared, CrossRow, Tried
from segtool.words import Words, words_in

_LEVELS, _SEGMENTS = 3, 3
"""How many levels of a category, and segments of a group, are shown."""

_LARGE = 10_000
"""From where on a number in the middle of a group is shown without decimals."""

_REFERENCES = 6


def render_cluster(
    summary: ClusterSummary, *, words: Words | None = None, width: int = WIDTH, color: bool = False
) -> str:
    """Return groups as text of the given width, with ANSI colours if asked for."""
    words = words or words_in()
    parts: list[RenderableType] = [_headline(summary, words)]
    if summary.rows:
        parts.append(rows_read(summary.rows, summary.columns, summary.spelling, words))
    if summary.clusters:
        parts.append(titled(words("cluster.title"), _clusters(summary, words)))
        centres = [(_called(each, words), _centre(each, summary, words)) for each in summary.groups if each.customers]
        parts.append(_numbered(words("cluster.centres"), centres))
    if summary.tried:
        parts.append(titled(words("cluster.tried"), _tried(summary, words)))
    parts.append(titled(words("cluster.features"), _features(summary.features, words)))
    if summary.agreement:
        parts.append(_agreement(summary.agreement, summary, words))
    parts += warned(summary.warnings, words)
    return printed(parts, width=width, color=color, right_to_left=words.right_to_left)


def _column(name: str, words: Words) -> str:
    return printable(words.term("column", name))


def _title(each: ClusterTold, words: Words) -> str:
    return printable(words.named(each.name, each.title))


def _called(each: ClusterTold, words: Words) -> str:
    return words.number(each.number)


def _headline(summary: ClusterSummary, words: Words) -> RenderableType:
    counts = [words.count(summary.customers, "customer"), words.count(summary.k, "cluster.count")]
    if summary.revenue is not None:
        counts.append(words("told.revenue", amount=words.amount(summary.revenue)))
    facts = []
    if summary.as_of:
        day = words.in_digits(str(summary.as_of))
        if summary.as_of_jalali:
            day += f" ({words.in_digits(summary.as_of_jalali)})"
        facts.append((words("fact.as-of"), words(f"told.as-of-{summary.as_of_from}", day=day)))
    columns = words.series(_column(each.column, words) for each in summary.features)
    method = words.term("cluster", summary.method)
    facts.append((words("fact.method"), words("cluster.method", method=method, columns=columns, seed=summary.seed)))
    facts.append((words("fact.clusters"), words("list.semicolon").join(_groups(summary, words))))
    return Group(in_bold(*counts), in_lines(facts))


def _groups(summary: ClusterSummary, words: Words) -> Iterator[str]:
    """Yield where the number of groups comes from, who was looked at, and how well they are apart."""
    order = _column(summary.ordered_by, words) if summary.ordered_by else words("cluster.order-of-size")
    if summary.model is not None:
        file, days = printable(summary.model.file), summary.model.age_days
        if days is not None and days > 0:
            yield words("cluster.model-as-of", k=summary.k, file=file, days=words.count(days, "day"))
        else:
            yield words("cluster.model", k=summary.k, file=file)
    elif summary.k_from == "choice" and len(summary.tried) > 1:
        first, last = summary.tried[0].k, summary.tried[-1].k
        yield words("cluster.choice", k=summary.k, first=first, last=last, order=order)
    else:
        way = {"choice": "choice-alone", "option": "option", "data": "data"}[summary.k_from]
        yield words(f"cluster.{way}", k=summary.k, order=order)
    if summary.silhouette is not None and summary.k > 1:
        yield words("cluster.silhouette", silhouette=words.number(summary.silhouette, 2))
    if summary.model is None and summary.fitted < summary.clustered + summary.noise:
        yield words("cluster.fitted", fitted=words.count(summary.fitted, "customer"))


def _clusters(summary: ClusterSummary, words: Words) -> Table:
    """Draw the size, the money and the silhouette of each group."""
    money = money_in((each.revenue for each in summary.clusters), words, width=12)
    has_money = summary.revenue is not None
    table = plain_table(gap=1)
    table.add_column("", justify="right", no_wrap=True, vertical="top")
    table.add_column(words("cluster-header.name"), ratio=1, overflow="fold", vertical="bottom")
    headers = [words("header.customers"), words("header.share")]
    headers += [words("header.revenue") + money.under_header, words("header.share")] if has_money else []
    for header in (*headers, words("cluster-header.silhouette")):
        table.add_column(header, justify="right", no_wrap=True, vertical="bottom")
    for each in summary.clusters:
        cells = [words.number(each.customers), words.percent(each.share)]
        cells += [money(each.revenue), words.percent(each.revenue_share)] if has_money else []
        cells.append("" if each.silhouette is None else words.number(each.silhouette, 2))
        table.add_row(_called(each, words), Text(_title(each, words), "bold"), *cells)
    return table


def _numbered(title: str, items: Sequence[tuple[str, str]]) -> RenderableType:
    return listing(title, items, "bold")


def _centre(each: ClusterTold, summary: ClusterSummary, words: Words) -> str:
    """Return what is in the middle of a group, column by column."""
    parts = []
    for feature in summary.features:
        centre = each.centre[feature.column]
        column = _column(feature.column, words)
        if feature.kind == "category":
            top = list(centre.levels.items())[:_LEVELS]
            levels = words.series(
                words("cluster.level", level=printable(level_in_words(level, words)), share=words.percent(share, 0))
                for level, share in top
            )
            parts.append(words("cluster.levels", column=column, levels=levels))
        elif centre.median is not None and centre.mean is not None:
            whole = abs(centre.median) >= _LARGE or centre.median % 1 == 0
            median = words.number(centre.median, 0 if whole else 2)
            mean = words.number(centre.mean, _decimals(centre.mean))
            parts.append(words("cluster.number", column=column, median=median, mean=mean))
    return words("list.semicolon").join(parts)


def _decimals(mean: float) -> int:
    """Return with how many decimals a mean is shown: none tell anything of large ones, and zero has none."""
    size = abs(mean)
    return 0 if size >= _LARGE or size == 0 else 1 if size >= 1 else 3


def _tried(summary: ClusterSummary, words: Words) -> RenderableType:
    """Draw what speaks for each number of groups; the one that was taken has a mark."""
    table = plain_table()
    table.add_column("")
    names = ("k", "silhouette", "without", "stability", "largest", "smallest")
    for name in names:
        table.add_column(words(f"cluster-header.{name}"), justify="right", no_wrap=True)
    for each in summary.tried:
        taken = each.k == summary.taken_k
        table.add_row("*" if taken else "", *_row(each, words), style="bold" if taken else "")
    notes = [words("cluster.tried-note", sets=_REFERENCES)]
    notes += [words("cluster.stands-out")] if summary.stands_out else []
    return Group(table, *(Text(note) for note in map(words.in_sentence, notes)))


def _row(each: Tried, words: Words) -> list[str]:
    stability = "" if each.stability is None else words.number(each.stability, 2)
    apart = [words.number(each.silhouette, 2), words.number(each.silhouette_without_groups, 2), stability]
    return [words.number(each.k), *apart, words.percent(each.largest_share), words.percent(each.smallest_share)]


def _features(features: Sequence[Compared], words: Words) -> Table:
    """Draw how each column is taken, how many numbers count as no further than the limits, and what it explains."""
    table = plain_table()
    table.add_column(words("cluster-header.column"), overflow="fold")
    table.add_column(words("cluster-header.scale"), overflow="fold")
    for name in ("range", "outliers", "explained"):
        table.add_column(words(f"cluster-header.{name}"), justify="right", no_wrap=True)
    ranked = sorted(features, key=lambda each: -(each.explained or 0.0))
    for each in ranked:
        explained = words.percent(each.explained, 0)
        if each.kind == "category":
            levels = words.count(len(each.levels), "cluster.level-count")
            scale, held, outliers = words("cluster.category", levels=levels), "", ""
        else:
            scale = words("cluster.log") if each.unit else words("cluster.as-is")
            held = _held(each, words)
            outliers = words.number(each.outliers or 0)
        table.add_row(Text(_column(each.column, words), "bold"), scale, held, outliers, explained)
    return table


def _held(each: Compared, words: Words) -> str:
    """Return the limits beyond which there are numbers, nothing where there are none."""
    least, most = ("" if limit is None else _limit(limit, words) for limit in (each.least, each.most))
    if least and most:
        return words("cluster.between", least=least, most=most)
    return words("cluster.from", least=least) if least else words("cluster.up-to", most=most) if most else ""


def _limit(limit: float, words: Words) -> str:
    return words.number(limit, 0 if abs(limit) >= 100 else 1)


def _agreement(found: Agreement, summary: ClusterSummary, words: Words) -> RenderableType:
    """Return which segments by rules the customers of each group are in."""
    index = words.number(found.adjusted_rand, 2)
    title = words.in_sentence(words("cluster.agreement", column=_column(found.column, words), index=index))
    items = [
        (_called(each, words), _segments(row, found, words))
        for each, row in zip(summary.groups, found.rows, strict=True)
        if any(row.segments.values())
    ]
    return _numbered(title, items)


def _segments(row: CrossRow, found: Agreement, words: Words) -> str:
    every = sum(row.segments.values())
    used = sorted(((-count, name) for name, count in row.segments.items() if count))
    shown = [
        f"{printable(words.named(name, found.titles[name]))} {words.percent(-count / every, 0)}"
        for count, name in used[:_SEGMENTS]
    ]
    left = len(used) - _SEGMENTS
    return words.series([*shown, *([words("cluster.more", count=left)] if left > 0 else [])])
