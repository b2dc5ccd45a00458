"""The settings of the base series and of a heatmap.

Every field that a person can set is an option of the command line, an attribute in Python and a
key in files; the option's name and help come from here (``json_schema_extra`` and ``description``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from heatviewer.core.errors import SettingError
from heatviewer.model import rules
from heatviewer.model.base import Settings
from heatviewer.model.presets import DEFAULT_PRESET, preset
from heatviewer.model.source import FileIdentity

Interpolation = Literal["nearest", "linear", "cubic"]
Align = Literal["world", "centre", "grid"]


def _option(name: str, values: str = "") -> dict[str, Any]:
    """Return how a field is written on the command line: its option and what follows it."""
    return {"option": name, "values": values}


def _points(what: str, width: int) -> BeforeValidator:
    return BeforeValidator(lambda value: rules.points(value, what, width))


def _pair(what: str, names: str) -> BeforeValidator:
    return BeforeValidator(lambda value: rules.pair(value, what, names))


def _color(what: str) -> BeforeValidator:
    return BeforeValidator(lambda value: rules.color(value, what))


def _opacity_by(value: Any) -> Any:
    """Return (source, low, high), a mapping or a ready value as `OpacityBy`; None stays None."""
    if value is None or isinstance(value, OpacityBy):
        return value
    if isinstance(value, Mapping):
        return _nested(OpacityBy, value, "opacity_by")
    source, low, high = rules.source_and_range(value, "opacity_by")
    return OpacityBy(source=source, low=low, high=high)


def _contours(value: Any) -> Any:
    """Return levels as a list, or as text such as ``"50,95%"``, as `Contours`; None stays None."""
    if value is None or isinstance(value, Contours):
        return value
    if isinstance(value, Mapping):
        return _nested(Contours, value, "contours")
    levels, percent = rules.contour_levels(value, "contours")
    return Contours(levels=levels, percent=percent)


def _nested(model: type[Settings], value: Mapping[Any, Any], what: str) -> Settings:
    """Return a mapping as a setting of several parts; an error names the setting that it is for."""
    try:
        return model(**{str(key): item for key, item in value.items()})
    except SettingError as error:
        if error.where == what:
            raise
        raise SettingError(what, f"{error.where}: {error.what}", error.hint) from None


def _identity(value: Any) -> Any:
    """Return a mapping as `FileIdentity`; anything else stays as it is."""
    return _nested(FileIdentity, value, "identity") if isinstance(value, Mapping) else value


def _rule(what: str) -> BeforeValidator:
    return BeforeValidator(lambda value: rules.outside_rule(value, what))


Points = tuple[float, ...] | None
Identity = Annotated[FileIdentity | None, BeforeValidator(_identity)]
Labels = tuple[tuple[int, str], ...] | None
Unit = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class LayerSettings(Settings):
    """What the base and every heatmap have in common."""

    id: str
    source: str = ""
    series: str | None = None
    #: The files that the layer alone is made of, by name within `source`; empty: what the path holds.
    items: tuple[str, ...] = ()
    #: What the files were when they were read.
    identity: Identity = None
    #: What a session or task says of it that this program does not know, as JSON.
    kept: str = ""
    name: str = ""
    unit: str = Field(
        "", description="unit of the values, as legends show it", json_schema_extra=_option("--unit", "TEXT")
    )
    visible: bool = Field(True, description="whether the layer is drawn")
    visible_3d: bool = Field(
        True, description="not drawn in 3D, only in the slices", json_schema_extra=_option("--hide-3d")
    )
    opacity_3d: Unit = Field(
        1.0,
        description="factor on the layer's opacity in 3D, 0…1",
        json_schema_extra=_option("--opacity-3d", "0…1"),
    )
    frame: int = Field(
        0, ge=0, description="frame of a series, from 0", json_schema_extra=_option("--frame", "N")
    )
    interpolation: Interpolation = Field(
        "linear",
        description="between voxels: nearest, linear or cubic (Catmull-Rom, clamped to the data)",
        json_schema_extra=_option("--interpolation", "nearest|linear|cubic"),
    )


class OpacityBy(Settings):
    """A layer's opacity follows another volume: 0 where it is `low` or less, 1 from `high` up.

    Attributes
    ----------
    volume : str
        The id of a layer of the scene, or of a volume that was read for this alone; empty while
        only the source is known.
    source : str
        The path it was read from, where it is no layer.
    name : str
        As shown to people.
    low, high : float
        In the unit of that volume, low < high; linear between.
    identity : FileIdentity or None
        What that file was when it was read.
    """

    volume: str = ""
    source: str = ""
    name: str = ""
    identity: Identity = None
    low: Annotated[float, Field(allow_inf_nan=False)]
    high: Annotated[float, Field(allow_inf_nan=False)]

    @model_validator(mode="after")
    def _range_rises(self) -> Self:
        rules.rising(self.low, self.high, "opacity_by")
        return self


class Contours(Settings):
    """Levels of contour lines, rising: values, or percent of the maximum or of a typed reference."""

    levels: Annotated[tuple[float, ...], BeforeValidator(lambda value: rules.levels(value, "contours"))]
    percent: bool = False


class BaseLayer(LayerSettings):
    """The series that heatmaps lie on, shown in grey through a window."""

    window: Annotated[tuple[float, float], _pair("window", "centre and width")] = Field(
        description="centre and width of the grey window, in the unit of the data",
        json_schema_extra=_option("--window", "CENTRE WIDTH"),
    )
    window_auto: bool = False
    invert: bool = Field(
        False, description="small values bright, great ones dark", json_schema_extra=_option("--invert")
    )


class HeatmapLayer(LayerSettings):
    """A scalar layer shown through a transfer function. Bottom first in a scene."""

    preset: Annotated[str, BeforeValidator(lambda value: preset(str(value)).name)] = Field(
        DEFAULT_PRESET,
        description="colour preset; 'heatviewer presets' lists them",
        json_schema_extra=_option("--preset", "NAME"),
    )
    reverse: bool = Field(False, description="turn the colours round", json_schema_extra=_option("--reverse"))
    steps: Annotated[int, Field(ge=2, le=256)] | None = Field(
        None, description="number of flat colour levels", json_schema_extra=_option("--steps", "N")
    )
    data_range: Annotated[tuple[float, float], _pair("data_range", "low and high")] = Field(
        (0.0, 1.0),
        description="low and high end of the colours, in the unit of the data",
        json_schema_extra=_option("--range", "LO HI"),
    )
    data_range_auto: bool = True
    rgb_points: Annotated[Points, _points("rgb_points", 4)] = Field(
        None,
        description="colour points in the unit of the data, colours in 0…1; replace the preset",
        json_schema_extra=_option("--rgb-points", "S,R,G,B,…"),
    )
    opacity_points: Annotated[Points, _points("opacity_points", 2)] = Field(
        None,
        description="opacity points in the unit of the data",
        json_schema_extra=_option("--opacity-points", "S,O,S,O…"),
    )
    opacity_points_3d: Annotated[Points, _points("opacity_points_3d", 2)] = Field(
        None,
        description="opacity points for 3D, per mm of path; otherwise those of the slices",
        json_schema_extra=_option("--opacity-points-3d", "S,O…"),
    )
    opacity: Unit = Field(
        1.0, description="the layer's opacity, 0…1", json_schema_extra=_option("--opacity", "0…1")
    )
    threshold: Annotated[
        tuple[float | None, float | None] | None,
        BeforeValidator(lambda value: rules.open_pair(value, "threshold")),
    ] = Field(
        None,
        description="values outside are transparent; -inf or inf leaves an end open",
        json_schema_extra=_option("--threshold", "LO HI"),
    )
    threshold_abs: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = Field(
        None,
        description="two-sided threshold: visible where |value| ≥ T",
        json_schema_extra=_option("--threshold-abs", "T"),
    )
    edge: Literal["hard", "linear", "quadratic"] = Field(
        "hard",
        description="how the opacity falls off beyond the threshold, to 0 at the range's end or at 0",
        json_schema_extra=_option("--edge", "hard|linear|quadratic"),
    )
    below: Annotated[str, _rule("below")] = Field(
        "clamp",
        description="values below the range: the end's colour, nothing, or a colour",
        json_schema_extra=_option("--below", "clamp|hide|#RRGGBB"),
    )
    above: Annotated[str, _rule("above")] = Field(
        "clamp",
        description="values above the range: the end's colour, nothing, or a colour",
        json_schema_extra=_option("--above", "clamp|hide|#RRGGBB"),
    )
    nan: Annotated[str, _rule("nan")] = Field(
        "hide",
        description="missing voxels: the low end's colour, nothing, or a colour",
        json_schema_extra=_option("--nan", "clamp|hide|#RRGGBB"),
    )
    zero_is_missing: bool = Field(
        False,
        description="voxels that are exactly 0 hold no data",
        json_schema_extra=_option("--zero-is-missing"),
    )
    opacity_by: Annotated[OpacityBy | None, BeforeValidator(lambda value: _opacity_by(value))] = Field(
        None,
        description="opacity from another volume: 0 where it is LO or less, 1 from HI up",
        json_schema_extra=_option("--opacity-by", "FILE LO HI"),
    )
    opacity_by_frame: Annotated[int, Field(ge=0)] | None = Field(
        None,
        description="frame of the volume that the opacity follows, from 0",
        json_schema_extra=_option("--opacity-by-frame", "N"),
    )
    outline: bool = Field(
        False, description="draw a crisp line at the threshold", json_schema_extra=_option("--outline")
    )
    outline_color: Annotated[str, _color("outline_color")] = Field(
        "#ffffff",
        description="colour of the line at the threshold",
        json_schema_extra=_option("--outline-color", "#RRGGBB"),
    )
    blur: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] = Field(
        0.0,
        description="smooth the picture, not the values: standard deviation of a Gaussian, mm",
        json_schema_extra=_option("--blur", "MM"),
    )
    contours: Annotated[Contours | None, BeforeValidator(lambda value: _contours(value))] = Field(
        None,
        description="contour lines at these values; with % at percent of the maximum",
        json_schema_extra=_option("--contours", "V,V…[%]"),
    )
    contour_reference: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        None,
        description="what 100 % of a contour is, in the unit of the data; otherwise the maximum",
        json_schema_extra=_option("--contour-reference", "VALUE"),
    )
    contour_colors: Annotated[
        tuple[str, ...] | None, BeforeValidator(lambda value: rules.colors(value, "contour_colors"))
    ] = Field(
        None,
        description="colours of the contour lines, the lowest first; otherwise the map's at their level",
        json_schema_extra=_option("--contour-colors", "#RRGGBB,…"),
    )
    contour_labels: bool = Field(
        True,
        description="contour lines without their values",
        json_schema_extra=_option("--no-contour-labels"),
    )
    contour_style: Literal["solid", "dashed"] = Field(
        "solid",
        description="how contour lines are drawn",
        json_schema_extra=_option("--contour-style", "solid|dashed"),
    )
    contour_width: Annotated[float, Field(ge=0.5, le=10, allow_inf_nan=False)] = Field(
        1.5,
        description="width of contour lines and of the outline, in pixels",
        json_schema_extra=_option("--contour-width", "PX"),
    )
    link: Annotated[str | None, BeforeValidator(lambda value: rules.group_name(value, "link"))] = Field(
        None,
        description="layers of one group share their look: a change of one changes all",
        json_schema_extra=_option("--link", "NAME"),
    )
    blend: Literal["over", "add"] = Field(
        "over",
        description="how the layer is laid on those below: over, or adding light",
        json_schema_extra=_option("--blend", "over|add"),
    )
    labels: Annotated[Labels, BeforeValidator(lambda value: rules.labels(value, "labels"))] = Field(
        None, description="names of whole values, of label maps and masks"
    )
    align: Align | None = Field(
        None,
        description="where it lies: as its header says, centred on the base, or on the base's voxels",
        json_schema_extra=_option("--align", "world|centre|grid"),
    )

    @model_validator(mode="after")
    def _range_rises(self) -> Self:
        """Refuse an empty range, unless it was taken from constant data."""
        low, high = self.data_range
        if low != high or not self.data_range_auto:
            rules.rising(low, high, "data_range")
        return self


#: Which data a layer shows: never a matter of its look, and not to be set from outside.
SOURCE_FIELDS = ("id", "source", "series", "items", "identity", "kept")

#: What one heatmap's look consists of: what copying, pasting and linking carry over. Not who a layer
#: is (name, unit, source), not whether it is shown, and not which volume it is faded by.
STYLE_FIELDS = (
    "preset", "reverse", "steps", "data_range", "rgb_points", "opacity_points", "opacity_points_3d",
    "opacity", "opacity_3d", "threshold", "threshold_abs", "edge", "below", "above", "nan",
    "zero_is_missing", "outline", "outline_color", "blur", "contours", "contour_reference",
    "contour_colors", "contour_labels", "contour_style", "contour_width", "blend", "interpolation",
)  # fmt: skip
