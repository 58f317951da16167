"""What to know of an event log before its numbers are trusted."""

from collections.abc import Iterator

from segtool.errors import printable
from segtool.events.reading import LogRead
from segtool.summary.cautions import GAP_DAYS, unread
from segtool.summary.facts import Caution, caution
from segtool.tables.headers import normal
from segtool.words import Words


def of_log(read: LogRead, words: Words) -> Iterator[Caution]:
    """Yield what the reading of a log calls for."""
    for source in read.log.sources:
        yield from (Caution("reading", words(f"caution.{code}", **facts)) for code, facts in source.remarks)
    yield from unread(read.bad_rows, read.examples, words)
    gap = (read.latest[-1] - read.latest[0]).days if read.latest else 0
    if gap > GAP_DAYS and read.log.options.orders.last_day is None:
        yield caution("as-of-gap", words, last=read.latest[-1], days=gap, before=read.latest[0])
    known = {normal(each.name) for each in read.names}
    unused = [name for pair in read.log.options.map if normal(name := pair.rpartition("=")[0]) not in known]
    if unused:
        yield caution("map-unused", words, names=words.series(printable(name.strip()) for name in unused))
