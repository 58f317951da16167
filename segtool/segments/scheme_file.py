"""A scheme's TOML: what it may say, and the scheme that it describes."""

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np

from segtool.rules.grid import Grid, Rule, keys_of, prove, rule, space_of, unknown
from segtool.scoring.statement import AXES, FIGURES, MOST_LEVELS, AxisRule, at_cuts, at_shares, in_bins
from segtool.segments.scheme import Scheme, Segment, grid_of
from segtool.segments.toml_keys import (
    OF_EVERY_SEGMENT,
    check_keys,
    described,
    listed_segments,
    one_of,
    segment_of,
    switch_of,
    text_of,
    texts_of,
)
from segtool.words import LANGUAGES, words_in

KEYS = (
    *("title", "about", "source", "compatible", "match", "default", "best_to_worst", "owner", "goal"),
    *("scoring", "segments"),
)
OF_A_SEGMENT = (*OF_EVERY_SEGMENT, "no_orders")
_OF_AN_AXIS = ("bins", "cuts", "figure", "lowest")

_MOST_CELLS = 10_000


def parse(text: str, name: str, place: str | None = None) -> Scheme:
    """Return the scheme that a TOML text describes, sound or not; `place` is what errors call it.

    Raises SchemeError that names the place, the segment and the condition.
    """
    return described(text, place or f"Scheme {name}", lambda data: _scheme(data, name, text))


def _scheme(data: Mapping[str, Any], name: str, text: str) -> Scheme:
    check_keys(data, KEYS)
    scoring = _scoring(data)
    grid = grid_of(scoring)
    default, compatible = text_of(data, "default"), switch_of(data, "compatible")
    listed, no_orders = _segments(data, grid, default)
    proof = prove([each.rule for each in listed], space_of(grid))
    unnamed = bool(proof.gaps) and default is None
    segments = _best_to_worst(data, listed, {default, no_orders})
    position = {each.name: i for i, each in enumerate(segments)}
    if compatible and unnamed:
        segments = (*segments, _nobody())
    elsewhere = position[default] if default is not None else len(segments) - 1 if compatible else -1
    places = np.array([*(position[each.name] for each in listed), elsewhere], np.int8)
    return Scheme(
        name=name,
        title=texts_of(data, "title") or {"en": name},
        about=texts_of(data, "about") or {"en": ""},
        source=texts_of(data, "source"),
        compatible=compatible,
        first_match=one_of(data, "match", ("first",)) == "first",
        scoring=scoring,
        segments=segments,
        segment_of=places[proof.first],
        default=None if default is None else position[default],
        no_orders=None if no_orders is None else position[no_orders],
        read_in=tuple(position[each.name] for each in listed if each.rule != Rule()),
        owner=text_of(data, "owner"),
        goal=text_of(data, "goal"),
        text=text,
    )


def _scoring(data: Mapping[str, Any]) -> dict[str, AxisRule]:
    stated = data.get("scoring")
    if not isinstance(stated, dict) or not stated:
        raise ValueError("[scoring] is missing: it names the axes, as r = { bins = 5 }")
    scoring = {}
    for axis, how in stated.items():
        if axis not in AXES:
            raise ValueError(f"[scoring]: {unknown(axis, tuple(AXES), 'axis')}")
        try:
            scoring[axis] = _axis(axis, how)
        except ValueError as error:
            raise ValueError(f"[scoring] {axis}: {error}") from None
    if prod(how.levels for how in scoring.values()) > _MOST_CELLS:
        raise ValueError(f"[scoring] has more than {_MOST_CELLS:,} cells; take fewer axes or bins")
    return scoring


def _axis(axis: str, how: Any) -> AxisRule:
    """Return how a table of `[scoring]` scores an axis. Raises ValueError in words that follow a place."""
    if not isinstance(how, dict):
        raise ValueError("write { bins = 5 }, { cuts = [30, 90] }, { cuts = ['50%', '90%'] } or { cuts = 'mean' }")
    check_keys(how, _OF_AN_AXIS)
    figure = one_of(how, "figure", tuple(FIGURES)) or AXES[axis]
    lowest, bins, cuts = how.get("lowest", 1), how.get("bins"), how.get("cuts")
    if type(lowest) is not int or lowest not in (0, 1):
        raise ValueError("lowest is 0 or 1")
    if (bins is None) == (cuts is None):
        raise ValueError("say one of bins and cuts")
    if bins is not None:
        if type(bins) is not int or not 2 <= bins <= MOST_LEVELS:
            raise ValueError(f"bins is 2 to {MOST_LEVELS}")
        return in_bins(figure, bins, lowest)
    if cuts == "mean":
        return AxisRule(figure, "mean", lowest=lowest)
    if not isinstance(cuts, list):
        raise ValueError("cuts is a list, as [30, 90] or ['50%', '90%'], or 'mean'")
    shares = [isinstance(cut, str) and cut.strip().endswith("%") for cut in cuts]
    if any(shares) and not all(shares):
        raise ValueError("cuts are all raw values or all shares of the customers")
    return (at_shares if any(shares) else at_cuts)(figure, cuts, lowest)


def _segments(data: Mapping[str, Any], grid: Grid, default: str | None) -> tuple[list[Segment], str | None]:
    """Return the segments in the order of the file, and the name of that for customers without an order."""
    segments, without = [], None
    for name, table in listed_segments(data):
        try:
            segment = _segment(table, grid)
            no_orders = switch_of(table, "no_orders")
            if no_orders and (without or segment.rule != Rule() or name == default):
                raise ValueError("one segment can have no_orders, it has no conditions and is not the default")
            if not no_orders and name != default and segment.rule == Rule():
                raise ValueError(f"it has no conditions; say what its customers score, in {', '.join(keys_of(grid))}")
        except ValueError as error:
            raise ValueError(f"segment {name}: {error}") from None
        without = name if no_orders else without
        segments.append(segment)
    if default is not None and default not in [segment.name for segment in segments]:
        segments.append(_segment({"name": default}, grid))
    return segments, without


def _segment(table: Mapping[str, Any], grid: Grid) -> Segment:
    conditions = {key: value for key, value in table.items() if key not in OF_A_SEGMENT}
    unscored = next((key for key in conditions if key in (*AXES, "fm") and key not in keys_of(grid)), None)
    if unscored:
        raise ValueError(f"{unscored!r} looks at what is not scored; [scoring] has {', '.join(grid)}")
    check_keys(table, (*OF_A_SEGMENT, *keys_of(grid)))
    return segment_of(table, rule(conditions, grid))


def _best_to_worst(data: Mapping[str, Any], listed: list[Segment], last: set[str | None]) -> tuple[Segment, ...]:
    """Return the segments from best to worst: as the file lists them or says, those of `last` at the end if unsaid."""
    names = data.get("best_to_worst")
    by_name = {segment.name: segment for segment in listed}
    if names is None:
        return tuple(listed)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("best_to_worst is a list of the segments' names")
    for name in names:
        if name not in by_name:
            raise ValueError(f"best_to_worst: {unknown(name, tuple(by_name), 'segment')}")
    rest = [name for name in by_name if name not in names]
    if len(set(names)) < len(names) or not last.issuperset(rest):
        raise ValueError("best_to_worst names each segment once")
    return tuple(by_name[name] for name in [*names, *rest])


def _nobody() -> Segment:
    """Return what stands for customers that a compatible scheme leaves out."""
    title = {lang: words_in(lang)("scheme.nobody") for lang in LANGUAGES}
    return Segment("(none)", title, {"en": ""}, "neutral", None, None, None, Rule())
