"""Headers of traits, as a campaign tool takes them."""

import re
import unicodedata

from segtool.campaigns.target import TraitStyle

_NOT_IN_ADOBE = re.compile(r"[\s<>,'\"]+")


def styled_header(name: str, style: TraitStyle) -> str:
    """Return a header in a style.

    `snake` has letters, digits and underscores, without marks on letters; `mautic` is that with `rfm_` in front, as the
    alias of a field of one's own; `adobe` has an underscore for blanks and the signs that Adobe Target ignores.

    >>> styled_header("Last Purchase", "snake"), styled_header("rScore", "snake"), styled_header("Größe (€)", "snake")
    ('last_purchase', 'r_score', 'grosse')
    >>> styled_header("segment", "mautic"), styled_header("rfm_score", "mautic")
    ('rfm_segment', 'rfm_score')
    >>> styled_header("what's <new>", "adobe"), styled_header("Last Purchase", "as it is")
    ('what_s_new', 'Last Purchase')
    """
    if style == "as it is":
        return name
    if style == "adobe":
        return _NOT_IN_ADOBE.sub("_", name).strip("_") or "attribute"
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    letters = unicodedata.normalize("NFKD", parted).casefold()
    plain = "".join(letter for letter in letters if unicodedata.category(letter) not in ("Mn", "Cf"))
    snake = re.sub(r"[\W_]+", "_", plain).strip("_") or "trait"
    return f"rfm_{snake}" if style == "mautic" and not snake.startswith("rfm_") else snake
