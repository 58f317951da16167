"""What is told of reasons and moves, in a language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from segtool.explaining.facts import Raw, Reach
from segtool.scoring.statement import LEAST
from segtool.segments.schemes import Segment
from segtool.segments.wording import NOUNS, called, score_label
from segtool.tables.dates import day_text
from segtool.tables.dates.spelling import Calendar
from segtool.words import Words

_MORE = {1: "one-more", 2: "two-more", 3: "three-more"}
"""Number of further orders -> the text that has it as a word."""

Ends = tuple[Raw | None, Raw | None]
"""The least and the most raw value; None at an open end."""


@dataclass(frozen=True)
class Sentences:
    """Sentences in the words of a language; dates in a calendar, money with `decimals` or more where it needs them."""

    words: Words
    calendar: Calendar
    decimals: int

    def day(self, day: date) -> str:
        return self.words.in_digits(day_text(day, self.calendar))

    def money(self, amount: Raw) -> str:
        """Return an amount with the decimals of all amounts, with more where it would not be exact."""
        return self.words.exact(amount, self.decimals)

    def label(self, axis: str, digit: str = "") -> str:
        """Return how a score is called, or its axis.

        >>> from segtool.words import words_in
        >>> said = Sentences(words_in("en"), "gregorian", 2)
        >>> said.label("r", "5"), said.label("average_order_value")
        ('R5', 'Average order')
        """
        return score_label(axis, digit, self.words).strip()

    def orders(self, count: int, first: date | None, last: date | None) -> str:
        """Return how many orders there are, and when they were."""
        orders = self.words.count(count, "order")
        if last is None:
            return orders
        if count == 1:
            return self.words("explain.order", orders=orders, last=self.day(last))
        if first is None:
            return self.words("explain.last-order", orders=orders, last=self.day(last))
        return self.words("explain.orders", orders=orders, first=self.day(first), last=self.day(last))

    def spend(self, monetary: Raw, average: Raw) -> str:
        """Return what was spent."""
        return self.words("explain.spend", spend=self.money(monetary), average=self.money(average))

    def did(self, figure: str, value: Raw) -> str:
        """Return what a customer did, by one figure.

        >>> from segtool.words import words_in
        >>> said = Sentences(words_in("en"), "gregorian", 2)
        >>> said.did("recency_days", 25), said.did("frequency", 1), said.did("monetary", 9)
        ('bought 25 days ago', '1 order', 'spent 9.00')
        """
        return self.words(f"just.{figure}", high=self._raw(figure, value, counted=True))

    def reach(self, figure: str, ends: Ends) -> str:
        """Return raw values without what they count.

        >>> from segtool.words import words_in
        >>> said = Sentences(words_in("en"), "gregorian", 2)
        >>> said.reach("recency_days", (67, None)), said.reach("frequency", (None, 1))
        ('from 67', '1')
        """
        least, most = ends
        if least is None and most is not None and most == LEAST.get(figure):
            least = most
        return self.words(f"explain.reach.{_form((least, most))}", **self._ends(figure, ends))

    def score(self, label: str, told: str, others: Sequence[Reach]) -> str:
        """Return the sentence on one score, as `R4: bought 45 days ago; R5 up to 24, R3 from 67`."""
        if not others:
            return self.words("explain.score", label=label, value=told)
        around = self.words.series(f"{each.label} {each.text}".strip() for each in others)
        return self.words("explain.around", label=label, value=told, others=around)

    def made(self, asked: str, scores: Sequence[str], digit: str) -> str:
        """Return a condition on what several scores make, with these scores."""
        return self.words("explain.made", asked=asked, scores=" ".join(scores), digit=digit)

    def waiting(self, outcome: str, segment: Segment, days: int, day: date | None) -> str:
        """Return the sentence on what waiting does."""
        name = called(segment, self.words)
        if day is None:
            return self.words(f"explain.waiting-in.{outcome}", days=self.words.count(days, "day"), segment=name)
        return self.words(f"explain.waiting.{outcome}", day=self.day(day), segment=name)

    def buying(self, segment: Segment, orders: int, spend: Ends, more: Raw | None, when: str) -> str:
        """Return the sentence on what further orders do, as `two more orders that come to 120.50 or more: Champions`.

        `more` is the sum from which on a still better segment follows.
        """
        parts = [self.words(f"explain.{_MORE.get(orders, 'many-more')}", count=orders)]
        if spend != (None, None):
            form = self.words.form(orders, f"explain.coming.{_form(spend)}")
            parts.append(self.words(form, **self._ends("monetary", spend)))
        purchase = " ".join([*parts, when] if when else parts)
        name = called(segment, self.words)
        if more is None:
            return self.words("explain.buying.better", purchase=purchase, segment=name)
        return self.words("explain.buying.beyond", purchase=purchase, segment=name, more=self.money(more))

    def when(self, days: tuple[int, int | None], dates: tuple[date | None, date | None]) -> str:
        """Return when orders are to be bought: in days from today where dates are not known, nothing for any time."""
        start, end = days
        if start == 0 and end is None:
            return ""
        since, by = (None if day is None else self.day(day) for day in dates)
        if since is not None:
            form = "by" if not start else "since" if by is None else "between"
            return self.words(f"explain.when.{form}", since=since, by=by)
        form = "within" if not start else "after" if end is None else "span"
        until = None if end is None else self.words.count(end, "day")
        return self.words(f"explain.when.{form}", start=self.words.count(start, "day"), until=until)

    def _ends(self, figure: str, ends: Ends) -> dict[str, str]:
        """Return the facts of a text about raw values."""
        least, most = ends
        told = {"least": least, "most": most, "value": most}
        return {name: self._raw(figure, raw, counted=False) for name, raw in told.items() if raw is not None}

    def _raw(self, figure: str, value: Raw, *, counted: bool) -> str:
        noun = NOUNS.get(figure)
        if noun is None:
            return self.money(value)
        return self.words.count(int(value), noun) if counted else self.words.number(value)


def _form(ends: Ends) -> str:
    least, most = ends
    if least is None:
        return "any" if most is None else "up-to"
    return "from" if most is None else "exactly" if least == most else "between"
