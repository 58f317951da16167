"""What stands behind the scores, for a terminal: cuts, how they were made, groups, drift from a model."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import chain

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from segtool.errors import printable
from segtool.output.money import money_in
from segtool.output.pieces import in_lines, plain_table
from segtool.scoring.statement import LEAST
from segtool.segments.wording import score_label
from segtool.summary.facts import Axis, Drift, Summary
from segtool.words import Words


def scores(summary: Summary, words: Words) -> Table:
    """Draw what each score means, the best one first: up to its cut, or from where to where where cuts differ."""
    axes = summary.scores
    amounts = [
        amount for axis in axes.values() if axis.is_money for amount in axis.cuts or chain(*filter(None, axis.ranges))
    ]
    money = money_in(amounts, words, width=14, decimals=4)
    table = plain_table(gap=1 if len(axes) > len("RFM") else 2)  # so that four axes fit 80 columns
    for axis in axes.values():
        table.add_column("", no_wrap=True)
        header = words(f"figure.{axis.figure}") + (money.under_header if axis.is_money else "")
        table.add_column(header, justify="right", overflow="fold")
        table.add_column("", justify="right", no_wrap=True)
    for down in range(max(len(axis.counts) for axis in axes.values())):
        cells: list[RenderableType] = []
        for name, axis in axes.items():
            at = len(axis.counts) - 1 - down
            if at < 0:
                cells += ["", "", ""]
            else:
                reach = _reach(axis, at, money if axis.is_money else words.number, words)
                cells += [
                    Text(score_label(name, axis.lowest + at, words), "bold"),
                    reach,
                    words.number(axis.counts[at]),
                ]
        table.add_row(*cells)
    return table


def _reach(axis: Axis, at: int, written: Callable[[int | Decimal], str], words: Words) -> str:
    """Return which values have a score: as the cut above it says, else as they are; nothing if none can have it."""
    ends = axis.ranges[at]
    if axis.cuts is None:
        if ends is None:
            return ""
        low, high = map(written, ends)
        return low if ends[0] == ends[1] else words("range.within", low=low, high=high)
    step = len(axis.counts) - 1 - at if axis.figure == "recency_days" else at
    if step == len(axis.cuts):
        return words("range.over", cut=written(axis.cuts[-1]))
    if (axis.cuts[step] == axis.cuts[step - 1]) if step else axis.cuts[0] < LEAST.get(axis.figure, axis.cuts[0]):
        return ""
    return words("range.up-to", cut=written(axis.cuts[step]))


def made(summary: Summary, words: Words) -> Iterator[RenderableType]:
    """Yield how the scores were made, where that is not the usual way."""
    scoring = summary.scoring
    said = [] if scoring.ties == "low" else [words(f"scored.{scoring.ties}")]
    said += [words("scored.nested")] if scoring.nested else []
    if scoring.weights:
        parts = (
            f"{words.in_digits(f'{weight.normalize():f}')} {axis.upper()}" for axis, weight in scoring.weights.items()
        )
        said.append(f"weighted_score = {' + '.join(parts)}")
    if said:
        yield in_lines([(words("fact.scored"), words("list.semicolon").join(said))])


def groups(summary: Summary, words: Words) -> Table:
    """Draw the groups that are scored each among themselves, with their cuts."""
    axes = {name: axis for name, axis in summary.scores.items() if all(name in each.cuts for each in summary.groups)}
    table = plain_table()
    table.add_column("", overflow="fold", min_width=12)
    table.add_column(words("header.customers"), justify="right", no_wrap=True)
    for name in axes:
        table.add_column(words("header.cuts", axis=name.upper()), overflow="fold")
    for group in summary.groups:
        name = words.term("group", group.name)
        holds = f" ({', '.join(group.holds)})" if group.holds else ""
        cuts = [
            words.series(words.exact(cut) if axis.is_money else words.number(cut) for cut in group.cuts[name])
            for name, axis in axes.items()
        ]
        table.add_row(Text(printable(name + holds), "bold"), words.number(group.customers), *cuts)
    return table


def drift(found: Drift, words: Words) -> RenderableType:
    """Return how far the scores have moved from those that the model was made of, and how that is read."""
    day = ""
    if found.age_days is not None:
        day = words("drift.day", day=found.as_of, days=words.count(found.age_days, "day"))
    model = words("drift.model", file=found.model, customers=words.count(found.customers, "customer"), day=day)
    axes = [(axis, words(f"drift.{found.readings[axis]}", psi=words.number(psi, 4))) for axis, psi in found.psi.items()]
    return in_lines([(words("fact.model"), model), *((axis.upper(), words.in_sentence(said)) for axis, said in axes)])
