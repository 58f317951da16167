"""Segmentations as frozen models, and a model as a later run uses it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from segtool.errors import ConfigError, UsageError
from segtool.reading import OrderOptions
from segtool.scoring.drift import drift, reading
from segtool.scoring.model import KEPT, FrozenScores, Model, Population, parse_model
from segtool.scoring.options import LEAST_GROUP, ScoreOptions, listed
from segtool.segments.schemes import Scheme, is_file, proven, read
from segtool.summary.census import AxisCensus, Census
from segtool.summary.facts import Drift
from segtool.tables.numbers import money

_KEPT = {
    "refunds": "net",
    "orders_by": None,
    "unit": None,
    "currency": None,
    "drop_duplicates": None,
    "keep_status": None,
    "drop_status": None,
    "where": None,
    "by": None,
    "axes": "RFM",
    "bins": None,
    "ties": "low",
    "nested": None,
    "length_cuts": None,
    "recency_cuts": None,
    "frequency_cuts": None,
    "monetary_cuts": None,
    "monetary": None,
    "min_group": str(LEAST_GROUP),
}
"""Option -> its default, of those that decide what is counted of a customer and how that is scored."""

_LISTS = ("bins", "length_cuts", "recency_cuts", "frequency_cuts", "monetary_cuts")
"""Those in whose text commas part numbers; elsewhere, as in a status, they are of the text."""

Options = TypeVar("Options", OrderOptions, ScoreOptions)


def freeze(census: Census, orders: OrderOptions, scoring: ScoreOptions, *, version: str) -> Model:
    """Return the model of scored customers. Raises UsageError where customers are spread, which no cuts can say."""
    if scoring.ties == "spread":
        raise UsageError("--ties spread cannot be saved as a model: equal customers have different scores.")
    return Model(
        version=version,
        as_of=census.as_of,
        options=_kept(orders) | _kept(scoring),
        schemes=tuple((each.scheme.name, each.scheme.text) for each in census.schemes),
        scores=tuple(map(_frozen, census.scores)),
        groups=census.groups.names if census.groups else None,
        pooled=census.groups.pooled if census.groups else (),
        population=Population(census.customers, census.orders, money(census.units)),
    )


@dataclass(frozen=True)
class Frozen:
    """A model in a file, as a run uses it."""

    file: str
    model: Model

    def agreed(self, options: Options) -> Options:
        """Return options as the model was made with. Raises ConfigError for one that says something else."""
        said, kept = _kept(options), self.model.options
        for name, wanted in said.items():
            if name == "bins" and self._has_bins(options):
                continue
            if wanted is not None and wanted != (kept.get(name) or _KEPT[name]):
                option = f"--{name.replace('_', '-')}"
                raise self._contradicted(_spoken(option, kept.get(name)), _spoken(option, wanted))
        return replace(options, **{name: kept[name] for name in said if kept.get(name) is not None})

    def _has_bins(self, options: OrderOptions | ScoreOptions) -> bool:
        """Return whether the bins that are asked for are those of the model, said there or not."""
        axes = self.model.scores[0].axes
        return isinstance(options, ScoreOptions) and all(axes[a].bins == bins for a, bins in options.bins_of.items())

    def schemes(self, names: Sequence[str]) -> list[Scheme]:
        """Return the schemes of the model. Raises ConfigError if others are asked for."""
        kept = [name for name, _ in self.model.schemes]
        said = [self._kept_name(name) for name in names]
        if said and said != (kept or ["none"]):
            raise self._contradicted(f"--scheme {', '.join(kept) or 'none'}", f"--scheme {', '.join(names)}")
        return [proven(text, name) for name, text in self.model.schemes]

    def _kept_name(self, name: str) -> str:
        """Return the name that the model keeps a scheme by. Raises ConfigError for a file that has changed since."""
        if not is_file(name):
            return name
        scheme = read(name)
        if dict(self.model.schemes).get(scheme.name, scheme.text) != scheme.text:
            raise ConfigError(
                f"{name} is not what it was when {self.file} was made: leave out --scheme, or make a new model."
            )
        return scheme.name

    def drift(self, census: Census) -> Drift:
        """Return how far the scores that stand in the table have moved from the population of the model."""
        before, now = self.model.scores[0].counts, _counts(census.axes)
        psi = drift({axis: before[axis] for axis in census.letters}, now)
        return Drift(
            model=self.file,
            as_of=self.model.as_of,
            age_days=(census.as_of - self.model.as_of).days if census.as_of and self.model.as_of else None,
            customers=self.model.population.customers,
            psi=psi,
            readings={axis: reading(each) for axis, each in psi.items()},
        )

    def _contradicted(self, kept: str, said: str) -> ConfigError:
        return ConfigError(
            f"{self.file} was made with {kept}, and this run says {said}: leave the option out, or make a new model."
        )


def read_model(file: str | Path) -> Frozen:
    """Return the model in a file. Raises MissingInputError if there is none, ConfigError for a damaged one."""
    return Frozen(str(file), parse_model(KEPT.read(file), str(file)))


def _kept(options: OrderOptions | ScoreOptions) -> dict[str, Any]:
    """Return the options that a model keeps, as plain values; None where nothing is said."""
    said = {name: getattr(options, name) for name in _KEPT if hasattr(options, name)}
    return {name: _plain(listed(value) if name in _LISTS and value else value) for name, value in said.items()}


def _plain(value: Any) -> Any:
    """Return a value as JSON keeps it: several as a list of texts, one as a text.

    >>> _plain((5, 3, 5)), _plain(["5"]), _plain(5), _plain("on hold, unpaid"), _plain(()), _plain(False)
    (['5', '3', '5'], '5', '5', 'on hold, unpaid', None, None)
    """
    if isinstance(value, bool) or value is None:
        return value or None
    texts = [str(each) for each in ([value] if isinstance(value, str | int) else value)]
    return texts if len(texts) > 1 else "".join(texts) or None


def _spoken(option: str, value: Any) -> str:
    if value is None:
        return f"no {option}"
    if value is True:
        return option
    return f"{option} {','.join(map(str, value)) if isinstance(value, list) else value}"


def _frozen(scores: Mapping[str, AxisCensus]) -> FrozenScores:
    cuts = {axis: each.cuts for axis, each in scores.items() if each.cuts is not None}
    return FrozenScores({axis: each.rule for axis, each in scores.items()}, cuts, _counts(scores))


def _counts(scores: Mapping[str, AxisCensus]) -> Mapping[str, tuple[int, ...]]:
    return {axis: tuple(each.customers.tolist()) for axis, each in scores.items()}
