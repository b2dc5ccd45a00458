"""Export picture: what the window shows, at any size, to a file or the clipboard."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from heatviewer.app.pictures import Content, layout_picture, view_picture
from heatviewer.drawing.figure import write_png
from heatviewer.ui.controls import Choice, NumberBox, named
from heatviewer.ui.dialogs import ask_picture_path
from heatviewer.ui.forms import side_by_side
from heatviewer.ui.swatches import image_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtGui import QCloseEvent

    from heatviewer.app.pictures import Placed
    from heatviewer.core.volume import Volume
    from heatviewer.model.scene_state import SceneState
    from heatviewer.model.view import ViewName
    from heatviewer.ui.background import Background

MAX_PIXELS = 8192
_PREVIEW = QSize(420, 280)
_SCALES = (("As on the screen", 1.0), ("2 ×", 2.0), ("4 ×", 4.0), ("Own size", 0.0))
_CONTENTS = (
    ("With labels, crosshair and colour bars", "annotated"),
    ("Pictures alone", "bare"),
    ("Heatmaps alone, transparent", "heatmaps"),
)
_VIEW_NAMES = {"axial": "Axial view", "coronal": "Coronal view", "sagittal": "Sagittal view", "3d": "3D view"}


@dataclass(frozen=True)
class Exported:
    """What is exported: the state and the views as they were when the dialog was opened.

    Attributes
    ----------
    state, volumes
        The scene; both never change.
    places : tuple of Placed
        Where the views stand in the window.
    sizes : mapping
        Width and height of each view and of ``"all"``, in units of the screen.
    current : str
        The view used last.
    """

    state: SceneState
    volumes: Mapping[str, Volume]
    places: tuple[Placed, ...]
    sizes: Mapping[str, tuple[int, int]]
    current: str

    def picture(self, what: str, size: tuple[int, int], content: Content) -> NDArray[np.uint8]:
        """Return a view's picture, or with ``"all"`` that of all views."""
        ratio = max(size[0] / max(self.sizes[what][0], 1), 0.25)
        ratio = min(ratio, 8.0)
        if what == "all":
            return layout_picture(self.state, self.volumes, self.places, size, content, ratio)
        return view_picture(self.state, self.volumes, cast("ViewName", what), size, content, ratio)


