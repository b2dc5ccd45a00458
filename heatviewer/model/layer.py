"""The settings of the base series and of a heatmap.

Every field that a person can set is an option of the command line, an attribute in Python and a
key in files; the option's name and help come from here (``json_schema_extra`` and ``description``).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from heatviewer.model import rules
from heatviewer.model.base import Settings
from heatviewer.model.presets import DEFAULT_PRESET, preset

Interpolation = Literal["nearest", "linear", "cubic"]


def _option(name: str, values: str = "") -> dict[str, Any]:
    """Return how a field is written on the command line: its option and what follows it."""
    return {"option": name, "values": values}


def _points(what: str, width: int) -> BeforeValidator:
    return BeforeValidator(lambda value: rules.points(value, what, width))


def _pair(what: str, names: str) -> BeforeValidator:
    return BeforeValidator(lambda value: rules.pair(value, what, names))


def _rule(what: str) -> BeforeValidator:
    return BeforeValidator(lambda value: rules.outside_rule(value, what))


Points = tuple[float, ...] | None
Unit = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class LayerSettings(Settings):
    """What the base and every heatmap have in common."""

    id: str
    source: str = ""
    series: str | None = None
    name: str = ""
    unit: str = ""
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
        description="how the opacity falls off beyond the threshold",
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
    blend: Literal["over", "add"] = Field(
        "over",
        description="how the layer is laid on those below: over, or adding light",
        json_schema_extra=_option("--blend", "over|add"),
    )

    @model_validator(mode="after")
    def _range_rises(self) -> Self:
        """Refuse an empty range, unless it was taken from constant data."""
        low, high = self.data_range
        if low > high or (low == high and not self.data_range_auto):
            raise ValueError(f"data_range: the low end {low:g} is not below the high end {high:g}")
        return self
