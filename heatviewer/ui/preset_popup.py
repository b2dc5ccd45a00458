"""The popup in which a heatmap's colours are chosen: what is highlighted is what the heatmap shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from heatviewer.app.preset_choice import put_back, rename, save_look
from heatviewer.app.user_presets import delete_preset, load_user_presets, why_not
from heatviewer.core.errors import HeatViewerError
from heatviewer.model.catalogue import key
from heatviewer.model.presets import (
    USER_GROUP,
    listed_catalogue,
    listed_presets,
    matching,
    preset,
    remark,
    user_presets,
)
from heatviewer.ui.controls import named, plain
from heatviewer.ui.preset_list import ROW_HEIGHT, PresetList
from heatviewer.ui.preset_name import NameLine

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QCloseEvent, QKeyEvent

    from heatviewer.app.preset_choice import PresetChoice
    from heatviewer.core.colormap import ColorMap

#: No wider than the settings panel: the views beside it show what is tried.
_WIDTH, _ROWS = 300, 15
#: Loading the catalogue takes some 90 ms, once: the popup is on the screen before.
_FILL_MS = 30
_LIST_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
_RETURN = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class SearchField(QLineEdit):
    """The search; keys that go through the list or take from it go to the list."""

    passed = Signal(object)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Pass on what is not for a text field."""
        if event.key() in _LIST_KEYS or event.key() in _RETURN:
            self.passed.emit(event)
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()  # the popup's
        else:
            super().keyPressEvent(event)


