"""A clustering as a file: what a later run needs to find the group of any customer, without scikit-learn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import Any

import numpy as np

from segtool.clusters.features import CategoryFeature, Feature, NumberFeature, Values, points_of
from segtool.clusters.fitting import Centres, Found, Mixture
from segtool.kept import Kept
from segtool.summary.facts import with_types, without_types
from segtool.tables.arrays import Ints
from segtool.words import LANGUAGES

KEPT = Kept("clustering", 1, "--save-model")

_BLOCK = 100_000


@dataclass(frozen=True, eq=False)
class ClusterModel:
    """Groups as they were found: how each column is measured, where the groups are, and what they are called.

    `names` has for each group, from the first, language -> name. `fitted` customers had a group, of whom the groups
    were learned as of `as_of`, in `currency` where one was said.
    """

    version: str
    method: str
    seed: int
    fitted: int
    as_of: date | None
    currency: str | None
    features: tuple[Feature, ...]
    found: Found
    names: tuple[Mapping[str, str], ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(each.column for each in self.features)

    def labels(self, values: Sequence[Values]) -> Ints:
        """Return the group of each row, numbered from 0, by what each feature is measured of, block by block.

        >>> age = NumberFeature("age", None, 20.0, 60.0, 40.0, 10.0)  # from 20 to 60 held, in tens from 40
        >>> ages = ClusterModel("1", "kmeans", 0, 9, None, None, (age,), Centres(np.array([[1.5], [-1.5]])), ())
        >>> ages.labels([np.array([99.0, 30.0, 41.0])]).tolist()
        [0, 1, 0]
        """
        rows = len(values[0])
        blocks = [slice(at, at + _BLOCK) for at in range(0, rows, _BLOCK)]
        return np.concatenate(
            [
                np.zeros(0, np.int64),
                *(self.found.labels(points_of(self.features, [each[block] for each in values])) for block in blocks),
            ]
        )

    def to_json(self) -> str:
        """Return the text of the file."""
        mixed = isinstance(self.found, Mixture)
        arrays = ("weights", "means", "factors") if mixed else ("centres",)
        content = {
            "method": self.method,
            "seed": self.seed,
            "fitted": self.fitted,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "currency": self.currency,
            "numbers": [without_types(each) for each in self.features if isinstance(each, NumberFeature)],
            "categories": [without_types(each) for each in self.features if isinstance(each, CategoryFeature)],
            "columns": list(self.columns),
            "groups": {name: getattr(self.found, name).tolist() for name in arrays},
            "names": [dict(each) for each in self.names],
        }
        return KEPT.text(content, version=self.version)


def parse_model(text: str, file: str) -> ClusterModel:
    """Return the clustering in a text. Raises ConfigError for one that is damaged or that a newer program made."""
    return KEPT.parsed(text, file, _model)


def _model(content: dict[str, Any]) -> ClusterModel:
    numbers: tuple[NumberFeature, ...] = with_types(tuple[NumberFeature, ...], content["numbers"])
    categories: tuple[CategoryFeature, ...] = with_types(tuple[CategoryFeature, ...], content["categories"])
    by_column: dict[str, Feature] = {each.column: each for each in numbers}
    by_column |= {each.column: each for each in categories}
    groups = {name: np.array(own, np.float64) for name, own in content["groups"].items()}
    found: Found = Mixture(**groups) if "weights" in groups else Centres(**groups)
    model = ClusterModel(
        version=str(content["version"]),
        method=str(content["method"]),
        seed=int(content["seed"]),
        fitted=int(content["fitted"]),
        as_of=date.fromisoformat(content["as_of"]) if content["as_of"] else None,
        currency=str(content["currency"]) if content["currency"] else None,
        features=tuple(by_column[name] for name in content["columns"]),
        found=found,
        names=tuple({lang: str(each[lang]) for lang in LANGUAGES} for each in content["names"]),
    )
    _refuse_nonsense(model)
    return model


def _refuse_nonsense(model: ClusterModel) -> None:
    """Raise ValueError for features and groups that no run finds."""
    if model.seed < 0 or len({*model.columns}) < len(model.columns):
        raise ValueError("a seed or a column is none")
    width = sum(each.width for each in model.features)
    middles = model.found.centres if isinstance(model.found, Centres) else model.found.means
    arrays = [middles] if isinstance(model.found, Centres) else [middles, model.found.weights, model.found.factors]
    if middles.shape != (len(model.names), width) or not all(np.isfinite(each).all() for each in arrays):
        raise ValueError("the groups are not those of the features")
    if isinstance(model.found, Mixture):
        own = model.found
        diagonals = np.diagonal(own.factors, axis1=1, axis2=2)
        shapes = own.factors.shape == (len(middles), width, width) and own.weights.shape == (len(middles),)
        if not shapes or (own.weights <= 0).any() or (diagonals <= 0).any():
            raise ValueError("the groups are no mixture")
    for each in model.features:
        spreads = [each.spread]
        spreads += (
            [each.low, each.high, each.mean, each.unit or 1.0] if isinstance(each, NumberFeature) else each.shares
        )
        if not all(map(isfinite, spreads)) or each.spread <= 0:
            raise ValueError("a feature has no spread")
        if isinstance(each, NumberFeature) and ((each.unit is not None and each.unit <= 0) or each.low > each.high):
            raise ValueError("a feature has no scale")
        if isinstance(each, CategoryFeature) and len(each.levels) != len(each.shares):
            raise ValueError("a level has no share")
