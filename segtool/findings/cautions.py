"""What to know before the figures of a page are trusted."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from segtool.attributes import CustomerTable
from segtool.errors import printable
from segtool.findings.base import Base, contact_places
from segtool.findings.questions import Asked
from segtool.findings.told import as_money, day_in, fact_in
from segtool.profiles.attributes import CONTACT
from segtool.summary.facts import Caution, caution
from segtool.tables.numbers import money
from segtool.words import Words


def of_run(base: Base, about: Mapping[str, Any], words: Words) -> Iterator[Caution]:
    """Yield what the summary of the run does not tell, or tells of other customers than the rows."""
    if not about:
        yield caution("report-no-summary", words)
    elif told := _other_base(base, about):
        customers, revenue = told
        yield caution(
            "report-part",
            words,
            customers=words.count(base.buyers, "buyer"),
            revenue=words.amount(money(base.revenue)),
            told=words.count(customers, "buyer"),
            told_revenue=words.amount(as_money(revenue)),
        )
    if not base.scheme.ranked:
        yield caution("report-unranked", words)


def unasked(
    named: Mapping[str, str], asked: tuple[Asked, ...], beside: CustomerTable, words: Words
) -> Iterator[Caution]:
    """Yield the columns that are named for what no page tells."""
    for name, header in named.items():
        contact = name in CONTACT and any(beside.headers[at] == header for at in contact_places(beside))
        if not contact and all(each.name != name for each in asked):
            yield caution("unasked-column", words, name=printable(name), column=printable(header))


def _other_base(base: Base, about: Mapping[str, Any]) -> tuple[int, float] | None:
    """Return the customers and the revenue that a summary tells, None where they are those of the rows."""
    customers, revenue = fact_in(about, "customers", int), fact_in(about, "revenue", float)
    if not isinstance(customers, int) or not isinstance(revenue, int | float):
        return None
    without = about.get("without_purchase")
    listed = without.get("customers") if isinstance(without, Mapping) else None
    alike = customers == base.buyers and float(revenue) == float(money(base.revenue))
    if alike and (not isinstance(listed, int) or listed == len(base.labelled) - base.buyers):
        return None
    return customers, revenue


def of_other(
    file: str, other: Mapping[str, Any], customers: int | None, base: Base, as_of: date | None, words: Words
) -> Iterator[Caution]:
    """Yield in what a table beside is unlike that of the customers; `customers` are those of its last day."""
    named, scheme, day = other.get("scheme"), base.scheme.name, day_in(other)
    if named and scheme and named != scheme:
        yield caution("report-other-scheme", words, file=file, other=printable(str(named)), scheme=printable(scheme))
    if day and as_of and day != as_of:
        yield caution("report-other-date", words, file=file, other=day, day=as_of)
    elif customers is not None and customers not in (base.buyers, len(base.labelled)):
        told, own = (words.count(each, "customer") for each in (customers, base.buyers))
        yield caution("report-other-customers", words, file=file, told=told, customers=own)
