"""The handles of a scene's layers: settings as attributes, each assignment one undoable change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from heatviewer.core.errors import SettingError
from heatviewer.model.layer import SOURCE_FIELDS
from heatviewer.model.placing import placed_volume
from heatviewer.model.rule_words import rule_in_words

if TYPE_CHECKING:
    from pathlib import Path

    from heatviewer.app.scene import Scene
    from heatviewer.app.styles import StyleWish
    from heatviewer.core.volume import Volume
    from heatviewer.documents.style import Style
    from heatviewer.model.layer import BaseLayer, HeatmapLayer


class _Handle:
    """A layer of a scene by id. Two handles of one layer are equal."""

    __slots__ = ("_id", "_scene")
    _id: str
    _scene: Scene

    def __init__(self, scene: Scene, layer_id: str) -> None:
        object.__setattr__(self, "_scene", scene)
        object.__setattr__(self, "_id", layer_id)

    @property
    def id(self) -> str:
        """The layer's identity within its scene."""
        return self._id

    @property
    def volume(self) -> Volume:
        """The layer's data as read: ``array``, ``affine``, ``unit``."""
        self._settings()  # says so where the layer is gone
        return self._scene.volumes[self._id]

    @property
    def placed(self) -> Volume:
        """The data as they lie in the pictures: with another affine where ``align`` moves a heatmap."""
        return placed_volume(self._settings(), self._scene.volumes, self._scene.state)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Handle) and (other._scene is self._scene) and other._id == self._id

    def __hash__(self) -> int:
        return hash((id(self._scene), self._id))

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *type(self._settings()).model_fields})

    def __getattr__(self, name: str) -> Any:
        settings = self._settings()
        if name in type(settings).model_fields:
            return getattr(settings, name)
        raise AttributeError(f"a {type(self).__name__.lower()} has no setting '{name}'")

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in type(self._settings()).model_fields or name in SOURCE_FIELDS:
            raise AttributeError(f"'{name}' of a {type(self).__name__.lower()} cannot be set")
        self.edit(**{name: value})

    def _settings(self) -> Any:
        raise AttributeError("settings")

    def edit(self, title: str | None = None, merge: object = None, **changes: Any) -> None:
        """Change settings as one undoable step; changes under the same `merge` are one step.

        Raises
        ------
        SettingError
            Naming field and value; nothing is changed.
        """
        self._scene.edit_layer(self._id, title=title, merge=merge, **changes)


class Base(_Handle):
    """The base series of a scene; its settings are those of ``BaseLayer``."""

    __slots__ = ()

    def _settings(self) -> BaseLayer:
        base = self._scene.state.base
        if base is None or base.id != self._id:
            raise SettingError("base", "this base is no longer in the scene")
        return base

    def __repr__(self) -> str:
        return f"<Base {self._settings().name!r}>"


class Heatmap(_Handle):
    """A heatmap of a scene; its settings are those of ``HeatmapLayer``."""

    __slots__ = ()

    @property
    def rule(self) -> str:
        """Which values are shown, in which colours, how opaque, in words to be copied."""
        return rule_in_words(self._settings())

    @property
    def style(self) -> Style:
        """The look without data; assignable: another heatmap's, or the path of a file, as `apply_style`."""
        from heatviewer.documents.style import Style

        return Style.of(self._settings(), automatic=True)

    def apply_style(self, style: StyleWish) -> bool:
        """Take a style over as one step: another heatmap's, or that in a file.

        Of a sheet the first rule holds whose pattern matches the file's name or the layer's; return
        whether there was one.

        Raises
        ------
        MissingFileError, ReadError, SettingError
            Naming the file and the field; nothing is changed.
        """
        from heatviewer.app.styles import apply_style

        return apply_style(self._scene, self._id, style)

    def save_style(self, path: str | Path) -> Path:
        """Keep the look, without data, in a file and return its path; WriteError where it cannot be."""
        from heatviewer.app.styles import save_style

        return save_style(self._settings(), path)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "style":
            self.apply_style(value)
        else:
            super().__setattr__(name, value)

    def _settings(self) -> HeatmapLayer:
        try:
            return self._scene.state.heatmap(self._id)
        except KeyError:
            raise SettingError("heatmap", "this layer is no longer in the scene") from None

    def __repr__(self) -> str:
        return f"<Heatmap {self._settings().name!r}>"
