"""Files whose place tells more columns, as `year=2024/month=01/part-0.parquet`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import pyarrow as pa

from segtool.tables.arrays import Ints, one_text
from segtool.tables.source import Batch, Part, Source


class Partition:
    """A table with further columns, each of one text in all rows. A column of the table goes before one of its name."""

    def __init__(self, source: Source, facts: Mapping[str, str | None]) -> None:
        self.source = source
        self._facts = {name: value for name, value in facts.items() if name not in source.columns}
        self.name = source.name
        self.columns = (*source.columns, *self._facts)
        self.about = source.about
        self.remarks = source.remarks
        self.metadata = source.metadata

    def type_of(self, position: int) -> pa.DataType:
        return self.source.type_of(position) if position < len(self.source.columns) else pa.string()

    def point_at(self, position: int) -> tuple[int, str] | None:
        return self.source.point_at(position) if position < len(self.source.columns) else None

    def parts(self, wanted: Sequence[int]) -> Iterator[Part]:
        own = self._own(wanted)
        for part in self.source.parts(own):
            yield partial(self._completed, part, wanted, own)

    def _own(self, wanted: Sequence[int]) -> list[int]:
        """Return the wanted columns of the table itself, at least one: without any nobody could count its rows."""
        return [position for position in wanted if position < len(self.source.columns)] or [0]

    def _completed(self, part: Part, wanted: Sequence[int], own: Sequence[int]) -> Iterator[Batch]:
        for batch in part():
            yield replace(batch, columns=self._in_order(batch.columns, len(batch.rows), wanted, own))

    def _in_order(
        self, columns: Sequence[pa.Array], rows: int, wanted: Sequence[int], own: Sequence[int]
    ) -> tuple[pa.Array, ...]:
        facts = dict(enumerate(self._facts.values(), start=len(self.source.columns)))
        return tuple(columns[own.index(i)] if i in own else _repeated(facts[i], rows) for i in wanted)

    def sample(self, wanted: Sequence[int]) -> Sequence[pa.Array]:
        own = self._own(wanted)
        columns = self.source.sample(own)
        return self._in_order(columns, len(columns[0]), wanted, own)

    def locate(self, rows: Ints) -> Iterator[tuple[int, str]]:
        return self.source.locate(rows)


def _repeated(text: str | None, rows: int) -> pa.Array:
    return pa.nulls(rows, pa.string()) if text is None else pa.repeat(one_text(text), rows)
