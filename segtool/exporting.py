"""`segtool.export`: customers in, the files that a campaign tool takes as they are out."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool import __version__
from segtool.campaigns import cautions
from segtool.campaigns.asked import asked_for
from segtool.campaigns.columns import filled_by, unhashed
from segtool.campaigns.holdout import share_of
from segtool.campaigns.judging import Judged, judged
from segtool.campaigns.reading import Ask, Read, as_of_in, read_people, slices
from segtool.campaigns.selection import counts_of, skipped_table
from segtool.campaigns.shaping import Shaped, shape, unusable
from segtool.campaigns.suppress import Suppression, read_suppression
from segtool.campaigns.target import PhoneStyle, Target
from segtool.campaigns.targets import read_target
from segtool.campaigns.writing import Part, write
from segtool.errors import UsageError
from segtool.orders.where import stated
from segtool.output.export_files import Audience, ExportPaths, export_files, remove_earlier, write_beside
from segtool.output.files import Files
from segtool.profiles.groups import built_in_titles
from segtool.reading import check_calendar, check_threads, day_of
from segtool.rules.columns import Spelled
from segtool.segmenting import named_columns
from segtool.summary.export import SCHEMA_VERSION, ExportFile, ExportSummary, Holdout, Role
from segtool.tables.arrays import Ints, as_column, as_texts, valid
from segtool.tables.dates.spelling import Calendar
from segtool.tables.numbers.text import DecimalMark
from segtool.tables.places import STDIN, sha256_of
from segtool.tables.source import Layout
from segtool.tables.text import NO_GROUP, labels
from segtool.words import Language, Words, words_in
from segtool.workers import in_order


@dataclass(frozen=True, repr=False)
class Exported:
    """An export: what is said of it, who is skipped, and the files that `write` makes.

    The `summary` names no files before they are written. `reached` are the customers of whom contact data leave as they
    can be read.
    """

    summary: ExportSummary
    reached: int
    _run: "_Run"

    @property
    def target(self) -> Target:
        """The tool, and which file it takes."""
        return self._run.target

    def __repr__(self) -> str:
        found = self.summary
        return f"<{found.written:,} of {found.customers:,} customers for {found.target}>"

    @cached_property
    def skipped(self) -> pa.Table:
        """Who was asked for and is skipped, a row each by id: the reason, and the column and cell that it is for."""
        return skipped_table(self._run.read.ids, self._run.judged.skipped)

    @cached_property
    def treated(self) -> pa.Table:
        """The ids of those who are written."""
        return self._run.ids_of(self._run.judged.chosen.written)

    @cached_property
    def control(self) -> pa.Table:
        """The ids of those who are held out."""
        return self._run.ids_of(self._run.judged.chosen.held)

    def write(self, path: str | os.PathLike[str]) -> ExportSummary:
        """Write the audience, in parts where the tool limits a file, and what lies beside it; return what is said then.

        Beside `vip.csv` are vip.manifest.json, vip.skipped.csv and, with a control group, vip.control.csv and
        vip.treated.csv. There are all of these or, after an error, those that were there before.
        """
        paths = ExportPaths(Path(path))
        with export_files(paths, self.target.suffix, inputs=self._run.inputs) as files:
            return self.write_into(files, paths)

    def write_into(self, files: Files, paths: ExportPaths) -> ExportSummary:
        """Write all files of the export among others of a run; return what is said of it then."""
        audience = Audience(files, paths)
        parts = self.write_audience(audience.open_part)
        written = [
            ExportFile(path.name, "audience", part.rows, part.bytes, part.sha256)
            for path, part in zip(audience.names, parts, strict=True)
        ]
        tables: dict[Role, pa.Table] = {}
        if self.summary.holdout:
            tables = {"control": self.control, "treated": self.treated}
        for role, table in tables.items():
            path = paths.beside(f"{role}.csv")
            written.append(write_beside(table, files.add(path), path, role))
        written.append(write_beside(self.skipped, files[paths.skipped], paths.skipped, "skipped"))
        if finish := self.target.finish:
            for path in list(audience.names):
                done = path.with_suffix(finish)
                files.add(done)
                written.append(ExportFile(done.name, "finish", 0, 0, sha256(b"").hexdigest()))
        summary = replace(self.summary, files=tuple(written))
        remove_earlier(files, paths, [paths.audience.with_name(each.name) for each in written])
        files[paths.manifest].write(summary.to_json().encode())
        return summary

    def write_audience(self, open_part: Callable[[int], BinaryIO]) -> tuple[Part, ...]:
        """Write the audience into files that `open_part` opens by their number from 1."""
        return write(self.target, self._run.shaped(), open_part)


@dataclass(frozen=True)
class _Run:
    """What an export writes: the table, what became of each row, and how those are written that are."""

    target: Target
    read: Read
    judged: Judged
    country: str | None
    phone_style: PhoneStyle | None
    as_of: date | None
    inputs: tuple[str, ...]
    threads: int | None

    def shaped(self) -> Iterator[Shaped]:
        """Yield the rows that are written, as the target takes them, in slices."""
        return in_order(self._shaped, slices(self.judged.chosen.written), self.threads)

    def _shaped(self, rows: Ints) -> Shaped:
        return shape(
            self.target,
            self.read.plan.needed,
            self.read.needed(rows),
            country=self.country,
            as_of=self.as_of,
            phone_style=self.phone_style,
        )

    def ids_of(self, rows: Ints) -> pa.Table:
        """Return the ids of rows."""
        return pa.table({"customer_id": self.read.ids.take(as_column(rows))})


def export(
    table: Any,
    to: str,
    *,
    where: str | Iterable[str] | None = None,
    consent: str | None = None,
    suppress: Any = None,
    holdout: float | str | Fraction | None = None,
    seed: int = 0,
    customers: Any = None,
    customers_id: str | None = None,
    traits: str | Iterable[str] | None = None,
    tag_prefix: str | None = None,
    phone_style: PhoneStyle | None = None,
    column: str | Iterable[str] | Mapping[str, str] = (),
    country: str | None = None,
    as_of: date | str | None = None,
    decimal: DecimalMark | None = None,
    day_first: bool | None = None,
    date_format: str | None = None,
    calendar: Calendar | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    skip_rows: int | None = None,
    header: bool = True,
    sheet: str | None = None,
    lang: Language = "en",
    digits: Language = "en",
    threads: int | None = None,
) -> Exported:
    """Return which customers of a table a campaign tool gets, and who is skipped for what; `write` makes the files.

    `table` is a path, a DataFrame or an Arrow table with a row a customer and an id; `to` is the name of a target, or a
    file of one's own. Only rows that meet `where` are asked for, as 'segment in ("Champions", "At Risk")'. Of these are
    skipped: who does not say yes in the column `consent`, or has the id, address or number of a row that says no; who
    is on a list of `suppress`, by id, e-mail address, phone number or what SHA-256 makes of these, or has the address
    or number of one who is; who has no key that the tool can use; and who has the key of another, whose id stands first
    in byte order. Of the others a share is held out, as "10%", the same customers in each run with that `seed`.

    `customers` is a list whose columns join by id, for contacts and consent; a column of the table wins over one of the
    list that means the same, but a no counts in both. `column` tells which column a name means, as "email=Mail".
    National phone numbers are those of the country of their row, where the table tells it, else of `country`, as "DE".
    `traits` are the columns that go along instead of the usual ones.

    >>> people = pa.table({"customer_id": ["1", "2", "3"], "email": ["A@x.org ", "a at x", "a@x.org"]})
    >>> found = export(people, "mailchimp")
    >>> found.summary.written, found.summary.skipped
    (1, {'unusable key': 1, 'duplicate key': 1})

    Raises UsageError for a column or target that is not there, MissingRoleError for a table without an id, DataError
    for a customer with two rows and for a list that names nobody, MissingExtraError where phone numbers need a package.
    """
    words, spelled = words_in(lang, digits), Spelled(decimal, day_first, calendar, date_format)
    check_threads(threads)
    check_calendar("calendar", calendar)
    if customers_id is not None and customers is None:
        raise UsageError("--customers-id does nothing without --customers.")
    target, share = read_target(to), None if holdout is None else share_of(holdout)
    rules = stated([where] if isinstance(where, str) else where or ())
    layout = Layout(encoding, delimiter, skip_rows, header, sheet)
    if sum(name == STDIN for name in _files(table, customers, suppress)) > 1:
        raise UsageError("stdin holds one table; say - once.")
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        raise UsageError(f"--seed {seed!r} is no whole number of 0 or more.")
    unreached = [] if suppress is None else list(suppress) if isinstance(suppress, list | tuple) else [suppress]
    ask = Ask(target, rules, consent, _names(traits), tag_prefix, bool(unreached) or consent is not None)
    read = read_people(table, layout, named_columns(column), customers, customers_id, ask, threads)
    day = day_of(as_of, "as-of") or as_of_in(read.told, spelled, threads)
    asked = asked_for(read.own, rules, as_of=day, spelled=spelled, threads=threads)
    day = day or asked.as_of
    lists = _lists(unreached, read.id_header, country)
    limits = None if share is None else (share, seed)
    found = judged(read, ask, asked.rows, lists, holdout=limits, country=country, spelled=spelled, threads=threads)
    inputs = _files(table, customers, *unreached)
    run = _Run(target, read, found, country, phone_style, day, inputs, threads)
    needed, written = read.plan.needed, found.chosen.written
    kinds = unhashed(target, needed)
    reached, segments = _reached(read, kinds, written), _segments(read, written)
    summary = ExportSummary(
        schema_version=SCHEMA_VERSION,
        target=target.name,
        target_title=words.of(target.title),
        target_about=words.of(target.about),
        input=Path(read.told.name).name,
        input_sha256=sha256_of(Path(table)) if isinstance(table, str | os.PathLike) and os.path.isfile(table) else None,
        as_of=day,
        where=" and ".join(each.text if len(rules) == 1 else f"({each.text})" for each in rules) or None,
        customers=len(read.own),
        not_asked_for=int((~asked.rows).sum()),
        skipped=counts_of(found.skipped),
        holdout=None if share is None else Holdout(float(share), seed, len(found.chosen.held)),
        written=len(written),
        segments=segments,
        titles=_titles(read, segments, words),
        fields=filled_by(target, needed, read.own),
        traits=tuple(needed.traits),
        unhashed=kinds if reached else (),
        files=(),
        warnings=(),
        version=__version__,
    )
    notes = cautions.Notes(
        asked=asked,
        doubtful=found.doubtful,
        denied_elsewhere=found.denied_elsewhere,
        lists=tuple(zip(lists, found.listed, strict=True)),
        not_listed=read.not_listed,
        left_out={
            read.own.headers[needed.roles[role]]: (count, role == "phone" and country is None)
            for role, count in _left_out(read, written, target, country, threads).items()
        },
    )
    warnings = tuple(cautions.of_export(summary, target, notes, words))
    return Exported(replace(summary, warnings=warnings), reached, run)


def _names(names: str | Iterable[str] | None) -> list[str] | None:
    if names is None:
        return None
    return [name.strip() for each in ([names] if isinstance(names, str) else names) for name in each.split(",") if name]


def _lists(tables: Sequence[Any], id_header: str, country: str | None) -> list[Suppression]:
    return [each for table in tables for each in read_suppression(table, id_header=id_header, country=country)]


def _segments(read: Read, rows: Ints) -> dict[str, int]:
    """Return how many of each segment are written, the largest first."""
    if read.plan.segment_at is None:
        return {}
    counts: dict[str, int] = {}
    for own in slices(rows):
        column = labels(read.cells(read.plan.segment_at, own), as_texts([""]))
        for each in pc.value_counts(column).to_pylist():
            name = each["values"] if each["values"] is not None else NO_GROUP
            counts[name] = counts.get(name, 0) + each["counts"]
    return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))


def _titles(read: Read, names: Iterable[str], words: Words) -> dict[str, str]:
    """Return what segments are called where a built-in scheme has a title for them."""
    known, at = [name for name in names if name != NO_GROUP], read.plan.segment_at
    return {} if not known or at is None else built_in_titles(known, read.own.headers[at], words)


def _left_out(read: Read, rows: Ints, target: Target, country: str | None, threads: int | None) -> dict[str, int]:
    """Return role -> how many of the rows that are written have an address or number that is none the tool can use."""

    def of_slice(own: Ints) -> dict[str, int]:
        return unusable(target, read.plan.needed, read.needed(own), country=country)

    counts: dict[str, int] = {}
    for found in in_order(of_slice, slices(rows), threads):
        for role, count in found.items():
            counts[role] = counts.get(role, 0) + count
    return {role: count for role, count in counts.items() if count}


def _reached(read: Read, kinds: Iterable[str], rows: Ints) -> int:
    """Return of how many rows some of these kinds of contact data are filled."""
    needed = read.plan.needed
    places = {needed.roles.get(kind, needed.contacts.get(kind)) for kind in kinds}
    count = 0
    for own in slices(rows):
        filled = [valid(labels(read.cells(place, own))) for place in places if place is not None]
        count += int(np.logical_or.reduce(filled).sum()) if filled else 0
    return count


def _files(*inputs: Any) -> tuple[str, ...]:
    """Return the inputs that are files, which an output must not be."""
    every = [own for each in inputs for own in (each if isinstance(each, list | tuple) else [each])]
    return tuple(os.fspath(each) for each in every if isinstance(each, str | os.PathLike))
