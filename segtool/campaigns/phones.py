"""Phone numbers as E.164 has them, and in the styles in which campaign tools take them.

Each function takes a column and returns one of texts, null where the cell is empty or is no number.
"""

from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segtool.campaigns.countries import code_of, country_code
from segtool.campaigns.letters import Spelling, has_wide_letters, spelled, texts_of, where
from segtool.campaigns.target import PhoneStyle
from segtool.errors import MissingExtraError, UsageError, printable
from segtool.tables.arrays import as_mask, valid, values
from segtool.tables.text import labels

IRAN = "IR"


UNKNOWN = "ZZ"
"""The two letters of no country."""


def phones(column: pa.Array, *, country: str | None = None, countries: pa.Array | None = None) -> pa.Array:
    """Return phone numbers as E.164 has them: +, the code of the country, the national number; 8 to 15 digits.

    Digits may be Persian or Arabic, with blanks, dashes, dots and brackets between them, and with the .0 of a sheet.
    With + or 00 in front a number says its country; one of Iran has ten digits behind that. Without, ten digits from 9
    on, with 0, 98, 0098 or nothing before them, are an Iranian mobile; all other national numbers need `country`, whose
    own rules then read them, those of ten digits too. `countries` are the rows' own, of which an empty cell stands for
    `country`; where one is no country that is known, a number has to say its own. A number that a sheet has rounded
    (9.12E+09) is none.

    >>> cells = pa.array(["0912 345 6789", "۰۹۱۲۳۴۵۶۷۸۹", "+98 (0)912-345-6789", "9123456789.0", "0044 20 7183 8750"])
    >>> phones(cells).to_pylist()
    ['+989123456789', '+989123456789', '+989123456789', '+989123456789', '+442071838750']
    >>> phones(pa.array(["9.12E+09", "02188776655", "12345", "+98912345678", None])).to_pylist()
    [None, None, None, None, None]
    >>> phones(pa.array(["02188776655"]), country="IR").to_pylist()
    ['+982188776655']
    >>> phones(pa.array(["02188776655", "09123456789"]), countries=pa.array(["ایران", ""])).to_pylist()
    ['+982188776655', '+989123456789']

    Raises UsageError for a country that there is not, MissingExtraError where the numbers of one need a package.
    """
    country = None if country is None else country_code(country)
    digits = dialled(labels(_exact(column)))
    found = _numbers(digits, r"^\+980?([1-9][0-9]{9})$", "+98")
    abroad = pc.and_(
        pc.match_substring_regex(digits, r"^\+[1-9][0-9]{7,14}$"), pc.invert(pc.starts_with(digits, "+98"))
    )
    found = pc.coalesce(found, where(as_mask(abroad), digits))
    left = as_mask(pc.match_substring_regex(digits, r"^[0-9]{2,17}$")) & ~valid(found)
    if countries is None or not left.any():
        return pc.coalesce(found, _national(where(left, digits), country)) if left.any() else found
    own = where(left, labels(countries)).dictionary_encode()
    codes = [*map(_region_of, own.dictionary.to_pylist()), country]
    rows = np.where(valid(own), values(own.indices, np.int32), -1)
    for code in dict.fromkeys(codes):
        alike = np.array([each == code for each in codes])[rows] & left  # -1 is the last, which is `country`
        if code != UNKNOWN and alike.any():
            found = pc.coalesce(found, _national(where(alike, digits), code))
    return found


def mobiles(numbers: pa.Array) -> pa.Array:
    """Return numbers in E.164 without the landlines among them, as far as numbers tell: those of Iran do.

    >>> mobiles(pa.array(["+989123456789", "+982188776655", "+442071838750"])).to_pylist()
    ['+989123456789', None, '+442071838750']
    """
    return where(~as_mask(pc.match_substring_regex(numbers, r"^\+98[0-8]")), numbers)


