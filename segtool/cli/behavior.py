"""`segtool behavior`: what people do in a shop besides buying."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from segtool.cli.emit import Beside, destination, files_named, run
from segtool.cli.headings import GroupedCommand
from segtool.cli.lock import lock_option
from segtool.cli.options import (
    Command,
    apply,
    as_of_option,
    column_option,
    counting_options,
    reading_options,
    role_options,
    schemes_and,
    threads_option,
)
from segtool.cli.output_options import language_options, output_options

if TYPE_CHECKING:
    from segtool.summary.behavior import BehaviorSummary

_ROLES = {
    "event": "what was done",
    "user": "the id of somebody known; as --customer-id",
    "anonymous": "the id of a browser or device",
    "time": "when; as --order-date",
    "session": "id of the visit",
    "product": "which product",
    "category": "its category; of orders too",
    "brand": "its brand; of orders too",
    "sales-channel": "of orders: online, in store",
    "source": "where the visit came from, as utm_source",
    "medium": "as utm_medium",
    "campaign": "as utm_campaign",
    "channel": "source and medium in one",
    "url": "address of the page",
    "referrer": "address of the page before",
    "device": "phone, tablet, computer",
    "os": "operating system",
    "platform": "operating system, device or app",
    "app": "app or web",
    "member": "whether somebody was logged in",
    "rating": "stars that were given",
}


def _log_options(command: Command) -> Command:
    """Options that name the column of a role which event logs have beside those of orders."""
    return apply(
        command, [click.option(f"--{role}", metavar="COL", help=f"Column: {told}.") for role, told in _ROLES.items()]
    )


def _length(name: str, default: str, told: str) -> Callable[[Command], Command]:
    return click.option(f"--{name}", metavar="TIME", default=default, show_default=True, help=told)


@click.command("behavior", cls=GroupedCommand)
@click.argument("events", nargs=-1, required=True, type=click.Path())
@_length("session-gap", "30m", "A longer silence ends a session that has no id.")
@_length("cart-window", "30d", "A cart is abandoned when nothing in it is bought for so long.")
@_length("recent", "30d", "Who bought within it purchased recently.")
@_length("lapsed-after", "180d", "Who has not bought for longer has lapsed.")
@click.option(
    "--map",
    "event_map",
    metavar="NAME=KIND",
    multiple=True,
    help="What an event is: view, search, wish, add, cart, remove, checkout, purchase …; repeatable.",
)
@click.option("--events-map", type=click.Path(), metavar="FILE", help="The same for many, and for columns, in TOML.")
@click.option(
    "--own-host",
    "own_hosts",
    metavar="HOST",
    multiple=True,
    help="A referrer that is no source: the shop's own site, a bank's payment page; repeatable.",
)
@click.option("--windows", type=click.Path(), metavar="FILE", help="Times of the year of one's own, in TOML.")
@click.option(
    "--hemisphere", type=click.Choice(["north", "south"]), help="Whose seasons the months are in.  [default: north]"
)
@click.option(
    "--scheme",
    metavar="NAME",
    multiple=True,
    shell_complete=schemes_and(scores=False, columns=True),
    help="Scheme over columns that names a segment by what is told, as cart or behavioural; repeatable.",
)
@column_option
@as_of_option("Days count back from here.  [default: the last date]")
@counting_options
@_log_options
@role_options
@reading_options
@output_options
@language_options
@threads_option
@lock_option
def command(
    events: tuple[str, ...],
    summary_file: Path | None,
    rejects: Path | None,
    no_warnings: bool,
    verbose: bool,
    column: tuple[str, ...],
    **options: Any,
) -> "BehaviorSummary":
    """Tell what people do besides buying, from an event log or from plain orders: one row a person.

    EVENTS are files in which a row is an event: who, when, what, as GA4, Segment, Matomo, Snowplow and Shopify export
    them, or as a shop writes its own. Without a column of events, they are orders as for segtool rfm, and what needs
    nothing else is told: seasons, named times of the year, rhythm, next order, categories, brands and channels.

    On a terminal the summary is shown. In a pipe, stdout carries the table as CSV and the summary goes to stderr.
    """
    to = destination(options)
    from segtool.behaving import behavior
    from segtool.output.behavior import render_behavior

    result = run(
        partial(behavior, list(events), columns=column, **options, rejects=rejects is not None),
        render_behavior,
        to,
        Beside(summary_file, rejects),
        inputs=[*events, *files_named(options, "exclude", "events_map", "windows")],
        threads=options["threads"],
        warn=not no_warnings,
        verbose=verbose,
        wrote=("talk.wrote", "person"),
        save=("behavior.save", "behavior.csv"),
    )
    summary: BehaviorSummary = result.summary
    return summary
