"""The map of a scheme for a terminal: its segments on the grid of the scores, by their names or a letter each."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from string import ascii_letters

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from segtool.errors import printable
from segtool.output.pieces import plain_table
from segtool.segments.picture import Lines, Picture
from segtool.segments.scheme import Scheme, Segment
from segtool.segments.wording import called, label_of, name_of
from segtool.words import Words

_COLORS = {"positive": "green", "neutral": "yellow", "negative": "red"}

_GAP = 2


@dataclass(frozen=True)
class SchemeMap:
    """A picture of a scheme in a language, for pages of a width."""

    picture: Picture
    scheme: Scheme
    words: Words
    width: int

    @cached_property
    def in_letters(self) -> bool:
        """Whether a cell has letters, because its depth or the words of the names would make the map too wide."""
        columns = self._labels(self.picture.columns) or [""]
        needed = max(map(cell_len, self._rows[1])) + sum(
            _GAP + max(self._longest_word, _longest_word(label)) for label in columns
        )
        return self.picture.depth is not None or needed > self.width

    @property
    def title(self) -> str:
        if not self.in_letters:
            return self.words("scheme.map")
        depth = self._labels(self.picture.depth)
        if not depth:
            return self.words("scheme.map-of-letters")
        return self.words("scheme.map-of-deep-letters", low=depth[0], high=depth[-1])

    def table(self) -> Table:
        """Return the rows from the best one down, with the columns from the worst one on."""
        corner, rows = self._rows
        table = plain_table(_GAP)
        table.show_header = self.picture.columns is not None
        table.add_column(corner, no_wrap=True)
        for label in self._labels(self.picture.columns) or [""]:
            word = _longest_word(label)
            table.add_column(label, min_width=word if self.in_letters else max(word, self._longest_word))
        for label, row in zip(rows, self.picture.places, strict=True):
            table.add_row(Text(label, "bold"), *(Text.assemble(*map(self._piece, cell)) for cell in row))
        return table

    def letter(self, segment: Segment) -> str:
        """Return the letter that stands for a segment: A for the best one."""
        return ascii_letters.swapcase()[self.scheme.segments.index(segment)]

    def _piece(self, place: int) -> tuple[str, str]:
        """Return how a segment stands on the map, and in which colour."""
        if place < 0:
            return "-", "bold magenta"
        segment = self.scheme.segments[place]
        return self.letter(segment) if self.in_letters else self._name(segment), _COLORS[segment.health]

    def _name(self, segment: Segment) -> str:
        return printable(called(segment, self.words))

    @cached_property
    def _longest_word(self) -> int:
        return max(_longest_word(self._name(segment)) for segment in self.scheme.segments)

    @cached_property
    def _rows(self) -> tuple[str, Sequence[str]]:
        """Return what stands above the labels of the rows, and these: a long name stands once above the digits."""
        labels = self._labels(self.picture.rows)
        name = name_of(self.picture.rows.dimension, self.scheme.grid, self.words)
        if self.picture.columns and all(label.startswith(f"{name} ") for label in labels):
            return name, [label.removeprefix(f"{name} ") for label in labels]
        return "", labels

    def _labels(self, lines: Lines | None) -> list[str]:
        return [label_of(lines.dimension, span, self.scheme, self.words) for span in lines.spans] if lines else []


def _longest_word(text: str) -> int:
    return max(map(cell_len, text.split()), default=0)
