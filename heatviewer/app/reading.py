"""What the reader's thread does with a path: look what it holds, choose, read."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from heatviewer.app.browsing import Listing
from heatviewer.app.changes import base_fields, heatmap_fields
from heatviewer.app.masks import AS_MASK, labels_in
from heatviewer.app.opacity_source import file_wished, read_source
from heatviewer.app.studies.identity import identity_of
from heatviewer.core.errors import HeatViewerError, ReadError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from heatviewer.app.loader import LoadJob, Role
    from heatviewer.core.volume import Volume
    from heatviewer.io import Found, Scan
    from heatviewer.io.listing import Early

T = TypeVar("T")
#: Share of the time that headers take, where a path has yet to be looked at.
_HEADERS = 0.4
#: How often it is asked whether a volume is still wanted, in s.
_LOOK = 0.02


class Read(NamedTuple):
    """What was read of a path.

    Attributes
    ----------
    opened : tuple of (Volume, str or None)
        The volumes, bottom first, each with what brings it back from the same path; None where
        the path alone does.
    more : mapping
        Settings that named a file, with the file read.
    files : tuple of Path
        The files that the volumes are made of.
    """

    opened: tuple[tuple[Volume, str | None], ...]
    more: Mapping[str, Any]
    files: tuple[Path, ...]


def look_at(job: LoadJob) -> Scan:
    """Return what a job's path holds, from headers; looked at once a job.

    Raises
    ------
    HeatViewerError
    """
    from heatviewer.io import scan

    if job.listing is None:
        progress = _progress_of(job, 0.0, _HEADERS)
        found = scan(job.path, progress=progress, cancelled=job.stopped.is_set)
        listing = Listing(job.path, found, found.series)
        # Of thousands of series it takes a tenth of a second, which the window need not wait for.
        _ = listing.tree
        job.listing = listing
    return job.listing.scan


def read(job: LoadJob, role: Role, like: Callable[[], Volume | None], early: Early | None) -> Read:
    """Read what a job asks for, as a base, as heatmaps, or as what an opacity follows.

    Parameters
    ----------
    like : callable
        Returns the base that heatmaps are to lie on.
    early : callable or None
        Gets some slices of a base soon, where reading takes long.

    Raises
    ------
    HeatViewerError
    """
    from heatviewer.io import Progress

    wanted = wanted_of(job, role)
    # A path whose contents were known has not got anywhere yet.
    steps = Progress(_progress_of(job, job.progress, 1.0), job.stopped.is_set, job.name)
    base = like() if role == "heatmap" else None
    opened = []
    for n, found in enumerate(wanted):
        part = steps.part(n / len(wanted), (n + 1) / len(wanted))
        volume = found.open(part, _prepared(early, role, steps.check), base)
        prepare(volume, role, steps.check)
        if job.settings.get(AS_MASK):
            labels_in(volume)
        opened.append((volume, series_kept(job, found.id)))
    files = tuple(path for found in wanted for path in found.info().files)
    more = _more(job)
    if role != "opacity":
        more |= {"identity": identity_of(job.path, opened[0][1], files=files)}
    return Read(tuple(opened), more, files)


def wanted_of(job: LoadJob, role: Role) -> tuple[Found, ...]:
    """Return the volumes that are read: those asked for, else the one that is taken unasked.

    As heatmaps all of its group come, such as the segments of a file.

    Raises
    ------
    ReadError
        It holds no such volume.
    """
    scan = look_at(job)
    if job.series:
        return tuple(scan.with_id(one) for one in job.series)
    if role == "heatmap":
        return scan.together_with(scan.chosen)
    return (scan.with_id(scan.chosen),)


def series_kept(job: LoadJob, found: str) -> str | None:
    """Return what brings a volume back from its path; None where the path alone does.

    Of a file with one volume the id would only grow old with the file's name.
    """
    scan = look_at(job)
    return found if job.series or scan.format == "dicom" or len(scan.found) > 1 else None


def may_be_dicom(path: str) -> bool:
    """Return whether a path may hold a DICOM series, from a look at its first bytes."""
    from heatviewer.io.containers import is_zip
    from heatviewer.io.sniff import format_of, head_of

    place = Path(path)
    if place.is_dir():
        return True
    try:
        head = head_of(place)
    except HeatViewerError:
        return False
    return format_of(head) == "dicom" or is_zip(head)


def is_dicom(job: LoadJob) -> bool:
    """Return whether a path holds DICOM."""
    return look_at(job).format == "dicom"


def is_image(job: LoadJob) -> bool:
    """Return whether what would be read is meant as a base, and not to lie on one."""
    return all(found.info().role == "base" for found in wanted_of(job, "base"))


def is_grouped(job: LoadJob) -> bool:
    """Return whether what would be read is one of many of its kind, such as a structure."""
    return any(found.info().group for found in wanted_of(job, "base"))


def prepare(volume: Volume, role: Role, check: Callable[[], None]) -> None:
    """Compute what the scene asks of a new volume, so that the window need not: the volume keeps it.

    It takes half a second of a large volume, and asks nobody whether it is still wanted; so a
    thread of its own does it, which is left to itself once `check` raises.
    """
    fields = base_fields if role == "base" else heatmap_fields
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reader-facts")
    work = pool.submit(fields, volume)
    pool.shutdown(wait=False)
    answer_of(work, check)


def answer_of(work: Future[T], check: Callable[[], None]) -> T:
    """Wait for what another thread does, as long as `check` does not raise."""
    while True:
        try:
            return work.result(timeout=_LOOK)
        except TimeoutError:
            check()


def failure(job: LoadJob, error: Exception) -> HeatViewerError:
    """Return an error in the program's words; a reader's own bug does not stop the window."""
    if isinstance(error, HeatViewerError):
        return error
    if isinstance(error, OSError):
        from heatviewer.io.scanning import readable_error

        told = readable_error(error, Path(job.path))
        if isinstance(told, HeatViewerError):
            return told
    if isinstance(error, MemoryError):
        hint = "Close other studies or programs"
        return ReadError(job.name, "needs more memory than there is", hint)
    found = ReadError(job.name, f"could not be read ({type(error).__name__})", "Report this file")
    found.__cause__ = error
    return found


def _progress_of(job: LoadJob, low: float, high: float) -> Callable[[float], None]:
    def progress(done: float) -> None:
        job.progress = low + (high - low) * done

    return progress


def _prepared(early: Early | None, role: Role, check: Callable[[], None]) -> Early | None:
    """Return what gets a coarse volume once all is computed that its first picture asks for."""
    if early is None:
        return None

    def told(coarse: Volume) -> None:
        prepare(coarse, role, check)
        early(coarse)

    return told


def _more(job: LoadJob) -> dict[str, Any]:
    """Return the settings of a job that name a file, with the file read."""
    path = file_wished(job.settings)
    if path is None:
        return {}
    _, low, high = job.settings["opacity_by"]
    return {"opacity_by": (read_source(path, cancelled=job.stopped.is_set), low, high)}
