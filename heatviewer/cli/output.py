"""What commands share: results and messages, checks of what they read and write, a progress bar."""

from __future__ import annotations

import math
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from heatviewer.core.errors import MissingFileError, ReadError, UsageError, WriteError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from heatviewer.cli.parse import Source

#: Documents, which are studies of their own, by suffix.
_DOCUMENTS = {".hvs": "is a session, and no volume", ".json": "is a task or a style, and no volume"}


def write_json(document: Any) -> None:
    """Print one JSON document; numbers that JSON does not know are null."""
    import json

    # ASCII, so that no terminal encoding can stand in the way.
    print(json.dumps(_plain(document), allow_nan=False, indent=2))


def _plain(value: Any) -> Any:
    """Return a value with everything that is not finite as None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def write_text(text: str) -> None:
    """Print text for people; what the terminal's encoding lacks is written as '?'."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    print(text.encode(encoding, errors="replace").decode(encoding))


def table(rows: Sequence[Sequence[str]], right: Iterable[int] = ()) -> str:
    """Return rows of one length as aligned columns; those numbered in `right` end alike."""
    right = set(right)
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if n in right else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def facts(pairs: Mapping[str, str], indent: int = 0) -> str:
    """Return name and value a line, the values aligned."""
    width = max(len(name) for name in pairs) + 2
    return "\n".join(f"{' ' * indent}{name:{width}}{value}".rstrip() for name, value in pairs.items())


def warn(where: str, what: str) -> None:
    """Say on standard error what is odd but no failure."""
    print(f"heatviewer: warning: {where}: {what.rstrip('.')}.", file=sys.stderr)


def tell(sentence: str) -> None:
    """Say on standard error what of a session or task was left out: WHERE: WHAT."""
    where, _, what = " ".join(sentence.split()).partition(": ")
    warn(where, what)


def number(value: float | None) -> str:
    """Return a number for people: six digits, a true minus sign; '–' for none."""
    return "–" if value is None else f"{value:.6g}".replace("-", "\N{MINUS SIGN}")


def hint(where: str, what: str) -> None:
    """Say on standard error what may be worth a thought."""
    print(f"heatviewer: hint: {where}: {what.rstrip('.')}.", file=sys.stderr)


def input_paths(sources: Iterable[Source]) -> Iterator[str]:
    """Yield every path that is read: the layers', and what an opacity follows."""
    for source in sources:
        yield source.path
        if (wish := source.settings.get("opacity_by")) is not None:
            yield str(wish[0])


def check_inputs(sources: Sequence[Source], documents: bool = False) -> None:
    """Raise MissingFileError or ReadError for a path that is not there, or is no volume.

    Parameters
    ----------
    documents : bool
        Whether the base may be a session or a task.
    """
    for text in input_paths(sources):
        if not Path(text).exists():
            raise MissingFileError(text, "there is no such file or folder", "Check the path")
    for source in sources:
        path = Path(source.path)
        if documents and source.role == "base":
            continue
        if path.is_file() and path.suffix.lower() in _DOCUMENTS:
            raise ReadError(path.name, _DOCUMENTS[path.suffix.lower()], "Name the volume itself")


def checked_picture_path(option: str, text: str, sources: Iterable[Source]) -> Path:
    """Return where a picture is to be written.

    Raises
    ------
    UsageError
        The name is not that of a PNG file.
    WriteError
        It is a folder, or one of the files that are read.
    """
    path = Path(text)
    if path.suffix.lower() != ".png":
        raise UsageError(option, f"'{text}' is not the name of a PNG file", "Name a file that ends in .png")
    if path.is_dir():
        raise WriteError(text, "is a folder", "Name a file in it")
    for read in input_paths(sources):
        if path.exists() and _is_read(path, Path(read)):
            raise WriteError(text, f"is an input ('{read}') and is not overwritten", "Name another file")
    return path


def _is_read(target: Path, source: Path) -> bool:
    """Return whether an existing file is what a source is, or may be one of its files.

    A DICOM series lies in a folder, in files of any name, even with the suffix of a picture.
    """
    if not source.exists():
        return False
    if target.samefile(source):
        return True
    folder = source if source.is_dir() else source.parent
    if folder.resolve() not in target.resolve().parents:
        return False
    from heatviewer.io.sniff import format_of, head_of

    # A picture beside the data is most likely the last output; one that is read itself was found above.
    return format_of(head_of(target)) not in ("", "image")


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[float], None] | None]:
    """Give what takes a fraction 0…1 and shows it; None where standard error is no terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    layout = "{desc} {percentage:3.0f}% |{bar:30}| {remaining} left"
    # Work of less than half a second shows nothing.
    with tqdm(total=1.0, desc=title, delay=0.5, leave=False, bar_format=layout, file=sys.stderr) as bar:
        yield lambda done: bar.update(done - bar.n)
