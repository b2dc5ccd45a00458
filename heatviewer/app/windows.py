"""The windows that a base is offered: those of its header, and for a CT the usual ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from heatviewer.core.volume import Volume

Window = tuple[float, float]
#: Usual windows of a CT: centre and width in HU.
CT_WINDOWS: dict[str, Window] = {
    "Brain": (40.0, 80.0),
    "Stroke": (35.0, 40.0),
    "Subdural": (75.0, 215.0),
    "Soft tissue": (40.0, 400.0),
    "Liver": (60.0, 160.0),
    "Mediastinum": (50.0, 350.0),
    "Lung": (-600.0, 1500.0),
    "Bone": (400.0, 1800.0),
}


def header_windows(volume: Volume) -> tuple[tuple[str, Window], ...]:
    """Return the header's own windows, named, each once, in its order."""
    found: dict[Window, str] = {}
    for number, (name, centre, width) in enumerate(volume.windows, 1):
        found.setdefault((centre, width), f"Header: {name.strip() or f'window {number}'}")
    if volume.window is not None:
        found.setdefault(volume.window, "Header: window")
    return tuple((name, window) for window, name in found.items())


def window_presets(volume: Volume) -> tuple[tuple[str, Window], ...]:
    """Return the windows that are offered for a volume: the header's, then those of its modality."""
    own = header_windows(volume)
    return (*own, *CT_WINDOWS.items()) if volume.modality == "CT" else own
