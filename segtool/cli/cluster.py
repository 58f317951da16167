"""`segtool cluster`: groups that the data finds by itself."""

import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from segtool.cli.emit import Beside, destination, files_named, run, say
from segtool.cli.headings import GroupedCommand
from segtool.cli.lock import lock_option
from segtool.cli.options import (
    NewFile,
    as_of_option,
    column_option,
    counting_options,
    reading_options,
    refuse_idle,
    role_options,
    scheme_option,
    threads_option,
)
from segtool.cli.output_options import language_options, output_options

if TYPE_CHECKING:
    from segtool.summary.clusters import ClusterSummary


@click.command("cluster", cls=GroupedCommand)
@click.argument("table", nargs=-1, required=True, type=click.Path())
@click.option(
    "--method",
    type=click.Choice(["kmeans", "ward", "gmm", "hdbscan"]),
    help="How groups are found.  [default: kmeans]",
)
@click.option("--k", type=click.IntRange(2), metavar="N", help="How many groups.  [default: chosen, 2 to 10]")
@click.option(
    "--columns", metavar="COL,…", help="Numbers and categories to compare.  [default: recency, frequency, money]"
)
@column_option
@click.option("--order-by", metavar="COL", help="Number groups by its mean, the highest first.  [default: money]")
@click.option("--min-size", type=click.IntRange(2), metavar="N", help="Of hdbscan: the least group.  [default: 2%]")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), metavar="N", help="Of starts and samples.  [default: 0]")
@click.option("--customer-level", is_flag=True, help="A row is a customer.  [default: by the headers]")
@click.option("--save-model", type=NewFile(path_type=Path), metavar="FILE", help="Write the groups as JSON.")
@click.option("--model", type=click.Path(), metavar="FILE", help="Label by the groups that an earlier run saved.")
@scheme_option("adds a column")
@as_of_option("Of orders: days count back from here.  [default: the last date]")
@counting_options
@role_options
@reading_options
@output_options
@language_options
@threads_option
@lock_option
def command(
    table: tuple[str, ...],
    summary_file: Path | None,
    rejects: Path | None,
    save_model: Path | None,
    no_warnings: bool,
    verbose: bool,
    **options: Any,
) -> "ClusterSummary":
    """Let the data find groups of customers, name them, and tell whether there are any.

    TABLE is a table with a row a customer, as rfm and behavior write, or orders, of which recency, frequency and money
    are taken. Numbers are put on one scale, skewed ones by their logarithm; the number of groups is chosen by how far
    they are apart and how well halves of the customers agree. Groups are numbered by value. Finding them needs the
    extra cluster, labelling by a --model does not.

    On a terminal the summary is shown. In a pipe, stdout carries the table as CSV and the summary goes to stderr.
    """
    refuse_idle()
    if save_model and options["model"]:
        raise click.UsageError(
            "--save-model writes the groups of this run, which has them by --model; say one of both."
        )
    to = destination(options)
    from segtool.clustering import cluster, no_model
    from segtool.output.cluster import render_cluster

    if save_model and options["method"] in ("ward", "hdbscan"):
        raise no_model(options["method"])
    made = partial(cluster, list(table), **options, digits=to.style["digits"], rejects=rejects is not None)  # type: ignore[arg-type]
    result = run(
        made,
        render_cluster,
        to,
        Beside(summary_file, rejects),
        inputs=[*table, *files_named(options, "exclude", "model")],
        threads=options["threads"],
        warn=not no_warnings,
        verbose=verbose,
        also={save_model: lambda found, file: file.write(found.model.to_json().encode())} if save_model else {},
        wrote=("cluster.wrote", "customer"),
        save=("cluster.save", "clusters.csv"),
    )
    if save_model and not to.quiet and not to.as_json:
        say(f"\n{to.words('cluster.saved', file=shlex.quote(str(save_model)))}\n", to.talk)
    summary: ClusterSummary = result.summary
    return summary
