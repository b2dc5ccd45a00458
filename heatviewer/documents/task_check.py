"""Everything that is wrong with a task, each with its place in the document."""

from __future__ import annotations

import math
from difflib import get_close_matches
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from heatviewer.documents.places import is_address
from heatviewer.documents.redbrick import PRESETS, climbs_out, normal
from heatviewer.model.catalogue import key
from heatviewer.model.rules import number_told, told

if TYPE_CHECKING:
    from collections.abc import Callable

    #: Whether a path of a task names a file or a folder.
    Exists = Callable[[str], bool]

_PRESETS: Final = {key(name): name for name in PRESETS}
#: Fields of point lists and how many numbers a point has.
_POINTS: Final = {"opacityPoints": 2, "opacityPoints3d": 2, "rgbPoints": 4}
_POINT: Final = {2: "scalar and opacity", 4: "scalar, red, green and blue"}
#: Other fields of a series that the SDK has as lists of objects, and as truth values.
_LISTS: Final = (
    "transforms", "landmarks", "landmarks3d", "measurements", "ellipses", "boundingBoxes", "cuboids",
    "polygons", "polylines", "classifications", "instanceClassifications",
)  # fmt: skip
_FLAGS: Final = ("binaryMask", "semanticMask", "pngMask")


class TaskProblem(NamedTuple):
    """What is wrong, and its place: ``"[0].series[1].heatMaps[2].dataRange"``."""

    path: str
    message: str


def check_task(document: Any, exists: Exists) -> tuple[TaskProblem, ...]:
    """Return every problem of a task, or of a list of tasks, in the document's order.

    Parameters
    ----------
    exists : callable
        Whether a path as the task writes it, cleaned of '.' and '..', is there.
    """
    return _Check(exists).document(document)


