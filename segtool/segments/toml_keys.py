"""What keys of a scheme's TOML say, and the complaints about what they cannot say, in words that follow a place."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, get_args

from segtool.errors import SchemeError, printable
from segtool.rules.grid import Rule, unknown
from segtool.segments.scheme import Health, Segment, Texts
from segtool.words import LANGUAGES

Found = TypeVar("Found")

OF_EVERY_SEGMENT = ("name", "title", "advice", "health", "urgency", "owner", "goal")

_MOST_SEGMENTS = 100


def described(text: str, place: str, read: Callable[[Mapping[str, Any]], Found]) -> Found:
    """Return what a reader makes of a TOML text; `place` is what errors call it.

    Raises SchemeError, with the place, for a text that is no TOML and for all that the reader complains about.
    """
    try:
        return read(_loaded(text))
    except tomllib.TOMLDecodeError as error:
        raise SchemeError(f"{place} is no TOML: {printable(str(error))}.") from error
    except ValueError as error:
        raise SchemeError(f"{place}: {printable(str(error))}.") from error
    except RecursionError:
        raise SchemeError(f"{place} has lists or tables too deep in one another: write them side by side.") from None


def _loaded(text: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except ValueError:  # of thousands of digits Python makes no number
        raise ValueError("a number in it is too long") from None


def listed_segments(data: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return name and table of each segment, in the order of the file."""
    tables = data.get("segments")
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise ValueError("[[segments]] is missing: one table a segment, with its name and conditions")
    for number, table in enumerate(tables, 1):
        if not isinstance(table.get("name"), str) or not table["name"].strip():
            raise ValueError(f"segment {number} has no name")
    names = [table["name"] for table in tables]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"segment {twice} stands twice; any = [{{ … }}, {{ … }}] gives one segment several rules")
    if len(names) > _MOST_SEGMENTS:
        raise ValueError(f"there are more than {_MOST_SEGMENTS} segments")
    return list(zip(names, tables, strict=True))


def segment_of(table: Mapping[str, Any], rule: Rule) -> Segment:
    """Return the segment of a table, but for its conditions."""
    urgency = table.get("urgency")
    if urgency is not None and (type(urgency) is not int or urgency < 1):
        raise ValueError("urgency is a whole number from 1, whom to call first")
    return Segment(
        name=table["name"],
        title=texts_of(table, "title") or {"en": table["name"]},
        advice=texts_of(table, "advice") or {"en": ""},
        health=one_of(table, "health", get_args(Health)) or "neutral",
        urgency=urgency,
        owner=text_of(table, "owner"),
        goal=text_of(table, "goal"),
        rule=rule,
    )


def check_keys(table: Mapping[str, Any], known: Sequence[str]) -> None:
    for key in table:
        if key not in known:
            raise ValueError(unknown(key, known))


def text_of(table: Mapping[str, Any], key: str) -> str | None:
    value = table.get(key)
    if value is not None and (not isinstance(value, str) or not value.strip()):
        raise ValueError(f"{key} is a text")
    return value


def texts_of(table: Mapping[str, Any], key: str) -> Texts | None:
    """Return the texts of a key by language; a plain text is English."""
    value = table.get(key)
    texts = {"en": value} if isinstance(value, str) else value
    if texts is None:
        return None
    if not isinstance(texts, dict) or "en" not in texts or not all(isinstance(text, str) for text in texts.values()):
        raise ValueError(f'{key} is a text, or texts by language, as {{ en = "…", fa = "…" }}')
    check_keys(texts, LANGUAGES)
    return texts


def switch_of(table: Mapping[str, Any], key: str) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise ValueError(f"{key} is true or false")
    return value


def one_of(table: Mapping[str, Any], key: str, known: Sequence[str]) -> Any:
    value = table.get(key)
    if value is not None and value not in known:
        may_be = f"none of {', '.join(known)}" if len(known) > 1 else f"not {known[0]!r}, which is all that it can be"
        raise ValueError(f"{key} = {value!r} is {may_be}")
    return value
