"""What must not be: conditions, missed targets and drift, and what a run finds of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from segtool.errors import printable
from segtool.history.compare import NEW
from segtool.history.conditions import ANY, HOLDS, Condition, parse_conditions, resolved
from segtool.labelled import GONE
from segtool.rules.alerts import RATES
from segtool.summary.changes import Alert, ChurnRate, Comparison
from segtool.summary.facts import Drift, HealthShare, Summary, TargetSummary
from segtool.words import Words


@dataclass(frozen=True)
class Size:
    """How many customers there are, and their net spend."""

    customers: int
    revenue: Decimal


@dataclass(frozen=True)
class Watched:
    """The figures that conditions look at: sizes now and before, None where there is no earlier table.

    `segments` and `health` have those of each segment and each health by name.
    """

    every: tuple[Size, Size | None]
    segments: Mapping[str, tuple[Size, Size | None]]
    health: Mapping[str, tuple[Size, Size | None]]
    changes: Comparison | None


def of_comparison(changes: Comparison) -> Watched:
    """Return what there is to watch in a comparison: its later table, and the earlier one."""
    before, after = changes.before, changes.after
    return Watched(
        every=(Size(after.customers, after.revenue), Size(before.customers, before.revenue)),
        segments={
            each.name: (Size(each.after, each.revenue_after), Size(each.before, each.revenue_before))
            for each in changes.segments
        },
        health={
            kind: (_size(own), _size(before.health[kind]) if before.health else None)
            for kind, own in (after.health or {}).items()
        },
        changes=changes,
    )


def of_summary(summary: Summary) -> Watched:
    """Return what there is to watch in a run of its own; customers of a list who bought nothing count as customers."""
    without = summary.without_purchase
    return Watched(
        every=(Size(summary.customers + (without.customers if without else 0), summary.revenue), None),
        segments={each.name: (Size(each.customers, each.revenue), None) for each in summary.segments}
        | ({without.name: (Size(without.customers, Decimal(0)), None)} if without else {}),
        health={kind: (_size(own), None) for kind, own in (summary.health or {}).items()},
        changes=None,
    )


def _size(share: HealthShare) -> Size:
    return Size(share.customers, share.revenue)


def alerts(conditions: Iterable[Condition], watched: Watched, words: Words) -> Iterator[Alert]:
    """Yield for each condition, whose segments are called by their names, what was found, and whether it holds.

    What cannot be known is not judged. A segment that is not there has no customers.
    """
    for condition in conditions:
        found, text = _found(condition, watched, words)
        limit = Fraction(condition.limit)
        fails = None if found is None else HOLDS[condition.sign](found, limit)
        value = None if found is None else float(found) if found.denominator > 1 else int(found)
        yield _alert(condition.text, fails, value, words("alert.told", condition=printable(condition.text), found=text))


def _alert(condition: str, fails: bool | None, value: int | float | Decimal | None, text: str) -> Alert:
    """Return what is found of a condition, which cannot be judged where `fails` is None."""
    return Alert(condition, bool(fails), "unknown" if fails is None else "fails" if fails else "passes", value, text)


def _found(condition: Condition, watched: Watched, words: Words) -> tuple[Fraction | None, str]:
    """Return a figure in the unit of the limit, None where it cannot be known, and how it is told."""
    if condition.needs_before and watched.changes is None:
        return None, words("alert.untold")
    if condition.figure in RATES or condition.figure == "psi":
        return _rate(condition, watched, words)
    if condition.sign in ("drops", "rises"):
        return _change(condition, watched, words)
    if condition.figure == "health" and not watched.health:
        return None, words("alert.untold")
    if condition.figure == "moved" and watched.changes and not _is_ordered(str(condition.of), watched.changes):
        return None, words("alert.untold")
    part, whole = _part(condition, watched)
    if condition.share:
        if whole <= 0:
            return None, words("alert.untold")
        share = Fraction(part) / Fraction(whole)
        return share, words(
            "alert.share", part=words.amount(part), whole=words.amount(whole), share=words.percent(float(share))
        )
    return Fraction(part), words.amount(part)


def _rate(condition: Condition, watched: Watched, words: Words) -> tuple[Fraction | None, str]:
    changes = watched.changes
    if changes is None:
        return None, words("alert.untold")
    if condition.figure == "psi":
        psi = changes.psi
        return (None, words("alert.untold")) if psi is None else (Fraction(psi), words.number(psi, 4))
    own: ChurnRate | None = changes.churn
    if condition.of is not None:
        own = next((each.churn for each in changes.segments if each.name == condition.of), None)
    if own is None or not own.active:
        return None, words("alert.untold")
    part = own.churned if condition.figure == "churn_rate" else own.active - own.churned
    rate = Fraction(part, own.active)
    return rate, words(
        "alert.share", part=words.number(part), whole=words.number(own.active), share=words.percent(float(rate))
    )


def _change(condition: Condition, watched: Watched, words: Words) -> tuple[Fraction | None, str]:
    """Return by how much a figure has dropped, or risen; as a share of what it was where the limit is one."""
    now, before = (None if size is None else Fraction(_of(condition, size)) for size in _sizes(condition, watched))
    if now is None or before is None or (condition.share and before <= 0):
        return None, words("alert.untold")
    by = before - now if condition.sign == "drops" else now - before
    told = words.percent(float((now - before) / before)) if before > 0 else words.amount(float(now - before))
    told = f"+{told}" if now > before else told
    text = words("alert.change", before=words.amount(float(before)), now=words.amount(float(now)), change=told)
    return by / before if condition.share else by, text


def _part(condition: Condition, watched: Watched) -> tuple[int | Decimal, int | Decimal]:
    """Return a figure of some customers, and that of all of whom they are a share."""
    changes = watched.changes
    if changes is not None and condition.into is not None:
        return _flow(condition, changes)
    if changes is not None and condition.figure == "moved":
        whole = changes.after.customers if condition.of == "new" else changes.before.customers
        return changes.moved[str(condition.of)], whole
    now, _ = _sizes(condition, watched)
    return (0 if now is None else _of(condition, now)), _of(condition, watched.every[0])


def _is_ordered(direction: str, changes: Comparison) -> bool:
    """Return whether a direction can be told: segments of two schemes have no common order to go up or down in."""
    matrix = changes.matrix
    return direction in ("new", "gone") or matrix.rows[:-1] == matrix.columns[:-1]


def _sizes(condition: Condition, watched: Watched) -> tuple[Size | None, Size | None]:
    """Return what a condition is of, now and before; None where the scheme tells no health."""
    if condition.of is None:
        return watched.every
    return (watched.health if condition.figure == "health" else watched.segments).get(condition.of, (None, None))


def _of(condition: Condition, size: Size) -> int | Decimal:
    return size.revenue if condition.figure == "revenue" else size.customers


def _flow(condition: Condition, changes: Comparison) -> tuple[int | Decimal, int | Decimal]:
    """Return who went from one segment to another, and all who were there; the money is what they spent before.

    New customers are a share of all customers of the later table, and their money is what they spent there. A flow from
    a segment to itself is those who stayed; `*` is any other segment.
    """
    matrix, new = changes.matrix, condition.of == NEW
    money = matrix.revenue_after if new else matrix.revenue_before
    cells: Sequence[Sequence[int | Decimal]] = money if condition.figure == "revenue" else matrix.customers
    part: int | Decimal = 0
    whole: int | Decimal = 0
    for row, own in zip(matrix.rows, cells, strict=True):
        from_here = row == condition.of or (condition.of == ANY and row != NEW)
        for column, value in zip(matrix.columns, own, strict=True):
            into = column == condition.into or (condition.into == ANY and column != GONE)
            elsewhere = row != column or ANY not in (condition.of, condition.into)
            part += value if from_here and into and elsewhere else 0
            whole += value if from_here or (new and column != GONE) else 0
    return part, whole


def missed(targets: Iterable[TargetSummary], words: Words) -> Iterator[Alert]:
    """Yield for each target whether it is missed: not reached, with its day come, or with no day.

    Without an as-of date nobody knows whether a day has come.
    """
    for each in targets:
        undated = each.reached is False and each.by is not None and each.days_left is None
        late = each.days_left is None or each.days_left <= 0
        value, share = each.actual, each.measure in ("share", "revenue_share")
        written = [words.percent(float(v)) if share else words.amount(v) for v in (value or 0, each.target)]
        condition = words(
            "alert.target",
            segment=printable(words.named(each.segment, each.title)),
            measure=words(f"measure.{each.measure}"),
            sign=each.sign,
            target=written[1],
            day=words("alert.by", day=words.in_digits(each.day)) if each.day else "",
        )
        found = words("alert.untold") if value is None else written[0]
        found = words("alert.undated", found=found) if undated else found
        fails = None if each.reached is None or undated else late and not each.reached
        yield _alert(condition, fails, value, words("alert.told", condition=condition, found=found))


def drifted(drift: Drift | None, changes: Comparison | None, most: float, words: Words) -> Iterator[Alert]:
    """Yield whether the scores have moved from a model, and the mix of segments from an earlier table, by more.

    Where neither can be known, that is said.
    """
    most_told = words.in_digits(f"{most:g}")
    condition = words("alert.psi", most=most_told)
    if drift:
        far = {axis: psi for axis, psi in drift.psi.items() if psi > most} or drift.psi
        told = [words("alert.axis", axis=axis.upper(), psi=words.number(psi, 4)) for axis, psi in far.items()]
        worst = max(drift.psi.values())
        key = "alert.drifted" if worst > most else "alert.stable"
        yield _alert(
            condition, worst > most, worst, words(key, model=drift.model, axes=words.series(told), most=most_told)
        )
    if changes and changes.psi is not None:
        key = "alert.mix-drifted" if changes.psi > most else "alert.mix-stable"
        text = words(key, psi=words.number(changes.psi, 4), most=most_told, file=changes.before.file)
        yield _alert(condition, changes.psi > most, changes.psi, text)
    elif not drift:
        yield _alert(condition, None, None, words("alert.told", condition=condition, found=words("alert.untold")))


@dataclass(frozen=True)
class Checks:
    """What fails a run: conditions, missed targets, and a drift of more than so much."""

    conditions: tuple[Condition, ...] = ()
    targets: bool = False
    most_drift: float | None = None

    def named(self, names: Mapping[str, str]) -> "Checks":
        """Return the checks with segments called by their names. Raises UsageError for one that is not there."""
        return replace(self, conditions=tuple(resolved(each, names) for each in self.conditions))

    def of_run(self, summary: Summary, words: Words) -> tuple[Alert, ...]:
        """Return what is found of each in a run, against the earlier table where there is one."""
        watched = of_comparison(summary.changes) if summary.changes else of_summary(summary)
        return self._found(watched, summary.targets, summary.drift, words)

    def of_tables(self, changes: Comparison, words: Words) -> tuple[Alert, ...]:
        """Return what is found of each in a comparison."""
        return self._found(of_comparison(changes), changes.targets, None, words)

    def _found(
        self, watched: Watched, targets: Iterable[TargetSummary], drift: Drift | None, words: Words
    ) -> tuple[Alert, ...]:
        found = [*alerts(self.conditions, watched, words)]
        found += missed(targets, words) if self.targets else ()
        found += drifted(drift, watched.changes, self.most_drift, words) if self.most_drift is not None else ()
        return tuple(found)


def checks_of(given: Mapping[str, Any]) -> Checks | None:
    """Return what the arguments `fail_if`, `fail_targets` and `fail_drift` ask for, None where they ask for nothing.

    Raises UsageError for a text that is no condition.
    """
    conditions = parse_conditions(given.get("fail_if") or ())
    found = Checks(conditions, bool(given.get("fail_targets")), given.get("fail_drift"))
    return None if found == Checks() else found
