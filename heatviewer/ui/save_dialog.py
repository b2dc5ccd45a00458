"""Save as: a layer into a file, on its own grid or the base's, as NIfTI or as DICOM of the base's study."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
)

from heatviewer.app.saving import Base, one_frame, save_dicom, save_nifti
from heatviewer.core.errors import Cancelled, WriteError
from heatviewer.documents.places import is_made
from heatviewer.model.placing import placed_volume
from heatviewer.ui.controls import Choice, named
from heatviewer.ui.dialogs import ask_folder, ask_save_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtWidgets import QWidget

    from heatviewer.core.volume import Volume
    from heatviewer.model.layer import BaseLayer, HeatmapLayer
    from heatviewer.model.scene_state import SceneState
    from heatviewer.ui.background import Background

NIFTI_FILTERS = ("NIfTI, compressed (*.nii.gz)", "NIfTI (*.nii)")
_SUFFIXES = (".nii", ".nii.gz")
_POLL_MS = 80
_NOTES = {
    "own": "All values and frames as they are in memory, on the layer's own voxels.",
    "base": "All frames, taken at the base's voxels: masks and labels from the nearest voxel, all else "
    "linearly. Beyond the layer there is no data.",
    "dicom": "For the base's patient and study, on its voxels: a Parametric Map of the frame that is shown, "
    "or a Segmentation of a mask or labels.",
}


@dataclass(frozen=True)
class Saved:
    """What can be saved: the layers as they were when the dialog was opened; both never change."""

    state: SceneState
    volumes: Mapping[str, Volume]

    @property
    def layers(self) -> tuple[HeatmapLayer | BaseLayer, ...]:
        """Those whose data are there, the top of the scene first."""
        return tuple(layer for layer in self.state.layers[::-1] if layer.id in self.volumes)

    def volume(self, layer: HeatmapLayer | BaseLayer) -> Volume:
        """Return a layer's volume where it lies in the pictures."""
        return placed_volume(layer, self.volumes, self.state)

    @property
    def sources(self) -> tuple[str, ...]:
        """The paths that the layers were read from: none of them is overwritten."""
        return tuple(layer.source for layer in self.state.layers if layer.source)

    @property
    def base(self) -> Base | None:
        """The base as results are written for it; None where there is none, or it was no DICOM image."""
        layer = self.state.base
        volume = None if layer is None else self.volumes.get(layer.id)
        if layer is None or volume is None or not (volume.modality and layer.source):
            return None
        if is_made(layer.source):
            return None
        return Base(volume, layer.source, layer.series)


