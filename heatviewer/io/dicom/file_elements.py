"""Elements of files whose objects say more than an image does: read again, as the object needs them."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypeVar

from heatviewer.io.dicom.file_header import read_by_pydicom, read_header
from heatviewer.io.dicom.raw_set import Unusual

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from heatviewer.io.dicom.elements import Elements
    from heatviewer.io.dicom.header import SliceHeader
    from heatviewer.io.progress import Progress

Said = TypeVar("Said")
#: What a damaged element provokes in pydicom, or here.
DAMAGE: Final = (
    ArithmeticError, AttributeError, LookupError, NotImplementedError, OSError, RecursionError, TypeError,
    ValueError, Unusual,
)  # fmt: skip


def read_with(path: Path, function: Callable[[Elements], Said]) -> Said:
    """Return what a function makes of a file's elements before its pixels; within ``pydicom_quiet``.

    They are read quickly, or by pydicom where the function meets something unusual.

    Raises
    ------
    OSError, ValueError, …
        The file is no DICOM file or damaged: pydicom raises many types here.
    """
    with path.open("rb") as file:
        try:
            return function(read_header(file).elements)
        except Unusual:
            return function(read_by_pydicom(file).elements)


def said_in(
    headers: Sequence[SliceHeader], function: Callable[[Elements], Said], progress: Progress
) -> tuple[dict[Path, Said], list[SliceHeader]]:
    """Return what a function makes of each file that planes are in, and the planes.

    Planes of a file that is too damaged for it have a problem, and nothing is said of them.
    """
    said: dict[Path, Said] = {}
    for path in dict.fromkeys(header.path for header in headers):
        progress.check()
        with suppress(*DAMAGE):
            said[path] = read_with(path, function)
    return said, [header if header.path in said else damaged(header) for header in headers]


def damaged(header: SliceHeader) -> SliceHeader:
    """Return a plane with the problem that its file's header is damaged."""
    return header.with_problem(header.file.problem or "has a damaged header")


def of_frame(values: Sequence[Said], header: SliceHeader) -> Said:
    """Return what was said of a plane's frame, of one value a frame or one for all of the file."""
    return values[header.frame if len(values) > 1 else 0]


def by_object(headers: Iterable[SliceHeader]) -> list[list[SliceHeader]]:
    """Return planes by the file that they are in; copies of an object are taken once, the first."""
    files: dict[Path, list[SliceHeader]] = defaultdict(list)
    for header in headers:
        files[header.path].append(header)
    objects: dict[object, list[SliceHeader]] = {}
    for path, planes in files.items():
        file = planes[0].file
        key = (file.instance_uid, file.frames, file.rows) if file.instance_uid else path
        objects.setdefault(key, planes)
    return list(objects.values())
