"""Errors that nobody expected: written to a log without patient data, shown, and survived."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING

from heatviewer.core.errors import HeatViewerError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_LOG_BYTES = 512_000
_PACKAGE = Path(__file__).parents[1]


def log_path() -> Path:
    """Return where the log lies on this system."""
    import platformdirs

    return Path(platformdirs.user_log_dir("heatviewer", appauthor=False)) / "heatviewer.log"


def describe(error: BaseException) -> str:
    """Return an error as the log tells it: types, functions and lines, never a value or a path.

    A message may hold what was read from a file, so it is left out; a frame is named by its file's
    name alone, and within the program by its module.
    """
    lines = []
    seen: BaseException | None = error
    while seen is not None:
        frames = [
            f"  {_module(Path(frame.filename))}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(seen.__traceback__)
        ]
        lines += [type(seen).__name__, *frames]
        seen = seen.__cause__ or seen.__context__
        if seen is not None:
            lines.append("caused by")
    return "\n".join(lines)


def _module(path: Path) -> str:
    return path.relative_to(_PACKAGE.parent).as_posix() if path.is_relative_to(_PACKAGE) else path.name


def record(error: BaseException) -> None:
    """Write an error to the log; where that cannot be written, nothing more goes wrong."""
    with suppress(OSError):
        path = log_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=_LOG_BYTES, backupCount=2, encoding="utf-8")
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        entry = logging.LogRecord("heatviewer", logging.ERROR, "", 0, describe(error), None, None)
        try:
            handler.emit(entry)
        finally:
            handler.close()


def message_of(error: BaseException) -> str:
    """Return what is shown: an error of the program's own in its words, another one by its type."""
    if isinstance(error, HeatViewerError):
        return str(error)
    return (
        f"Something went wrong ({type(error).__name__}). The window goes on; what you just did may not "
        f"have been done. Details: {log_path().name} in the log folder."
    )


def install(report: Callable[[BaseException], object], debug: bool = False) -> Callable[[], None]:
    """Catch what no one else does, on every thread; return how to undo that.

    `report` may be called on any thread.
    """
    before = sys.excepthook, threading.excepthook
    ended = False

    def caught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if ended or isinstance(error, KeyboardInterrupt):
            before[0](kind, error, trace)
            return
        if debug:
            before[0](kind, error, trace)
        if not isinstance(error, HeatViewerError):
            record(error)
        report(error)

    def in_thread(arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            caught(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    def restore() -> None:
        nonlocal ended
        ended = True
        # Hooks that somebody has set since then stay; they may still call these, which pass on.
        if sys.excepthook is caught:
            sys.excepthook = before[0]
        if threading.excepthook is in_thread:
            threading.excepthook = before[1]

    sys.excepthook, threading.excepthook = caught, in_thread
    return restore
