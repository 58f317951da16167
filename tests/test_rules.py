"""The conditions of schemes, and the prover against one in plain Python that looks at every cell."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segtool.errors import SchemeError
from segtool.rules.grid import Axis, Condition, Rule, prove, rule, space_of
from segtool.segments.check import Report, check
from segtool.segments.scheme import Scheme
from segtool.segments.scheme_file import parse
from segtool.segments.schemes import refuse_unsound


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        (3, {3}),
        ("3", {3}),
        ("۳", {3}),
        ("2..4", {2, 3, 4}),
        ("..2", {1, 2}),
        ("..2.5", {1, 2}),
        ("4..", {4, 5}),
        (" >= 4", {4, 5}),
        ("1 .. 3", {1, 2, 3}),
        ("<=1", {1}),
        (">4", {5}),
        ("<2", {1}),
        ("1, 3..4", {1, 3, 4}),
        ([1, "4.."], {1, 4, 5}),
        ([2, 2, "2"], {2}),
    ],
)
def test_conditions_allow_digits(condition: object, allowed: set[int]) -> None:
    axes = {"r": Axis(5)}
    masks = prove([rule({"r": condition}, axes)], space_of(axes)).masks
    assert {digit for digit, held in enumerate(masks[0].tolist(), 1) if held} == allowed


def test_a_rule_keeps_its_conditions_in_the_digits_of_the_scheme() -> None:
    axes = {"r": Axis(4, lowest=0), "f": Axis(4), "m": Axis(2, at_mean=True)}
    assert rule({"r": "0, 2..", "fm": "2..", "m": ">=mean", "code": "011, 122"}, axes) == Rule(
        (Condition("r", ((0, 0), (2, 3))), Condition("fm", ((2, 3),)), Condition("m", ((2, 2),), mean="from")),
        codes=((0, 1, 1), (1, 2, 2)),
    )


def test_the_largest_grid_is_proven_cell_by_cell() -> None:
    axes = {axis: Axis(10) for axis in "lrfm"}
    proof = prove([rule({"l": "2..9", "sum": f"{i}.."}, axes) for i in range(4, 24)], space_of(axes))
    assert proof.masks.shape == (20, 10, 10, 10, 10)
    assert proof.gaps == tuple(cell for cell in product(range(1, 11), repeat=4) if cell[0] in (1, 10))
    assert proof.masks.sum(axis=(1, 2, 3, 4)).tolist()[:3] == [8000, 8000, 7999]  # of sums, the smallest is 2+1+1+1


Cell = dict[str, float]


@dataclass
class Drawn:
    """A condition or rule as TOML, and whether it holds for a cell."""

    toml: str
    holds: Callable[[Cell], bool] = field(repr=False)


def number(value: float) -> str:
    return f"{value:g}"


@st.composite
def conditions(draw: st.DrawFn, key: str, digits: list[float]) -> Drawn:
    low, high = sorted([draw(st.sampled_from(digits)), draw(st.sampled_from(digits))])
    one = draw(st.sampled_from(digits))
    ways = [
        Drawn(number(low), lambda cell: cell[key] == low),
        Drawn(f"{low:g}..{high:g}", lambda cell: low <= cell[key] <= high),
        Drawn(f"..{high:g}", lambda cell: cell[key] <= high),
        Drawn(f"{low:g}..", lambda cell: cell[key] >= low),
        Drawn(f">={low:g}", lambda cell: cell[key] >= low),
        Drawn(f"<={low:g}", lambda cell: cell[key] <= low),
        Drawn(f"{one:g}, {low:g} .. {high:g}", lambda cell: cell[key] == one or low <= cell[key] <= high),
    ]
    if low > digits[0]:
        ways.append(Drawn(f"<{low:g}", lambda cell: cell[key] < low))
        ways.append(Drawn(f">{low - 0.25:g}", lambda cell: cell[key] > low - 0.25))
    way = draw(st.sampled_from(ways))
    return Drawn(f'{key} = "{way.toml}"', way.holds)


@st.composite
def rules(draw: st.DrawFn, axes: dict[str, list[int]], keys: list[str], depth: int = 1) -> Drawn:
    parts = []
    for key in draw(st.lists(st.sampled_from(keys), unique=True, min_size=1, max_size=3)):
        if key == "code":
            cells = st.tuples(*(st.sampled_from(digits) for digits in axes.values()))
            codes = draw(st.lists(cells, min_size=1, max_size=4))
            texts = [f'"{"".join(map(str, code))}"' for code in codes]
            held = {tuple(code) for code in codes}
            parts.append(Drawn(f"code = [{', '.join(texts)}]", lambda c, held=held: tuple(c[a] for a in axes) in held))
        elif key == "any":
            own = draw(st.lists(rules(axes, [k for k in keys if k != "any"], depth - 1), min_size=1, max_size=2))
            inner = ", ".join("{ " + each.toml.replace("\n", ", ") + " }" for each in own)
            parts.append(Drawn(f"any = [{inner}]", lambda c, own=own: any(each.holds(c) for each in own)))
        else:
            parts.append(draw(conditions(key, digits_of(key, axes))))
    return Drawn("\n".join(part.toml for part in parts), lambda cell: all(part.holds(cell) for part in parts))


def digits_of(key: str, axes: dict[str, list[int]]) -> list[float]:
    return sorted({derived(dict(zip(axes, cell, strict=True)))[key] for cell in product(*axes.values())})


def derived(cell: dict[str, int]) -> Cell:
    """Return a cell with what can be asked of it besides its axes."""
    half = {"fm": (cell["f"] + cell["m"]) / 2} if {"f", "m"} <= cell.keys() else {}
    return {**cell, **half, "sum": sum(cell.values())}


@dataclass
class Sketch:
    """A drawn scheme: its TOML, and what it says, as plain Python."""

    text: str
    axes: dict[str, list[int]]
    rules: list[Drawn]
    first: bool
    default: bool
    order: list[str]


@st.composite
def sketches(draw: st.DrawFn) -> Sketch:
    chosen = draw(st.lists(st.sampled_from("lrfm"), unique=True, min_size=1, max_size=3))
    axes = {}
    scoring = ""
    for axis in chosen:
        lowest, levels = draw(st.integers(0, 1)), draw(st.integers(2, 4))
        axes[axis] = list(range(lowest, lowest + levels))
        scoring += f"{axis} = {{ bins = {levels}, lowest = {lowest} }}\n"
    pool = [*axes, "sum", *(["fm"] if {"f", "m"} <= axes.keys() else []), "code", "any"]
    keys = draw(st.lists(st.sampled_from(pool), unique=True, min_size=1).filter(lambda keys: keys != ["any"]))
    own = draw(st.lists(rules(axes, keys), min_size=1, max_size=5))
    first, default = draw(st.booleans()), draw(st.booleans())
    names = [f"S{i}" for i in range(len(own))] + (["Rest"] if default else [])
    order = draw(st.permutations(names))
    top = 'match = "first"\n' if first else ""
    top += 'default = "Rest"\n' if default else ""
    top += f"best_to_worst = {list(order)!r}\n"
    tables = "".join(f'[[segments]]\nname = "S{i}"\n{each.toml}\n' for i, each in enumerate(own))
    return Sketch(f"{top}[scoring]\n{scoring}{tables}", axes, own, first, default, list(order))


def seen(report: Report, cell: dict[str, int]) -> tuple[float, ...]:
    return tuple(derived(cell)[dimension] for dimension in report.space)


@given(sketches())
def test_the_prover_agrees_with_brute_force(sketch: Sketch) -> None:
    scheme = parse(sketch.text, "drawn")
    report = check(scheme)
    cells = [dict(zip(sketch.axes, cell, strict=True)) for cell in product(*sketch.axes.values())]
    owners = [[f"S{i}" for i, each in enumerate(sketch.rules) if each.holds(derived(cell))] for cell in cells]
    firsts = [own[0] if own else "Rest" if sketch.default else None for own in owners]
    empty = {seen(report, cell) for cell, own in zip(cells, owners, strict=True) if not own}
    assert [named(scheme, cell) for cell in cells] == firsts
    assert report.cells == len({seen(report, cell) for cell in cells})
    assert set(report.gaps) == (set() if sketch.default else empty)
    assert set(report.default_cells) == (empty if sketch.default else set())
    assert dict(report.overlaps) == {
        seen(report, cell): tuple(own) for cell, own in zip(cells, owners, strict=True) if len(own) > 1
    }
    assert set(report.unreachable) == set(sketch.order) - set(firsts)
    assert report.is_sound == (
        None not in firsts
        and set(sketch.order) == set(firsts)
        and (sketch.first or all(len(own) < 2 for own in owners))
    )
    steps = worse_steps(report, cells, firsts, sketch.order)
    assert {(step.cell, step.segment, step.better_cell, step.worse_segment) for step in report.not_monotone} == steps
    assert (report.better_order == tuple(sketch.order)) == (not steps)
    if report.better_order:
        assert not worse_steps(report, cells, firsts, list(report.better_order))


def named(scheme: Scheme, cell: dict[str, int]) -> str | None:
    place = scheme.segment_of[tuple(digit - scheme.grid[axis].lowest for axis, digit in cell.items())]
    return scheme.segments[place].name if place >= 0 else None


def worse_steps(
    report: Report, cells: list[dict[str, int]], owners: list[str | None], order: list[str]
) -> set[tuple[object, ...]]:
    """Return the steps of a digit on an axis that lead to a worse segment, as the report's dimensions see them."""
    by_cell = {tuple(cell.values()): own for cell, own in zip(cells, owners, strict=True)}
    found = set()
    for cell in cells:
        for axis in cell:
            better = cell | {axis: cell[axis] + 1}
            one, other = by_cell[tuple(cell.values())], by_cell.get(tuple(better.values()))
            if one and other and order.index(other) > order.index(one):
                found.add((seen(report, cell), one, seen(report, better), other))
    return found


@given(sketches())
def test_a_scheme_that_is_used_names_one_segment_for_every_cell(sketch: Sketch) -> None:
    scheme = parse(sketch.text, "drawn")
    report = check(scheme)
    if not report.gaps and (sketch.first or not report.overlaps):
        refuse_unsound(scheme, "It")
        assert scheme.segment_of.min() >= 0
    else:
        with pytest.raises(SchemeError, match=r"^It names (no segment|S\d and S\d)"):
            refuse_unsound(scheme, "It")
