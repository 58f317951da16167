"""From customers with scores and segments to the reasons of these, and what would lead elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from segtool.explaining.facts import SCHEMA_VERSION, CustomerReason, Explanation, SegmentReason
from segtool.explaining.moves import Past
from segtool.explaining.outlook import outlook
from segtool.explaining.reasons import Scored, conditions, score_reason
from segtool.explaining.ruler import ruler_of
from segtool.explaining.sentences import Sentences
from segtool.scoring.scores import Scores
from segtool.segments.segmentation import Named, Segmentation
from segtool.tables.dates import calendar_day, day_number
from segtool.tables.dates.spelling import Calendar
from segtool.tables.numbers import decimal_places, money
from segtool.words import Words


def explain(
    found: Segmentation,
    rows: Sequence[int],
    *,
    words: Words,
    calendar: Calendar = "gregorian",
    one_a_day: bool,
    version: str,
) -> Explanation:
    """Return the reasons of the customers in some rows.

    What would move a customer is told for the cuts that the run scored with, which a model keeps as they are, and in
    amounts with as many decimals as those of all customers. With `one_a_day` the purchases of a day are one order.
    """
    decimals = decimal_places(found.figures.monetary)
    said = Sentences(words, calendar, min(decimals, 2))
    customers = tuple(_Case(found, row, said, 10 ** (4 - decimals), one_a_day).reason() for row in rows)
    return Explanation(SCHEMA_VERSION, found.as_of, calendar, customers, version)


@dataclass(frozen=True)
class _Case:
    """One customer of a run; amounts are multiples of `step`."""

    found: Segmentation
    row: int
    said: Sentences
    step: int
    one_a_day: bool

    @cached_property
    def group(self) -> int:
        return int(self.found.groups.codes[self.row]) if self.found.groups else 0

    @cached_property
    def past(self) -> Past:
        """What is known of the customer; where no day is, days count from the as-of date."""
        figures, customers = self.found.figures, self.found.figures.customers
        days = int(figures.recency_days[self.row])
        last = (day_number(self.found.as_of) if self.found.as_of else 0) - days
        first = last if customers.first_order is None else int(customers.first_order[self.row])
        orders, spend = int(figures.frequency[self.row]), int(figures.monetary[self.row])
        return Past(first, last, days, orders, spend, self.one_a_day)

    def reason(self) -> CustomerReason:
        found, past, own = self.found, self.past, self._scored(self.found.scores)
        customers = found.figures.customers
        first = calendar_day(past.first_order) if customers.first_order is not None else None
        last = calendar_day(past.last_order) if found.as_of else None
        spent, average = money(past.monetary), money(int(found.figures.average_order_value[self.row]))
        return CustomerReason(
            customer_id=customers.customer_id[self.row].as_py(),
            first_order=first,
            last_order=last,
            recency_days=past.recency_days,
            frequency=past.frequency,
            monetary=spent,
            average_order_value=average,
            group=found.groups.names[self.group] if found.groups else None,
            orders_told=self.said.orders(past.frequency, first, last),
            spend_told=self.said.spend(spent, average),
            scores=tuple(score_reason(axis, own, self.said) for axis in found.letters),
            segments=tuple(map(self._segment, found.named)),
        )

    def _segment(self, named: Named) -> SegmentReason:
        scheme, own, first = named.scheme, self._scored(named.scores), self.found.scores.axes
        place = int(named.places[self.row])
        segment = scheme.segments[place]
        met = conditions(segment.rule, scheme, own, self.said)
        words = self.said.words
        waiting, buying = outlook(
            own.ruler, scheme, self.past, place, as_of=self.found.as_of, step=self.step, said=self.said
        )
        return SegmentReason(
            scheme=scheme.name,
            segment=segment.name,
            title=words.of(segment.title),
            advice=words.of(segment.advice),
            conditions=met,
            scores=tuple(
                score_reason(axis, own, self.said)
                for axis, rule in named.scores.axes.items()
                if axis in scheme.scoring and (axis not in self.found.letters or rule != first[axis])
            ),
            waiting=waiting,
            buying=buying,
            text=words("explain.and").join(each.text for each in met) or words("explain.default"),
        )

    def _scored(self, scores: Scores) -> Scored:
        levels = {axis: own[self.row : self.row + 1] for axis, own in scores.levels.items()}
        figures = {rule.figure: int(self.found.figures[rule.figure][self.row]) for rule in scores.axes.values()}
        return Scored(ruler_of(scores, self.found, self.group), levels, figures, self.step)
