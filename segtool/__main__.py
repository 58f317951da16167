"""`main()`: the one place where errors become exits."""

import io
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from segtool.errors import SegtoolError, printable, why

_BY_SIGNAL = (129, 130, 143)
_ENDINGS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: see the README for what each means."""
    sys.stdout = sys.stdout or io.TextIOWrapper(io.BytesIO())  # None where the caller closed it
    sys.stderr = sys.stderr or io.StringIO()
    with suppress(ValueError):  # signals are the main thread's
        for number in _ENDINGS:
            if signal.getsignal(number) == signal.SIG_DFL:  # not under nohup
                signal.signal(number, _end)
    notes: dict[str, Any] = {}
    exit_code, message = _ending(args, notes)
    message = _without_logins(message, args)
    if exit_code in _BY_SIGNAL:
        _deafen()  # whoever asks twice must not kill what is said and logged of it
    if message:
        _report(message)
    if log := notes.get("log"):
        try:
            log.append(exit_code=exit_code, error=message or None, result=notes.get("result"))
        except OSError as error:  # the run is what it is, logged or not
            _report(_without_logins(f"the run is not logged: {error.filename or log.file}: {why(error)}", args))
    return exit_code


def _ending(args: Sequence[str] | None, notes: dict[str, Any]) -> tuple[int, str]:
    """Return the exit code of a run, and the line to say about it, empty if there is nothing to say."""
    try:
        return _run(args, notes)
    except KeyboardInterrupt:
        return 130, "interrupted"
    except SystemExit as end:
        return int(end.code or 0), "terminated"
    except BrokenPipeError:
        _silence_stdout()
        return 141, ""
    except OSError as error:
        _silence_stdout()
        return 74, f"{error.filename or 'cannot write the output'}: {why(error)}"
    except Exception as error:  # a bug, which keeps its traceback and must not share an exit code with anything else
        from segtool.memory import is_shortage

        if is_shortage(error):
            return 71, "out of memory; it takes more, or fewer --threads"
        import traceback

        sys.stderr.write(_without_logins(traceback.format_exc(), args))
        return 70, f"this is a bug ({type(error).__name__}: {error}); please report it with the lines above"


def _run(args: Sequence[str] | None, notes: dict[str, Any]) -> tuple[int, str]:
    """Run the command line. What is to be logged of it comes to stand in the notes, as far as it gets."""
    import click

    from segtool.cli import completion
    from segtool.cli import main as group

    if completion.VARIABLE in os.environ:
        return completion.complete(group), ""
    try:
        # Not group.main(): it turns a closed pipe into exit 1 and prints an empty line on Ctrl-C.
        with group.make_context("segtool", list(sys.argv[1:] if args is None else args), obj=notes) as context:
            notes["result"] = group.invoke(context)
        sys.stdout.flush()
        return 0, ""
    except click.exceptions.Exit as done:
        sys.stdout.flush()
        return done.exit_code, ""
    except SegtoolError as error:
        return error.exit_code, str(error)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code, ""
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "segtool"
        text = error.format_message().replace("\n\t", " ")  # click lists choices below each other
        return error.exit_code, f"{text}{'' if text.endswith(('.', '?', '?)')) else '.'} See {path} --help."


def _without_logins(text: str, args: Sequence[str] | None) -> str:
    """Return a text without the passwords of addresses that were given, wherever an argument could not be one."""
    for given in sys.argv[1:] if args is None else args:
        for each in (given, given.partition("=")[2]) if given.startswith("-") else (given,):
            if ":/" in each or "//" in each:
                from segtool.tables.places import shown

                name = shown(each)
                for written in (each, os.path.normpath(each)) if name != each else ():
                    text = text.replace(written, name)
    return text


def _deafen() -> None:
    with suppress(ValueError):
        for number in (signal.SIGINT, *_ENDINGS):
            signal.signal(number, signal.SIG_IGN)


def _end(number: int, _: object) -> None:
    """Leave by an exception, so that no temporary file stays behind."""
    raise SystemExit(128 + number)


def _report(message: str) -> None:
    """Say every line of a message under the name of the program; a line that is indented belongs to the one above."""
    lines = [line if line.startswith("  ") else f"segtool: {line}" for line in message.split("\n")]
    with suppress(OSError):
        sys.stderr.write("\n".join(map(printable, lines)) + "\n")


def _silence_stdout() -> None:
    """Point stdout at nothing, so that the interpreter's last flush cannot fail again."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
