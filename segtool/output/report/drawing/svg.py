"""The SVG that Vega writes, made small and part of a page."""

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, fromstring

from segtool.errors import MissingExtraError
from segtool.output.report.drawing.lettering import Text, cleaned, with_signs_before_numbers
from segtool.output.report.drawing.vega import Drawing, specification

_SVG = "{http://www.w3.org/2000/svg}"

_COPIED = (
    "d",
    "fill",
    "fill-opacity",
    "stroke",
    "stroke-width",
    "stroke-dasharray",
    "stroke-linejoin",
    "font-size",
    "font-weight",
)

_COMMON = ("fill", "fill-opacity", "stroke", "stroke-width", "font-size", "font-weight", "text-anchor", "direction")
"""Attributes that a group hands down to what is in it."""

_NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?|-?\d+e-?\d+")

_PLACE = re.compile(r"translate\((?P<x>[^,]+),(?P<y>[^)]+)\)")

_POINTS = re.compile(r"M(-?[\d.]+,-?[\d.]+(?:L-?[\d.]+,-?[\d.]+)+)")

_OPPOSITE = {"start": "end", "middle": "middle", "end": "start"}


def need_vega() -> None:
    """Raise MissingExtraError where vl-convert is not installed."""
    try:
        import vl_convert  # noqa: F401
    except ImportError:
        raise MissingExtraError(
            "Charts are drawn with the package vl-convert-python, which is missing: "
            'python -m pip install "segtool[report]". Or say --no-charts: tables alone tell the same.'
        ) from None


def picture(drawing: Drawing, *, title: str, kind: str) -> Element:
    """Return a drawing as an `svg` element without namespace, of one class; its title is what a screen reader says.

    It has no ids, no links, no style of its own, and no font: letters are those of the page.

    Raises MissingExtraError without vl-convert.
    """
    need_vega()
    import vl_convert

    drawn = fromstring(vl_convert.vega_to_svg(specification(drawing)))  # noqa: S314 - our own, and no text of others is in it
    top = Element("svg")
    top.attrib |= {
        "class": kind,
        "viewBox": f"0 0 {_rounded(str(drawing.width))} {_rounded(str(drawing.height))}",
        "width": "100%",
        "role": "img",
        "aria-label": cleaned(title),
        "direction": "ltr",  # of the texts that do not say their own; a page from right to left would swap all anchors
        "fill": "none",
    }
    marks = SubElement(top, "g", {"aria-hidden": "true"})
    for group in drawn.iter(f"{_SVG}g"):
        if "role-mark" in group.get("class", ""):
            made = Element("g")
            made.extend([_mark(mark, drawing.texts) for mark in group])
            marks.append(_smaller(made))
    return top


def _mark(mark: Element, texts: Sequence[Text]) -> Element:
    """Return a mark with what is needed of it, and its text in place of the number of it."""
    name = mark.tag.removeprefix(_SVG)
    made = Element(name, {key: _rounded(mark.attrib[key].removesuffix("px")) for key in _COPIED if key in mark.attrib})
    x, y = _place(mark)
    if name == "text":
        text = texts[int((mark.text or "t0")[1:])]
        anchor = mark.get("text-anchor", "start")
        made.attrib |= {"x": x, "y": y, "text-anchor": _OPPOSITE[anchor] if text.right_to_left else anchor}
        made.attrib["direction"] = "rtl" if text.right_to_left else "ltr"
        if "stroke" in made.attrib:
            made.set("paint-order", "stroke")
        made.text = with_signs_before_numbers(text)
        if text.full != text.shown:
            SubElement(made, "title").text = text.full
        return made
    if name == "line":
        made.attrib |= {"x1": x, "y1": y}
        made.attrib["x2"] = _sum(x, mark.get("x2", "0"))
        made.attrib["y2"] = _sum(y, mark.get("y2", "0"))
        return made
    if (x, y) != ("0", "0"):
        made.set("transform", f"translate({x},{y})")
    made.set("d", _POINTS.sub(lambda found: _relative(found[1]), made.get("d", "")))
    if mark.get("aria-label"):
        SubElement(made, "title").text = texts[int(mark.attrib["aria-label"][1:])].full
    return made


def _place(mark: Element) -> tuple[str, str]:
    found = _PLACE.fullmatch(mark.get("transform", "translate(0,0)"))
    return (_rounded(found["x"]), _rounded(found["y"])) if found else ("0", "0")


def _sum(start: str, length: str) -> str:
    return _rounded(str(float(start) + float(length)))


def _rounded(text: str) -> str:
    """Return a text with its numbers to two decimals at most.

    >>> _rounded("M0.30000000000000004,-2.0Lvar(--chart-1)"), _rounded("1e-7")
    ('M0.3,-2Lvar(--chart-1)', '0')
    """
    return _NUMBER.sub(lambda found: _short(float(found[0])), text)


def _short(number: float) -> str:
    text = f"{number:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _relative(points: str) -> str:
    """Return a path whose points tell how far they are from the one before, in tenths, which is half as long.

    >>> _relative("10,20L10.5,19L11,20.04")
    'M10,20l.5-1 .5 1'
    """
    tenths = [tuple(round(float(part) * 10) for part in point.split(",")) for point in points.split("L")]
    steps = [(x - before_x, y - before_y) for (x, y), (before_x, before_y) in zip(tenths[1:], tenths, strict=False)]
    first = f"M{_tenth(tenths[0][0])},{_tenth(tenths[0][1])}"
    return f"{first}l{' '.join(_step(x, y) for x, y in steps)}"


def _step(x: int, y: int) -> str:
    return f"{_tenth(x)}{'' if y < 0 else ' '}{_tenth(y)}"


def _tenth(number: int) -> str:
    whole, rest = divmod(abs(number), 10)
    sign = "-" if number < 0 else ""
    return f"{sign}{whole}" if not rest else f"{sign}{whole or ''}.{rest}"


def _smaller(group: Element) -> Element:
    """Return a group that says once what all in it share."""
    for name in _COMMON:
        values = {mark.get(name) for mark in group}
        if len(values) == 1 and None not in values:
            group.set(name, values.pop() or "")
            for mark in group:
                del mark.attrib[name]
    if group.get("direction") == "ltr":
        del group.attrib["direction"]
    if group.get("text-anchor") == "start":
        del group.attrib["text-anchor"]
    return group if len(group) > 1 else _alone(group)


def _alone(group: Element) -> Element:
    only = next(iter(group), None)
    if only is None:
        return group
    only.attrib |= group.attrib
    return only
