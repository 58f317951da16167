"""What was written for a campaign tool and what was not, as frozen facts; pure data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from segtool.summary.facts import Caution, Told

SCHEMA_VERSION = 1

Skip = Literal["no consent", "suppressed", "no key", "unusable key", "duplicate key"]
"""Why a customer who was asked for is not written, in the order in which it is judged."""

Role = Literal["audience", "control", "treated", "skipped", "finish"]
"""What a file of an export is for."""


@dataclass(frozen=True)
class ExportFile:
    """A file that was written: its name without folders, its rows and bytes, and the SHA-256 of the bytes."""

    name: str
    role: Role
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Holdout:
    """The control group: customers who are kept out by chance, the same ones in each run with this seed."""

    share: float
    seed: int
    customers: int


@dataclass(frozen=True)
class ExportSummary(Told):
    """Everything that is said about an export; its JSON is the manifest beside the files.

    customers = not_asked_for + skipped + held out + written, a row each. `not_asked_for` do not meet `where`.
    `target_about` is what the target says of its files, empty where it says nothing. `input` is the name of the table,
    without folders.
    `unhashed` are the kinds of contact data that leave as they can be read. `segments` tells how many of each are
    written, `titles` what those of a built-in scheme are called in the language of the run. `input_sha256` is that of
    the bytes of the table, None where it is no file.
    """

    schema_version: int
    target: str
    target_title: str
    target_about: str
    input: str
    input_sha256: str | None
    as_of: date | None
    where: str | None
    customers: int
    not_asked_for: int
    skipped: Mapping[str, int]
    holdout: Holdout | None
    written: int
    segments: Mapping[str, int]
    titles: Mapping[str, str]
    fields: Mapping[str, str]
    traits: tuple[str, ...]
    unhashed: tuple[str, ...]
    files: tuple[ExportFile, ...]
    warnings: tuple[Caution, ...]
    version: str
