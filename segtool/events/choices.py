"""What was chosen while an event log was read, and why: a line a choice."""

from collections.abc import Iterator

from segtool.errors import printable
from segtool.events.notes import REASONS
from segtool.events.reading import LogRead
from segtool.orders.spelling import told_by
from segtool.tables.source import in_words


def choices(read: LogRead) -> Iterator[str]:
    """Yield how the files are stored, which columns play which role, what events are, and which rows count."""
    named = read.log.options.named
    for table in read.log.tables:
        yield f"{table.stored.name}: {in_words(table.stored.about)}"
        if table.system is not None:
            yield f"the headers are those of {table.system.title}, which tell the roles"
        for role, header in table.headers.items():
            why = "as asked" if role in named else "of this system" if table.system else "recognised"
            yield f"{role} is the column {printable(header)}, {why}"
    for role, how, place in read.spelled:
        yield f"{role}: {how}" + (f", {told_by(read.log.sources, place)}" if place else "")
    for name in read.names:
        known = f"{name.kind}, told by {name.told_by}" if name.kind else "unknown"
        yield f"{printable(name.name)} is {known}"
    yield f"events are set aside as: {', '.join(REASONS)}"
