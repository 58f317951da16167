"""A page as a tree of elements, and the text of it: what is data can only be text there, never markup."""

import re
from collections.abc import Callable, Iterable
from string import Formatter
from xml.etree.ElementTree import Element, tostring

Part = str | Element | None
"""What stands inside of an element; None is left out."""

_ON_A_LINE = frozenset(
    (
        *("article", "details", "div", "dl", "figure", "footer", "h1", "h2", "h3", "head", "header", "li", "main"),
        *("meta", "nav", "ol", "p", "section", "style", "svg", "table", "tbody", "thead", "title", "tr", "ul"),
    )
)
"""Elements behind which a line of the page ends, where that shows nothing."""

_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""What HTML takes for an error or for something else; carriage returns, which it reads as line ends, too."""

_TURNED = re.compile(
    r"(?<!\S)-{1,2}[A-Za-z][\w-]*(?: [A-Z][A-Z,]*\b| -{1,2}[A-Za-z][\w-]*)*"
    r"|(?<![\w:.,/-])(?:\d[\d:.,/٬٫]*-[\d:.,/٬٫-]*\d|-\d[\d.,]*%?)"
    r"|[A-Za-z](?:[\w./@-]*\w)?(?: [A-Za-z](?:[\w./@-]*\w)?)*"
)
"""Options with their placeholders; a date, a range or a negative number; words of Latin letters.

They would turn around in a sentence from right to left, or take a number or a bracket beside them with them.
"""

_OPTION = re.compile(r"(?<!\S)--[A-Za-z][\w-]*")

_FROM_THE_RIGHT = re.compile("[\u0590-\u08ff]")


def cleaned(text: str) -> str:
    """Return text in which the characters that HTML forbids are replaced by a question mark of their own.

    >>> cleaned("a\\x00b\\tc\\r\\n")
    'a\\ufffdb\\tc\\n'
    """
    return _FORBIDDEN.sub("\ufffd", text.replace("\r\n", "\n"))


def element(tag: str, /, *parts: Part, **attributes: str | None) -> Element:
    """Return an element with parts inside. An underscore in the name of an attribute stands for a hyphen.

    One at the end is left out, as of `class_`; attributes that are None are left out, too.

    >>> markup(element("p", "1 < 2 ", element("b", "& so"), class_="lead"))
    '<p class="lead">1 &lt; 2 <b>&amp; so</b></p>\\n'
    """
    given = {name.rstrip("_").replace("_", "-"): cleaned(text) for name, text in attributes.items() if text is not None}
    made = Element(tag, given)
    if tag in _ON_A_LINE:
        made.tail = "\n"
    return filled(made, parts)


def filled(made: Element, parts: Iterable[Part]) -> Element:
    """Return an element with more parts at its end."""
    for part in parts:
        if isinstance(part, str):
            last = made[-1] if len(made) else None
            if last is None:
                made.text = (made.text or "") + cleaned(part)
            else:
                last.tail = (last.tail or "") + cleaned(part)
        elif part is not None:
            made.append(part)
    return made


def isolated(text: str, **attributes: str | None) -> Element:
    """Return text of the data, as an id or a name, whose direction is its own and changes nothing around it."""
    return element("bdi", text, **attributes)


def woven(text: str, **parts: str | Element) -> list[Part]:
    """Return a text with elements in the places that it names.

    >>> markup(element("span", *woven("{who} of {all}", who=element("b", "2"), all="3")))
    '<span><b>2</b> of 3</span>'
    """
    found: list[Part] = []
    for before, name, _, _ in Formatter().parse(text):
        found.append(before)
        if name is not None:
            found.append(parts[name])
    return found


def from_right_to_left(text: str, written: Callable[[str], str] = str) -> list[Part]:
    """Return a sentence from right to left in which options, names, dates and negative numbers stand as written.

    >>> markup(element("span", *from_right_to_left("\u0628\u0627 --by day.")))
    '<span>\u0628\u0627 <bdi dir="ltr" class="option">--by</bdi> <bdi dir="ltr">day</bdi>.</span>'

    A text without a letter from right to left is isolated as a whole, and stays as it is; others are `written`.
    """
    if not _FROM_THE_RIGHT.search(text):
        return [isolated(text, dir="ltr")]
    text = written(text)
    parts: list[Part] = []
    at = 0
    for found in _TURNED.finditer(text):
        whole = "option" if _OPTION.fullmatch(found[0]) else None
        parts += [text[at : found.start()], isolated(found[0], dir="ltr", class_=whole)]
        at = found.end()
    return [*parts, text[at:]]


def with_options_whole(text: str) -> list[Part]:
    """Return a sentence in which no line ends within the name of an option.

    >>> markup(element("span", *with_options_whole("Say --order-id COL.")))
    '<span>Say <span class="option">--order-id</span> COL.</span>'
    """
    parts: list[Part] = []
    at = 0
    for found in _OPTION.finditer(text):
        parts += [text[at : found.start()], element("span", found[0], class_="option")]
        at = found.end()
    return [*parts, text[at:]]


def markup(made: Element) -> str:
    """Return the HTML of an element."""
    return tostring(made, encoding="unicode", method="html")
