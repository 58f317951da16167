"""The cells of lines that could not be read, as messages show them."""

from collections.abc import Mapping, Sequence

from segtool.databases import Database
from segtool.engines import BadRow, Example, Plan
from segtool.engines.lines import BAD_ROWS
from segtool.engines.sql.cells import key
from segtool.engines.sql.lines import Told
from segtool.engines.sql.lookups import as_stored
from segtool.orders import set_aside
from segtool.orders.set_aside import Tally
from segtool.tables.arrays import one_array
from segtool.tables.source import NOWHERE
from segtool.tables.text import as_text


def unreadable(
    database: Database, told: Sequence[Told], lines: Sequence[str], plan: Plan, tallies: Mapping[int, Tally]
) -> tuple[list[BadRow], dict[str, Example]]:
    """Return the least cells that could not be read, each once, and one example a reason."""
    bad: list[BadRow] = []
    examples: dict[str, Example] = {}
    for position, rule in enumerate(plan.rules):
        if not isinstance(rule.predicate, set_aside.Unreadable) or position not in tallies:
            continue
        for each, sql in zip(told, lines, strict=True):
            header, texts = _texts(database, each, sql, rule.predicate.role, position)
            bad += [BadRow(each.scan.number, NOWHERE, rule.reason, header, text) for text in texts]
            found = [Example(not text, text, header) for text in texts]
            examples |= {rule.reason: min([*found, *filter(None, [examples.get(rule.reason)])])} if found else {}
    return bad, examples


def _texts(database: Database, told: Told, lines: str, role: str, position: int) -> tuple[str, list[str]]:
    """Return the header and the least texts of the cells of a role in lines with a verdict; empty ones last."""
    scan, dialect = told.scan, database.dialect
    roles = [role] if role in scan.roles else ["quantity", "unit_price"]
    places = [scan.roles[each] for each in roles]
    header = " × ".join(scan.table.source.columns[at] for at in places)
    kinds = [scan.columns[at] for at in places]
    asked = []
    for i, (at, kind) in enumerate(zip(places, kinds, strict=True)):
        asked += [f"{scan.fetched(database, at)} AS a{i}", f"COALESCE({key(dialect, f'r{at}', kind)}, '') AS t{i}"]
    names = [f"{letter}{i}" for i in range(len(places)) for letter in "at"]
    whole = " || ' × ' || ".join(dialect.text(f"t{i}") for i in range(len(places)))
    rows = f"SELECT {', '.join(asked)} FROM ({lines}) AS lines WHERE v = {position}"
    found = database.fetch(
        f"SELECT {', '.join(names)} FROM ({rows}) AS bad "
        f"GROUP BY {', '.join(names)} ORDER BY CASE WHEN {whole} = '' THEN 1 ELSE 0 END, {whole} LIMIT {BAD_ROWS}"
    )
    cells = [as_text(as_stored(one_array(found.column(f"a{i}")), kind)).to_pylist() for i, kind in enumerate(kinds)]
    return header, sorted({" × ".join(cell or "" for cell in row) for row in zip(*cells, strict=True)})
