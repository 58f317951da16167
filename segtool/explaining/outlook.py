"""What would lead a customer elsewhere, as facts: waiting, and buying."""

from datetime import date, timedelta
from typing import Literal

from segtool.explaining.facts import Buying, Waiting
from segtool.explaining.moves import Past, Purchase, Wait, buy, wait
from segtool.explaining.ruler import Ruler
from segtool.explaining.sentences import Sentences
from segtool.segments.schemes import Scheme
from segtool.tables.numbers import money


def outlook(
    ruler: Ruler, scheme: Scheme, past: Past, place: int, *, as_of: date | None, step: int, said: Sentences
) -> tuple[Waiting, Buying]:
    """Return what happens to a customer in the segment at `place` without a purchase, and which purchase helps."""
    if not ruler.can_place(scheme):
        return _no_change("unknown", said), _no_purchase("unknown", said)
    change = wait(ruler, scheme, past)
    waiting = _waiting(change, scheme, place, as_of, said) if change else _no_change("none", said)
    if place == 0:
        return waiting, _no_purchase("best", said)
    spans = [change.days - 1, None] if change else [None]  # what helps only later is better than no help
    tried = (buy(ruler, scheme, past, until=until, step=step) for until in spans)
    found = next((purchase for purchase in tried if purchase), None)
    return waiting, _buying(found, scheme, as_of, step, said) if found else _no_purchase("none", said)


def _waiting(change: Wait, scheme: Scheme, place: int, as_of: date | None, said: Sentences) -> Waiting:
    segment, day = scheme.segments[change.place], _day(as_of, change.days)
    outcome: Literal["worse", "better"] = "worse" if change.place > place else "better"
    text = said.waiting(outcome, segment, change.days, day)
    return Waiting(outcome, segment.name, said.words.of(segment.title), change.days, day, text)


def _no_change(outcome: Literal["none", "unknown"], said: Sentences) -> Waiting:
    return Waiting(outcome, None, None, None, None, said.words(f"explain.waiting.{outcome}"))


def _no_purchase(outcome: Literal["best", "none", "unknown"], said: Sentences) -> Buying:
    text = said.words(f"explain.buying.{outcome}")
    return Buying(outcome, None, None, None, None, None, None, None, None, None, text)


def _buying(found: Purchase, scheme: Scheme, as_of: date | None, step: int, said: Sentences) -> Buying:
    segment = scheme.segments[found.place]
    least = money(found.least) if found.least else None
    most = None if found.most is None else money(found.most)
    told, more = (least, most), None
    if found.most is not None and found.and_more_is_better:
        told, more = (least, None), money(found.most + step)
    since, by = _day(as_of, found.start), _day(as_of, found.end)
    when = said.when((found.start, found.end), (since, by))
    return Buying(
        outcome="better",
        segment=segment.name,
        title=said.words.of(segment.title),
        orders=found.orders,
        spend_least=least,
        spend_most=most,
        days_from=found.start,
        days_until=found.end,
        since=since,
        by=by,
        text=said.buying(segment, found.orders, told, more, when),
    )


def _day(as_of: date | None, days: int | None) -> date | None:
    return None if as_of is None or days is None else as_of + timedelta(days)
