"""The read-out at the crosshair: place, voxel, and what every layer holds there."""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from heatviewer.app.probing import probe_scene
from heatviewer.ui import icons
from heatviewer.ui.controls import named, plain_tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent

    from heatviewer.analysis.probe import ProbeValue
    from heatviewer.app.scene import Scene
    from heatviewer.app.scene_change import SceneChange
    from heatviewer.core.geometry import Vec3
    from heatviewer.ui.theme import Tokens

#: Nobody reads numbers that change faster.
_PAUSE_MS = 30
_MOST_LINES = 4
#: Of more heatmaps only those that show something at the crosshair are named; the tool tip has all.
_MOST_NAMED = 8


def value_text(value: ProbeValue) -> str:
    """Return a layer's value in words: six digits and its unit, or why there is none."""
    if value.missing:
        return "no data"
    if value.value is None:
        return "outside"
    if value.rgb is not None:
        return "RGB {} {} {}".format(*value.rgb)
    number = f"{value.value + 0.0:.6g}".replace("-", "−")
    return f"{number} {value.label or value.unit}".strip()


def name_text(value: ProbeValue) -> str:
    """Return a layer's name, and that it lies elsewhere than its header says."""
    return f"{value.name} (moved)" if value.moved else value.name


def place_text(world: Vec3, values: Sequence[ProbeValue]) -> str:
    """Return where the probe is: world mm, and the base's voxel."""
    x, y, z = (f"{c + 0.0:.1f}".replace("-0.0", "0.0").replace("-", "−") for c in world)
    text = f"x {x}  y {y}  z {z} mm"
    voxel = next((v.voxel for v in values if v.role == "base"), None)
    return text + ("  ·  voxel {} {} {}".format(*voxel) if voxel else "")


def probe_text(world: Vec3, values: Sequence[ProbeValue]) -> str:
    """Return the whole read-out as one line of plain text."""
    layers = [f"{name_text(v)} {value_text(v)}" for v in values]
    return "  ·  ".join([place_text(world, values), *layers])


def probe_lines(world: Vec3, values: Sequence[ProbeValue]) -> str:
    """Return the read-out for the clipboard, a line for the place and one for every layer."""
    return "\n".join([place_text(world, values), *(f"{name_text(v)}\t{value_text(v)}" for v in values)])


def named_values(values: Sequence[ProbeValue]) -> list[ProbeValue]:
    """Return what the panel names: all, or of many heatmaps those that show something."""
    many = sum(value.role == "heatmap" for value in values) > _MOST_NAMED
    return [value for value in values if not many or value.role == "base" or value.rgba[3] > 0]


def probe_html(world: Vec3, values: Sequence[ProbeValue], tokens: Tokens) -> str:
    """Return the read-out with a chip in each layer's colour at that point."""
    parts = [f"<span style='color:{tokens.muted}'>{html.escape(place_text(world, values))}</span>"]
    named = named_values(values)
    for value in named:
        red, green, blue = (round(c * 255) for c in value.rgba[:3])
        shown = value.rgba[3] > 0
        chip = f"<span style='color:rgb({red},{green},{blue})'>■</span>" if shown else "□"
        # A word joiner: a name that breaks at its hyphen reads as two.
        name = html.escape(name_text(value)).replace("-", "-\u2060")
        text = html.escape(value_text(value)).replace(" ", "&nbsp;")
        muted = f"<span style='color:{tokens.muted}'>{name}</span>".replace(" ", "&nbsp;").replace(
            "span&nbsp;style", "span style"
        )
        percent = f"&nbsp;<span style='color:{tokens.muted}'>{value.rgba[3] * 100:.0f}&nbsp;%</span>"
        shown_alpha = percent if value.role == "heatmap" and shown else ""
        parts.append(f"{chip}&nbsp;{muted}&nbsp;<b>{text}</b>{shown_alpha}")
    if rest := len(values) - len(named):
        more = f"{rest} more show nothing here" if rest > 1 else "1 more shows nothing here"
        parts.append(f"<span style='color:{tokens.muted}'>{more.replace(' ', '&nbsp;')}</span>")
    return "&nbsp;&nbsp;&nbsp; ".join(parts).replace("  ·  ", "&nbsp; · &nbsp;")


class ProbePanel(QWidget):
    """The read-out at the crosshair as a strip."""

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.scene = scene
        self._tokens: Tokens | None = None
        self._anew = False
        # Values and their layout take some ms, which a dragged crosshair's pictures do not wait for.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_PAUSE_MS)
        self._soon.timeout.connect(self.refresh)
        self.text = QLabel()
        self.text.setTextFormat(Qt.TextFormat.RichText)
        self.text.setWordWrap(True)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        named(self.text, "Values at the crosshair", "What every layer holds at the crosshair")
        self.copy = named(
            QToolButton(), "Copy probe text", "Put position and values on the clipboard (Ctrl+Shift+C)"
        )
        self.copy.setIconSize(QSize(16, 16))
        icons.set_icon(self.copy, "copy")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 8, 4)
        row.setSpacing(8)
        row.addWidget(self.text, 1)
        row.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignTop)
        self._lines = 1
        self._fit()

    @property
    def values(self) -> list[ProbeValue]:
        """What the layers hold at the crosshair."""
        return probe_scene(self.scene, self.scene.cursor, wait=False)

    @property
    def lines(self) -> str:
        """The read-out for the clipboard."""
        return probe_lines(self.scene.cursor, self.values)

    def set_tokens(self, tokens: Tokens) -> None:
        """Draw in a theme's colours."""
        self._tokens = tokens
        icons.refresh(self, tokens)
        self.refresh()

    def _fit(self, anew: bool = False) -> None:
        """Take the height of the text and no more, as the pictures stand above.

        While the crosshair moves the panel only grows: pictures that change their size with every
        number would be worse than an empty line.
        """
        line = self.fontMetrics().lineSpacing()
        needed = math.ceil(self.text.heightForWidth(max(self.text.width(), 1)) / line)
        self._lines = min(max(needed, 1 if anew else self._lines), _MOST_LINES)
        self.setFixedHeight(max(self._lines * line + 12, 34))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the lines for another width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit(anew=True)

    def on_changed(self, change: SceneChange) -> None:
        """Follow the scene."""
        self._anew = self._anew or change.layer_list
        if (change.layers or change.cursor) and not self._soon.isActive():
            self._soon.start()

    @property
    def is_idle(self) -> bool:
        """Whether the values of now are shown."""
        return not self._soon.isActive()

    def refresh(self) -> None:
        """Show the values at the crosshair."""
        values = self.values
        self.copy.setVisible(bool(values))
        if not values or self._tokens is None:
            self.text.setText("")
            self._fit(anew=True)
            return
        self.text.setText(probe_html(self.scene.cursor, values, self._tokens))
        self.text.setAccessibleDescription(probe_text(self.scene.cursor, values))
        self.text.setToolTip(plain_tip(probe_lines(self.scene.cursor, values).replace("\t", "  ")))
        self._fit(self._anew)
        self._anew = False