class ExportDialog(QDialog):
    """View, size and content, with a preview; drawn on another thread."""

    check_wanted = Signal()

    def __init__(
        self,
        parent: QWidget,
        exported: Exported,
        background: Background,
        folder: str,
        report: Callable[[str, str], object],
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export picture")
        self.exported, self._background = exported, background
        self._folder, self._report = folder, report
        self._working = self._closed = False
        self._build()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(60)
        self._soon.timeout.connect(self._draw_preview)
        self._generation = 0
        self._take_scale()

    def _build(self) -> None:
        shown = [(_VIEW_NAMES[place.view], place.view) for place in self.exported.places]
        views = [("All views as laid out", "all"), *shown]
        self.view = Choice(views, "View", "Which views the picture shows")
        self.view.show_value(self.exported.current if len(shown) > 1 else shown[0][1])
        self.scale = Choice(_SCALES, "Size", "Size of the picture against the window")
        self.width_box = NumberBox(
            "Width in pixels", "Width of the picture, 16 to 8192 pixels", 16, MAX_PIXELS
        )
        self.height_box = NumberBox(
            "Height in pixels", "Height of the picture, 16 to 8192 pixels", 16, MAX_PIXELS
        )
        self.content = Choice(_CONTENTS, "Content", "What is drawn")
        self.preview = named(QLabel(), "Preview", "How the picture will look")
        self.preview.setObjectName("preview")
        self.preview.setFixedSize(_PREVIEW)
        self.preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.progress = named(QProgressBar(), "Drawing", "The picture is being drawn")
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setVisible(False)
        self.view.chosen.connect(lambda _view: self._take_scale())
        self.scale.chosen.connect(lambda _scale: self._take_scale())
        self.content.chosen.connect(lambda _content: self._soon.start())
        self.width_box.edited.connect(lambda _width: self._own_size())
        self.height_box.edited.connect(lambda _height: self._own_size())
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        times = QLabel("×")
        times.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        size = side_by_side(self.width_box, times, self.height_box)
        for row, (title, widget) in enumerate(
            (("View", self.view), ("Size", self.scale), ("Pixels", size), ("Content", self.content))
        ):
            grid.addWidget(QLabel(title), row, 0)
            grid.addWidget(widget, row, 1)
        grid.setColumnStretch(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(12)
        column.addWidget(self.preview)
        column.addLayout(grid)
        column.addWidget(self.progress)
        column.addWidget(self._make_buttons())

    def _make_buttons(self) -> QDialogButtonBox:
        self.save = named(QPushButton("Save…"), "Save picture", "Choose a file and save the picture")
        self.save.setDefault(True)
        self.copy = named(QPushButton("Copy"), "Copy picture", "Put the picture on the clipboard")
        close = named(QPushButton("Close"), "Close", "Close this window")
        check = named(
            QPushButton("Check…"),
            "Check before sharing",
            "List what on the picture identifies a patient, before it leaves this machine",
        )
        buttons = QDialogButtonBox()
        buttons.addButton(check, QDialogButtonBox.ButtonRole.ResetRole)
        check.setAutoDefault(False)
        check.clicked.connect(self.check_wanted)
        buttons.addButton(self.save, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(self.copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(close, QDialogButtonBox.ButtonRole.RejectRole)
        self.save.clicked.connect(self._ask_path)
        self.copy.clicked.connect(self.copy_picture)
        close.clicked.connect(self.reject)
        return buttons

    @property
    def size_wanted(self) -> tuple[int, int]:
        """Width and height of the picture in pixels."""
        return round(self.width_box.value or 16), round(self.height_box.value or 16)

    @property
    def busy(self) -> bool:
        """Whether a picture or its preview is being made."""
        return self._working or self._soon.isActive()

    def _take_scale(self) -> None:
        factor = self.scale.value
        if factor:
            width, height = self.exported.sizes[self.view.value]
            factor = min(factor, MAX_PIXELS / max(width, height, 1))
            self.width_box.show_value(max(16, round(width * factor)))
            self.height_box.show_value(max(16, round(height * factor)))
        self._soon.start()

    def _own_size(self) -> None:
        self.scale.show_value(0.0)
        self._soon.start()

    def _draw_preview(self) -> None:
        """Draw the picture small, in its own shape."""
        width, height = self.size_wanted
        ratio = self.devicePixelRatioF()
        factor = min(_PREVIEW.width() / width, _PREVIEW.height() / height) * ratio
        size = (max(1, round(width * factor)), max(1, round(height * factor)))
        self._generation += 1
        generation, what, content = self._generation, self.view.value, self.content.value

        def show(picture: NDArray[np.uint8]) -> None:
            if generation == self._generation and not self._closed:
                pixmap = QPixmap.fromImage(image_of(picture))
                pixmap.setDevicePixelRatio(ratio)
                self.preview.setPixmap(pixmap)

        def tell(error: Exception) -> None:
            if not self._closed:
                self.preview.setText(str(error))

        self._background.run(lambda: self.exported.picture(what, size, content), show, tell)

    def _draw(self, then: Callable[[NDArray[np.uint8]], object]) -> None:
        """Draw the picture in full on the other thread, then go on with it there."""
        what, size, content = self.view.value, self.size_wanted, self.content.value
        self._set_working(True)

        def failed(error: Exception) -> None:
            if not self._closed:
                self._set_working(False)
            self._report(str(error), "error")

        def work() -> object:
            return then(self.exported.picture(what, size, content))

        self._background.run(work, self._finished, failed)

    def _finished(self, result: tuple[object, str]) -> None:
        picture, text = result
        if picture is not None:
            QGuiApplication.clipboard().setImage(image_of(cast("NDArray[np.uint8]", picture)))
        self._report(text, "info")
        if not self._closed:
            self._set_working(False)
            self.accept()

    def done(self, result: int) -> None:
        """Close; what is still being drawn is finished without the dialog."""
        self._closed = True
        self._soon.stop()
        super().done(result)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close as the button does."""
        self._closed = True
        self._soon.stop()
        super().closeEvent(event)

    def _set_working(self, working: bool) -> None:
        self._working = working
        self.progress.setVisible(working)
        self.save.setEnabled(not working)
        self.copy.setEnabled(not working)

    def _ask_path(self) -> None:
        base = self.exported.state.base
        name = (
            f"{Path(base.name).stem if base is not None and base.name else 'picture'}-{self.view.value}.png"
        )
        ask_picture_path(self, self._folder, name, self.save_to)

    def save_to(self, path: str) -> None:
        """Draw the picture and save it as a PNG file."""

        def write(picture: NDArray[np.uint8]) -> tuple[object, str]:
            write_png(path, picture)
            return None, f"Saved {Path(path).name}."

        self._draw(write)

    def copy_picture(self) -> None:
        """Draw the picture and put it on the clipboard."""
        self._draw(lambda picture: (picture, "The picture is on the clipboard."))
