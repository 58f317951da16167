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
    from segtool.segments.attribute_scheme import AttributeScheme
    from segtool.segments.families import Family
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
@click.option("--columns", is_flag=True, help="Those of segtool segment instead: rules over the columns of customers.")
@json_option("the schemes")
@speech_options
def list_schemes(columns: bool, as_json: bool, lang: str, digits: str) -> None:
    """List the schemes that come with segtool, and what each is for."""
    from segtool.output.schemes import render_list
    from segtool.segments.schemes import built_in, read
    from segtool.words import words_in

    if columns:
        _list_columns(words_in(lang, digits), as_json=as_json)
        return
    schemes = [read(name) for name in built_in()]
    if as_json:
        _say_json([scheme.to_dict() for scheme in schemes])
        return
    text = render_list(schemes, words_in(lang, digits), width=width_of(sys.stdout), color=wants_color(sys.stdout))
    say(text, sys.stdout)


def _list_columns(words: "Words", *, as_json: bool) -> None:
    """Show the families of schemes over columns, and those in none."""
    from segtool.output.attribute_schemes import render_families
    from segtool.segments.families import attribute_scheme, attribute_schemes, families

    found = list(families().values())
    schemes = [attribute_scheme(name) for name in attribute_schemes()]
    if as_json:
        _say_json({"families": [each.to_dict() for each in found], "schemes": [each.to_dict() for each in schemes]})
        return
    inside = {name for family in found for name in family.members}
    alone = [scheme for scheme in schemes if scheme.name not in inside]
    say(render_families(found, alone, words, width=width_of(sys.stdout), color=wants_color(sys.stdout)), sys.stdout)


@command.command("show", short_help="Draw a scheme: its map, its segments, and what to do with each.")
@click.argument("name", metavar="NAME|FILE", shell_complete=schemes_and(columns=True))
@click.option("--toml", "as_toml", is_flag=True, help="Print the file instead, to start one's own from.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print the page that a team shares, as Markdown.")
@click.option(
    "--model", type=click.Path(), metavar="FILE", help="With --markdown: tell what scores mean in this model."
)
@json_option("the scheme")
@speech_options
def show(name: str, as_toml: bool, as_markdown: bool, model: str | None, as_json: bool, lang: str, digits: str) -> None:
    """Draw the map of a scheme, and say what each segment asks for and what to do with it.

    NAME is one of segtool schemes list, or of schemes list --columns; FILE is a scheme of one's own, as ./mine.toml.
    A scheme over columns has no map: its rules are told in words.
    """
    if as_toml + as_markdown + as_json > 1:
        raise click.UsageError("--toml, --markdown and --json each print another thing; say one of them.")
    if model and not as_markdown:
        raise click.UsageError("--model is for the page of --markdown.")
    from segtool.segments.families import Family, read_any
    from segtool.segments.scheme import Scheme
    from segtool.words import words_in

    scheme = read_any(name)
    if as_markdown:
        if not isinstance(scheme, Scheme):
            raise click.UsageError(f"--markdown is for maps from scores, and {name} looks at columns.")
        _print_page(name, model, words_in(lang, digits))
        return
    if as_toml and isinstance(scheme, Family):
        members = ", ".join(scheme.members)
        raise click.UsageError(f"{name} is a family, whose schemes have a file each: {members}.")
    if as_toml and not isinstance(scheme, Family):
        say(scheme.text, sys.stdout)
        return
    if as_json:
        more = {"schemes": [each.to_dict() for each in scheme.schemes]} if isinstance(scheme, Family) else {}
        _say_json(scheme.to_dict() | more)
        return
    if not isinstance(scheme, Scheme):
        _show_columns(scheme, words_in(lang, digits))
        return
    from segtool.output.schemes import render_scheme
    from segtool.segments.check import check

    words, unsound_as = words_in(lang, digits), None if check(scheme).is_sound else name
    text = render_scheme(
        scheme, words, unsound_as=unsound_as, width=width_of(sys.stdout), color=wants_color(sys.stdout)
    )
    say(text, sys.stdout)


def _show_columns(scheme: "AttributeScheme | Family", words: "Words") -> None:
    """Show a scheme over columns, or a family of them."""
    from segtool.output.attribute_schemes import render_attribute_scheme, render_family
    from segtool.segments.attribute_scheme import AttributeScheme

    width, color = width_of(sys.stdout), wants_color(sys.stdout)
    if isinstance(scheme, AttributeScheme):
        say(render_attribute_scheme(scheme, words, width=width, color=color), sys.stdout)
    else:
        say(render_family(scheme, words, width=width, color=color), sys.stdout)


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


@command.command("check", short_help="Prove that a scheme names one segment for whatever there can be.")
@click.argument("names", metavar="NAME|FILE...", nargs=-1, required=True, shell_complete=schemes_and(columns=True))
@click.option("--strict", is_flag=True, help="Exit 1 as well when a better score leads to a worse segment.")
@json_option("what was found")
@speech_options
@click.pass_context
def check_schemes(
    context: click.Context, names: tuple[str, ...], strict: bool, as_json: bool, lang: str, digits: str
) -> None:
    """Prove that a scheme names one segment for every possible score, or for every kind of row.

    Exit 1 when a score has no segment, or several where the file does not say that the first match wins, or when no
    score leads to a segment. That a better score leads to a worse segment is told; famous maps cannot avoid it.

    Of a scheme over columns it tries every kind of row that the rules tell apart: exit 1 when one has no segment, or
    when a segment has none, because earlier rules take them all or because its own cannot hold.
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
