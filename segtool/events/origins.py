"""Where people come from and what they visit with, in the words of the schemes over columns."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from urllib.parse import unquote_plus

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.attributes import CustomerTable
from segtool.events.cells import Small
from segtool.resources import read_toml
from segtool.segments.families import attribute_scheme
from segtool.segments.labelling import label
from segtool.tables.arrays import Ints, as_column, as_mask, as_texts, valid, values
from segtool.tables.headers import normal, one_spelling
from segtool.tables.source import NO_METADATA

SCHEME_OF = {"source": "source", "device": "device", "platform": "operating-system", "app": "app-or-web"}
"""The scheme over columns that judges each of what an event tells of its visit."""

_COLUMNS_OF = {
    "source": ("source", "medium"),
    "device": ("device",),
    "platform": ("operating_system",),
    "app": ("app_or_web",),
}
"""The columns that each scheme looks at."""

_NOTHING = "unknown"
"""The segment of rows that tell nothing."""

_NOT_SET = ("(not set)", "not set", "(not provided)", "undefined", "unassigned")
"""Cells that web analytics write where they know nothing."""

_HOST = r"^(?:[A-Za-z][A-Za-z0-9+.-]*:)?//(?:[^/@?#]*@)?(?P<host>[^/:?#]+)"
_TOLD = "told"
_UTM = ("utm_source", "utm_medium", "utm_campaign")

_ENDING = 2
"""So many parts can the ending of a host have: co.uk."""


@cache
def names(role: str) -> tuple[str, ...]:
    """Return the segment names that a role takes, in the order of its scheme; the position of a name is its code.

    >>> names("device")
    ('mobile', 'desktop', 'tablet', 'other', 'unknown')
    """
    return tuple(segment.name for segment in attribute_scheme(SCHEME_OF[role]).segments)


@cache
def _hosts() -> tuple[tuple[str, str], ...]:
    """Return the known hosts, each with the medium that it tells."""
    return tuple((host, medium) for medium, hosts in read_toml("events/hosts.toml")["medium"].items() for host in hosts)


@cache
def _click_ids() -> Mapping[str, str]:
    """Return parameter of a link -> the medium that it tells."""
    found = read_toml("events/hosts.toml")["click_ids"]
    return {name: medium for medium, parameters in found.items() for name in parameters}


@cache
def _member_words() -> Mapping[str, int]:
    stated = read_toml("events/hosts.toml")["member"]
    return {normal(word): code for code, key in enumerate(("no", "yes")) for word in stated[key]}


def medium_of(host: str) -> str:
    """Return the medium that a referrer's host tells: that of a site that nobody knows is a referral.

    >>> medium_of("www.google.co.uk"), medium_of("mail.google.com"), medium_of("m.facebook.com"), medium_of("a.example")
    ('search', 'email', 'social', 'referral')
    """
    host = host.lower().strip(".")
    for known, medium in _hosts():
        if host == known or host.endswith(f".{known}"):
            return medium
        if known.endswith("."):
            _, found, ending = f".{host}".partition(f".{known}")
            if found and ending.count(".") < _ENDING:
                return medium
    return "referral"


def is_same_site(host: str, other: str) -> bool:
    """Return whether two hosts are of one site: alike but for www, or one within the other.

    >>> is_same_site("www.shop.example", "shop.example"), is_same_site("pay.shop.example", "shop.example")
    (True, True)
    >>> is_same_site("shop.example", "other.example")
    False
    """
    one, two = (each.lower().removeprefix("www.") for each in (host, other))
    return bool(one and two) and (one == two or one.endswith(f".{two}") or two.endswith(f".{one}"))


class Origins:
    """Judges what the rows of a log tell of their visits; each distinct combination of cells once.

    `words` is role -> cell, as `normal` has it, -> the word that stands for it in the log's system. Referrers that are
    of `own_hosts`, or of the page's own host, are no source.
    """

    def __init__(self, words: Mapping[str, Mapping[str, str]], own_hosts: Iterable[str] = ()) -> None:
        self._words, self._own_hosts = words, tuple(own_hosts)
        self._known: dict[str, dict[tuple[str, ...], int]] = {role: {} for role in SCHEME_OF}

    @property
    def judges(self) -> Mapping[str, Callable[[Mapping[str, pa.Array], int], Small]]:
        """What is judged -> what judges it, from texts by role and the number of rows."""
        return {
            "source": self.source,
            "device": self.device,
            "platform": self.platform,
            "app": self.app,
            "member": self.member,
        }

    def device(self, cells: Mapping[str, pa.Array], size: int) -> Small:
        """Return the device of each row: that of its column, else what its platform tells of it."""
        return self._first_of("device", ("device", "platform"), cells, size)

    def platform(self, cells: Mapping[str, pa.Array], size: int) -> Small:
        """Return the operating system of each row: that of its column, else what its platform tells of it."""
        return self._first_of("platform", ("os", "platform"), cells, size)

    def app(self, cells: Mapping[str, pa.Array], size: int) -> Small:
        """Return whether each row is of an app or of the web: by its column, else what its platform tells of it."""
        return self._first_of("app", ("app", "platform"), cells, size)

    def member(self, cells: Mapping[str, pa.Array], size: int) -> Small:
        """Return who is logged in: 1, who is not: 0, -1 where the row does not tell."""
        if "member" not in cells:
            return np.full(size, -1, np.int8)
        encoded = cells["member"].dictionary_encode()
        codes = [_member_words().get(normal(word), -1) for word in encoded.dictionary.to_pylist()]
        return _by_code(np.array([*codes, -1], np.int8), encoded)

    def _first_of(self, role: str, columns: Sequence[str], cells: Mapping[str, pa.Array], size: int) -> Small:
        """Return what a role's own column tells, else what the mixed column of platforms does.

        That one holds devices, systems, or whether it is an app: what its scheme does not know tells nothing.
        """
        found = np.full(size, -1, np.int8)
        for column in columns:
            if column not in cells or (column == "platform" and columns[0] in cells):
                continue
            encoded = cells[column].dictionary_encode()
            words = [
                self._word(role if column == columns[0] else column, each) for each in encoded.dictionary.to_pylist()
            ]
            codes = self._judged(role, [(word,) for word in words])
            if column == "platform":
                other = names(role).index("other")
                codes = [-1 if code == other else code for code in codes]
            found = _by_code(np.array([*codes, -1], np.int8), encoded)
        return found

    def _word(self, role: str, cell: str) -> str:
        """Return what stands for a cell in words of every day."""
        if one_spelling(cell) in _NOT_SET:
            return ""
        own = self._words.get(role, {})
        return own.get(normal(cell), cell) if own else cell

    def _judged(self, role: str, cells: Sequence[tuple[str, ...]]) -> list[int]:
        """Return the code of each combination of cells in the scheme of a role, -1 where it tells nothing."""
        known = self._known[role]
        new = [each for each in dict.fromkeys(cells) if each not in known]
        if new:
            columns = [pa.chunked_array([as_texts(list(own))]) for own in zip(*new, strict=True)]
            table = CustomerTable("log", _COLUMNS_OF[role], tuple(columns), NO_METADATA, {})
            [found] = label(table, [attribute_scheme(SCHEME_OF[role])], threads=1).labellings
            nothing = names(role).index(_NOTHING)
            known.update(
                (cell, -1 if at == nothing else at) for cell, at in zip(new, found.places.tolist(), strict=True)
            )
        return [known[each] for each in cells]

    def source(self, cells: Mapping[str, pa.Array], size: int) -> Small:
        """Return the source of each row, by the first of these that tells one: the columns of source, medium and
        campaign, the tags of the page's address, the ids that advertisements add to it, the channel, the referrer.
        """
        columns = {role: cells[role] for role in ("source", "medium", "channel") if role in cells}
        columns |= {role: self._is_told(role, cells[role]) for role in ("campaign", "click_id") if role in cells}
        if "url" in cells:
            columns |= _tags(cells["url"])
        if "referrer" in cells:
            columns["referrer"], columns["host"] = _referrers(cells["referrer"], cells.get("url"))
        if not columns:
            return np.full(size, -1, np.int8)
        codes, combinations = _combinations(list(columns.values()), size)
        told = [self._source_of(dict(zip(columns, each, strict=True))) for each in combinations]
        return np.array(self._judged("source", told), np.int8)[codes]

    def _is_told(self, role: str, column: pa.Array) -> pa.Array:
        """Return one same text where a cell tells anything: of campaigns and clicks there are as many as of rows."""
        encoded = column.dictionary_encode()
        words = [self._word(role, each) for each in encoded.dictionary.to_pylist()]
        return as_texts([_TOLD if word else "" for word in words]).take(encoded.indices)

    def _source_of(self, cells: Mapping[str, str]) -> tuple[str, str]:
        """Return source and medium that cells tell together, both empty where they tell nothing."""
        source = self._word("source", cells.get("source", "")) or cells.get("utm_source", "")
        medium = self._word("medium", cells.get("medium", "")) or cells.get("utm_medium", "")
        if not medium and cells.get("click_id"):
            medium = "cpc"
        if not medium and (clicked := cells.get("clicked", "")):
            tells = _click_ids()[clicked]
            medium = tells if tells == "cpc" or not source else ""
        if source and not medium:
            medium = self._word("channel", cells.get("channel", ""))
        if source or medium:
            return source, medium
        if cells.get("campaign") or cells.get("utm_campaign"):
            return "", "campaign"
        if channel := self._word("channel", cells.get("channel", "")):
            return channel, ""
        referrer = self._word("referrer", cells.get("referrer", ""))
        if not referrer or any(is_same_site(referrer, own) for own in (cells.get("host", ""), *self._own_hosts)):
            return "", ""
        return ("", medium_of(referrer)) if "." in referrer else (referrer, "")


def _tags(urls: pa.Array) -> dict[str, pa.Array]:
    """Return what the tags of addresses tell, by tag, and under `clicked` the id that an advertisement added."""
    ids = "|".join(map(re.escape, _click_ids()))
    rows = np.flatnonzero(as_mask(pc.match_substring_regex(urls, rf"[?&#](?:utm_|(?:{ids})=)")))
    if not len(rows):
        return {}
    tagged = urls.take(as_column(rows))
    patterns = {tag: rf"[?&#]{tag}=(?P<tag>[^&#]*)" for tag in _UTM} | {"clicked": rf"[?&#](?P<tag>{ids})=[^&#]"}
    found = {}
    for tag, pattern in patterns.items():
        encoded = pc.struct_field(pc.extract_regex(tagged, pattern), [0]).dictionary_encode()
        if len(encoded.dictionary):
            words = [unquote_plus(word).strip() for word in encoded.dictionary.to_pylist()]
            words = [_TOLD if word and tag == "utm_campaign" else word for word in words]
            found[tag] = _placed(as_texts(words).take(encoded.indices), rows, len(urls))
    return found


def _referrers(referrers: pa.Array, urls: pa.Array | None) -> tuple[pa.Array, pa.Array]:
    """Return the hosts of referrers, or the words where they are no addresses, and those of the pages themselves."""
    rows = np.flatnonzero(valid(referrers))
    encoded = referrers.take(as_column(rows)).dictionary_encode()
    words = encoded.dictionary
    hosts = pc.coalesce(
        pc.struct_field(pc.extract_regex(words, _HOST), [0]), pc.replace_substring_regex(words, "/.*", "")
    )
    found = _placed(hosts.take(encoded.indices), rows, len(referrers))
    if urls is None:
        return found, pa.nulls(len(referrers), pa.string())
    own = pc.struct_field(pc.extract_regex(urls.take(as_column(rows)), _HOST), [0])
    return found, _placed(own, rows, len(referrers))


def _placed(column: pa.Array, rows: Ints, size: int) -> pa.Array:
    """Return a column of some rows as one of all, null elsewhere."""
    at = np.zeros(size, np.int64)
    at[rows] = np.arange(len(rows))
    here = np.zeros(size, np.bool_)
    here[rows] = True
    if not len(column):
        return pa.nulls(size, column.type)
    return column.take(pc.if_else(as_column(here), as_column(at), pa.nulls(size, pa.int64())))


def _combinations(columns: Sequence[pa.Array], size: int) -> tuple[Ints, list[tuple[str, ...]]]:
    """Return the distinct rows of columns of text, null as empty, and which of them each row is."""
    codes: Ints = np.zeros(size, np.int64)
    found: list[tuple[str, ...]] = [()]
    for column in columns:
        encoded = column.dictionary_encode()
        words = ["" if word is None else word for word in encoded.dictionary.to_pylist()] + [""]
        pairs, codes = _distinct(codes * len(words) + _codes(encoded, len(words) - 1), len(found) * len(words))
        found = [(*found[pair // len(words)], words[pair % len(words)]) for pair in pairs.tolist()]
    return codes, found


def _codes(encoded: pa.DictionaryArray, missing: int) -> Ints:
    indices = values(encoded.indices, np.int32).astype(np.int64)
    return indices if encoded.null_count == 0 else np.where(valid(encoded.indices), indices, missing)


def _by_code(codes: Small, encoded: pa.DictionaryArray) -> Small:
    found: Small = codes[_codes(encoded, len(codes) - 1)]
    return found


def _distinct(codes: Ints, count: int) -> tuple[Ints, Ints]:
    """Return the distinct ones of codes below a count, and the place among them of each."""
    if count > 1 << 20:
        found, places = np.unique(codes, return_inverse=True)
        return found, places.astype(np.int64)
    found = np.flatnonzero(np.bincount(codes, minlength=count))
    place = np.zeros(count, np.int64)
    place[found] = np.arange(len(found))
    return found, place[codes]
