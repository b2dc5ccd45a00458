"""What ``info`` tells of a session or a task: the series of all its layers' files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from heatviewer.core.errors import HeatViewerError, ReadError

if TYPE_CHECKING:
    from collections.abc import Callable

    from heatviewer.app.studies.locating import Locator
    from heatviewer.documents.entry import LayerEntry
    from heatviewer.io import Found, Scan

    #: Reads the series of a scan and adds their ranges to its document.
    AddRanges = Callable[[Scan, dict[str, Any], Callable[[float], None] | None], None]


def document_info(
    path: str, root: str | None, add_ranges: AddRanges | None, progress: Callable[[float], None] | None
) -> dict[str, Any]:
    """Return path, format, series and warnings of a session or a task, as of any other path.

    Raises
    ------
    HeatViewerError
        It cannot be used, or none of its files can be read.
    """
    from heatviewer.app.studies.locating import Locator
    from heatviewer.app.studies.opening import open_studies

    studies = open_studies(path, root)
    warnings = [text for study in studies for text in study.problems]
    wanted = [(Locator(study), entry) for study in studies for entry in study.entries]
    series: list[dict[str, Any]] = []
    for n, (locator, entry) in enumerate(wanted):
        try:
            found = _scanned(locator, entry)
            document = found.info()
            if add_ranges is not None:
                add_ranges(found, document, None)
        except (HeatViewerError, OSError) as error:
            reason = error.what if isinstance(error, _Missing) else str(error).rstrip(".")
            warnings.append(f"{entry.where}: {entry.told} {reason}.")
        else:
            series += document["series"]
        if progress is not None:
            progress((n + 1) / len(wanted))
    if wanted and not series:
        what = "; ".join(text.rstrip(".") for text in warnings)
        raise ReadError(Path(path).name, what, studies[0].put_back)
    kind = studies[0].kind if studies else "session"
    return {"path": path, "format": kind, "series": series, "warnings": list(dict.fromkeys(warnings))}


class _Missing(HeatViewerError):
    """A file that is not where the document says."""


def _scanned(locator: Locator, entry: LayerEntry) -> Scan:
    """Return the scan of an entry's file, with the volumes that it is made of alone."""
    from heatviewer.io import scan

    place = locator.locate(entry.relative, entry.path, entry.identity, entry.items)
    if not place.path:
        raise _Missing(entry.where, place.reason)
    found = scan(place.path, items=entry.items)
    ones: tuple[Found, ...]
    if entry.series is not None:
        ones = (found.with_id(entry.series),)
    elif entry.role == "heatmap":
        ones = found.together_with(found.chosen)
    else:
        ones = (found.with_id(found.chosen),)
    return replace(found, found=ones)
