"""Check before sharing: what identifies a patient, and a copy of the session without it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from heatviewer.app.patient import paths_of, patients_of
from heatviewer.app.sharing.checking import (
    LOOK_YOURSELF,
    document_findings,
    drawn_findings,
    session_document,
    style_findings,
)
from heatviewer.app.sharing.copying import left_over, save_copy
from heatviewer.app.sharing.finding import as_text
from heatviewer.ui.controls import Choice, Toggle, named, plain_tip
from heatviewer.ui.dialogs import ask_save_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from heatviewer.app.sharing.finding import Finding, Part
    from heatviewer.io.dicom.patient import PatientHeader
    from heatviewer.model.scene_state import SceneState
    from heatviewer.ui.background import Background

SharedAs = Literal["session", "picture", "style"]
_SIZE = QSize(900, 520)
_COLUMNS = ("What", "Where", "Text", "Why", "In the copy")
_WIDTHS = (92, 170, 250, 220)
_FILTERS = ("HeatViewer session (*.hvs)",)
#: Part, title, tool tip, and whether it is left out unless a person says otherwise.
_PARTS: tuple[tuple[Part, str, str, bool], ...] = (
    ("paths", "Paths of this machine",
     "Leave out absolute paths; files beside the copy are found by their names", True),
    ("uids", "UIDs", "Leave out DICOM's UIDs; of a folder with several series the largest is opened then",
     True),
    ("names", "Names of layers", "Call the layers Base, Heatmap 1, Heatmap 2 …, and labels by their values",
     False),
    ("notes", "Notes", "Leave out the notes", False),
    ("metadata", "Facts of the task", "Leave out what a task says of the study", True),
    ("kept", "Keys of other programs", "Leave out what other programs have written into the session", True),
)  # fmt: skip


@dataclass(frozen=True)
class Shared:
    """What is to be shared: the scene as it was when the dialog was opened, and where its session lies.

    Attributes
    ----------
    state : SceneState
    file : str
        The open session; empty for none.
    folder : str
        Where a copy is asked for.
    """

    state: SceneState
    file: str
    folder: str

    @property
    def session_folder(self) -> str:
        """The folder that relative paths start from in the session as it would be saved."""
        base = self.state.base
        near = self.file or (base.source if base is not None else "")
        return str(Path(near).parent) if near else self.folder


class ShareDialog(QDialog):
    """A list of findings that follows what is shared and what is left out; headers are read meanwhile."""

    def __init__(
        self,
        parent: QWidget,
        shared: Shared,
        background: Background,
        report: Callable[[str, str], object],
        remember: Callable[[str], object],
        shown: SharedAs = "session",
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Check before sharing")
        self.resize(_SIZE)
        self.shared, self._background = shared, background
        self._report, self._remember = report, remember
        self._patients: tuple[PatientHeader, ...] = ()
        self._stopped = threading.Event()
        self._document = session_document(shared.state, shared.session_folder)
        self.reading = True
        self.findings: tuple[Finding, ...] = ()
        self._left: tuple[Finding, ...] = ()
        self._build(shown)
        self._show()
        paths = paths_of(shared.state)
        background.run(lambda: patients_of(paths, self._stopped.is_set), self._on_read, self._on_unread)

    # --- building --------------------------------------------------------------------------

    def _build(self, shown: SharedAs) -> None:
        self.kind = Choice(self._kinds(), "What is shared", "What is to leave this machine")
        self.kind.setMinimumContentsLength(max(len(title) for title, _ in self._kinds()))
        self.kind.show_value(shown if shown in [value for _, value in self._kinds()] else "session")
        self.kind.chosen.connect(lambda _kind: self._show())
        self.summary = named(QLabel(), "Result", "How many findings there are")
        self.summary.setTextFormat(Qt.TextFormat.PlainText)
        self.summary.setWordWrap(True)
        self.table = self._make_table()
        self.choices = QWidget()
        self.toggles = self._make_toggles(self.choices)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(QLabel("Share"))
        head.addWidget(self.kind)
        head.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(self.summary)
        column.addWidget(self.table, 1)
        column.addWidget(self.choices)
        column.addWidget(self._make_buttons())

    def _kinds(self) -> list[tuple[str, SharedAs]]:
        kinds: list[tuple[str, SharedAs]] = [
            ("The session, as it is saved", "session"),
            ("A picture, as it is exported", "picture"),
        ]
        if self._selected is not None:
            kinds.append(("The style of the selected heatmap", "style"))
        return kinds

    def _make_table(self) -> QTableWidget:
        table = named(QTableWidget(0, len(_COLUMNS)), "Findings", "")
        table.setHorizontalHeaderLabels(_COLUMNS)
        table.setObjectName("findings")
        table.verticalHeader().hide()
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setTabKeyNavigation(False)
        header = table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        for index, width in enumerate(_WIDTHS):
            table.setColumnWidth(index, width)
        header.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        return table

    def _make_toggles(self, holder: QWidget) -> dict[Part, Toggle]:
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        grid.addWidget(QLabel("Left out of a copy"), 0, 0)
        grid.setColumnStretch(4, 1)
        toggles = {}
        for index, (part, title, tip, out) in enumerate(_PARTS):
            toggle = Toggle(title, f"Leave out: {title}", tip)
            toggle.show_value(out)
            toggle.edited.connect(lambda _on: self._show())
            grid.addWidget(toggle, index // 3, 1 + index % 3)
            toggles[part] = toggle
        return toggles

    def _make_buttons(self) -> QDialogButtonBox:
        self.save = named(
            QPushButton("Save a copy to share…"),
            "Save a copy to share",
            "Save a session without what is left out; the open one stays as it is",
        )
        self.copy = named(QPushButton("Copy list"), "Copy list", "Put the findings on the clipboard as text")
        close = named(QPushButton("Close"), "Close", "Close this window")
        buttons = QDialogButtonBox()
        buttons.addButton(self.save, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(close, QDialogButtonBox.ButtonRole.RejectRole)
        self.save.clicked.connect(self._ask_path)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(as_text(self.findings)))
        close.clicked.connect(self.reject)
        return buttons

    # --- the list --------------------------------------------------------------------------

    @property
    def left_out(self) -> frozenset[Part]:
        """The parts of the session that a copy is without."""
        return frozenset(part for part, toggle in self.toggles.items() if toggle.isChecked())

    @property
    def _selected(self) -> Any:
        state = self.shared.state
        return None if state.selected is None else state.heatmap(state.selected)

    def _on_read(self, patients: tuple[PatientHeader, ...]) -> None:
        if not self._stopped.is_set():
            self._patients, self.reading = patients, False
            self._show()

    def _on_unread(self, error: Exception) -> None:
        if not self._stopped.is_set():
            self.reading = False
            self._show()
        raise error

    def _show(self) -> None:
        """List what is found in what is shared, and what of it a copy would still have."""
        kind, patients = self.kind.value, self._patients
        self._left = ()
        if kind == "session":
            self.findings = document_findings(self._document, patients)
            self._left = left_over(self._document, self.left_out, patients)
        elif kind == "picture":
            self.findings = drawn_findings(self.shared.state, patients)
        else:
            self.findings = style_findings(self._selected, patients) if self._selected is not None else ()
        staying = {(one.kind, one.where) for one in self._left}
        self.choices.setVisible(kind == "session")
        self.save.setVisible(kind == "session")
        self.table.setColumnHidden(len(_COLUMNS) - 1, kind != "session")
        self._fill([(one, (one.kind, one.where) in staying) for one in self.findings])
        self.summary.setText(self._summary())

    def _fill(self, rows: list[tuple[Finding, bool]]) -> None:
        self.table.setRowCount(len(rows))
        strong = self.table.font()
        strong.setBold(True)
        for number, (one, stays) in enumerate(rows):
            texts = (one.kind, one.where, one.text, one.why, "stays" if stays else "left out")
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setToolTip(plain_tip(text))
                if self.kind.value == "session" and stays:
                    item.setFont(strong)
                self.table.setItem(number, column, item)

    def _summary(self) -> str:
        """Return what was found in words."""
        count, left = len(self.findings), len(self._left)
        said = "1 finding" if count == 1 else f"{count} findings" if count else "Nothing found"
        if count and self.kind.value == "session":
            said += f"; {left} would stay in a copy" if left else "; none would stay in a copy"
        if left and any(one.where.endswith(("path", "item")) for one in self._left):
            said += ". What stays in paths goes when the files are renamed"
        reading = " Reading the headers of the scans…" if self.reading else ""
        look = f" {LOOK_YOURSELF}." if self.kind.value == "picture" else ""
        return f"{said}.{reading}{look}"

    # --- the copy --------------------------------------------------------------------------

    def _ask_path(self) -> None:
        # Not the open session's own name: that may be the patient's.
        ask_save_path(
            self, "Save a copy to share", self.shared.folder, "shared.hvs", _FILTERS, "hvs", self.save_to
        )

    def save_to(self, path: str) -> None:
        """Write the copy on the other thread."""
        state, parts = self.shared.state, self.left_out
        if self.shared.file and Path(path).absolute() == Path(self.shared.file):
            self._report("The copy would replace the open session. Give it another name.", "error")
            return
        self.save.setEnabled(False)
        self._background.run(lambda: save_copy(state, path, parts), self._finished, self._failed)

    def _finished(self, saved: Path) -> None:
        self._remember(str(saved.parent))
        self._report(f"Saved {saved.name}, a copy to share.", "info")
        if not self._stopped.is_set():
            self.save.setEnabled(True)
            self.accept()

    def _failed(self, error: Exception) -> None:
        self._report(str(error), "error")
        if not self._stopped.is_set():
            self.save.setEnabled(True)

    def done(self, result: int) -> None:
        """Close, and read no further header."""
        self._stopped.set()
        super().done(result)
