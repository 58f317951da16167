"""The room for a chart: how wide it is, how large its letters, and on which side a reader begins."""

from collections.abc import Sequence
from dataclasses import dataclass

from segtool.output.report.drawing.lettering import Text, lines_in, text_in, width_of
from segtool.output.report.drawing.vega import Channel, of
from segtool.words import Words


@dataclass(frozen=True)
class Frame:
    """The room for a chart. Places are told from the side where a reader begins: `x` makes them places from the left.

    What has categories is mirrored where the language runs from right to left: bars grow from the right, and what was
    before stands at the right. Axes of numbers and of time are not: Persian books and newspapers draw them as everybody
    does, from the left, as they write numbers.
    """

    width: float
    size: float
    words: Words

    @property
    def is_narrow(self) -> bool:
        return self.width < 500

    @property
    def line(self) -> float:
        """How far lines of text stand from each other."""
        return round(self.size * 1.35, 2)

    def x(self, place: float) -> float:
        return self.width - place if self.words.right_to_left else place

    @property
    def begin(self) -> Channel:
        """How a text is aligned that begins at its place, for whoever reads the language."""
        return of("right" if self.words.right_to_left else "left")

    @property
    def end(self) -> Channel:
        """How a text is aligned that ends at its place, for whoever reads the language."""
        return of("left" if self.words.right_to_left else "right")

    def text(self, text: str, room: float = float("inf")) -> Text:
        return text_in(text, self.size, room, right_to_left=self.words.right_to_left)

    def lines(self, text: str, room: float) -> tuple[Text, ...]:
        return lines_in(text, self.size, room, right_to_left=self.words.right_to_left)

    def widest(self, texts: Sequence[str], most: float = float("inf")) -> float:
        """Return how much room the longest text takes, and no more than `most`."""
        return min(max((width_of(text, self.size) for text in texts), default=0.0), most)


def frames(words: Words) -> tuple[Frame, Frame]:
    """Return the room for a chart on a wide and on a narrow screen, in pixels at which it is usually seen."""
    return Frame(680, 13, words), Frame(320, 12, words)
