"""The dialogs of style rules: one pattern for a look, and the list of all rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
)

from heatviewer.app import style_rules
from heatviewer.core.errors import HeatViewerError, SettingError
from heatviewer.documents.style import MAX_PATTERN, StyleRule, checked_pattern
from heatviewer.ui import icons
from heatviewer.ui.controls import named, plain_tip
from heatviewer.ui.dialogs import ask_files, ask_save_path

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from heatviewer.documents.style import Style
    from heatviewer.ui.main_window import MainWindow

_WIDTH, _SIZE = 420, (560, 380)
_SHEET_FILTERS = ("Style rules (*.styles.json *.json)", "All files (*)")
_HINT = "* stands for any letters. Capitals make no difference."


class PatternDialog(QDialog):
    """Asks for the pattern of the names that get a look.

    Parameters
    ----------
    layers : sequence of (str, str)
        File's name and own name of the heatmaps that are there, to say which would match.
    keep : callable
        Gets pattern and style; raises HeatViewerError where they cannot be kept.
    """

    def __init__(
        self,
        parent: QWidget,
        name: str,
        style: Style,
        pattern: str,
        layers: Sequence[tuple[str, str]],
        keep: Callable[[str, Style], object],
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Use this style for names like")
        self._style, self._layers, self._keep = style, layers, keep
        lead = QLabel(f"Heatmaps whose file or name matches get the style of {name} when they are opened:")
        lead.setTextFormat(Qt.TextFormat.PlainText)
        lead.setWordWrap(True)
        lead.setMinimumWidth(_WIDTH)
        self.pattern = named(QLineEdit(pattern), "Pattern", _HINT)
        self.pattern.setMaxLength(MAX_PATTERN)
        look = QLabel(style_rules.style_words(style))
        look.setTextFormat(Qt.TextFormat.PlainText)
        look.setObjectName("muted")
        look.setWordWrap(True)
        self.told = named(QLabel(), "What matches", "Which of the heatmaps here match the pattern")
        self.told.setTextFormat(Qt.TextFormat.PlainText)
        self.told.setObjectName("muted")
        self.told.setWordWrap(True)
        self.told.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        self.told.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.keep = named(QPushButton("Keep rule"), "Keep rule", "Keep the rule from now on")
        self.keep.setDefault(True)
        cancel = named(QPushButton("Cancel"), "Cancel", "Close without keeping a rule")
        buttons = QDialogButtonBox()
        buttons.addButton(self.keep, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(cancel, QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        for widget in (lead, self.pattern, look, self.told, buttons):
            column.addWidget(widget)
        self.pattern.textChanged.connect(lambda _text: self._follow())
        self.pattern.selectAll()
        self._follow()

    def _follow(self) -> None:
        """Say which of the heatmaps here match."""
        try:
            rule = StyleRule(checked_pattern(self.pattern.text()), self._style)
        except SettingError as error:
            self.told.setText(f"{error.hint}.")
            self.keep.setEnabled(False)
            return
        self.keep.setEnabled(True)
        matched = [name or file for file, name in self._layers if rule.matches((file, name))]
        here = f"Matches here: {', '.join(matched)}." if matched else "Matches none of the heatmaps here."
        self.told.setText(f"{here} {_HINT}")

    def _accept(self) -> None:
        try:
            self._keep(self.pattern.text().strip(), self._style)
        except HeatViewerError as error:
            self.told.setText(str(error))
            return
        self.accept()


class RulesDialog(QDialog):
    """All rules in their order: the first pattern that matches holds. It stays beside the window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.setWindowTitle("Style rules")
        self.resize(*_SIZE)
        self._window = window
        self._patterns: list[str] = []
        lead = QLabel(
            "A heatmap that is opened gets the style of the first pattern that matches its file's name or "
            "its own. Sessions, and looks that are asked for, are left as they are."
        )
        lead.setObjectName("muted")
        lead.setWordWrap(True)
        self.table = self._make_table()
        self.empty = QLabel("No rules yet. Set up a heatmap, and choose 'Use this style for names like…'.")
        self.empty.setObjectName("muted")
        self.empty.setWordWrap(True)
        self.told = QLabel()
        self.told.setTextFormat(Qt.TextFormat.PlainText)
        self.told.setObjectName("error")
        self.told.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        for widget in (lead, self.empty, self.table, self.told):
            column.addWidget(widget, 1 if widget is self.table else 0)
        column.addLayout(self._make_buttons())
        self.table.itemChanged.connect(self._rename)
        self.table.itemSelectionChanged.connect(self._allow)
        self.refresh()

    def _make_table(self) -> QTableWidget:
        table = named(QTableWidget(0, 2), "Style rules", "Patterns of names, and the style of each")
        table.setHorizontalHeaderLabels(["Pattern", "Style"])
        table.setObjectName("rules")
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(26)
        header = table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        return table

    def _make_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        self.tools: dict[str, QToolButton] = {}
        for name, symbol, tip, work in (
            ("Up", "up", "Let this rule come before the one above it", lambda: self._move(-1)),
            ("Down", "down", "Let this rule come after the one below it", lambda: self._move(1)),
            ("Delete", "remove", "Forget this rule", self._delete),
        ):
            button = named(QToolButton(), f"{name} rule" if name == "Delete" else f"Move {name.lower()}", tip)
            button.setIconSize(QSize(16, 16))
            icons.set_icon(button, symbol)
            button.clicked.connect(work)
            self.tools[name] = button
            row.addWidget(button)
        row.addStretch(1)
        self.buttons: dict[str, QPushButton] = {}
        for name, tip, act in (
            ("Import…", "Put the rules of a file before these", self._ask_import),
            ("Export…", "Write these rules into a file for others", self._ask_export),
            ("Close", "Close this window", self.accept),
        ):
            push = named(QPushButton(name), name.rstrip("…"), tip)
            push.setAutoDefault(False)
            push.clicked.connect(act)
            self.buttons[name] = push
            row.addWidget(push)
        return row

    def refresh(self) -> None:
        """Read the rules again and show them; the selected one stays so."""
        sheet = style_rules.user_rules()
        chosen = self.selected
        self._patterns = [rule.pattern for rule in sheet.rules]
        with QSignalBlocker(self.table):
            self.table.setRowCount(len(sheet.rules))
            for row, rule in enumerate(sheet.rules):
                words = style_rules.style_words(rule.style)
                pattern, style = QTableWidgetItem(rule.pattern), QTableWidgetItem(words)
                style.setFlags(style.flags() & ~Qt.ItemFlag.ItemIsEditable)
                pattern.setToolTip("Double click or F2 to change the pattern")
                style.setToolTip(plain_tip(words))
                self.table.setItem(row, 0, pattern)
                self.table.setItem(row, 1, style)
            if chosen in self._patterns:
                self.table.selectRow(self._patterns.index(chosen))
        self.empty.setVisible(not sheet.rules)
        self._tell("; ".join(sheet.left_out[:3]))
        self._allow()

    @property
    def selected(self) -> str:
        """The selected rule's pattern; empty for none."""
        rows = self.table.selectionModel().selectedRows() if self.table.rowCount() else []
        return self._patterns[rows[0].row()] if rows and rows[0].row() < len(self._patterns) else ""

    def _allow(self) -> None:
        at = self._patterns.index(self.selected) if self.selected in self._patterns else -1
        self.tools["Up"].setEnabled(at > 0)
        self.tools["Down"].setEnabled(0 <= at < len(self._patterns) - 1)
        self.tools["Delete"].setEnabled(at >= 0)
        self.buttons["Export…"].setEnabled(bool(self._patterns))

    def _tell(self, text: str) -> None:
        self.told.setText(text)
        self.told.setVisible(bool(text))

    def _do(self, work: Callable[[], object]) -> None:
        """Change the rules and show them; what went wrong is told."""
        try:
            work()
        except HeatViewerError as error:
            self.refresh()
            self._tell(str(error))
        else:
            self.refresh()

    def _move(self, by: int) -> None:
        pattern = self.selected
        self._do(lambda: style_rules.move_rule(pattern, by))

    def _delete(self) -> None:
        pattern = self.selected
        self._do(lambda: style_rules.delete_rule(pattern))

    def _rename(self, item: QTableWidgetItem) -> None:
        if item.column() == 0:
            old, new = self._patterns[item.row()], item.text()
            self._do(lambda: style_rules.change_pattern(old, new))

    def _ask_import(self) -> None:
        folder = self._window.preferences.last_folder
        ask_files(self, "Import style rules", folder, self.import_from, several=False, filters=_SHEET_FILTERS)

    def import_from(self, paths: list[str]) -> None:
        """Put the rules of a file before the user's own."""
        self._do(lambda: style_rules.import_rules(paths[0]))

    def _ask_export(self) -> None:
        folder = self._window.preferences.last_folder
        name, suffix = "rules.styles.json", "styles.json"
        ask_save_path(self, "Export style rules", folder, name, _SHEET_FILTERS[:1], suffix, self.export_to)

    def export_to(self, path: str) -> None:
        """Write the rules into a file for others."""
        self._do(lambda: style_rules.export_rules(path))
