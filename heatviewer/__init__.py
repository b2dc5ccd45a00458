"""HeatViewer: heatmaps exactly where they lie on a patient's scan, in three slice views and in 3D.

::

    import heatviewer as hv

    scene = hv.open("ct_folder")
    layer = scene.add_heatmap("dose.nii.gz", preset="Cold and hot", data_range=(0, 60))
    rgba = hv.render(scene, view="axial", bare=True)  # (H, W, 4) uint8
    hv.show(scene)

Not a medical device; not for diagnosis.

Architecture
------------
A package imports only from rows below its own::

    cli   api   ui         three fronts; cli and api start ui, late
    app                    Scene (volumes + display state + history), loading, actions; free of Qt
    drawing   documents    pictures from a frozen request  |  sessions and tasks
    model                  display state and resolve(): no files, no Qt, no VTK, no arrays
    io   analysis          files <-> Volume  |  numbers and volumes from volumes
    sampling               the sampling rule: numpy reference and VTK kernel
    core                   geometry, Volume, colours, transfer function: numpy only

Importing this package imports nothing else: each public name comes with its first use (PEP 562).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from heatviewer.api import open, render, show  # noqa: A004 (hv.open is the public name)
    from heatviewer.app.scene import Scene
    from heatviewer.core.errors import (
        Cancelled,
        EngineError,
        HeatViewerError,
        MissingFileError,
        ReadError,
        SettingError,
        UsageError,
        WriteError,
    )

__version__ = "0.1.0"

__all__ = [
    "Cancelled",
    "EngineError",
    "HeatViewerError",
    "MissingFileError",
    "ReadError",
    "Scene",
    "SettingError",
    "UsageError",
    "WriteError",
    "__version__",
    "open",
    "render",
    "show",
]

_HOMES = {"Scene": "heatviewer.app.scene"} | dict.fromkeys(("open", "render", "show"), "heatviewer.api")
_ERRORS = "heatviewer.core.errors"


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'heatviewer' has no attribute '{name}'")
    from importlib import import_module

    value = getattr(import_module(_HOMES.get(name, _ERRORS)), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
