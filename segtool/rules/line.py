"""Rules in one line of text: its pieces, and the condition that they state. It is read and never run as code."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from segtool.rules.conditions import FUNCTIONS, AnyOf, Compare, Condition, Has, Is, Not, Span, Term, Text, Value
from segtool.rules.written import (
    DEEPEST,
    SIGNS,
    TIME,
    UNITS_OF_TIME,
    all_of,
    compared,
    denial_of,
    end_of,
    filled_but,
    function_of,
    listed,
    one_of,
    range_of,
    said,
    short,
    state_of,
    text_of,
    time_ago,
)

_MOST_TEXT = 10_000
"""The longest line of text that is read as a rule."""

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<quoted>"(?:[^"]|"")*"|'(?:[^']|''|(?<=\w)'(?=\w))*')
    |(?P<mark>->|→|[<>!=]=|<>|[<>=≤≥(),])
    |(?P<word>(?:(?!->|!=)[^\s"'<>=≤≥→(),]|(?<=\w)')+)
    )""",
    re.VERBOSE,
)

_COMPARISONS = ("<", "<=", ">", ">=", "=", "!=")


@dataclass(frozen=True)
class Token:
    """A piece of a line: a `word`, a `mark` as a comparison or a bracket, or a `quoted` name or text without quotes.

    In the line it stands from `start` up to `end`, with its quotes.
    """

    kind: Literal["word", "mark", "quoted"]
    text: str
    start: int
    end: int

    def is_word(self, *words: str) -> bool:
        """Return whether it is one of these words, which stand without quotes and in any case."""
        return self.kind == "word" and self.text.lower() in words

    def is_mark(self, *marks: str) -> bool:
        return self.kind == "mark" and self.text in marks


def tokens(text: str) -> list[Token]:
    """Return the pieces of a line. What stands in quotes is one piece; a quote in it is doubled.

    An apostrophe behind a letter belongs to its word.

    >>> [each.text for each in tokens("'At Risk' -> Can't Lose >= 5%")]
    ['At Risk', '->', "Can't", 'Lose', '>=', '5%']

    Raises ValueError, in words that follow a place, for a quote that does not end.
    """
    if len(text) > _MOST_TEXT:
        raise ValueError("is too long to be a rule")
    found, at, text = [], 0, text.rstrip()
    while at < len(text):
        piece = _TOKEN.match(text, at)
        if piece is None:
            raise ValueError(f"has a quote or a sign that does not fit: {text[at:].strip()[:20]!r}")
        at = piece.end()
        found.append(_token(piece))
    return found


def _token(piece: re.Match[str]) -> Token:
    start, end = piece.span(piece.lastgroup or 0)
    if quoted := piece["quoted"]:
        return Token("quoted", quoted[1:-1].replace(quoted[0] * 2, quoted[0]), start, end)
    if mark := piece["mark"]:
        return Token("mark", {"→": "->"}.get(mark) or SIGNS.get(mark, mark), start, end)
    return Token("word", piece["word"], start, end)


def parse(text: str) -> Condition:
    """Return the condition that a line of text states.

    Columns are words, or stand in quotes where a condition begins, or are `column(Net spend)`. On the right of a sign a
    word is a column, and texts stand in quotes.

    >>> denied = parse('city in ("Berlin", "Hamburg*") and not spend > budget').parts[1].part
    >>> str(denied.left), denied.sign, str(denied.right)
    ('spend', '>', 'budget')
    >>> parse("age in 25..34 or age in (65..)").parts[0].values
    (Span(low=Decimal('25'), high=Decimal('34'), low_open=False, high_open=False),)

    Raises ValueError, in words that follow a place, for a text that states none.
    """
    line = _Line(tokens(text))
    try:
        found = line.condition()
    except RecursionError:
        raise ValueError("has brackets too deep in one another") from None
    if line.left:
        raise ValueError(f"does not go on with {line.left[0].text!r}; conditions are joined by and, or")
    return found


