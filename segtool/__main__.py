"""`main()`: the one place where errors become exits."""

import io
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

_ENDINGS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: see the README for what each means."""
    sys.stdout = sys.stdout or io.TextIOWrapper(io.BytesIO())  # None where the caller closed it
    sys.stderr = sys.stderr or io.StringIO()
    with suppress(ValueError):  # signals are the main thread's
        for number in _ENDINGS:
            if signal.getsignal(number) == signal.SIG_DFL:  # not under nohup
                signal.signal(number, _end)
    try:
        return _run(args)
    except KeyboardInterrupt:
        _report("interrupted")
        return 130
    except BrokenPipeError:
        _silence_stdout()
        return 141
    except OSError as error:
        _silence_stdout()
        _report(f"{error.filename or 'cannot write the output'}: {(error.strerror or str(error)).lower()}")
        return 74
    except Exception as error:  # a bug, which keeps its traceback and must not share an exit code with anything else
        from segtool.memory import is_shortage

        if is_shortage(error):
            _report("out of memory; it takes more, or fewer --threads")
            return 71
        import traceback

        traceback.print_exc()
        _report("this is a bug; please report it with the lines above")
        return 70


def _run(args: Sequence[str] | None) -> int:
    import click

    from segtool.cli import main as group
    from segtool.errors import SegtoolError

    try:
        # Not group.main(): it turns a closed pipe into exit 1 and prints an empty line on Ctrl-C.
        with group.make_context("segtool", list(sys.argv[1:] if args is None else args)) as context:
            group.invoke(context)
        sys.stdout.flush()
        return 0
    except click.exceptions.Exit as done:
        sys.stdout.flush()
        return done.exit_code
    except SegtoolError as error:
        _report(str(error))
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "segtool"
        _report(f"{error.format_message()} See {path} --help.")
        return error.exit_code


def _end(number: int, _: object) -> None:
    """Leave by an exception, so that no temporary file stays behind."""
    raise SystemExit(128 + number)


def _report(message: str) -> None:
    from segtool.errors import printable

    with suppress(OSError):
        sys.stderr.write("\n".join(map(printable, f"segtool: {message}".split("\n"))) + "\n")


def _silence_stdout() -> None:
    """Point stdout at nothing, so that the interpreter's last flush cannot fail again."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
