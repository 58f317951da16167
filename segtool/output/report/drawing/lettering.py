"""The letters of a chart: what of a text finds room, how much it takes, and which way it runs.

Nobody knows the font of the reader. Widths are those of a wide one (Verdana, DejaVu Sans), so that a text of any usual
font takes the room that is reckoned for it, or less.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

_DASHES_BEFORE_DIGITS = re.compile(r"(?<![\w.,٫٬])(?=[-+−]\d)")

_ELLIPSIS = "…"

_NARROW, _WIDE = frozenset(" .,:;|!'`ijlftrI()[]/\\،؛٫٬ا"), frozenset("mwMW@%…٪—")

_LEFT_TO_RIGHT_MARK = "\u200e"


@dataclass(frozen=True, order=True)
class Text:
    """A text as it is shown; `full` is all of it, which a pointer at the text tells where it had to be shortened."""

    shown: str
    full: str
    right_to_left: bool


def cleaned(text: str) -> str:
    """Return a text without what no document may hold: control letters, halves of pairs, and what is no letter.

    >>> cleaned("Big\\x00 spenders\\n\\ud800of 2024\\ufffe ")
    'Big spenders of 2024'
    """
    spaced = re.sub(r"[\t\n\r\v\f\x85\u2028\u2029]+", " ", text)
    return "".join(letter for letter in spaced if not _is_forbidden(letter)).strip()


def _is_forbidden(letter: str) -> bool:
    code = ord(letter)
    return unicodedata.category(letter) in ("Cc", "Cs") or 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE


def width_of(text: str, size: float) -> float:
    """Return how wide a text is at most, in the unit of the size of its letters.

    >>> width_of("il", 10), width_of("Mwm", 10)
    (8.0, 30.0)
    """
    return sum(map(_share_of_size, text)) * size


def _share_of_size(letter: str) -> float:
    if letter in _NARROW:
        return 0.4
    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Cf", "Mn", "Me"):
        return 0.0
    if letter in _WIDE or unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    return 0.72 if letter.isupper() else 0.63


def text_in(text: str, size: float, room: float, *, right_to_left: bool) -> Text:
    """Return a text that finds room, shortened where it is too long; `right_to_left` is which way the page runs.

    >>> text_in("Champions of the year", 10, 60, right_to_left=False).shown
    'Champio…'
    """
    full = cleaned(text)
    return Text(_shortened(full, size, room), full, runs_right_to_left(full, otherwise=right_to_left))


def _shortened(text: str, size: float, room: float) -> str:
    if width_of(text, size) <= room:
        return text
    left = room - width_of(_ELLIPSIS, size)
    fitting = sum(width <= left for width in accumulate(width_of(letter, size) for letter in text))
    while 0 < fitting < len(text) and not _may_break_before(text[fitting]):
        fitting -= 1
    return text[:fitting].rstrip(" \u200c\u200d-–—(") + _ELLIPSIS


def _may_break_before(letter: str) -> bool:
    return not (unicodedata.combining(letter) or unicodedata.category(letter) in ("Cf", "Mn", "Me"))


def lines_in(text: str, size: float, room: float, *, right_to_left: bool) -> tuple[Text, ...]:
    """Return a text as a line, or as two where one has too little room: broken so that the first is as full as can be.

    >>> [line.shown for line in lines_in("Big spenders 1,234", 10, 80, right_to_left=False)]
    ['Big spenders', '1,234']
    """
    full = cleaned(text)
    if width_of(full, size) <= room:
        return (text_in(full, size, room, right_to_left=right_to_left),)
    breaks = [place for place, letter in enumerate(full) if letter == " "]
    fitting = [place for place in breaks if width_of(full[:place], size) <= room]
    # Where the first words are too long for a line, what stands last - a number, as a rule - gets the second.
    parts = (full[: fitting[-1]], full[fitting[-1] + 1 :]) if fitting else (full,)
    if breaks and width_of(parts[-1], size) > room:
        parts = (full[: breaks[-1]], full[breaks[-1] + 1 :])
    way = runs_right_to_left(full, otherwise=right_to_left)
    shown = [_shortened(part.strip(), size, room) for part in parts]
    cut = next((number for number, line in enumerate(shown) if line.endswith(_ELLIPSIS)), None)
    return tuple(Text(line, full if number == cut else line, way) for number, line in enumerate(shown))


def runs_right_to_left(text: str, *, otherwise: bool) -> bool:
    """Return whether a text runs from right to left: as its first letter does, a number alone never.

    What has no letter but several numbers runs as the page does.

    >>> [runs_right_to_left(text, otherwise=True) for text in ("VIP", "قهرمانان", "-12.5%", "1,200 (3%)")]
    [False, True, False, True]
    """
    ways = [unicodedata.bidirectional(letter) for letter in text]
    strong = next((way for way in ways if way in ("L", "R", "AL")), None)
    if strong is None:
        return otherwise and len(text.split()) > 1
    return strong != "L"


def with_signs_before_numbers(text: Text) -> str:
    """Return what is written: within a text from right to left a minus is tied to its number, or it would stand behind.

    >>> with_signs_before_numbers(Text("تغییر -5", "", True)).replace("\\u200e", "|")
    'تغییر |-5'
    """
    return _DASHES_BEFORE_DIGITS.sub(_LEFT_TO_RIGHT_MARK, text.shown) if text.right_to_left else text.shown


def spread(places: Sequence[float], heights: Sequence[float], *, low: float, high: float) -> tuple[float, ...]:
    """Return the middles of labels, each as near its place as labels above and below it let it, in the same order.

    Labels that would overlap stand one below the other as a block, whose middle is the mean of their places.

    >>> spread([10, 12, 50], [10, 10, 10], low=0, high=60)
    (6.0, 16.0, 50.0)
    """
    blocks: list[tuple[float, list[int]]] = []  # the top of each, and the labels in it
    for label in range(len(places)):
        blocks.append((_top(places, heights, [label], low, high), [label]))
        while len(blocks) > 1 and blocks[-2][0] + _height(heights, blocks[-2][1]) > blocks[-1][0]:
            joined = blocks[-2][1] + blocks[-1][1]
            blocks[-2:] = [(_top(places, heights, joined, low, high), joined)]
    return tuple(top + middle for top, labels in blocks for middle in _middles([heights[label] for label in labels]))


def _height(heights: Sequence[float], labels: Sequence[int]) -> float:
    return sum(heights[label] for label in labels)


def _top(places: Sequence[float], heights: Sequence[float], labels: Sequence[int], low: float, high: float) -> float:
    middles = _middles([heights[label] for label in labels])
    wished = sum(places[label] - middle for label, middle in zip(labels, middles, strict=True)) / len(labels)
    return max(low, min(wished, high - _height(heights, labels)))


def _middles(heights: Sequence[float]) -> list[float]:
    return [(top + below) / 2 for top, below in pairwise(accumulate(heights, initial=0.0))]
