"""Contact data in the form in which campaign tools compare it: e-mail addresses, names, postal codes, ids, hashes.

Each function takes a column of any type and returns one of texts, null where the cell is empty or is none of its kind.
"""

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.campaigns.letters import Spelling, composed, filled, has_wide_letters, is_visible_ascii, spelled, where
from segtool.tables.arrays import as_mask, as_texts, offsets, values
from segtool.tables.text import as_text, labels

_LONGEST_EMAIL, _LONGEST_LOCAL = 254, 64
"""What RFC 5321 lets an address and the part of it before the @ have, in bytes."""

_WORD = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LETTER = r"[\p{L}\p{M}0-9]"
_REST = rf"(?:[\p{{L}}\p{{M}}0-9-]*{_LETTER})"
_EMAIL = rf"^{_WORD}(?:\.{_WORD})*@(?:{_LETTER}{_REST}?\.)+\p{{L}}{_REST}$"

_HASH = r"^[0-9a-f]{64}$"
_HASH_LETTERS = 64

_SPACE_INSIDE = r"[ \t\p{Zs}]"

_INVISIBLE = r"[\x{00ad}\x{200b}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2064}\x{2066}-\x{2069}\x{feff}]"
"""Letters that show nothing and mean nothing in a name; the non-joiner and the joiner are part of words."""


def emails(column: pa.Array, *, solid: bool = False) -> pa.Array:
    """Return e-mail addresses in lower case, without blanks around them and letters that do not show.

    One is taken for an address when it has one @, before it up to 64 ASCII letters, digits and signs without a blank,
    quote, bracket, comma or two dots in a row, behind it names with a dot between them, the last of which begins with a
    letter; and no more than 254 bytes. Names of domains may be in any script. With `solid` blanks inside are taken out.

    >>> emails(pa.array([" Ann@Example.ORG ", "ann@example", "a@b@c.de", "Ann <ann@x.org>", "", None])).to_pylist()
    ['ann@example.org', None, None, None, None, None]
    >>> emails(pa.array(["ann @ x.org"])).to_pylist(), emails(pa.array(["ann @ x.org"]), solid=True).to_pylist()
    ([None], ['ann@x.org'])
    """
    text = labels(column)
    if not is_visible_ascii(text):
        text = pc.utf8_trim_whitespace(pc.replace_substring_regex(text, r"\p{Cf}", ""))
    if solid:
        text = pc.replace_substring_regex(text, _SPACE_INSIDE, "")
    text = pc.utf8_lower(text)
    fits = as_mask(pc.match_substring_regex(text, _EMAIL))
    fits &= np.diff(offsets(text)) <= _LONGEST_EMAIL
    fits &= values(pc.find_substring(text, "@"), np.int32) <= _LONGEST_LOCAL
    return where(fits, text)


def names(column: pa.Array, *, lower: bool = False, bare: bool = False, solid: bool = False) -> pa.Array:
    """Return names and short texts on one line, with single blanks between words.

    Letters that do not show are taken out, but not the non-joiner, with which Persian is spelt; letters with marks are
    one letter each. `lower` is in lower case, `bare` without punctuation and signs, `solid` without blanks.

    >>> names(pa.array(["  Mary\\n Ann ", "O'Brien-Smith", " "])).to_pylist()
    ['Mary Ann', "O'Brien-Smith", None]
    >>> names(pa.array(["O'Brien-Smith", "New York"]), lower=True, bare=True, solid=True).to_pylist()
    ['obriensmith', 'newyork']
    """
    text = filled(column)
    if not is_visible_ascii(text):
        text = pc.replace_substring_regex(composed(text), _INVISIBLE, "")
        text = pc.replace_substring_regex(text, r"[\p{Cc}\p{Z}]+", " ")
    if lower:
        text = pc.utf8_lower(text)
    if bare:
        text = pc.replace_substring_regex(text, r"[\p{P}\p{S}]", "")
    text = pc.utf8_trim_whitespace(pc.replace_substring_regex(text, " +", "" if solid else " "))
    return where(np.diff(offsets(text)) > 0, text)


def first_names(column: pa.Array) -> pa.Array:
    """Return the part of full names before the first blank, of `Smith, Ann` the one behind the comma.

    >>> first_names(pa.array(["Ann Lee Smith", "Ann", "Smith, Ann"])).to_pylist()
    ['Ann', 'Ann', 'Ann']
    """
    return pc.replace_substring_regex(_first_name_first(column), " .*$", "")


def last_names(column: pa.Array) -> pa.Array:
    """Return the part of full names behind the first blank, null for those without one.

    >>> last_names(pa.array(["Ann Lee Smith", "Ann", "Smith, Ann"])).to_pylist()
    ['Lee Smith', None, 'Smith']
    """
    text = _first_name_first(column)
    return pc.replace_substring_regex(where(as_mask(pc.match_substring(text, " ")), text), "^[^ ]* ", "")


def _first_name_first(column: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(names(column), "^([^,]+), ([^,]+)$", r"\2 \1")


def zips(column: pa.Array) -> pa.Array:
    """Return postal codes as they are, with ASCII digits and single blanks.

    >>> zips(pa.array([" 94016", "۱۹۳۹۵-۴۶۹۱", "WC2H  8LG"])).to_pylist()
    ['94016', '19395-4691', 'WC2H 8LG']
    """
    text = names(labels(column))
    return spelled(text, _in_ascii_digits) if has_wide_letters(text) else text


def ids(column: pa.Array, *, personal: bool = True) -> pa.Array:
    """Return identifiers; unless they may be personal, without e-mail addresses and Iranian mobile numbers.

    >>> ids(pa.array(["C-17", "ann@x.org", "09123456789"]), personal=False).to_pylist()
    ['C-17', None, None]
    """
    text = labels(column)
    if not is_visible_ascii(text):
        text = where(~as_mask(pc.match_substring_regex(text, r"[\r\n\x00]")), text)
    return text if personal else where(~is_contact(text), text)


def is_contact(text: pa.Array) -> np.ndarray:
    """Return where a text is an e-mail address or an Iranian mobile number that begins with 0 or +."""
    return as_mask(pc.match_substring_regex(text, r"^\s*(?:[^@\s]+@[^@\s]+\.[^@\s.]+|(?:\+98|0098|0)9[0-9]{9})\s*$"))


def hashed(texts: pa.Array) -> pa.Array:
    """Return SHA-256 of the UTF-8 of texts, as 64 lower-case hexadecimal digits.

    >>> hashed(pa.array(["mary", None])).to_pylist()
    ['6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec', None]
    """
    encoded = texts.dictionary_encode()
    words = [hashlib.sha256(word.encode()).hexdigest() for word in encoded.dictionary.to_pylist()]
    return as_texts(words).take(encoded.indices) if words else pa.nulls(len(texts), pa.string())


def hashes(column: pa.Array) -> pa.Array | None:
    """Return the cells that are hashed already, in lower case; None where none is.

    >>> hashes(pa.array(["A" * 64, "ann@x.org"])).to_pylist() == ["a" * 64, None]
    True
    >>> hashes(pa.array(["ann@x.org"]))
    """
    text = as_text(column)
    if np.diff(offsets(text)).max(initial=0) < _HASH_LETTERS:
        return None
    text = pc.utf8_lower(pc.utf8_trim_whitespace(text))
    known = as_mask(pc.match_substring_regex(text, _HASH))
    return where(known, text) if known.any() else None


_in_ascii_digits = Spelling(())
