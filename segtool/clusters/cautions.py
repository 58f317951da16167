"""What to know before groups that the data found are trusted."""

from collections.abc import Iterator, Mapping

from segtool.clusters import choosing
from segtool.errors import printable
from segtool.summary.clusters import ClusterSummary
from segtool.summary.facts import Caution, caution
from segtool.words import Words

_LARGE, _SMALL = 0.9, 0.01
"""A group of more than the one share of the customers, or of less than the other, says little."""

_MUCH = 0.2
"""Where more than this share of customers is in no group, it is told."""


def cautions_of(found: ClusterSummary, unknown_levels: Mapping[str, int], words: Words) -> Iterator[Caution]:
    """Yield what to know before groups are trusted."""
    own = found.taken
    if own is not None and own.k > found.k:
        yield caution("cluster-fewer", words, k=own.k, found=found.k)
    if own is not None and not found.stands_out:
        facts = {
            "k": own.k,
            "silhouette": words.number(own.silhouette, 2),
            "without": words.number(own.silhouette_without_groups, 2),
        }
        if own.silhouette - own.silhouette_without_groups < choosing.APART:
            yield caution("cluster-none", words, **facts)
        else:
            stability = "" if own.stability is None else words.number(own.stability, 2)
            yield caution("cluster-unstable", words, k=own.k, stability=stability or "–")
    if found.method == "hdbscan" and not found.groups:
        yield caution("cluster-no-dense", words)
    fitted = found.groups if found.model is None else ()  # customers by a model may well be few, or all of one kind
    within = {words.named(each.name, each.title): each.customers / found.clustered for each in fitted}
    if (large := next((name for name, share in within.items() if share >= _LARGE), None)) is not None:
        yield caution("cluster-large", words, name=large, share=words.percent(within[large]))
    if small := [name for name, share in within.items() if share < _SMALL]:
        names = words.series(f"«{name}»" if words.lang == "fa" else f'"{name}"' for name in small)
        yield caution("cluster-small", words, names=names)
    if found.noise > _MUCH * found.customers:
        yield caution("cluster-noise", words, customers=words.count(found.noise, "customer"))
    if found.empty:
        parts = [
            f"{printable(words.term('column', name))} {words.number(count)}" for name, count in found.empty.items()
        ]
        customers = words.count(sum(found.empty.values()), "customer")
        yield caution("cluster-empty", words, customers=customers, columns=words.series(parts))
    if found.left_out:
        named = words.series(printable(words.term("column", name)) for name in found.left_out)
        yield caution("cluster-alike", words, columns=named)
    if found.model is not None and (found.model.age_days or 0) < 0:
        yield caution("cluster-earlier", words, file=printable(found.model.file), day=str(found.model.as_of))
    for name, count in unknown_levels.items():
        column = printable(words.term("column", name))
        yield caution("cluster-new-levels", words, column=column, customers=words.count(count, "customer"))
