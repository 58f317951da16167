"""`segtool schemes`: which maps there are, how they look, and whether they are sound."""

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from segtool.cli.emit import say, wants_color, wants_progress, width_of
from segtool.cli.headings import GroupedCommand
from segtool.cli.options import goal_option, reading_options, role_options, row_options, schemes_and, threads_option
from segtool.cli.output_options import json_option, speech_options

if TYPE_CHECKING:
    from segtool.words import Language, Words


class _InThatOrder(click.Group):
    """A group that lists its commands as they follow one another in use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return ["suggest", "list", "show", "check"]


@click.group("schemes", cls=_InThatOrder)
def command() -> None:
    """See which maps from scores to segments there are, how they look, and whether they are sound.

    \b
    segtool schemes suggest orders.csv --goal win-back        find the one to use
    segtool schemes show loyalty-matrix --toml > mine.toml    start one's own
    segtool schemes check mine.toml                           prove it
    segtool rfm orders.csv --scheme ./mine.toml               use it
    """


@command.command("list")
@json_option("the schemes")
@speech_options
def list_schemes(as_json: bool, lang: str, digits: str) -> None:
    """List the schemes that come with segtool, and what each is for."""
    from segtool.output.schemes import render_list
    from segtool.segments.schemes import built_in, read
    from segtool.words import words_in

    schemes = [read(name) for name in built_in()]
    if as_json:
        _say_json([scheme.to_dict() for scheme in schemes])
        return
    text = render_list(schemes, words_in(lang, digits), width=width_of(sys.stdout), color=wants_color(sys.stdout))
    say(text, sys.stdout)


@command.command("show", short_help="Draw a scheme: its map, its segments, and what to do with each.")
@click.argument("name", metavar="NAME|FILE", shell_complete=schemes_and())
@click.option("--toml", "as_toml", is_flag=True, help="Print the file instead, to start one's own from.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print the page that a team shares, as Markdown.")
@click.option(
    "--model", type=click.Path(), metavar="FILE", help="With --markdown: tell what scores mean in this model."
)
@json_option("the scheme")
@speech_options
def show(name: str, as_toml: bool, as_markdown: bool, model: str | None, as_json: bool, lang: str, digits: str) -> None:
    """Draw the map of a scheme, and say what each segment asks for and what to do with it.

    NAME is one of segtool schemes list; FILE is a scheme of one's own, as ./mine.toml.
    """
    if as_toml + as_markdown + as_json > 1:
        raise click.UsageError("--toml, --markdown and --json each print another thing; say one of them.")
    if model and not as_markdown:
        raise click.UsageError("--model is for the page of --markdown.")
    from segtool.segments.schemes import read
    from segtool.words import words_in

    if as_markdown:
        _print_page(name, model, words_in(lang, digits))
        return
    scheme = read(name)
    if as_toml:
        say(scheme.text, sys.stdout)
        return
    if as_json:
        _say_json(scheme.to_dict())
        return
    from segtool.output.schemes import render_scheme
    from segtool.segments.check import check

    words, unsound_as = words_in(lang, digits), None if check(scheme).is_sound else name
    text = render_scheme(
        scheme, words, unsound_as=unsound_as, width=width_of(sys.stdout), color=wants_color(sys.stdout)
    )
    say(text, sys.stdout)


def _say_json(value: Any) -> None:
    say(json.dumps(value, indent=2, ensure_ascii=False) + "\n", sys.stdout)


def _print_page(name: str, model: str | None, words: "Words") -> None:
    from segtool.models import read_model
    from segtool.output.page import render_page
    from segtool.segments.page import page

    say(render_page(page(name, words, read_model(model).model if model else None), words), sys.stdout)


@command.command(
    "suggest", cls=GroupedCommand, short_help="Suggest the scheme that suits ORDERS and the goal, and say why."
)
@click.argument("orders", nargs=-1, required=True, type=click.Path())
@goal_option
@row_options
@role_options
@reading_options
@threads_option
@json_option("the suggestion")
@speech_options
def suggest_scheme(orders: tuple[str, ...], as_json: bool, lang: "Language", digits: str, **options: Any) -> None:
    """Suggest the scheme that suits ORDERS and the goal, with the reasons and the line to type."""
    from segtool.inspection.suggest import suggest
    from segtool.output.progress import Progress

    with Progress(sys.stderr if wants_progress(sys.stderr) else None) as progress:
        found = suggest(list(orders), **options, lang=lang, watch=progress)
    if as_json:
        say(found.to_json(), sys.stdout)
        return
    from segtool.output.suggestion import render_suggestion
    from segtool.words import words_in

    words = words_in(lang, digits)
    say(render_suggestion(found, words, width=width_of(sys.stdout), color=wants_color(sys.stdout)), sys.stdout)


@command.command("check")
@click.argument("names", metavar="NAME|FILE...", nargs=-1, required=True, shell_complete=schemes_and())
@click.option("--strict", is_flag=True, help="Exit 1 as well when a better score leads to a worse segment.")
@json_option("what was found")
@speech_options
@click.pass_context
def check_schemes(
    context: click.Context, names: tuple[str, ...], strict: bool, as_json: bool, lang: str, digits: str
) -> None:
    """Prove that a scheme names one segment for every possible score.

    Exit 1 when a score has no segment, or several where the file does not say that the first match wins, or when no
    score leads to a segment. That a better score leads to a worse segment is told; famous maps cannot avoid it.
    """
    from segtool.output.schemes import render_reports
    from segtool.segments.check import check_all
    from segtool.words import words_in

    reports, errors = check_all(names)
    if as_json:
        _say_json([each.to_dict() for each in reports])
    else:
        words = words_in(lang, digits)
        say(render_reports(reports, words, width=width_of(sys.stdout), color=wants_color(sys.stdout)), sys.stdout)
    if errors:
        raise type(errors[0])(" ".join(map(str, errors)))
    if not all(each.is_sound and (each.is_monotone or not strict) for each in reports):
        context.exit(1)
