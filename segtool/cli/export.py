"""`segtool export`: files that a campaign tool takes as they are."""

import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import click

from segtool import memory
from segtool.cli.emit import Destination, destination_of_one, print_bytes, say, tell
from segtool.cli.headings import GroupedCommand
from segtool.cli.lock import lock_option
from segtool.cli.options import (
    Names,
    RuleText,
    Share,
    as_of_option,
    column_option,
    reading_options,
    refuse_idle,
    threads_option,
)
from segtool.cli.output_options import file_options, speech_options
from segtool.errors import UsageError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from segtool.exporting import Exported
    from segtool.summary.export import ExportSummary


def _targets(_: click.Context, __: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    """Return what completes the name of a target, or a file where no name begins like that."""
    from click.shell_completion import CompletionItem

    from segtool.resources import names_in

    names = [name for name in names_in("campaigns/targets") if name.startswith(incomplete)]
    return [CompletionItem(name) for name in names] or [CompletionItem(incomplete, type="file")]


@click.command("export", cls=GroupedCommand, own=("where",))
@click.argument("table", type=click.Path())
@click.option(
    "--to",
    "target",
    metavar="TARGET",
    required=True,
    shell_complete=_targets,
    help="mailchimp, mautic, klaviyo, hubspot, segment, google-customer-match, meta, phones, ga4, adobe, generic, "
    "or a file as ./mine.toml.",
)
@click.option(
    "--where",
    type=RuleText(),
    metavar="RULE",
    multiple=True,
    help='Only customers who meet it, as \'segment in ("Champions", "At Risk")\'; repeatable, all must hold.',
)
@click.option(
    "--consent",
    metavar="COL",
    help="Only customers who say yes in this column, and whose address or number says no nowhere.",
)
@click.option(
    "--suppress",
    type=click.Path(),
    metavar="FILE",
    multiple=True,
    help="Leave out whom it lists: ids, e-mails, phones or their SHA-256; repeatable.",
)
@click.option(
    "--holdout", type=Share(), metavar="SHARE", help="Hold so many out, as 10%, as the control group of lift."
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    metavar="N",
    default=0,
    show_default=True,
    help="Of --holdout: the same ones in each run.",
)
@click.option("--customers", type=click.Path(), metavar="FILE", help="A list whose columns join: contacts, consent.")
@click.option("--customers-id", metavar="COL", help="Column of that list: the customer.")
@click.option(
    "--traits", type=Names(), metavar="COL,…", help="Columns that go along.  [default: as the target has them]"
)
@click.option("--tag-prefix", metavar="TEXT", help="What stands before a segment in a tag.")
@click.option(
    "--phone-style",
    type=click.Choice(["international", "local", "digits"]),
    help="+98912…, 0912… or 98912….  [default: as the target has them]",
)
@click.option(
    "--country", metavar="CODE", help="Of phone numbers where their row has none, as DE.  [default: IR where they fit]"
)
@column_option
@as_of_option("Days count back from here.  [default: as the table tells]")
@reading_options
@file_options("Write the audience, and beside it manifest, skipped and control group; - is stdout.", "the manifest")
@speech_options
@threads_option
@lock_option
def command(table: str, target: str, no_warnings: bool, **options: Any) -> "ExportSummary":
    """Write customers of TABLE as the file that a campaign tool takes as it is. Nothing is sent anywhere.

    TABLE is one that segtool wrote, or any other with a row a customer and an id. With -o vip.csv the audience is
    written, in parts where the tool limits a file, and beside it vip.manifest.json, vip.skipped.csv (who is not written
    and why) and, with --holdout, vip.control.csv and vip.treated.csv, as segtool lift takes them.

    On a terminal the summary is shown. In a pipe, stdout carries the audience and the summary goes to stderr.
    """
    memory.keep_pages()
    refuse_idle()
    to = destination_of_one(options, "audience")
    if to.stdout and options["holdout"] is not None:
        raise UsageError("--holdout keeps lists of both groups beside the audience, and stdout is one: say -o FILE.")
    from segtool.campaigns.targets import read_target
    from segtool.exporting import export
    from segtool.output.export import render_export, unhashed_line
    from segtool.output.export_files import ExportPaths, export_files

    suffix = read_target(target).suffix
    paths = ExportPaths(to.paths[0]) if to.files else None
    inputs = [table, *options["suppress"], *([options["customers"]] if options["customers"] else [])]
    with export_files(paths, suffix, inputs=inputs) if paths else nullcontext() as files:
        found = export(table, target, **options)
        if found.summary.unhashed and to.formats and not to.quiet:
            say(f"{unhashed_line(found.summary, found.reached, to.words)}\n", sys.stderr)
        summary = found.write_into(files, paths) if files and paths else found.summary
    if to.stdout:
        _print(found)
    tell(
        to,
        summary,
        render_export,
        rows=to.words.count(summary.written, "customer"),
        warn=not no_warnings,
        wrote="export.wrote",
        save=("export.save", f"{summary.target}{suffix}"),
        names=_names(to, summary),
    )
    return summary


def _print(found: "Exported") -> None:
    """Write the audience to stdout, once all of it is there. Raises UsageError where the tool wants it in parts."""
    import tempfile

    with tempfile.TemporaryFile() as whole:

        def only(number: int) -> Any:
            if number > 1:
                raise UsageError("The tool wants this audience in several files, and stdout is one: say -o FILE.")
            return whole

        found.write_audience(only)
        whole.seek(0)
        print_bytes(whole)


def _names(to: Destination, summary: "ExportSummary") -> str | None:
    """Return the files of the audience as they are said: of parts the first and the last."""
    parts = [each.name for each in summary.files if each.role == "audience"]
    if not to.files or len(parts) < 2:
        return None
    return " … ".join(str(to.paths[0].with_name(name)) for name in (parts[0], parts[-1]))
