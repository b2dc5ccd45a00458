"""The demo study: made in memory, and made again when a session names it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from heatviewer.app.scene import Scene
from heatviewer.documents.places import MADE

if TYPE_CHECKING:
    from heatviewer.core.volume import Volume

#: The source of the demo study's layers.
DEMO: Final = f"{MADE}demo"
#: Which layer is which, the base first, then the heatmaps from the bottom.
PARTS: Final = ("torso", "response", "probability")


def demo_scene() -> Scene:
    """Return the demo study: a phantom with a signed map and a probability map."""
    from heatviewer.core.phantom import demo_study

    study = demo_study()
    scene = Scene()
    scene.set_base(study.base, source=DEMO, series=PARTS[0])
    for part, (volume, settings) in zip(PARTS[1:], study.heatmaps, strict=True):
        scene.add_volume(volume, source=DEMO, series=part, **settings)
    scene.edit_view(cursor=study.cursor)
    scene.history.clear()
    return scene


def demo_volumes() -> dict[str, Volume]:
    """Return the demo study's data by the names of its parts."""
    from heatviewer.core.phantom import demo_study

    study = demo_study()
    return dict(zip(PARTS, (study.base, *(volume for volume, _ in study.heatmaps)), strict=True))
