"""`segtool inspect`: what is in a file, before anything is computed."""

import sys
from pathlib import Path
from typing import Any

import click

from segtool.cli.emit import say, wants_color, wants_progress, width_of
from segtool.cli.headings import GroupedCommand
from segtool.cli.options import NewFile, query_option, reading_options, role_options, row_options, threads_option
from segtool.cli.output_options import json_option
from segtool.errors import OutputError

_TEMPLATES = ("orders", "customers", "events")


@click.command("inspect", cls=GroupedCommand)
@click.argument("files", nargs=-1, type=click.Path())
@click.option("--template", type=click.Choice(_TEMPLATES), help="Instead: write an empty CSV with known headers.")
@click.option("-o", "--output", type=NewFile(path_type=Path), metavar="FILE", help="Where the template goes.")
@json_option("what was found")
@click.option("--strict", is_flag=True, help="Exit 1 when rfm would refuse the files, or cannot read some row.")
@row_options
@role_options
@reading_options
@query_option
@threads_option
@click.pass_context
def command(
    context: click.Context,
    /,
    files: tuple[str, ...],
    template: str | None,
    output: Path | None,
    as_json: bool,
    strict: bool,
    **options: Any,
) -> None:
    """Look at FILES before anything is computed.

    It shows what each column holds and how much of it is empty, the orders as rfm reads them, what would be set aside
    and why, which questions about the customers the columns answer, and the line to type next.

    FILES and options are those of segtool rfm. What rfm would ask is told, and the likeliest answer is taken.
    """
    if template is not None:
        _write_template(template, files, output)
        return
    if not files:
        raise click.UsageError("Missing argument 'FILES...'.")
    if output is not None:
        raise click.UsageError("-o is for --template; --json > FILE keeps what was found.")
    from segtool.inspection.inspect import inspect
    from segtool.output.progress import Progress

    with Progress(sys.stderr if wants_progress(sys.stderr) else None) as progress:
        found = inspect(list(files), **options, watch=progress)
    if as_json:
        say(found.to_json(), sys.stdout)
    else:
        from segtool.output.inspection import render

        say(render(found, width=width_of(sys.stdout), color=wants_color(sys.stdout)), sys.stdout)
    if strict and not found.is_clean:
        context.exit(1)


def _write_template(name: str, files: tuple[str, ...], output: Path | None) -> None:
    """Write a header line to a new file or to stdout: a file of that name has been filled, or is of something else."""
    if files:
        raise click.UsageError("--template reads no files.")
    from segtool.inspection.questions import templates
    from segtool.output.files import Files

    line = ",".join(templates()[name]) + "\n"
    if output is None:
        say(line, sys.stdout)
        return
    if output.is_file() and output.stat().st_size:
        raise OutputError(f"{output} exists and is not empty; name a new file.")
    with Files([output], inputs=[]) as written:
        written[output].write(line.encode())
