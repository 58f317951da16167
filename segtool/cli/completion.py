"""`segtool completion`: what a shell needs to complete commands, options, choices and files."""

import os

import click

VARIABLE = "_SEGTOOL_COMPLETE"
"""Set by the scripts when TAB is pressed; it names the shell and what it wants to know."""


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish", "powershell"]))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the script that lets SHELL complete segtool: commands, options, choices and files.

    \b
    ~/.bashrc    eval "$(segtool completion bash)"
    ~/.zshrc     eval "$(segtool completion zsh)"
    config.fish  segtool completion fish | source
    $PROFILE     segtool completion powershell | Out-String | Invoke-Expression
    """
    from click.shell_completion import get_completion_class

    if kind := get_completion_class(shell):
        click.echo(kind(context.find_root().command, {}, "segtool", VARIABLE).source(), nl=False)


def complete(group: click.Group) -> int:
    """Answer a shell in which TAB was pressed, and return the exit code."""
    from click.shell_completion import shell_complete

    return shell_complete(group, {}, "segtool", VARIABLE, os.environ[VARIABLE])
