"""What a run keeps in a file for later ones: JSON that ends with a hash of all the rest."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from segtool.errors import ConfigError, MissingInputError, why

Made = TypeVar("Made")


@dataclass(frozen=True)
class Kept:
    """A kind of such files: what it is called, the form that it has, and the option that writes it.

    The form rises when a file of an older program could be read wrongly.
    """

    noun: str
    form: int
    option: str

    def text(self, content: Mapping[str, Any], *, version: str) -> str:
        """Return the text of a file."""
        content = {f"segtool_{self.noun}": self.form, "version": version, **content}
        return json.dumps({**content, "sha256": _hash(content)}, indent=1, ensure_ascii=False) + "\n"

    def read(self, file: str | Path) -> str:
        """Return the text in a file. Raises MissingInputError if there is none, ConfigError for what is no text."""
        try:
            return Path(file).read_text("utf-8-sig")
        except FileNotFoundError:
            raise MissingInputError(f"There is no {self.noun} {file}.") from None
        except UnicodeDecodeError:
            raise ConfigError(f"{file} is no {self.noun}; {self.option} FILE writes one.") from None
        except OSError as error:
            raise MissingInputError(f"{file} cannot be read: {why(error)}.") from error

    def parsed(self, text: str, file: str, make: Callable[[dict[str, Any]], Made]) -> Made:
        """Return what is made of the content of a file.

        Raises ConfigError for one that is damaged, that a newer program made, or of which nothing can be made: `make`
        raises ValueError, LookupError, TypeError, AttributeError or ArithmeticError then.
        """
        try:
            content = json.loads(text)
            made_by = content[f"segtool_{self.noun}"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise ConfigError(f"{file} is no {self.noun}; {self.option} FILE writes one.") from None
        if not isinstance(made_by, int) or made_by > self.form:
            raise ConfigError(f"{file} was made by segtool {content.get('version')}, which is newer: update segtool.")
        again = f"make a new one with {self.option}."
        if content.pop("sha256", None) != _hash(content):
            raise ConfigError(f"{file} is damaged, or was changed after it was made: {again}")
        try:
            return make(content)
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError):
            raise ConfigError(f"{file} does not hold what a {self.noun} does: {again}") from None


def _hash(content: Mapping[str, Any]) -> str:
    return sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
