"""The help of commands with many options, under headings by which a reader finds them."""

from collections.abc import Sequence
from typing import Any

import click

_HEADINGS = {
    "Scheme and goal": ("scheme", "goal", "targets"),
    "Output": (
        *("outputs", "output", "form", "matrix", "flows", "calibration", "csv_safe", "right_to_left"),
        *("as_json", "summary_file", "rejects", "calendar_out"),
    ),
    "Talk": ("lang", "digits", "headers", "verbose", "no_warnings", "quiet"),
    "Scores": (
        *("axes", "bins", "ties", "nested", "recency_cuts", "frequency_cuts", "monetary_cuts", "length_cuts"),
        *("monetary", "weights", "by", "min_group"),
    ),
    "Frozen models": ("model", "freeze", "unseen", "save_model"),
    "Since the last run": ("previous", "keep_gone"),
    "Alerts": ("fail_if", "fail_targets", "fail_drift"),
    "Rows that count": (
        *("as_of", "since", "timezone", "refunds", "orders_by", "keep_status", "drop_status", "currency"),
        *("exclude", "exclude_id", "where", "drop_duplicates", "max_bad"),
    ),
    "Columns": (
        *("customer_id", "order_date", "amount", "order_id", "quantity", "unit_price", "refunded", "status"),
        *("currency_column", "column", "carry"),
    ),
    "Columns of an event log": (
        *("event", "user", "anonymous", "time", "session", "product", "category", "brand", "sales_channel"),
        *("source", "medium", "campaign", "channel", "url", "referrer", "device", "os", "platform", "app", "member"),
        "rating",
    ),
    "Tables of customers": (
        "customer_level",
        "recency",
        "frequency",
        "customers",
        "customers_id",
        "customer_columns",
        "unit",
        "account_id",
        "prospects",
    ),
    "How files are written": (
        *("encoding", "delimiter", "skip_rows", "header", "sheet", "decimal", "day_first", "date_format", "calendar"),
    ),
    "Databases and engines": ("query", "engine", "memory_limit", "into"),
    "This run": ("threads", "lock", "config", "log_file", "help"),
}
"""Heading -> the parameters below it, in the order of the help."""

_HEADING_OF = {name: heading for heading, names in _HEADINGS.items() for name in names}
_PLACES = {name: place for place, name in enumerate(_HEADING_OF)}


class GroupedCommand(click.Command):
    """A command whose help has its options under headings; those that only it has, its `own`, stand first."""

    def __init__(self, *args: Any, own: Sequence[str] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self._own = frozenset(own)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {"Options": [], **{heading: [] for heading in _HEADINGS}}
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        for option in sorted(options, key=lambda each: 0 if _name(each) in self._own else _PLACES.get(_name(each), 0)):
            if record := option.get_help_record(ctx):
                sections[self._heading_of(_name(option))].append(record)
        for heading, records in sections.items():
            if records:
                with formatter.section(heading):
                    formatter.write_dl(records)

    def _heading_of(self, name: str) -> str:
        return "Options" if name in self._own else _HEADING_OF.get(name, "Options")


def _name(option: click.Option) -> str:
    return "help" if "--help" in option.opts else str(option.name)
