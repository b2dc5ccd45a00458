"""A coarse base that is shown while the whole one is being read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from heatviewer.app.additions import new_base

if TYPE_CHECKING:
    from collections.abc import Mapping

    from heatviewer.app.scene import Scene
    from heatviewer.core.geometry import Vec3
    from heatviewer.core.volume import Volume
    from heatviewer.model.layer import BaseLayer
    from heatviewer.model.scene_state import SceneState
    from heatviewer.model.view import ViewState


class StandIn:
    """Some slices of a base, shown from now on in place of what was open.

    It ends in one of two ways: the whole volume takes over what a person has changed meanwhile, or
    what was open before comes back as it was. Neither is a step to undo.

    Parameters
    ----------
    scene : Scene
    coarse : Volume
        Every nth slice, at its true place.
    source, series, settings
        Of the base, as `Scene.set_base` takes them.
    cursor : Vec3
        Where the cursor of the whole volume starts, world mm.

    Raises
    ------
    SettingError
        Naming a field and the value it does not take; nothing is changed.
    """

    def __init__(
        self,
        scene: Scene,
        coarse: Volume,
        source: str,
        series: str | None,
        settings: Mapping[str, Any],
        cursor: Vec3,
    ) -> None:
        self._scene = scene
        self._made = source, series, dict(settings)
        self._before = scene.state, scene.volumes, scene.history
        scene.set_base(coarse, source, series, cursor=cursor, **settings)
        scene.standing_in = True
        base = scene.state.base
        assert base is not None
        self._base: BaseLayer = base
        self._view: ViewState = scene.view

    @property
    def is_shown(self) -> bool:
        """Whether it still is the base, and nobody has opened something else in its place."""
        base = self._scene.state.base
        return base is not None and base.id == self._base.id

    def finish(self, volume: Volume) -> bool:
        """Put the whole volume in its place; return whether it was still there.

        Cursor, window and all else that was changed meanwhile stays, in the steps to undo too.
        """
        if not self.is_shown:
            return False
        scene = self._scene
        whole = new_base(volume, *self._made)

        def change(state: SceneState) -> SceneState:
            return self._changed(state, whole, volume.cursor_world)

        scene.history.rewrite(change)
        volumes = {key: held for key, held in scene.volumes.items() if key != self._base.id}
        scene.put(change(scene.state), volumes | {whole.id: volume}, scene.history)
        return True

    def give_up(self) -> None:
        """Bring back what was open before."""
        if self.is_shown:
            self._scene.put(*self._before)

    def _changed(self, state: SceneState, whole: BaseLayer, cursor: Vec3) -> SceneState:
        """Return a state with the whole base: where nobody changed a setting, the whole one's."""
        if state.base is None or state.base.id != self._base.id:
            return state
        names = type(whole).model_fields
        untouched = [name for name in names if getattr(state.base, name) == getattr(self._base, name)]
        base = state.base.replaced(**{name: getattr(whole, name) for name in untouched})
        view = state.view.replaced(cursor=cursor) if state.view.cursor == self._view.cursor else state.view
        return state.replaced(base=base, view=view)
