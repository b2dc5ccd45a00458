"""What an opened path holds as a tree to choose from: patient, study, series."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from heatviewer.io import Found, Scan, SeriesInfo
    from heatviewer.model.scene_state import SceneState

Key = TypeVar("Key", str, tuple[str, str])
NodeKind = Literal["patient", "study", "group", "series"]
#: Modalities of what was drawn or computed on pictures.
_DERIVED: Final = frozenset({"SEG", "RTSTRUCT", "RTDOSE"})
#: What the volumes of one file are called together, by DICOM's modality.
_GROUPS: Final = {"SEG": ("Segmentation", "segment"), "RTSTRUCT": ("Structure set", "structure")}


@dataclass(frozen=True, eq=False)
class Listing:
    """What one path holds, ready to be shown.

    Attributes
    ----------
    path : str
        As it was opened.
    scan : Scan
        The volumes themselves.
    series : tuple of SeriesInfo
        A line each, as ``scan.series``, which takes a while to tell.
    """

    path: str
    scan: Scan
    series: tuple[SeriesInfo, ...]

    @property
    def name(self) -> str:
        """The file's or folder's own name."""
        return Path(self.path).name or self.path

    @property
    def choices(self) -> int:
        """How many things there are to choose from: what comes together counts once."""
        return len({one.group or one.id for one in self.series})

    def found(self, series: str) -> Found:
        """Return a volume by its id."""
        return self._by_id[series]

    @cached_property
    def tree(self) -> tuple[Node, ...]:
        """The tree of all of it."""
        return tree_of(self.series)

    @cached_property
    def _by_id(self) -> dict[str, Found]:
        return {one.id: one for one in self.scan.found}


@dataclass(frozen=True, eq=False)
class Node:
    """A row of the tree.

    Attributes
    ----------
    title, detail : str
        What it is called, and what is told of it below.
    series : tuple of str
        The volumes that it stands for, by `SeriesInfo.id`: its own, or those below a group.
    info : SeriesInfo or None
        Of a series.
    """

    kind: NodeKind
    title: str
    detail: str = ""
    series: tuple[str, ...] = ()
    info: SeriesInfo | None = None
    children: tuple[Node, ...] = ()

    @property
    def readable(self) -> bool:
        """Whether it can be opened."""
        return bool(self.series)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is odd about it."""
        return self.info.warnings if self.info is not None else ()


def tree_of(series: Iterable[SeriesInfo], search: str = "") -> tuple[Node, ...]:
    """Return the tree of a path's volumes, or of those that hold all words of a search.

    Patients by name, studies the latest first, series by number. Volumes that name neither
    patient nor study stand beside the patients, at the end.
    """
    words = search.casefold().split()
    shown = [one for one in series if all(word in _searched(one) for word in words)]
    named = [one for one in shown if _is_named(one)]
    nodes = []
    for patient, own in _grouped(named, lambda one: one.patient):
        studies = []
        for (date, study), members in reversed(_grouped(own, lambda one: (one.date, one.study))):
            studies.append(Node("study", study or "Study", date_text(date), children=_series_nodes(members)))
        nodes.append(
            Node("patient", patient or "No name", _counted(len(own), "series"), children=tuple(studies))
        )
    return (*nodes, *_series_nodes([one for one in shown if not _is_named(one)]))


def count_text(info: SeriesInfo) -> str:
    """Return how many pictures a volume has, such as '40 images × 120 frames'.

    What was drawn or computed on pictures has slices.
    """
    noun = "slice" if info.modality in _DERIVED else "image"
    images, frames = info.shape[2], info.shape[3] if len(info.shape) > 3 else 1
    if frames == 1:
        return _counted(images, noun)
    return _counted(frames, "frame") if images == 1 else f"{images} {noun}s × {_counted(frames, 'frame')}"


def detail_text(info: SeriesInfo) -> str:
    """Return what is told of a volume in a line: pictures, modality, size."""
    return " · ".join(filter(None, (count_text(info), info.modality, f"{info.shape[0]} × {info.shape[1]}")))


def date_text(date: str) -> str:
    """Return a date for people; DICOM's own YYYYMMDD gets its dashes."""
    return f"{date[:4]}-{date[4:6]}-{date[6:]}" if len(date) == 8 and date.isdigit() else date


def open_as(listing: Listing, state: SceneState) -> dict[str, str]:
    """Return which volumes of a listing are open: id to ``"Base"`` or ``"Heatmap"``."""
    roles = {}
    for layer in reversed(state.layers):
        if layer.source == listing.path:
            is_base = state.base is not None and layer.id == state.base.id
            roles[layer.series or listing.scan.chosen] = "Base" if is_base else "Heatmap"
    return roles


def _is_named(info: SeriesInfo) -> bool:
    """Return whether a volume says whose it is, or of which study."""
    return bool(info.patient or info.study or info.date)


def _series_nodes(members: Sequence[SeriesInfo]) -> tuple[Node, ...]:
    """Return a study's volumes by number; the volumes of a file with several below one row."""
    nodes = []
    ordered = sorted(members, key=lambda one: (one.number is None, one.number or 0, one.description))
    together: dict[str, list[SeriesInfo]] = {}
    for one in ordered:
        together.setdefault(one.group or one.id, []).append(one)
    for group in together.values():
        leaves = tuple(_leaf(one) for one in group)
        nodes.append(leaves[0] if len(leaves) == 1 else _group_node(group, leaves))
    return tuple(nodes)


def _leaf(info: SeriesInfo) -> Node:
    ids = (info.id,) if info.readable else ()
    return Node("series", info.description or "No description", detail_text(info), ids, info)


def _group_node(group: Sequence[SeriesInfo], leaves: tuple[Node, ...]) -> Node:
    title, each = _GROUPS.get(group[0].modality, (group[0].modality or "Volumes", "volume"))
    ids = tuple(one for leaf in leaves for one in leaf.series)
    return Node("group", title, _counted(len(leaves), each), ids, children=leaves)


def _grouped(
    series: Iterable[SeriesInfo], key: Callable[[SeriesInfo], Key]
) -> list[tuple[Key, list[SeriesInfo]]]:
    return [(found, list(own)) for found, own in groupby(sorted(series, key=key), key)]


def _counted(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 or noun == 'series' else 's'}"


def _searched(info: SeriesInfo) -> str:
    """Return the text that a search looks through."""
    parts = (info.description, info.modality, info.patient, info.study, info.date, date_text(info.date))
    number = "" if info.number is None else str(info.number)
    return " ".join((*parts, number)).casefold()
