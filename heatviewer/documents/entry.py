"""One layer as a document describes it, checked field by field: a bad value is told and left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from heatviewer.core.errors import SettingError
from heatviewer.documents.names import fields_by_key, key, nested_model
from heatviewer.model.layer import SOURCE_FIELDS, BaseLayer, HeatmapLayer
from heatviewer.model.rules import told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from heatviewer.model.base import Settings
    from heatviewer.model.source import FileIdentity

Role = Literal["base", "heatmap"]

#: The most entries of a list of points or labels, and of contours: more would take minutes to draw.
MAX_NUMBERS = 100_000
MAX_CONTOURS = 1_000


@dataclass(frozen=True)
class OpacityEntry:
    """What a layer's opacity follows: another layer of the document, or a file of its own.

    Attributes
    ----------
    layer : str
        That layer's id in the document; empty for a file.
    relative, path : str
        Where the file is, as in `LayerEntry`.
    name : str
        As shown to people.
    low, high : float
        In its unit.
    identity : FileIdentity or None
        What the file was.
    """

    layer: str
    relative: str
    path: str
    name: str
    low: float
    high: float
    identity: FileIdentity | None = None


@dataclass(frozen=True)
class LayerEntry:
    """A layer of a document.

    Attributes
    ----------
    role : {'base', 'heatmap'}
    where : str
        Its place in the document, such as ``"heatmaps[2]"``.
    index : int
        Its place among the document's heatmaps, 0 at the bottom.
    relative : str
        Path from the document's folder; empty where there is none. It wins.
    path : str
        Absolute path, or the path as written; empty where there is none.
    series : str or None
    items : tuple of str
        Files that it is made of, where the document lists them.
    id : str
        Its identity within the document; empty where nothing refers to it.
    identity : FileIdentity or None
    settings : mapping
        Checked settings by field; what is not there is taken from the data.
    opacity_by : OpacityEntry or None
    kept : mapping
        Keys that are not known here.
    raw : mapping
        The whole entry as it was.
    plain_range : bool
        Whether a range that is not given is the plain finite minimum and maximum, as in tasks.
    segments : {'', 'labels', 'mask'}
        Whether its values are labels with a colour each, or all but 0 are one.
    """

    role: Role
    where: str
    index: int = 0
    relative: str = ""
    path: str = ""
    series: str | None = None
    items: tuple[str, ...] = ()
    id: str = ""
    identity: FileIdentity | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    opacity_by: OpacityEntry | None = None
    kept: Mapping[str, Any] = field(default_factory=dict)
    raw: Mapping[str, Any] = field(default_factory=dict)
    plain_range: bool = False
    segments: Literal["", "labels", "mask"] = ""

    @property
    def name(self) -> str:
        """What lists call it: its own name, else its file's."""
        return str(self.settings.get("name") or "") or self._file or self.where

    @property
    def told(self) -> str:
        """What messages call it: its name, and its file's where that is another."""
        return f"{self.name} ({self._file})" if self._file not in ("", self.name) else self.name

    @property
    def _file(self) -> str:
        place = (self.relative or self.path).replace("\\", "/").rstrip("/")
        return place.rpartition("/")[2]


def setting_keys(role: Role) -> dict[str, str]:
    """Return the settings of a layer by their keys in files."""
    model = BaseLayer if role == "base" else HeatmapLayer
    left_out = {*SOURCE_FIELDS, "opacity_by"}
    return {name: found for name, found in fields_by_key(model).items() if found not in left_out}


def checked_settings(
    role: Role, entry: Mapping[str, Any], where: str, problems: list[str], null_is_default: bool = False
) -> dict[str, Any]:
    """Return a layer's settings by field; those that its rules refuse are told and left out.

    Parameters
    ----------
    null_is_default : bool
        Whether null says nothing, as in tasks; otherwise only for fields that cannot be None.
    """
    model: type[Settings] = BaseLayer if role == "base" else HeatmapLayer
    given = {name: entry[k] for k, name in setting_keys(role).items() if k in entry}
    for name in [name for name, value in given.items() if _too_long(name, value)]:
        del given[name]
        problems.append(f"{where}.{key(name)}: has more entries than can be drawn. It is left out.")
    given = {
        name: value
        for name, value in given.items()
        if value is not None or not (null_is_default or model.model_fields[name].default is not None)
    }
    # A range is typed unless the entry says otherwise, and then has to rise.
    needed = {"id": ""} | ({"window": (0.0, 1.0)} if role == "base" else {"data_range_auto": False})
    return checked(model, needed, given, where, problems)


def _too_long(name: str, value: Any) -> bool:
    """Return whether a list would hold the program up for minutes."""
    most = MAX_CONTOURS if name in ("contours", "contour_colors") else MAX_NUMBERS
    if isinstance(value, dict):
        value = value.get("levels")
    return isinstance(value, list) and len(value) > most


def checked(
    model: type[Settings],
    needed: Mapping[str, Any],
    given: Mapping[str, Any],
    where: str,
    problems: list[str],
) -> dict[str, Any]:
    """Return those of the given fields that a model takes, checked; the others are told."""
    left = {name: _nested(model, name, value, where, problems) for name, value in given.items()}
    while True:
        try:
            made = model(**{**needed, **left})
        except SettingError as error:
            name = error.where.partition(".")[0]
            if name not in left:
                # A rule over several fields: what it names is not among those given.
                name = next(iter(left), "")
                if not name:
                    raise
            said = f" {error.hint}." if error.hint else ""
            problems.append(f"{where}.{key(name)}: {error.what}.{said}")
            del left[name]
            if name == "data_range":
                left.pop("data_range_auto", None)
            continue
        return {name: getattr(made, name) for name in left}


def _nested(model: type[Settings], field: str, value: Any, where: str, problems: list[str]) -> Any:
    """Return an object as the settings that a field holds, by their names; other values as they are."""
    found = nested_model(model, field)
    if found is None or not isinstance(value, dict):
        return value
    given = {name: value[k] for k, name in fields_by_key(found).items() if k in value}
    if any(part.is_required() for part in found.model_fields.values()):
        return given
    return found(**checked(found, {}, given, f"{where}.{key(field)}", problems))


def text_of(entry: Mapping[str, Any], name: str, where: str, problems: list[str]) -> str:
    """Return a text of an entry; empty where there is none, and told where it is something else."""
    value = entry.get(name)
    if value is None or isinstance(value, str):
        return value or ""
    problems.append(f"{where}.{name}: {told(value)} is no text. It is left out.")
    return ""


def texts_of(entry: Mapping[str, Any], name: str, where: str, problems: list[str]) -> tuple[str, ...]:
    """Return a list of texts of an entry."""
    value = entry.get(name)
    if value is None:
        return ()
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    problems.append(f"{where}.{name}: {told(value)} is no list of texts. It is left out.")
    return ()
