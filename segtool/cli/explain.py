"""`segtool explain`: why a customer is in a segment, and what would lead elsewhere."""

import sys
from typing import TYPE_CHECKING, Any

import click

from segtool.cli.emit import say, wants_color, wants_progress, width_of
from segtool.cli.headings import GroupedCommand
from segtool.cli.options import (
    customer_level_options,
    query_option,
    reading_options,
    refuse_idle,
    role_options,
    row_options,
    scheme_option,
    scoring_options,
    threads_option,
)
from segtool.cli.output_options import json_option, speech_options
from segtool.words import words_in

if TYPE_CHECKING:
    from segtool.words import Language


@click.command("explain", cls=GroupedCommand)
@click.argument("arguments", nargs=-1, required=True, metavar="[ORDERS] CUSTOMER...")
@click.option(
    "--from",
    "table",
    type=click.Path(),
    metavar="FILE",
    help="Instead of ORDERS: a table that rfm wrote; with --model, which scored it.",
)
@scheme_option("is explained as well")
@scoring_options
@row_options
@role_options
@customer_level_options
@reading_options
@query_option
@json_option("the reasons")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
@speech_options
@threads_option
def command(
    arguments: tuple[str, ...],
    table: str | None,
    as_json: bool,
    quiet: bool,
    lang: "Language",
    digits: "Language",
    **options: Any,
) -> None:
    """Say why each CUSTOMER is in a segment, and what would lead elsewhere.

    It shows the customer's orders in numbers, the scores with the cuts around them, the rule that matched, the fewest
    further orders that lead to a better segment, and the day on which the segment changes if nothing is bought. All
    this is what segtool rfm would give with the model of this run.

    ORDERS and options are those of segtool rfm, and ids are written as rfm writes them.
    """
    refuse_idle()
    if table is not None and not options["model"]:
        raise click.UsageError("--from reads what a run scored; say --model FILE, which that run saved.")
    orders, customers = (table, arguments) if table is not None else (arguments[0], arguments[1:])
    if not customers:
        raise click.UsageError("Missing argument 'CUSTOMER...': whose segment is to be explained?")
    from segtool.api import explain
    from segtool.output.progress import Progress

    with Progress(sys.stderr if not quiet and wants_progress(sys.stderr) else None) as progress:
        found = explain(
            orders, customers, labelled=table is not None, lang=lang, digits=digits, watch=progress, **options
        )
    if as_json:
        say(found.to_json(), sys.stdout)
        return
    from segtool.output.explain import render

    words = words_in(lang, digits)
    say(render(found, words=words, width=width_of(sys.stdout), color=wants_color(sys.stdout)), sys.stdout)
