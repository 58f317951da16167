"""What the columns of a relation are."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from segtool.errors import DataError, printable

if TYPE_CHECKING:
    import pyarrow as pa

    from segtool.databases import Database

ColumnKind = Literal["text", "integer", "decimal", "float64", "float32", "date", "timestamp", "instant", "other"]
"""What the cells of a column are: a `timestamp` has no zone, an `instant` is a moment of all zones."""


@dataclass(frozen=True)
class Column:
    """A column of a relation: its header, what its cells are, the type's name there, and the type in which it comes.

    It comes in that type where a query asks for `Database.cell` of it.
    """

    header: str
    kind: ColumnKind
    type_name: str
    arrow: "pa.DataType"


def distinct(place: str, headers: Sequence[str]) -> tuple[str, ...]:
    """Return headers of which none stands twice. Raises DataError where one does: SQL could ask for neither."""
    twice = [header for header, times in Counter(headers).items() if times > 1]
    if twice:
        raise DataError(f"{place}: two columns are called {printable(twice[0])!r}; name them apart in the query.")
    return tuple(headers)


def typed_rows(database: "Database", relation: str, columns: Sequence[Column]) -> "Iterator[pa.RecordBatch]":
    """Yield the rows of a relation in the Arrow types of its columns."""
    import pyarrow as pa

    schema = pa.schema([pa.field(column.header, column.arrow) for column in columns])
    cells = ", ".join(f"{database.cell(column)} AS c{at}" for at, column in enumerate(columns))
    for batch in database.stream(f"SELECT {cells} FROM {relation}"):
        table = pa.Table.from_batches([batch]).rename_columns(schema.names)
        try:
            yield from table.cast(schema).to_batches()
        except pa.ArrowInvalid as error:
            raise DataError(f"{database.name}: {str(error).splitlines()[0]}") from None
