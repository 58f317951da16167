"""The targets that come with segtool, and those of the user: TOML that says which file a campaign tool takes."""

from collections.abc import Mapping
from functools import cache
from typing import Any, get_args

from segtool.campaigns.target import EVERY_COLUMN, Field, Form, Kind, PhoneStyle, Target, TraitStyle
from segtool.errors import UsageError, printable
from segtool.resources import names_in, read_text
from segtool.segments.schemes import is_file, text_of_file
from segtool.segments.toml_keys import check_keys, described, one_of, switch_of, text_of, texts_of
from segtool.tables.headers import nearest

_KEYS = (
    "title", "about", "source", "form", "suffix", "fields", "keys", "personal", "traits", "trait_style", "most_traits",
    "trait_bytes", "tags_joined", "most_rows", "most_bytes", "most_row_bytes", "least_rows", "phones", "mobile_only",
    "dates", "line_end", "bom", "finish",
)  # fmt: skip

_OF_FIELDS = ("header", "source", "kind", "hashed", "most_bytes", "most_letters", "lower", "bare", "solid")

_HASHABLE = ("email", "phone", "name", "text", "country", "zip", "id")

_SUFFIXES = {"csv": ".csv", "lines": ".txt", "json lines": ".jsonl"}

_SHORTEST_FILE = 1 << 12
"""The least that `most_bytes` may be: a header and a row have room in it."""


@cache
def target_names() -> tuple[str, ...]:
    """Return the names of the targets that come with segtool.

    >>> "mailchimp" in target_names()
    True
    """
    return names_in("campaigns/targets")


def read_target(name: str) -> Target:
    """Return a target: a built-in one by its name, or a file of the user's by its path, as ./mine.toml.

    Raises UsageError for an unknown name, MissingInputError for a file that is not there, SchemeError for a text that
    is no target.
    """
    if not is_file(name):
        return _built_in(name)
    text, own = text_of_file(name, "target")
    return described(text, name, lambda data: target_of(data, own))


@cache
def _built_in(name: str) -> Target:
    if name not in target_names():
        near = nearest([name], target_names())
        hint = f" Did you mean {near[0]}?" if near else " A file is named by its path, as ./mine.toml."
        raise UsageError(f"There is no target {name!r}. Targets: {', '.join(target_names())}.{hint}")
    place = f"Target {name}"
    return described(read_text(f"campaigns/targets/{name}.toml"), place, lambda data: target_of(data, name))


def target_of(data: Mapping[str, Any], name: str) -> Target:
    """Return the target that a TOML table says. Raises ValueError that names the key for what is none."""
    check_keys(data, _KEYS)
    form: Form = one_of(data, "form", get_args(Form)) or "csv"
    fields = _fields(data)
    target = Target(
        name=name,
        title=texts_of(data, "title") or {"en": name},
        about=texts_of(data, "about") or {"en": ""},
        source=text_of(data, "source") or "",
        form=form,
        suffix=_suffix(data, "suffix") or _SUFFIXES[form],
        fields=fields,
        keys=_keys(data),
        personal=_personal(data),
        traits=_texts(data, "traits"),
        trait_style=one_of(data, "trait_style", get_args(TraitStyle)) or "as it is",
        most_traits=_count(data, "most_traits", least=0),
        tags_joined=_separator(data),
        most_rows=_count(data, "most_rows"),
        most_bytes=_count(data, "most_bytes", least=_SHORTEST_FILE),
        least_rows=_count(data, "least_rows"),
        phones=one_of(data, "phones", get_args(PhoneStyle)) or "international",
        mobile_only=switch_of(data, "mobile_only"),
        dates=one_of(data, "dates", ("as it is", "day", "moment")) or "as it is",
        trait_bytes=_count(data, "trait_bytes", least=4),
        most_row_bytes=_count(data, "most_row_bytes", least=64),
        line_end=one_of(data, "line_end", ("\n", "\r\n")) or "\n",
        bom=switch_of(data, "bom"),
        finish=_suffix(data, "finish"),
    )
    for text in target.title.values():
        _refuse_hidden("title", text)
    _refuse_contradictions(target)
    return target