class SaveDialog(QDialog):
    """Which layer, in which form; written on another thread, with progress and a way to stop.

    Parameters
    ----------
    remember : callable
        Gets the folder that something was saved in.
    """

    def __init__(
        self,
        parent: QWidget,
        saved: Saved,
        background: Background,
        folder: str,
        report: Callable[[str, str], object],
        remember: Callable[[str], object],
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Save as")
        self.saved, self._background = saved, background
        self._folder, self._report, self._remember = folder, report, remember
        self._stopped = threading.Event()
        self._done = 0.0
        self._closed = False
        self._build()
        self._poll = QTimer(self)
        self._poll.setInterval(_POLL_MS)
        self._poll.timeout.connect(lambda: self.progress.setValue(round(self._done * 1000)))
        self._follow()

    def _build(self) -> None:
        layers = [(self._title(layer), layer.id) for layer in self.saved.layers]
        self.layer = Choice(layers, "Layer", "Which layer is saved")
        self.layer.show_value(self.saved.state.selected or layers[0][1])
        self.form = Choice((), "Format", "How it is saved")
        self.note = named(QLabel(), "What is written", "What is written")
        self.note.setWordWrap(True)
        self.note.setMinimumWidth(360)
        # The longest note, so that nothing moves when another format is chosen.
        self.note.setMinimumHeight(3 * self.note.fontMetrics().lineSpacing())
        self.note.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.progress = named(QProgressBar(), "Saving", "How much is written")
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setVisible(False)
        self.layer.chosen.connect(lambda _layer: self._follow())
        self.form.chosen.connect(lambda _form: self._follow())
        rows = QFormLayout()
        rows.setHorizontalSpacing(12)
        rows.addRow("Layer", self.layer)
        rows.addRow("Format", self.form)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(12)
        column.addLayout(rows)
        column.addWidget(self.note)
        column.addWidget(self.progress)
        column.addWidget(self._make_buttons())

    def _make_buttons(self) -> QDialogButtonBox:
        self.save = named(QPushButton("Save…"), "Save layer", "Choose a place and save the layer")
        self.save.setDefault(True)
        self.stop = named(QPushButton("Stop"), "Stop saving", "Stop; nothing is left of the file")
        close = named(QPushButton("Close"), "Close", "Close this window; saving stops")
        buttons = QDialogButtonBox()
        buttons.addButton(self.save, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(self.stop, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(close, QDialogButtonBox.ButtonRole.RejectRole)
        self.save.clicked.connect(self._ask_path)
        self.stop.clicked.connect(self._stopped.set)
        self.stop.setEnabled(False)
        close.clicked.connect(self.reject)
        return buttons

    def _title(self, layer: HeatmapLayer | BaseLayer) -> str:
        base = self.saved.state.base
        name = layer.name or "unnamed"
        return f"{name} (base)" if base is not None and layer.id == base.id else name

    @property
    def chosen(self) -> HeatmapLayer | BaseLayer:
        """The layer that is saved."""
        return next(layer for layer in self.saved.layers if layer.id == self.layer.value)

    def _forms(self) -> tuple[tuple[str, str], ...]:
        """Return what can be made of the chosen layer."""
        base = self.saved.state.base
        forms = [("NIfTI, on its own grid", "own")]
        if base is not None and base.id in self.saved.volumes and self.chosen.id != base.id:
            forms.append(("NIfTI, on the base's grid", "base"))
            if self.saved.base is not None and not self.saved.volume(self.chosen).is_color:
                forms.append(("DICOM, for the base's study", "dicom"))
        return tuple(forms)

    def _follow(self) -> None:
        """Offer what the chosen layer can become, and say what will be written."""
        before, forms = self.form.value, self._forms()
        self.form.set_items(forms)
        self.form.show_value(before if before in dict(forms).values() else "own")
        self.note.setText(_NOTES[self.form.value])

    def _ask_path(self) -> None:
        if self.form.value == "dicom":
            ask_folder(self, "Save DICOM into a folder", self._folder, self.save_to)
            return
        stem = "".join(c if c.isalnum() or c in " ._-" else "_" for c in self.chosen.name).strip() or "layer"
        ask_save_path(self, "Save as", self._folder, f"{stem}.nii.gz", NIFTI_FILTERS, "nii.gz", self.save_to)

    def save_to(self, path: str) -> None:
        """Write the chosen layer to a file, or DICOM into a folder."""
        self._stopped.clear()
        self._done = 0.0
        self._set_working(True)
        work = self._dicom_work(path) if self.form.value == "dicom" else self._nifti_work(path)
        self._background.run(work, self._finished, self._failed)

    def _nifti_work(self, path: str) -> Callable[[], tuple[Path, ...]]:
        """Return what writes NIfTI; it runs on the other thread."""
        saved, volume = self.saved, self.saved.volume(self.chosen)
        base = saved.state.base
        like = saved.volumes[base.id] if base is not None and self.form.value == "base" else None
        target = Path(path if path.lower().endswith(_SUFFIXES) else f"{path}.nii.gz")

        def write() -> tuple[Path, ...]:
            if str(target) != path and target.exists():
                raise WriteError(target.name, "is there already", "Name another file")
            save_nifti(
                target,
                volume,
                like,
                sources=saved.sources,
                progress=self._tell,
                cancelled=self._stopped.is_set,
            )
            return (target,)

        return write

    def _dicom_work(self, folder: str) -> Callable[[], tuple[Path, ...]]:
        """Return what writes DICOM; it runs on the other thread."""
        layer, base = self.chosen, self.saved.base
        assert base is not None
        volume = self.saved.volume(layer)

        def write() -> tuple[Path, ...]:
            shown = replace(one_frame(volume, min(layer.frame, volume.frames - 1)), name=layer.name)
            return save_dicom(folder, [shown], base, progress=self._tell, cancelled=self._stopped.is_set)

        return write

    def _tell(self, done: float) -> None:
        self._done = done

    def _finished(self, written: tuple[Path, ...]) -> None:
        self._remember(str(written[0].parent))
        self._report(f"Saved {', '.join(str(path) for path in written)}.", "info")
        if not self._closed:
            self._set_working(False)
            self.accept()

    def _failed(self, error: Exception) -> None:
        if isinstance(error, Cancelled):
            self._report("Saving was stopped; nothing is left of the file.", "info")
        else:
            self._report(str(error), "error")
        if not self._closed:
            self._set_working(False)

    def _set_working(self, working: bool) -> None:
        self.progress.setVisible(working)
        self.progress.setValue(0)
        self.stop.setEnabled(working)
        for widget in (self.save, self.layer, self.form):
            widget.setEnabled(not working)
        if working:
            self._poll.start()
        else:
            self._poll.stop()

    def done(self, result: int) -> None:
        """Close, and stop what is being written."""
        self._closed = True
        self._stopped.set()
        self._poll.stop()
        super().done(result)