def styled(numbers: pa.Array, style: PhoneStyle) -> pa.Array:
    """Return numbers in E.164 in a style.

    >>> styled(pa.array(["+989123456789", "+442071838750"]), "local").to_pylist()
    ['09123456789', '+442071838750']
    >>> styled(pa.array(["+989123456789", None]), "digits").to_pylist()
    ['989123456789', None]
    """
    if style == "local":
        return pc.replace_substring_regex(numbers, r"^\+98", "0")
    return pc.replace_substring_regex(numbers, r"^\+", "") if style == "digits" else numbers


def _numbers(digits: pa.Array, pattern: str, code: str) -> pa.Array:
    """Return the numbers that fit a pattern, the group of it behind a code."""
    fits = as_mask(pc.match_substring_regex(digits, pattern))
    if not fits.any():
        return pa.nulls(len(digits), pa.string())
    return pc.replace_substring_regex(where(fits, digits), pattern, rf"{code}\1")


def _exact(column: pa.Array) -> pa.Array:
    """Return a column with null for numbers that 32 bits have rounded: one for a number that is somebody else's."""
    if not pa.types.is_float32(column.type):
        return column
    return pc.if_else(pc.less(pc.abs(column), 2.0**24), column, pa.nulls(len(column), column.type))


def dialled(text: pa.Array) -> pa.Array:
    """Return what is dialled: ASCII digits, with + in front where the country is said; other cells as they happen."""
    if has_wide_letters(text):
        text = spelled(text, _in_ascii)
    text = pc.replace_substring_regex(text, r"^'?(\+?[0-9]+)\.0+$", r"\1")
    text = pc.replace_substring_regex(text, r"^'?((?:\+|00)[0-9 .\-]*)\(0\)", r"\1")
    text = pc.replace_substring_regex(text, r"^'|[\s().\-]", "")
    return pc.replace_substring_regex(text, r"^\+?00", "+")


def _national(digits: pa.Array, country: str | None) -> pa.Array:
    """Return numbers that do not say their country in E.164: those of a country, or of none Iranian mobiles.

    Raises UsageError for a country without numbers, MissingExtraError where the numbers of one need a package.
    """
    if country in (None, IRAN):
        return _numbers(digits, r"^(?:98)?0?(9[0-9]{9})$" if country is None else r"^(?:98)?0?([1-9][0-9]{9})$", "+98")
    phonenumbers = _phonenumbers(country)
    if country not in phonenumbers.SUPPORTED_REGIONS:
        raise UsageError(f"{country} has no phone numbers of its own: say the two letters of a country, as IR or DE.")

    def read(digits: str) -> str | None:
        try:
            number = phonenumbers.parse(digits, country)
        except phonenumbers.NumberParseException:
            return None
        if not phonenumbers.is_valid_number(number):
            return None
        return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))

    encoded = digits.dictionary_encode()
    return texts_of([read(word) for word in encoded.dictionary.to_pylist()]).take(encoded.indices)


def _phonenumbers(country: str) -> Any:
    """Return the package that knows the numbers of all countries."""
    try:
        import phonenumbers
    except ImportError as error:
        raise MissingExtraError(
            f"Phone numbers of {printable(country)} without + need the package phonenumbers, which is missing: "
            'python -m pip install "segtool[phones]"'
        ) from error
    return phonenumbers


def _region_of(country: str) -> str:
    """Return the two letters of a country whose numbers are known, of two letters or a name; else `UNKNOWN`."""
    code = code_of(country)
    if code == IRAN:
        return code
    regions = _phonenumbers(country).SUPPORTED_REGIONS
    found = code or _named_regions().get(" ".join(country.split()).casefold(), UNKNOWN)
    return found if found in regions else UNKNOWN


@cache
def _named_regions() -> dict[str, str]:
    """Return name of any country, in languages of shops -> its two letters."""
    from phonenumbers.geodata.locale import LOCALE_DATA

    found = {}
    for code, names in LOCALE_DATA.items():
        for lang in ("en", "ar", "de", "es", "fr", "it", "pt", "tr"):
            name = names.get(lang, "")
            found[names.get(name[1:], "") if name.startswith("*") else name] = code
    return {name.casefold(): code for name, code in found.items() if name}


_in_ascii = Spelling(("Cf", "Mn", "Zs", "Pd", "Sm"))