def _fields(data: Mapping[str, Any]) -> tuple[Field, ...]:
    tables = data.get("fields", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ValueError("[[fields]] are tables: one a column of the file, with its header, source and kind")
    fields = tuple(_field(table, f"field {number}") for number, table in enumerate(tables, 1))
    for what, own in (("header", [each.header for each in fields]), ("source", [each.source for each in fields])):
        if twice := next((each for each in own if own.count(each) > 1), None):
            raise ValueError(f"two fields have the {what} {twice!r}")
    return fields


def _field(table: Mapping[str, Any], place: str) -> Field:
    try:
        check_keys(table, _OF_FIELDS)
        if missing := next((key for key in ("header", "source", "kind") if text_of(table, key) is None), None):
            raise ValueError(f"{missing} is missing")
        _refuse_hidden("header", table["header"])
        field = Field(
            header=table["header"],
            source=table["source"],
            kind=one_of(table, "kind", get_args(Kind)),
            hashed=switch_of(table, "hashed"),
            most_bytes=_count(table, "most_bytes", least=4),
            most_letters=_count(table, "most_letters"),
            lower=switch_of(table, "lower"),
            bare=switch_of(table, "bare"),
            solid=switch_of(table, "solid"),
        )
        if field.hashed and field.kind not in _HASHABLE:
            raise ValueError(f"hashed is for {', '.join(_HASHABLE)}, not for {field.kind}")
        if field.hashed and (field.most_bytes or field.most_letters):
            raise ValueError("a hash has 64 letters, and most_bytes or most_letters would cut it")
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from error
    return field


def _refuse_hidden(key: str, text: str) -> None:
    if printable(text) != text:
        raise ValueError(f"{key} has a letter that cannot be shown: {text}")


def _keys(data: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    keys = data.get("keys")
    lists = isinstance(keys, list) and keys and all(isinstance(key, list) and key for key in keys)
    if not lists or not all(isinstance(source, str) and source.strip() for key in keys or () for source in key):
        raise ValueError('keys is a list of lists of sources, as [["email"], ["first_name", "last_name", "zip"]]')
    return tuple(map(tuple, keys or ()))


def _texts(data: Mapping[str, Any], key: str) -> tuple[str, ...]:
    texts = data.get(key, [])
    if not isinstance(texts, list) or not all(isinstance(text, str) and text.strip() for text in texts):
        raise ValueError(f'{key} is a list of columns, as ["segment", "monetary"]')
    if twice := next((text for text in texts if texts.count(text) > 1), None):
        raise ValueError(f"{key} has {twice!r} twice")
    return tuple(texts)


def _count(table: Mapping[str, Any], key: str, *, least: int = 1) -> int | None:
    value = table.get(key)
    if value is not None and (type(value) is not int or not least <= value < 1 << 62):
        raise ValueError(f"{key} is a whole number from {least:,}")
    return value


def _suffix(data: Mapping[str, Any], key: str) -> str | None:
    value = text_of(data, key)
    if value is not None and not (value[0] == "." and len(value) > 1 and value[1:].isascii() and value[1:].isalnum()):
        raise ValueError(f"{key} is a dot with letters behind it, as .csv")
    return value


def _separator(data: Mapping[str, Any]) -> str | None:
    value = data.get("tags_joined")
    if value is not None and (not isinstance(value, str) or len(value) != 1 or value.isalnum() or not value.isascii()):
        raise ValueError('tags_joined is one sign, as "," or "|"')
    return value


def _personal(data: Mapping[str, Any]) -> bool:
    return switch_of(data, "personal") if "personal" in data else True


def _refuse_contradictions(target: Target) -> None:
    sources = [field.source for field in target.fields]
    several = {source for key in target.keys if len(key) > 1 for source in key}
    if unknown := sorted(several - set(sources)):
        raise ValueError(f"keys has {unknown[0]!r}, which is the source of no field")
    tags = [field for field in target.fields if field.kind == "tags"]
    if len(tags) > 1 or bool(tags) != (target.tags_joined is not None):
        raise ValueError("tags_joined goes with one field of the kind tags")
    if target.form == "lines" and (len(target.fields) != 1 or target.traits or target.bom):
        raise ValueError("form = 'lines' has one field, without traits and bom")
    if target.form == "lines" and target.fields[0].kind in ("name", "text", "tags"):
        raise ValueError(f"form = 'lines' cannot hold a {target.fields[0].kind}, which may have lines of its own")
    if target.form == "csv" and not target.fields and not target.traits:
        raise ValueError("[[fields]] is missing, and so are traits: the file would have no column")
    if target.form == "json lines" and (target.bom or "customer_id" not in sources):
        raise ValueError("form = 'json lines' has a field with the source customer_id, and no bom")
    if target.form == "json lines" and target.line_end != "\n":
        raise ValueError("form = 'json lines' has the line_end \\n")
    if EVERY_COLUMN in target.traits and (len(target.traits) > 1 or target.trait_style != "as it is"):
        raise ValueError("traits = ['*'] are all columns under their own headers: it stands alone, without trait_style")
    contacts = [field.source for field in target.fields if field.kind in ("email", "phone", "name", "zip")]
    if not target.personal and contacts:
        raise ValueError(f"personal = false, and {contacts[0]} is contact data")
