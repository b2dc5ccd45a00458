"""The command ``heatviewer``: which command it is, and how an error becomes one line and a status."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from heatviewer.cli.parse import Command, Parsed

DONE, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130


def main(words: Sequence[str] | None = None) -> int:
    """Run a command line (default: the process's own) and return the exit status.

    0 done; 1 could not be done; 2 wrong usage; 130 interrupted. A failure prints one line.
    """
    words = list(sys.argv[1:] if words is None else words)
    try:
        status = _run(words)
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Who read the results has had enough of them.
        _close_output()
        return DONE
    except Exception as error:
        return _failed(error, debug="--debug" in words)
    return status


def _run(words: list[str]) -> int:
    if words[:1] == ["--version"]:
        # Told without the options' table: an installer asks this and nothing else.
        return _print_version()
    from heatviewer.cli.commands import COMMANDS, WINDOW
    from heatviewer.cli.parse import parse

    # The longer name goes first: 'task check' is one command.
    command = COMMANDS.get(" ".join(words[:2])) or COMMANDS.get(" ".join(words[:1]), WINDOW)
    if command is WINDOW and words:
        _check_command(words[0])
    parsed = parse(command, words[len(command.name.split()) :])
    if "help" in parsed.values:
        from heatviewer.cli.help import help_text
        from heatviewer.cli.output import write_text

        write_text(help_text(command))
        return DONE
    if "version" in parsed.values:
        return _print_version()
    if not parsed.values.get("debug"):
        _quiet_libraries()
    return _runner(command)(parsed)


def _check_command(word: str) -> None:
    """Raise UsageError where the first word can only be meant as a command, and is none.

    Before the options are looked at: those of a command that is not there would be told instead.
    """
    if not re.fullmatch("[A-Za-z]+", word) or os.path.lexists(word):
        return
    from difflib import get_close_matches

    from heatviewer.cli.commands import COMMANDS
    from heatviewer.core.errors import UsageError

    inner = [name for name in COMMANDS if name.startswith(f"{word} ")]
    if inner:
        hint = " or ".join(f"'heatviewer {name}'" for name in inner)
        raise UsageError(word, "needs a second word", f"Write {hint}")
    near = get_close_matches(word, COMMANDS, n=1)
    hint = f"The nearest is 'heatviewer {near[0]}'" if near else "See heatviewer --help"
    raise UsageError(word, "this command is not in this version, and no file or folder has the name", hint)


def _runner(command: Command) -> Callable[[Parsed], int]:
    """Return the function that does a command; its imports come with it."""
    from importlib import import_module

    from heatviewer.cli.commands import RUNNERS

    module, name = RUNNERS[command.name]
    runner: Callable[[Parsed], int] = getattr(import_module(f"heatviewer.cli.{module}"), name)
    return runner


def _print_version() -> int:
    from heatviewer import __version__

    print(f"heatviewer {__version__}")
    return DONE


def _quiet_libraries() -> None:
    """Keep libraries' own warnings off standard error: what matters comes as the program's own."""
    import logging
    import warnings

    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    logging.getLogger().addHandler(logging.NullHandler())


def _failed(error: Exception, debug: bool) -> int:
    """Tell an error in one line, with its traceback before it if wished, and return the status."""
    from heatviewer.core.errors import UsageError

    if debug:
        import traceback

        traceback.print_exception(error)
    _say(f"heatviewer: error: {_line(error)}")
    if isinstance(error, OSError) and getattr(error, "filename", None) is None:
        # Perhaps standard output itself: it must not fail once more at the very end.
        _flush_or_close()
    return WRONG_USAGE if isinstance(error, UsageError) else FAILED


def _line(error: Exception) -> str:
    """Return an error as WHERE: WHAT. WHAT TO DO."""
    from heatviewer.core.errors import HeatViewerError

    if isinstance(error, HeatViewerError):
        return str(error)
    if isinstance(error, MemoryError):
        return "memory: there is not enough for this. Close other programs, or take a smaller study."
    if isinstance(error, OSError) and error.strerror:
        where = os.fsdecode(error.filename) if error.filename else "output"
        return f"{where}: {error.strerror}. Check the path, its permissions and the space left."
    # A message of a library may hold what a file says about a patient, so its type must do.
    kind = type(error).__name__
    return f"heatviewer: this is a fault of the program ({kind}). Run it again with --debug to see where."


def _say(line: str) -> None:
    try:
        print(line, file=sys.stderr)
    except (OSError, ValueError):
        return


def _flush_or_close() -> None:
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        _close_output()


def _close_output() -> None:
    """Send what is still to be written nowhere, so that the interpreter does not fail on it at its end."""
    nowhere: Any = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
