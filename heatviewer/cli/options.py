"""The options, as data: the parser, the help and the tests read the same table.

What belongs to a layer is generated from the fields of the layer's settings, so a new field with a
``json_schema_extra`` is an option at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from heatviewer.model.layer import LayerSettings

#: Whose setting an option is; 'layer': the base's or a heatmap's, whichever path came last.
Scope = Literal["command", "base", "heatmap", "layer"]
#: What follows an option: nothing, a word, one of several words, numbers, one comma list, or a file and
#: numbers.
Kind = Literal["flag", "text", "choice", "number", "whole", "list", "file"]


@dataclass(frozen=True)
class Option:
    """One option.

    Attributes
    ----------
    names : tuple of str
        ``("-o", "--output")``; the last one is named in messages.
    key : str
        The setting or keyword that it gives.
    values : str
        What follows it, as help writes it: ``"X Y Z"``, ``"over|add"``; empty for a flag.
    help : str
        One line without a full stop.
    kind : Kind
    count : int
        How many values follow (a comma list is one).
    scope : Scope
    constant : object
        What a flag sets.
    """

    names: tuple[str, ...]
    key: str
    values: str
    help: str
    kind: Kind
    count: int = 1
    scope: Scope = "command"
    constant: Any = True

    @property
    def name(self) -> str:
        """The option as messages name it."""
        return self.names[-1]

    @property
    def choices(self) -> tuple[str, ...]:
        """The words that a choice takes."""
        return tuple(self.values.split("|"))


def option(
    names: str,
    key: str,
    values: str,
    description: str,
    kind: Kind | None = None,
    scope: Scope = "command",
    constant: Any = True,
) -> Option:
    """Return an option whose kind and count follow from how its values are written."""
    found = kind or _kind_of(values)
    count = len(values.split()) if found in ("number", "whole", "file") else int(found != "flag")
    return Option(tuple(names.split()), key, values, description, found, count, scope, constant)


def _kind_of(values: str) -> Kind:
    if not values:
        return "flag"
    if values.startswith("FILE "):
        return "file"
    if "%" in values or "#" in values:
        # The setting's own rule decides what a percent sign or a colour means.
        return "text"
    if "," in values:
        return "list"
    if "|" in values:
        return "choice"
    if values == "N":
        return "whole"
    return "text" if values in ("NAME", "TEXT", "UID", "FILE") else "number"


HELP = option("-h --help", "help", "", "show this help and end")
DEBUG = option("--debug", "debug", "", "show where in the program an error came from")
VERSION = option("--version", "version", "", "show the version and end")
JSON = option("--json", "json", "", "write one JSON document to standard output")
OUTPUT = option("-o --output", "output", "FILE", "the picture to write, OUT.png")
DEMO = option("--demo", "demo", "", "a phantom study made in memory, instead of files")
AT = option("--at", "at", "X Y Z", "world point in mm, RAS+ (default: the centre of the base's middle voxel)")
CONVENTION = option(
    "--convention",
    "convention",
    "radiological|neurological",
    "which side of the patient is on screen left: right (default) or left",
)
ROOT = option(
    "--root", "root", "DIR", "where a task's relative paths start (default: the task's folder)", kind="text"
)
SAGITTAL = option(
    "--sagittal",
    "sagittal",
    "nose-left|nose-right",
    "where the nose points in sagittal views (default: left)",
)


def window_options() -> tuple[Option, ...]:
    """Return the options of the window."""
    from heatviewer.model.view import LAYOUTS

    return (
        AT,
        CONVENTION,
        SAGITTAL,
        option("--layout", "layout", "|".join(LAYOUTS), "which views are shown, and how"),
        ROOT,
        DEMO,
        option("--cases", "cases", "FILE", "a table of cases to go through, in place of BASE"),
        option("--ratings", "ratings", "FILE", "where --cases keeps ratings (default: TABLE.ratings.csv)"),
        option("--screenshot", "screenshot", "FILE", "save the window as OUT.png once all is drawn, and end"),
        option(
            "--no-recent",
            "no_recent",
            "",
            "keep nothing of what is opened: no recent study, no picture of it, no folder",
        ),
        DEBUG,
        VERSION,
        HELP,
    )


def render_options() -> tuple[Option, ...]:
    """Return the options of ``render``."""
    return (
        OUTPUT,
        option(
            "--view",
            "view",
            "axial|coronal|sagittal|ortho|3d",
            "what is drawn (default: ortho, three planes)",
        ),
        AT,
        option("--size", "size", "W H", "width and height in pixels (default: 512 512)", "whole"),
        option("--mm-per-pixel", "mm_per_pixel", "S", "scale (default: the base just fits)"),
        option("--bare", "bare", "", "data only: no labels, crosshair or legend"),
        option("--overlay-only", "overlay_only", "", "the heatmaps alone on transparency"),
        option(
            "--camera",
            "camera",
            "AZIMUTH ELEVATION",
            "3D: degrees; 0 0 is from the front, 90 0 from the patient's left, 0 90 from above",
        ),
        option("--mode", "mode", "composite|mip", "3D: shaded, or maximum intensity projection"),
        CONVENTION,
        SAGITTAL,
        ROOT,
        DEMO,
        DEBUG,
        HELP,
    )


@cache
def layer_options() -> tuple[Option, ...]:
    """Return the options of layers: each field that names one, and those that fields cannot say."""
    from heatviewer.model.layer import BaseLayer, HeatmapLayer, LayerSettings

    common = set(LayerSettings.model_fields)
    return (
        option("--name", "name", "TEXT", "name in lists and legends", scope="heatmap"),
        option(
            "--style",
            "style",
            "FILE",
            "look from a style file, or from a sheet of them by name; options beside it win",
            scope="heatmap",
        ),
        *_from_fields(HeatmapLayer, set(HeatmapLayer.model_fields) - common, "heatmap"),
        option("--hide", "visible", "", "loaded but not drawn", scope="heatmap", constant=False),
        option(
            "--series",
            "series",
            "UID",
            "which series of a folder ('info' lists them), or of a task: its name, or its number from 1",
            scope="layer",
        ),
        *_from_fields(LayerSettings, common, "layer"),
        *_from_fields(BaseLayer, set(BaseLayer.model_fields) - common, "base"),
    )


def _from_fields(model: type[LayerSettings], names: set[str], scope: Scope) -> Iterable[Option]:
    for key, field in model.model_fields.items():
        extra = field.json_schema_extra
        if key in names and isinstance(extra, dict) and "option" in extra:
            # A flag on a field that is true by itself turns it off.
            constant = field.default is not True
            yield option(
                str(extra["option"]),
                key,
                str(extra["values"]),
                field.description or "",
                scope=scope,
                constant=constant,
            )
