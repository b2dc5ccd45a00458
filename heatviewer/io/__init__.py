"""Files to volumes. The reader is chosen by what a file holds, never by its name.

Importing this package imports neither nibabel nor pydicom; each comes with the first file that
needs it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from heatviewer.io.listing import Found, Scan, SeriesInfo
from heatviewer.io.progress import Progress
from heatviewer.io.scanning import readable_error, scan_path

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from heatviewer.core.volume import Volume
    from heatviewer.io.listing import Early

__all__ = ["Found", "Opened", "Progress", "Scan", "SeriesInfo", "open_layers", "open_volume", "scan"]

#: Share of the time that headers take when a folder of DICOM is opened.
_HEADERS = 0.4


class Opened(NamedTuple):
    """A volume that was read, its id within its path (as `SeriesInfo.id`), and the files it was made of."""

    volume: Volume
    series: str
    files: tuple[Path, ...] = ()


def open_volume(
    path: str | Path,
    *,
    series: str | None = None,
    items: Sequence[str] = (),
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    early: Early | None = None,
) -> Volume:
    """Read one volume.

    Parameters
    ----------
    path : str or Path
        A file of any format that is read (a DICOM file stands for its whole series in that
        folder), a folder, a ZIP archive or a DICOMDIR.
    series : str, optional
        Which volume of several: a SeriesInstanceUID or a ``SeriesInfo.id``; by default the
        largest image, DICOM before other files, with a warning where there are others.
    items : sequence of str, optional
        Files within the folder `path` that alone make the volume, as paths from it: DICOM in any
        order, else frames in this order.
    progress : callable, optional
        Gets the fraction done, 0 … 1, never falling; on the caller's thread.
    cancelled : callable, optional
        Asked every few milliseconds; when it is true the work stops.
    early : callable, optional
        Gets, where reading takes long, a coarse volume of every nth slice first.

    Raises
    ------
    MissingFileError
        The path does not exist.
    ReadError
        It cannot be read; the message names the file and a way out.
    Cancelled
        The user stopped it.
    """
    return open_one(
        path, series=series, items=items, progress=progress, cancelled=cancelled, early=early
    ).volume


def open_one(
    path: str | Path,
    *,
    series: str | None = None,
    items: Sequence[str] = (),
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    early: Early | None = None,
) -> Opened:
    """Read one volume as `open_volume` does, and tell which one it is."""
    steps = Progress(progress, cancelled, Path(path).name)
    found = scan_path(Path(path), steps.part(0.0, _HEADERS), items)
    return _open(found, series, steps.part(_HEADERS, 1.0), early)


def open_layers(
    path: str | Path,
    *,
    series: str | None = None,
    items: Sequence[str] = (),
    like: Volume | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[Opened, ...]:
    """Read what a path gives as heatmaps: one volume, or all segments or structures of a file.

    Parameters
    ----------
    like : Volume, optional
        The volume that they are to lie on; structures become masks on its grid.

    The others, and the errors, are those of `open_volume`.
    """
    steps = Progress(progress, cancelled, Path(path).name)
    found = scan_path(Path(path), steps.part(0.0, _HEADERS), items)
    rest = steps.part(_HEADERS, 1.0)
    wanted = (found.with_id(series),) if series is not None else found.together_with(found.chosen)
    if len(wanted) == 1:
        return (_open(found, series, rest, None, like),)
    opened = []
    for n, one in enumerate(wanted):
        part = rest.part(n / len(wanted), (n + 1) / len(wanted))
        opened.append(_opened(one, _read(found, one, part, like=like)))
    return tuple(opened)


def scan(
    path: str | Path,
    *,
    items: Sequence[str] = (),
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Scan:
    """Tell what a file or folder holds, from headers alone; parameters and errors as `open_volume`.

    A folder lists every DICOM series in it and below, and every file of another format; so does a ZIP
    archive of what is in it, and a DICOMDIR of what it lists.
    """
    return scan_path(Path(path), Progress(progress, cancelled, Path(path).name), items)


def _open(
    found: Scan, series: str | None, steps: Progress, early: Early | None, like: Volume | None = None
) -> Opened:
    """Open one volume of a scan, with a warning where nobody chose it among several."""
    one = found.with_id(series if series is not None else found.chosen)
    volume = _read(found, one, steps, early, like)
    others = len(found.found) - 1
    if series is not None or not others or not found.container:
        return _opened(one, volume)
    count = "another volume" if others == 1 else f"{others} other volumes"
    what = "series" if one.info().modality else "the file"
    text = (
        f"is one of several: the {found.container} holds {count}, and {what} {one.id} was taken; choose "
        "with --series ID ('heatviewer info' lists them), or open the file itself"
    )
    return _opened(one, replace(volume, warnings=(text, *volume.warnings)))


def _opened(one: Found, volume: Volume) -> Opened:
    return Opened(volume, one.id, tuple(one.info().files))


def _read(
    found: Scan, one: Found, steps: Progress, early: Early | None = None, like: Volume | None = None
) -> Volume:
    """Read a volume of a scan; its files may have changed since."""
    try:
        return one.open(steps, early, like)
    except OSError as error:
        raise readable_error(error, found.path) from None
