"""What can go wrong, as types.

Every error names where it happened, what was found, and the way out; the three make the
one line that the command line prints and the window shows::

    HeatViewerError                   where: what. hint.
    ├── MissingFileError              (FileNotFoundError) a path that is not there
    ├── ReadError                     (OSError)    a file that cannot be read or decoded
    ├── WriteError                    (OSError)    a file that could not be written; nothing half written
    ├── SettingError                  (ValueError) a layer, view or option value that is not allowed
    ├── UsageError                    (ValueError) the command was put together wrongly
    ├── EngineError                   (RuntimeError) 3D cannot be drawn on this machine
    └── Cancelled                     the user stopped the work; nothing changed
"""

from __future__ import annotations


class HeatViewerError(Exception):
    """An error with a place, a finding and a way out.

    Parameters
    ----------
    where : str
        The file, option or field, such as ``"ct.nii.gz"`` or ``"data_range"``.
    what : str
        What was found, without a full stop.
    hint : str
        What to do about it, without a full stop; may be empty.
    """

    def __init__(self, where: str, what: str, hint: str = "") -> None:
        super().__init__(where, what, hint)
        self.where = where
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        line = f"{self.where}: {self.what}."
        return " ".join(f"{line} {self.hint}.".split()) if self.hint else " ".join(line.split())


class MissingFileError(HeatViewerError, FileNotFoundError):
    """A path that does not exist."""

    __str__ = HeatViewerError.__str__


class ReadError(HeatViewerError, OSError):
    """A file that is there but cannot be read as a volume."""

    __str__ = HeatViewerError.__str__


class WriteError(HeatViewerError, OSError):
    """A result that could not be written; the target is as it was."""

    __str__ = HeatViewerError.__str__


class SettingError(HeatViewerError, ValueError):
    """A value that a field does not take; nothing was changed."""

    __str__ = HeatViewerError.__str__


class UsageError(HeatViewerError, ValueError):
    """A call that was put together wrongly (exit status 2)."""

    __str__ = HeatViewerError.__str__


class EngineError(HeatViewerError, RuntimeError):
    """3D cannot be drawn here; 2D goes on."""

    __str__ = HeatViewerError.__str__


class Cancelled(HeatViewerError):
    """The user stopped the work."""

    def __init__(self, where: str = "loading") -> None:
        super().__init__(where, "stopped at your wish")
