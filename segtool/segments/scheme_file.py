"""A scheme's TOML: what it may say, and the scheme that it describes."""

import tomllib
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, get_args

import numpy as np

from segtool.errors import SchemeError
from segtool.rules import Grid, Rule, keys_of, prove, rule, space_of, unknown
from segtool.scoring.statement import AXES, FIGURES, MOST_LEVELS, AxisRule, at_cuts, at_shares, in_bins
from segtool.segments.scheme import Health, Scheme, Segment, Texts, grid_of
from segtool.words import LANGUAGES, words_in

KEYS = (
    *("title", "about", "source", "compatible", "match", "default", "best_to_worst", "owner", "goal"),
    *("scoring", "segments"),
)
OF_A_SEGMENT = ("name", "title", "advice", "health", "urgency", "owner", "goal", "no_orders")
_OF_AN_AXIS = ("bins", "cuts", "figure", "lowest")

_MOST_CELLS, _MOST_SEGMENTS = 10_000, 100


def parse(text: str, name: str, place: str | None = None) -> Scheme:
    """Return the scheme that a TOML text describes, sound or not; `place` is what errors call it.

    Raises SchemeError that names the place, the segment and the condition.
    """
    place = place or f"Scheme {name}"
    try:
        return _scheme(tomllib.loads(text), name, text)
    except tomllib.TOMLDecodeError as error:
        raise SchemeError(f"{place} is no TOML: {error}.") from error
    except ValueError as error:
        raise SchemeError(f"{place}: {error}.") from error
    except RecursionError:
        raise SchemeError(f"{place} has lists or tables too deep in one another: write them side by side.") from None


def _scheme(data: Mapping[str, Any], name: str, text: str) -> Scheme:
    _check_keys(data, KEYS)
    scoring = _scoring(data)
    grid = grid_of(scoring)
    default, compatible = _text(data, "default"), _switch(data, "compatible")
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
        title=_texts(data, "title") or {"en": name},
        about=_texts(data, "about") or {"en": ""},
        source=_texts(data, "source"),
        compatible=compatible,
        first_match=_one_of(data, "match", ("first",)) == "first",
        scoring=scoring,
        segments=segments,
        segment_of=places[proof.first],
        default=None if default is None else position[default],
        no_orders=None if no_orders is None else position[no_orders],
        read_in=tuple(position[each.name] for each in listed if each.rule != Rule()),
        owner=_text(data, "owner"),
        goal=_text(data, "goal"),
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
    _check_keys(how, _OF_AN_AXIS)
    figure = _one_of(how, "figure", tuple(FIGURES)) or AXES[axis]
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
    tables = data.get("segments")
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise ValueError("[[segments]] is missing: one table a segment, with its name and conditions")
    segments, without = [], None
    for number, table in enumerate(tables, 1):
        name = table.get("name")
        if not isinstance(name, str) or not name.strip():
            raise ValueError(f"segment {number} has no name")
        try:
            segment = _segment(table, grid)
            no_orders = _switch(table, "no_orders")
            if no_orders and (without or segment.rule != Rule() or name == default):
                raise ValueError("one segment can have no_orders, it has no conditions and is not the default")
            if not no_orders and name != default and segment.rule == Rule():
                raise ValueError(f"it has no conditions; say what its customers score, in {', '.join(keys_of(grid))}")
        except ValueError as error:
            raise ValueError(f"segment {name}: {error}") from None
        without = name if no_orders else without
        segments.append(segment)
    names = [segment.name for segment in segments]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"segment {twice} stands twice; any = [{{ … }}, {{ … }}] gives one segment several rules")
    if default is not None and default not in names:
        segments.append(_segment({"name": default}, grid))
    if len(segments) > _MOST_SEGMENTS:
        raise ValueError(f"there are more than {_MOST_SEGMENTS} segments")
    return segments, without


def _segment(table: Mapping[str, Any], grid: Grid) -> Segment:
    conditions = {key: value for key, value in table.items() if key not in OF_A_SEGMENT}
    unscored = next((key for key in conditions if key in (*AXES, "fm") and key not in keys_of(grid)), None)
    if unscored:
        raise ValueError(f"{unscored!r} looks at what is not scored; [scoring] has {', '.join(grid)}")
    _check_keys(table, (*OF_A_SEGMENT, *keys_of(grid)))
    urgency = table.get("urgency")
    if urgency is not None and (type(urgency) is not int or urgency < 1):
        raise ValueError("urgency is a whole number from 1, whom to call first")
    return Segment(
        name=table["name"],
        title=_texts(table, "title") or {"en": table["name"]},
        advice=_texts(table, "advice") or {"en": ""},
        health=_one_of(table, "health", get_args(Health)) or "neutral",
        urgency=urgency,
        owner=_text(table, "owner"),
        goal=_text(table, "goal"),
        rule=rule(conditions, grid),
    )


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


def _check_keys(table: Mapping[str, Any], known: Sequence[str]) -> None:
    for key in table:
        if key not in known:
            raise ValueError(unknown(key, known))


def _text(table: Mapping[str, Any], key: str) -> str | None:
    value = table.get(key)
    if value is not None and (not isinstance(value, str) or not value.strip()):
        raise ValueError(f"{key} is a text")
    return value


def _texts(table: Mapping[str, Any], key: str) -> Texts | None:
    """Return the texts of a key by language; a plain text is English."""
    value = table.get(key)
    texts = {"en": value} if isinstance(value, str) else value
    if texts is None:
        return None
    if not isinstance(texts, dict) or "en" not in texts or not all(isinstance(text, str) for text in texts.values()):
        raise ValueError(f'{key} is a text, or texts by language, as {{ en = "…", fa = "…" }}')
    _check_keys(texts, LANGUAGES)
    return texts


def _switch(table: Mapping[str, Any], key: str) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise ValueError(f"{key} is true or false")
    return value


def _one_of(table: Mapping[str, Any], key: str, known: Sequence[str]) -> Any:
    value = table.get(key)
    if value is not None and value not in known:
        may_be = f"none of {', '.join(known)}" if len(known) > 1 else f"not {known[0]!r}, which is all that it can be"
        raise ValueError(f"{key} = {value!r} is {may_be}")
    return value
