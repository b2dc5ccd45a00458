"""What a layer looks like before anybody touches it: window, range and preset by kind of data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from heatviewer.model.presets import DEFAULT_PRESET, preset

if TYPE_CHECKING:
    from heatviewer.core.volume import Volume
    from heatviewer.model.layer import Interpolation

#: Window of a CT whose header has none: soft tissue (centre, width), in HU.
CT_WINDOW = (40.0, 400.0)
#: Presets of data that the default one does not suit, and whether they are turned round: labels have
#: no order, and of probabilities of error the small ones matter. z and t values are diverging, as it is.
_PRESETS: Final = {"label": ("glasbey", False), "p": ("viridis", True)}


def default_window(volume: Volume) -> tuple[float, float]:
    """Return centre and width: the header's, else soft tissue for CT, else the 0.5–99.5 percentiles."""
    if volume.window is not None:
        return volume.window
    if volume.modality == "CT":
        return CT_WINDOW
    low, high = volume.percentiles((0.5, 99.5)) or (0.0, 0.0)
    return low / 2 + high / 2, high - low


def default_range(volume: Volume) -> tuple[float, float]:
    """Return the contract's default data range of a heatmap, over all frames.

    SUV 0…7; dose 0…max; floating data within 0…1: 0…1; both signs with the smaller magnitude at
    least a tenth of the larger, or z or t values: −m…m; else min…max. Equal ends: constant data.
    """
    low, high = volume.range or (0.0, 1.0)
    if volume.kind == "suv":
        return 0.0, 7.0
    if volume.kind == "dose":
        return (0.0, high) if high > 0 else (0.0, 1.0)
    magnitude = max(abs(low), abs(high))
    if low >= 0 and high <= 1 and (volume.stored.dtype.kind == "f" or volume.is_scaled):
        return 0.0, 1.0
    if volume.kind in ("z", "t") and magnitude > 0:
        return -magnitude, magnitude
    if low < 0 < high and min(-low, high) >= magnitude / 10:
        return -magnitude, magnitude
    return low, high


def default_preset(volume: Volume) -> tuple[str, bool]:
    """Return the preset that a heatmap starts with, and whether it is turned round."""
    name, reverse = _PRESETS.get(volume.kind, (DEFAULT_PRESET, False))
    return preset(name).name, reverse


def default_interpolation(volume: Volume) -> Interpolation:
    """Return nearest for labels and masks (whole numbers that are all 0 or 1), else linear."""
    if volume.kind == "label":
        return "nearest"
    whole = volume.stored.dtype.kind in "iu" and not volume.is_scaled
    if whole and volume.range is not None and volume.range[0] >= 0 and volume.range[1] <= 1:
        return "nearest"
    return "linear"


def default_unit(volume: Volume) -> str:
    """Return the unit as it is shown: the file's, and for z and t values their letter."""
    return volume.unit or (volume.kind if volume.kind in ("z", "t") else "")