class _Line:
    """The pieces of a line that are left, of which each reader takes its own."""

    def __init__(self, pieces: Iterable[Token]) -> None:
        self.left = list(pieces)
        self._depth = 0

    def condition(self) -> Condition:
        return self._joined("or", lambda: self._joined("and", self._part, all_of), lambda parts: AnyOf(tuple(parts)))

    def _joined(
        self, word: str, read: Callable[[], Condition], join: Callable[[Sequence[Condition]], Condition]
    ) -> Condition:
        parts = [read()]
        while self._takes_word(word):
            parts.append(read())
        return parts[0] if len(parts) == 1 else join(parts)

    def _part(self) -> Condition:
        self._depth += 1
        if self._depth > DEEPEST:
            raise ValueError("has conditions too deep in one another")
        try:
            if self._takes_word("not"):
                return Not(self._part())
            if self._takes_mark("("):
                found = self.condition()
                self._need(")")
                return found
            return self._test(self._term())
        finally:
            self._depth -= 1

    def _test(self, term: Term) -> Condition:
        if self._takes_word("is"):
            return self._is(term)
        denied = self._takes_word("not")
        if self.left and self.left[0].is_word("within", "older"):
            found = self._ago(term)
        elif self._takes_word("in"):
            found = listed(term, list(self._several(self._value)), lambda value: self._is_value(term, value))
        elif self._takes_word("has"):
            found = Has(term, tuple(dict.fromkeys(self._several(self._entry))))
        else:
            piece = self._next(f"{term} has no condition; write a sign as >=, or in, has, is, within")
            if denied or piece.text not in _COMPARISONS:
                way = "write a sign as >=, or in, has, is, within"
                way += '; a name with blanks stands in "double quotes"' if piece.kind == "word" else ""
                raise ValueError(f"{term} does not go on with {short(piece.text)}; {way}")
            return self._comparison(term, piece.text)
        return filled_but(term, found) if denied else found

    def _is(self, term: Term) -> Condition:
        denied = self._takes_word("not")
        word = self._next(f"{term} is … ends early").text.lower()
        found = state_of(term, word)
        if found is None:
            raise ValueError(
                f"{term} is {short(word)}: it can be empty, filled, true or false; a text is compared by ="
            )
        return denial_of(found) if denied else found

    def _ago(self, term: Term) -> Condition:
        words: list[str] = []
        while self.left and self.left[0].kind == "word" and (not words or words[-1] not in UNITS_OF_TIME):
            words.append(self.left.pop(0).text.lower())
        found = TIME.fullmatch(" ".join(words))
        if found is None:
            raise ValueError(f"{short(' '.join(words))} is no time; write within 30 days, or older than 3 months")
        return time_ago(term, found)

    def _comparison(self, term: Term, sign: str) -> Condition:
        piece = self._next(f"{term} {sign} … ends early")
        if piece.kind == "mark":
            raise ValueError(f"{term} {sign} does not go on with {piece.text!r}")
        if piece.is_word("true", "false") and sign in ("=", "!="):
            found: Condition = Is(term, piece.is_word("true"))
        elif piece.kind == "quoted" and sign in ("=", "!="):
            found = one_of(term, [said(piece.text)])
        elif (end := end_of(piece.text.strip())) is not None:
            found = one_of(term, [Span(end, end) if sign in ("=", "!=") else compared(sign, end)])
        elif piece.kind == "quoted":
            raise ValueError(f"{term} {sign} compares with no number, day or column")
        elif span := range_of(piece.text):
            if sign not in ("=", "!="):
                raise ValueError(f"{term} {sign} compares with no range; write {term} = {piece.text}")
            found = one_of(term, [span])
        else:
            self.left.insert(0, piece)
            return Compare(term, sign, self._term())
        return filled_but(term, found) if sign == "!=" else found

    def _several(self, read: Callable[[], Any]) -> Iterator[Any]:
        """Yield what stands in brackets, or the one thing without them."""
        if not self._takes_mark("("):
            yield read()
            return
        yield read()
        while self._takes_mark(","):
            yield read()
        self._need(")")

    def _value(self) -> Value | bool:
        piece = self._next("a list of values ends early")
        if piece.kind == "quoted":
            return said(piece.text)
        if piece.kind == "mark":
            raise ValueError(f"{piece.text!r} is no value")
        if piece.is_word("true", "false"):
            return piece.is_word("true")
        end = end_of(piece.text)
        return Span(end, end) if end is not None else range_of(piece.text) or text_of(piece.text)

    def _is_value(self, term: Term, value: Value | bool) -> Condition:
        return Is(term, value) if isinstance(value, bool) else one_of(term, [value])

    def _entry(self) -> Text:
        piece = self._next("has … ends early")
        if piece.kind == "mark" or not piece.text.strip():
            raise ValueError(f"{piece.text!r} is no text")
        return text_of(piece.text)

    def _term(self) -> Term:
        piece = self._next("ends where a column is missing")
        if piece.kind == "mark":
            raise ValueError(f"has {piece.text!r} where a column is missing")
        if piece.kind == "word" and self._takes_mark("("):
            columns = list(self._columns())
            if piece.text == "column" and len(columns) == 1:
                return Term((columns[0],))
            if piece.text not in FUNCTIONS:
                raise ValueError(f"{short(piece.text)} is no function; there are column, {', '.join(FUNCTIONS)}")
            return function_of(piece.text, columns)
        return Term((piece.text,))

    def _columns(self) -> Iterator[str]:
        """Yield the columns in brackets; the words of one have blanks between them."""
        words = [self._next("ends in brackets").text]
        while not self._takes_mark(")"):
            if self._takes_mark(","):
                yield " ".join(words)
                words = [self._next("ends in brackets").text]
            elif self.left and self.left[0].kind == "word":
                words.append(self.left.pop(0).text)
            else:
                self._need(")")
        yield " ".join(words)

    def _next(self, missing: str) -> Token:
        if not self.left:
            raise ValueError(missing)
        return self.left.pop(0)

    def _takes_word(self, word: str) -> bool:
        return self._takes(bool(self.left) and self.left[0].is_word(word))

    def _takes_mark(self, mark: str) -> bool:
        return self._takes(bool(self.left) and self.left[0].is_mark(mark))

    def _takes(self, fits: bool) -> bool:
        if fits:
            self.left.pop(0)
        return fits

    def _need(self, mark: str) -> None:
        if not self._takes_mark(mark):
            raise ValueError(f"lacks {mark!r}" + (f" before {self.left[0].text!r}" if self.left else " at the end"))