class _Check:
    def __init__(self, exists: Exists) -> None:
        self._exists = exists
        self._found: list[TaskProblem] = []

    def document(self, document: Any) -> tuple[TaskProblem, ...]:
        if isinstance(document, list):
            if not document:
                self._tell("", "the list is empty; give at least one task")
            for n, task in enumerate(document):
                self._task(task, f"[{n}]")
            self._unlike(document, "", "task")
        else:
            self._task(document, "")
        return tuple(self._found)

    # --- small things ------------------------------------------------------------------------

    def _tell(self, path: str, message: str) -> None:
        self._found.append(TaskProblem(path.lstrip("."), message))

    def _object(self, value: Any, path: str) -> bool:
        if isinstance(value, dict):
            return True
        self._tell(path, f"{told(value)} is no object; put its fields in braces")
        return False

    def _text(self, owner: dict[str, Any], name: str, path: str, needed: bool = False) -> None:
        value = owner.get(name)
        place = f"{path}.{name}"
        if name not in owner:
            if needed:
                self._tell(place, "is missing; give a text")
        elif not isinstance(value, str):
            self._tell(place, f"{told(value)} is no text")
        elif needed and not value.strip():
            self._tell(place, "is empty; give a text")

    def _texts(self, value: Any, path: str) -> None:
        """Check an object of texts, such as metaData."""
        if self._object(value, path):
            for name, item in value.items():
                if not isinstance(item, str):
                    self._tell(f"{path}.{name}", f"{told(item)} is no text; put it in quotes")

    def _unlike(self, entries: list[Any], path: str, what: str) -> None:
        """Check that no two entries have one name."""
        first: dict[str, int] = {}
        for n, entry in enumerate(entries):
            name = entry.get("name") if isinstance(entry, dict) else None
            if isinstance(name, str) and name and first.setdefault(name, n) != n:
                self._tell(f"{path}[{n}].name", f"{told(name)} is also the name of {what} {first[name]}")

    def _file(self, value: Any, path: str) -> None:
        if not isinstance(value, str) or not value:
            self._tell(
                path, "is empty; give the path of a file" if value == "" else f"{told(value)} is no path"
            )
        elif is_address(value):
            self._tell(path, f"{told(value)} lies on another machine and is not downloaded; give a file here")
        elif climbs_out(value):
            self._tell(path, f"{told(value)} leads out of the task's folder; name a higher folder as root")
        elif not self._exists(normal(value)):
            self._tell(path, f"there is no file {told(value)}")

    def _files(self, value: Any, path: str) -> None:
        """Check a path or a list of paths."""
        if not isinstance(value, list):
            self._file(value, path)
            return
        if not value:
            self._tell(path, "the list is empty; give at least one file")
        for n, item in enumerate(value):
            self._file(item, f"{path}[{n}]")

    # --- the document's parts ----------------------------------------------------------------

    def _task(self, task: Any, path: str) -> None:
        if not self._object(task, path):
            return
        self._text(task, "name", path, needed=True)
        if "metaData" in task:
            self._texts(task["metaData"], f"{path}.metaData")
        for name in ("classification", "preAssign"):
            if name in task:
                self._object(task[name], f"{path}.{name}")
        if "priority" in task:
            value = task["priority"]
            if not _is_number(value):
                self._tell(f"{path}.priority", f"{told(value)} is no number")
            elif not 0 <= value <= 1:
                self._tell(f"{path}.priority", f"{number_told(value)} is outside 0…1")
        self._all_series(task, path)

    def _all_series(self, task: dict[str, Any], path: str) -> None:
        series = task.get("series")
        place = f"{path}.series"
        if not isinstance(series, list):
            missing = "series" not in task
            self._tell(
                place, "is missing; give a list of series" if missing else f"{told(series)} is no list"
            )
            return
        if not series:
            self._tell(place, "the list is empty; give at least one series")
        for n, one in enumerate(series):
            self._series(one, f"{place}[{n}]")
        self._unlike(series, place, "series")

    def _series(self, series: Any, path: str) -> None:
        if not self._object(series, path):
            return
        self._text(series, "name", path)
        if "items" in series:
            self._files(series["items"], f"{path}.items")
        else:
            self._tell(f"{path}.items", "is missing; give the path of the image, or of its files")
        if "metaData" in series:
            self._texts(series["metaData"], f"{path}.metaData")
        if "segmentations" in series:
            self._files(series["segmentations"], f"{path}.segmentations")
        if "segmentMap" in series:
            self._segment_map(series["segmentMap"], f"{path}.segmentMap")
        for name in _FLAGS:
            if name in series and not isinstance(series[name], bool):
                self._tell(f"{path}.{name}", f"{told(series[name])} is neither true nor false")
        for name in ("heatMaps", *_LISTS):
            if name in series:
                self._list(series[name], f"{path}.{name}", heatmaps=name == "heatMaps")

    def _list(self, value: Any, path: str, heatmaps: bool) -> None:
        if not isinstance(value, list):
            self._tell(path, f"{told(value)} is no list")
            return
        for n, item in enumerate(value):
            if self._object(item, f"{path}[{n}]") and heatmaps:
                self._heatmap(item, f"{path}[{n}]")

    def _segment_map(self, value: Any, path: str) -> None:
        if not self._object(value, path):
            return
        for name, entry in value.items():
            place = f"{path}.{name}"
            try:
                int(name)
            except ValueError:
                self._tell(place, f"{told(name)} is no whole number; give the value in the file")
            category = entry.get("category") if isinstance(entry, dict) else entry
            where = f"{place}.category" if isinstance(entry, dict) else place
            if isinstance(entry, dict) and "category" not in entry:
                self._tell(where, "is missing; give the name of the segment")
            elif not _is_category(category):
                self._tell(where, f"{told(category)} is no category; give a text")
            if isinstance(entry, dict) and "mask" in entry:
                self._files(entry["mask"], f"{place}.mask")

    def _heatmap(self, heatmap: dict[str, Any], path: str) -> None:
        self._text(heatmap, "name", path)
        if "item" in heatmap:
            self._file(heatmap["item"], f"{path}.item")
        else:
            self._tell(f"{path}.item", "is missing; give the path of the heatmap's file")
        if "preset" in heatmap:
            self._preset(heatmap["preset"], f"{path}.preset")
        if "dataRange" in heatmap:
            self._range(heatmap["dataRange"], f"{path}.dataRange")
        for name, width in _POINTS.items():
            if name in heatmap:
                self._points(heatmap[name], f"{path}.{name}", width)

    def _preset(self, value: Any, path: str) -> None:
        if not isinstance(value, str):
            self._tell(path, f"{told(value)} is no text")
        elif key(value) not in _PRESETS:
            near = get_close_matches(key(value), _PRESETS, n=1, cutoff=0.5)
            hint = f"the nearest is '{_PRESETS[near[0]]}'" if near else f"choose from {', '.join(PRESETS)}"
            self._tell(path, f"there is no preset {told(value)}; {hint}")

    def _numbers(self, value: Any, path: str) -> list[float] | None:
        """Return a list of finite numbers; None, and every other item told, where it is none."""
        if not isinstance(value, list):
            self._tell(path, f"{told(value)} is no list of numbers")
            return None
        bad = [n for n, item in enumerate(value) if not _is_number(item)]
        for n in bad:
            self._tell(f"{path}[{n}]", f"{told(value[n])} is no number")
        return None if bad else value

    def _range(self, value: Any, path: str) -> None:
        ends = self._numbers(value, path)
        if ends is None:
            return
        if len(ends) != 2:
            self._tell(path, f"has {len(ends)} numbers; give two, low and high")
        elif not ends[0] < ends[1]:
            low, high = map(number_told, ends)
            self._tell(path, f"the low end {low} is not below the high end {high}")

    def _points(self, value: Any, path: str, width: int) -> None:
        flat = self._numbers(value, path)
        count = len(value) if isinstance(value, list) else width
        if not count:
            self._tell(path, f"the list is empty; give {_POINT[width]} of each point")
        if count % width:
            self._tell(path, f"{count} numbers are not whole points of {_POINT[width]}")
            return
        if flat is None:
            return
        fall = next((n for n, (a, b) in enumerate(pairwise(flat[::width]), 1) if b < a), None)
        if fall is not None:
            after, before = number_told(flat[fall * width]), number_told(flat[(fall - 1) * width])
            self._tell(path, f"the scalar {after} of point {fall} comes after {before}; sort the points")
        outside = [n for n, item in enumerate(flat) if n % width and not 0 <= item <= 1]
        if outside:
            first = outside[0]
            more = f", and {len(outside) - 1} more" if len(outside) > 1 else ""
            hint = "colours run 0…1, not 0…255" if width == 4 and flat[first] > 1 else "give 0…1"
            what = f"{number_told(flat[first])} in point {first // width} is outside 0…1{more}"
            self._tell(path, f"{what}; {hint}")


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond all floats
        return False


def _is_category(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(isinstance(part, str) for part in value)
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""