class PresetPopup(QFrame):
    """A search, the maps, what is to be known of the highlighted one, and what can be done with them.

    Signals
    -------
    closed
        The popup went; unless a map was taken, the heatmap is as it was.
    import_wanted
        A file with presets is to be read.
    export_wanted : tuple of ColorMap
        These maps are to be written to a file.
    """

    closed = Signal()
    import_wanted = Signal()
    export_wanted = Signal(object)

    def __init__(self, choice: PresetChoice, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        # A click on the field closes the popup and does not open it again.
        self.setAttribute(Qt.WidgetAttribute.WA_NoMouseReplay)
        named(self, "Colour maps", "Choose the colours of the heatmap")
        self.setObjectName("preset_popup")
        self.choice = choice
        self._renamed = ""
        self._gone: ColorMap | None = None
        self._build()
        self._connect()
        self._entries = listed_presets()
        self._whole = False
        self.list.delegate.reverse = choice.layer.reverse
        self.list.delegate.steps = choice.layer.steps
        self._show_all()
        for problem in load_user_presets():
            self.tell(problem, "error")

    # --- how it is made ----------------------------------------------------------------------

    def _build(self) -> None:
        self.search = named(SearchField(), "Search colour maps", "Type a part of a name, a family or a kind")
        self.search.setPlaceholderText("Search by name, family or kind")
        self.search.setClearButtonEnabled(True)
        self.list = PresetList()
        self.list.setFixedHeight(_ROWS * ROW_HEIGHT)
        self.note = named(plain(QLabel()), "About this map", "What is to be known of the highlighted map")
        self.note.setWordWrap(True)
        self.note.setMinimumHeight(2 * self.note.fontMetrics().lineSpacing())
        self.rename = _button("Rename…", "Give your preset another name")
        self.delete = _button("Delete", "Delete your preset; heatmaps that use it keep their colours")
        self.put_back = _button("Put back", "Keep the deleted preset again")
        self.save = _button("Save as…", "Keep the heatmap's colours as a preset of yours")
        self.import_ = _button("Import…", "Read presets from a JSON file, ParaView's too")
        self.export = _button("Export…", "Write presets to a JSON file")
        self.export.setMenu(self._export_menu())
        self.name_line = NameLine()
        self.name_line.hide()
        self._buttons = _row(self.save, self.import_, self.export)
        self._about = about = QHBoxLayout()
        about.setSpacing(4)
        about.addWidget(self.note, 1)
        for button in (self.rename, self.delete, self.put_back):
            about.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
            button.hide()
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addWidget(self.search)
        column.addWidget(self.list)
        column.addLayout(about)
        column.addWidget(self.name_line)
        column.addWidget(self._buttons)
        self.setFixedWidth(_WIDTH)

    def _export_menu(self) -> QMenu:
        menu = QMenu(self)
        self.export_one = menu.addAction("This map…")
        self.export_all = menu.addAction("All of yours…")
        self.export_one.triggered.connect(lambda: self._export(self._current_maps()))
        self.export_all.triggered.connect(lambda: self._export(user_presets()))
        menu.aboutToShow.connect(lambda: self.export_one.setEnabled(bool(self._current_maps())))
        menu.aboutToShow.connect(lambda: self.export_all.setEnabled(bool(user_presets())))
        return menu

    def _connect(self) -> None:
        self.search.textChanged.connect(self._filter)
        self.search.passed.connect(self._on_key)
        self.list.highlighted.connect(self._on_highlighted)
        self.list.taken.connect(self._take)
        self.list.typed.connect(self._on_typed)
        self.save.clicked.connect(self._ask_name)
        self.rename.clicked.connect(self._ask_new_name)
        self.delete.clicked.connect(self._delete)
        self.put_back.clicked.connect(self._put_back)
        self.import_.clicked.connect(self._import)
        self.name_line.edited.connect(self._check_name)
        self.name_line.accepted.connect(self._on_named)
        self.name_line.given_up.connect(self._end_naming)

    def open_at(self, field: QWidget) -> None:
        """Open below a field, or above where there is no room, within the field's window where it can."""
        self.adjustSize()
        corner = field.mapToGlobal(QPoint(0, field.height()))
        room = field.screen().availableGeometry()
        window = field.window()
        edge = min(window.mapToGlobal(QPoint(window.width() - 4, 0)).x(), room.right())
        left = max(min(corner.x(), edge - self.width()), room.left())
        top = corner.y() + 2
        if top + self.height() > room.bottom():
            top = max(corner.y() - field.height() - 2 - self.height(), room.top())
            top = top if room.height() > self.height() else room.top()
        self.move(left, top)
        self.show()
        self.search.setFocus()
        QTimer.singleShot(_FILL_MS, self, self._fill)

    # --- what is listed ----------------------------------------------------------------------

    @property
    def whole(self) -> bool:
        """Whether the whole catalogue is listed."""
        return self._whole

    def _fill(self) -> None:
        """List the catalogue too."""
        if self._whole:
            return
        self._whole = True
        self._entries = (*listed_presets(), *listed_catalogue())
        if not self.search.text():
            self.list.entries.append(listed_catalogue())

    def _relist(self) -> None:
        """List the presets after some came or went."""
        self._entries = (*listed_presets(), *(listed_catalogue() if self._whole else ()))
        self.search.blockSignals(True)
        self.search.clear()
        self.search.blockSignals(False)
        self._show_all()

    def _show_all(self) -> None:
        """List everything under headings, with the layer's own preset highlighted."""
        layer = self.choice.layer
        own = layer.preset if layer.rgb_points is None else None
        if own is not None and all(key(entry.name) != key(own) for entry in self._entries):
            self._whole = True
            self._entries = (*listed_presets(), *listed_catalogue())
        self.list.delegate.show_whose = False
        self.list.entries.set_entries(self._entries, grouped=True)
        self.list.highlight(own)
        self._show_about()

    def _filter(self, text: str) -> None:
        """List what is searched, the best first and highlighted."""
        if not text.strip():
            self.choice.restore()
            self._show_all()
            return
        self._fill()
        found = matching(text, self._entries)
        self.list.delegate.show_whose = True
        self.list.entries.set_entries(found, grouped=False)
        self.list.highlight(found[0].name if found else None)
        if found:
            self._on_highlighted(found[0].name)
        else:
            self.choice.restore()
            self.tell(f"No map has to do with '{text.strip()}'")

    # --- what is highlighted -----------------------------------------------------------------

    def _on_highlighted(self, name: str) -> None:
        self.choice.show(name)
        self._show_about()

    def _show_about(self) -> None:
        """Say what is to be known of the highlighted map, and offer what can be done with it."""
        entry = self.list.current
        yours = entry is not None and entry.group == USER_GROUP
        self.rename.setVisible(yours)
        self.delete.setVisible(yours)
        self.put_back.hide()
        if entry is None:
            own = self.choice.layer.rgb_points is not None
            self.tell("The heatmap has colour points of its own" if own else "")
            return
        text = remark(preset(entry.name), entry.kind)
        self.tell(text, "warning" if text.startswith("Uneven") else "muted")

    def tell(self, text: str, level: str = "muted") -> None:
        """Show a line below the list: 'muted', 'warning' or 'error'."""
        self.note.setText(text)
        if self.note.objectName() != level:
            self.note.setObjectName(level)
            self.note.style().polish(self.note)
        # A long message gets the room it needs; the list stays where it is.
        self._about.invalidate()
        self._column.invalidate()
        self.resize(self.width(), max(self.height(), self._column.totalHeightForWidth(self.width())))

    def _on_key(self, event: QKeyEvent) -> None:
        if event.key() in _RETURN and self.list.current is None:
            self.close()
        else:
            QApplication.sendEvent(self.list, event)

    def _on_typed(self, event: QKeyEvent) -> None:
        self.search.setFocus()
        QApplication.sendEvent(self.search, event)

    def _take(self, name: str) -> None:
        self.choice.show(name)
        self.choice.take()
        self.close()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close with Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Show the heatmap as it was, unless a map was taken."""
        self.choice.restore()
        super().closeEvent(event)
        self.closed.emit()

    # --- presets of the user's ---------------------------------------------------------------

    def _ask_name(self) -> None:
        self._begin_naming("", self.choice.layer.name)

    def _ask_new_name(self) -> None:
        if self.list.current is not None:
            self._begin_naming(self.list.current.name, self.list.current.name)

    def _begin_naming(self, renamed: str, name: str) -> None:
        self._renamed = renamed
        self._buttons.hide()
        self.name_line.ask(name)

    def _end_naming(self) -> None:
        self.name_line.hide()
        self._buttons.show()
        self.search.setFocus()
        self._show_about()

    def _check_name(self, name: str) -> None:
        """Say at once whether a name can be used."""
        why = why_not(name) if name.strip() else ""
        old = next((m.name for m in user_presets() if key(m.name) == key(name)), "")
        if self._renamed and key(old) == key(self._renamed):
            old = ""
        if old and self._renamed:
            why = f"You have a preset '{old}'"
        self.name_line.allow(
            not why and bool(name.strip()),
            "Rename" if self._renamed else "Replace" if old else "Save",
        )
        self.tell(
            why or (f"Replaces your preset '{old}'" if old else "The range of the data is not part of it"),
            "error" if why else "muted",
        )

    def _on_named(self, name: str) -> None:
        self._try(lambda: self._rename(name) if self._renamed else self._save(name))

    def _save(self, name: str) -> str:
        self.choice.take()
        made = save_look(self.choice.scene, self.choice.layer_id, name, replace_old=True)
        self.choice.take()
        self.list.delegate.reverse = self.choice.layer.reverse
        self.list.delegate.steps = self.choice.layer.steps
        self._end_naming()
        self._relist()
        self.list.highlight(made.name)
        self._show_about()
        return f"Saved '{made.name}'"

    def _rename(self, name: str) -> str:
        old = self._renamed
        self.choice.restore()
        made = rename(self.choice.scene, old, name)
        self.choice.take()
        self._end_naming()
        self._relist()
        self.list.highlight(made.name)
        self._on_highlighted(made.name)
        return f"Renamed '{old}' to '{made.name}'"

    def _delete(self) -> None:
        entry = self.list.current
        if entry is not None:
            self._try(lambda: self._forget(entry.name))

    def _forget(self, name: str) -> str:
        self._gone = delete_preset(name)
        self.choice.restore()
        self._relist()
        self.put_back.show()
        self.put_back.setFocus()
        return f"Deleted '{self._gone.name}'"

    def _put_back(self) -> None:
        self._try(self._keep_again)

    def _keep_again(self) -> str:
        assert self._gone is not None
        put_back(self._gone)
        self._relist()
        self.search.setFocus()
        return f"'{self._gone.name}' is back"

    def _try(self, act: Callable[[], str]) -> None:
        """Do something that may fail, and say how it went."""
        try:
            text = act()
        except HeatViewerError as error:
            self.tell(str(error), "error")
        else:
            self.tell(text)

    # --- files -------------------------------------------------------------------------------

    def _current_maps(self) -> tuple[ColorMap, ...]:
        entry = self.list.current
        return () if entry is None else (preset(entry.name),)

    def _import(self) -> None:
        self.close()
        self.import_wanted.emit()

    def _export(self, maps: tuple[ColorMap, ...]) -> None:
        self.close()
        self.export_wanted.emit(maps)


def _button(title: str, tip: str) -> QPushButton:
    button = named(QPushButton(title), title.removesuffix("…"), tip)
    button.setObjectName("small")
    button.setAutoDefault(False)
    return button


def _row(*buttons: QPushButton) -> QWidget:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(4)
    for button in buttons:
        row.addWidget(button, 1)
    return holder
