"""Frozen models: cuts, schemes and options as a file, so that last month and this month mean the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from segtool.kept import Kept
from segtool.scoring.statement import AxisRule
from segtool.tables.arrays import Ints

KEPT = Kept("model", 1, "--save-model")


@dataclass(frozen=True)
class FrozenScores:
    """How one scheme scores: the rule and the cuts of each axis, and how many customers had each of its levels."""

    axes: Mapping[str, AxisRule]
    cuts: Mapping[str, Ints]
    counts: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class Population:
    """Whom a model was made of."""

    customers: int
    orders: int
    revenue: Decimal


@dataclass(frozen=True)
class Model:
    """What a run needs to score as another one did.

    `schemes` are names and their TOML; `scores` has one entry a scheme, or one where there is no scheme. `options` are
    those that decide what is counted and how it is scored. `groups` and `pooled` are the groups that are scored each
    among themselves and those that are scored together, None where all customers are one.
    """

    version: str
    as_of: date | None
    options: Mapping[str, Any]
    schemes: tuple[tuple[str, str], ...]
    scores: tuple[FrozenScores, ...]
    groups: tuple[str, ...] | None
    pooled: tuple[str, ...]
    population: Population

    def to_json(self) -> str:
        """Return the model as JSON text that ends with a hash of all the rest."""
        return KEPT.text(self._content(), version=self.version)

    def _content(self) -> dict[str, Any]:
        return {
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "options": dict(self.options),
            "schemes": [{"name": name, "toml": text} for name, text in self.schemes],
            "scores": [_scores_out(each) for each in self.scores],
            "groups": list(self.groups) if self.groups else None,
            "pooled": list(self.pooled),
            "population": {
                "customers": self.population.customers,
                "orders": self.population.orders,
                "revenue": str(self.population.revenue),
            },
        }


def parse_model(text: str, file: str) -> Model:
    """Return the model that `Model.to_json` wrote.

    Raises ConfigError for one that is damaged, or that a newer program made.
    """
    return KEPT.parsed(text, file, _model)


def _model(content: Mapping[str, Any]) -> Model:
    population, scores = content["population"], tuple(map(_scores_in, content["scores"]))
    if len(scores) != max(1, len(content["schemes"])):
        raise ValueError("the scores are not those of the schemes")
    return Model(
        version=content["version"],
        as_of=date.fromisoformat(content["as_of"]) if content["as_of"] else None,
        options=dict(content["options"]),
        schemes=tuple((each["name"], each["toml"]) for each in content["schemes"]),
        scores=scores,
        groups=tuple(content["groups"]) if content["groups"] else None,
        pooled=tuple(content["pooled"]),
        population=Population(population["customers"], population["orders"], Decimal(population["revenue"])),
    )


def _scores_out(scores: FrozenScores) -> dict[str, Any]:
    return {
        axis: {
            "figure": rule.figure,
            "kind": rule.kind,
            "values": [str(value) for value in rule.values],
            "lowest": rule.lowest,
            "cuts": [_cuts_out(row, rule) for row in scores.cuts[axis].tolist()],
            "customers": list(scores.counts[axis]),
        }
        for axis, rule in scores.axes.items()
    }


def _cuts_out(row: Sequence[int], rule: AxisRule) -> list[Any]:
    """Return cuts in raw units; money as text, so that no digit is lost."""
    return [str(Decimal(cut).scaleb(-4)) if rule.is_money else cut for cut in row]


def _scores_in(data: Mapping[str, Any]) -> FrozenScores:
    axes = {}
    for axis, each in data.items():
        number: type[Fraction | int] = Fraction if each["kind"] == "quantiles" else int
        values = tuple(number(value) for value in each["values"])
        axes[axis] = AxisRule(each["figure"], each["kind"], values, each["lowest"])
    return FrozenScores(
        axes=axes,
        cuts={axis: np.array([_cuts_in(row) for row in each["cuts"]], np.int64) for axis, each in data.items()},
        counts={axis: tuple(each["customers"]) for axis, each in data.items()},
    )


def _cuts_in(row: Sequence[Any]) -> list[int]:
    return [int(Decimal(cut).scaleb(4)) if isinstance(cut, str) else cut for cut in row]
