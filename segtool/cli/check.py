"""`segtool check`: the common mistakes of a segmentation, each caught by name."""

import sys
from typing import TYPE_CHECKING, Any

import click

from segtool.cli.emit import say, wants_color, width_of
from segtool.cli.headings import GroupedCommand
from segtool.cli.options import goal_option, reading_options
from segtool.cli.output_options import json_option, speech_options
from segtool.errors import FailedCheckError

if TYPE_CHECKING:
    from segtool.summary.mistakes import Checked
    from segtool.words import Language


def _codes(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Return the codes that complete what was typed. Not by segtool.summary, which is too heavy for TAB."""
    from segtool.resources import read_toml

    return [code for code in read_toml("words/en.toml")["way-out"] if code.startswith(incomplete)]


@click.command("check", cls=GroupedCommand)
@click.argument("labelled", type=click.Path())
@click.option(
    "--by",
    "columns",
    metavar="COL",
    multiple=True,
    help="Column of segments; repeatable.  [default: segment and every segment_…]",
)
@click.option("--value", metavar="COL", help="Column: what customers spent.  [default: recognised]")
@click.option(
    "--ignore", metavar="CODE", multiple=True, shell_complete=_codes, help="Do not look for this one; repeatable."
)
@click.option("--fail-warnings", is_flag=True, help="Exit 1 if a mistake is found, after all is said.")
@click.option(
    "--backtest",
    type=click.Path(),
    metavar="FILE",
    help="The JSON of segtool backtest: what these segments foretold.",
)
@goal_option
@reading_options
@json_option("what was found")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
@speech_options
def command(
    labelled: str,
    columns: tuple[str, ...],
    fail_warnings: bool,
    as_json: bool,
    quiet: bool,
    lang: "Language",
    digits: "Language",
    **options: Any,
) -> "Checked":
    """Catch the five common mistakes of a segmentation in LABELLED, each by name and with the way out.

    \b
    past-only         labels look back, and nobody tried how they do later
    no-goal           nothing says what the segments are for
    thin-data         segments of a few people, columns of mostly empty cells
    demographic-only  segments tell who customers are, not what they do
    too-vague         half of the customers are in one segment

    LABELLED is a table of segtool rfm, or any with a row a customer and a column of segments. A Parquet table of rfm
    tells the goal, the targets and the scheme by itself.
    """
    from segtool.checking import check

    found = check(labelled, by=columns, lang=lang, digits=digits, **options)
    if as_json:
        say(found.to_json(), sys.stdout)
    elif not quiet:
        from segtool.output.check import render
        from segtool.words import words_in

        text = render(found, words=words_in(lang, digits), width=width_of(sys.stdout), color=wants_color(sys.stdout))
        say(text, sys.stdout)
    click.get_current_context().ensure_object(dict)["result"] = found  # all is said, and logged as that
    if fail_warnings and not found.is_clean:
        raise FailedCheckError(f"{found.table} has mistakes: {', '.join(each.code for each in found.findings)}.")
    return found
