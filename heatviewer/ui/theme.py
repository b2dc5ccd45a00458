"""Light and dark: colours as data, a palette and a style sheet made from them."""

from __future__ import annotations

from dataclasses import dataclass
from string import Template
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from heatviewer.core.resources import resource

if TYPE_CHECKING:
    from heatviewer.app.settings import Theme


@dataclass(frozen=True)
class Tokens:
    """The colours of one theme: neutral greys and one accent."""

    name: str
    window: str
    panel: str
    raised: str
    hover: str
    border: str
    text: str
    muted: str
    faint: str
    accent: str
    accent_soft: str
    on_accent: str
    error: str
    warning: str


LIGHT = Tokens(
    name="light", window="#e9ebee", panel="#f6f7f8", raised="#ffffff", hover="#e6e9ec", border="#cfd4d9",
    text="#1d2125", muted="#59616a", faint="#7f868e", accent="#1f66d1", accent_soft="#d9e6fb",
    on_accent="#ffffff", error="#b3261e", warning="#8a5a00",
)  # fmt: skip
DARK = Tokens(
    name="dark", window="#17181a", panel="#212327", raised="#2b2e33", hover="#34383e", border="#3b3f45",
    text="#e3e6e9", muted="#a2a9b1", faint="#7d858d", accent="#4b8df0", accent_soft="#27405f",
    on_accent="#ffffff", error="#ff8a80", warning="#f0b95a",
)  # fmt: skip

_SHEET = Template("""
* { outline: 0; }
QMainWindow, QDialog { background: $window; }
QToolTip { background: $raised; color: $text; border: 1px solid $border; padding: 4px; }
QMenuBar { background: $panel; color: $text; border-bottom: 1px solid $border; padding: 1px 4px; }
QMenuBar::item { padding: 4px 8px; background: transparent; border-radius: 4px; }
QMenuBar::item:selected { background: $hover; }
QMenu { background: $raised; color: $text; border: 1px solid $border; padding: 4px; }
QMenu::item { padding: 4px 24px 4px 8px; border-radius: 4px; }
QMenu::icon { padding-left: 6px; }
QMenu::indicator { width: 12px; height: 12px; left: 7px; border: 1px solid transparent; border-radius: 3px; }
QMenu::indicator:non-exclusive:unchecked { border-color: $faint; }
QMenu::indicator:checked { background: $accent; border-color: $accent; image: url($icons/check.svg); }
QMenu::item:selected { background: $accent_soft; }
QMenu::item:disabled { color: $faint; background: transparent; }
QMenu::separator { height: 1px; background: $border; margin: 4px 8px; }
QToolBar { background: $panel; border: 0; border-bottom: 1px solid $border; spacing: 2px; padding: 3px 6px; }
QToolBar::separator { background: $border; width: 1px; margin: 5px 6px; }
QToolButton { background: transparent; color: $text; border: 1px solid transparent; border-radius: 4px;
  padding: 4px; }
QToolButton:hover { background: $hover; }
QToolButton:pressed, QToolButton:checked { background: $accent_soft; }
QToolButton:focus { border-color: $accent; }
QToolButton:disabled { color: $faint; }
QToolButton#menu_button { padding-right: 16px; }
QToolButton::menu-indicator { image: url($icons/chevron-down.svg); width: 10px; height: 10px;
  subcontrol-position: right center; right: 3px; }
QStatusBar { background: $panel; color: $muted; border-top: 1px solid $border; }
QStatusBar::item { border: 0; }
QMainWindow::separator { background: $border; width: 1px; height: 1px; }
QMainWindow::separator:hover { background: $accent; }
QDockWidget { color: $muted; font-weight: 600; }
QWidget#panel, QWidget#panel_body, QScrollArea#panel { background: $panel; }
QWidget#panel_head { background: $panel; border-bottom: 1px solid $border; }
QScrollArea { border: 0; }
QLabel { background: transparent; }
QLabel#heading { color: $muted; font-weight: 600; }
QLabel#layer_name { font-weight: 600; }
QToolButton#fold { color: $muted; font-weight: 600; padding: 2px 4px 2px 0; margin-left: -6px; }
QToolButton#fold:checked { background: transparent; }
QToolButton#fold:hover { background: $hover; }
QLabel#muted { color: $muted; }
QLabel#title { font-size: 20px; font-weight: 600; }
QLabel#error { color: $error; }
QFrame#line { background: $border; border: 0; }
QPushButton { background: $raised; color: $text; border: 1px solid $border; border-radius: 4px;
  padding: 4px 12px; min-height: 18px; }
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $accent_soft; }
QPushButton:focus { border-color: $accent; }
QPushButton:disabled { color: $faint; }
QPushButton:default, QPushButton#primary { background: $accent; border-color: $accent; color: $on_accent; }
QPushButton#primary:hover, QPushButton:default:hover { background: $accent; border-color: $text; }
QPushButton#small { padding: 4px 6px; }
QPushButton:checked { background: $accent_soft; border-color: $accent; }
QPushButton:checked:focus, QPushButton:default:focus, QPushButton#primary:focus { border-color: $text; }
QLineEdit, QAbstractSpinBox, QComboBox, QPlainTextEdit { background: $raised; color: $text;
  border: 1px solid $border; border-radius: 4px; padding: 2px 6px; min-height: 20px;
  selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit { padding: 2px 4px; }
QLineEdit:hover, QAbstractSpinBox:hover, QComboBox:hover { border-color: $faint; }
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus { border-color: $accent; }
QLineEdit[invalid="true"], QLineEdit[invalid="true"]:focus { border-color: $error; }
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled { color: $faint; background: $panel; }
QAbstractSpinBox { padding-right: 2px; }
QAbstractSpinBox QLineEdit { border: 0; padding: 0 0 0 4px; background: transparent; min-height: 0; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { subcontrol-origin: border; width: 16px;
  border: 0; }
QAbstractSpinBox::up-button { subcontrol-position: top right; }
QAbstractSpinBox::down-button { subcontrol-position: bottom right; }
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover { background: $hover; }
QAbstractSpinBox::up-arrow { image: url($icons/chevron-up.svg); width: 9px; height: 9px; }
QAbstractSpinBox::down-arrow { image: url($icons/chevron-down.svg); width: 9px; height: 9px; }
QComboBox::drop-down { border: 0; width: 20px; }
QComboBox::down-arrow { image: url($icons/chevron-down.svg); width: 11px; height: 11px; }
QComboBox QAbstractItemView { background: $raised; color: $text; border: 1px solid $border;
  selection-background-color: $accent_soft; selection-color: $text; padding: 2px; }
QCheckBox, QRadioButton { color: $text; spacing: 8px; background: transparent; }
QCheckBox:disabled { color: $faint; }
QCheckBox::indicator { width: 14px; height: 14px; border: 1px solid $faint; border-radius: 3px;
  background: $raised; }
QCheckBox::indicator:hover { border-color: $accent; }
QCheckBox::indicator:focus { border-color: $accent; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url($icons/check.svg); }
QCheckBox::indicator:checked:focus { border-color: $text; }
QCheckBox::indicator:disabled { border-color: $border; background: $panel; }
QSlider { background: transparent; min-height: 18px; }
QSlider::groove:horizontal { height: 3px; background: $border; border-radius: 1px; }
QSlider::sub-page:horizontal { height: 3px; background: $accent; border-radius: 1px; }
QSlider::sub-page:horizontal:disabled { background: $faint; }
QSlider::handle:horizontal { width: 12px; height: 12px; margin: -5px 0; border-radius: 6px;
  background: $raised; border: 1px solid $faint; }
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus { border-color: $accent; }
QListWidget#layers { background: $panel; border: 0; }
QListView#cases { background: $panel; border: 0; color: $text; }
QListView#cases::item { border: 0; }
QListWidget#layers::item { border-radius: 4px; margin: 1px 4px; }
QListWidget#layers::item:hover { background: $hover; }
QListWidget#layers::item:selected { background: $accent_soft; }
QTreeView#series { background: $panel; border: 0; color: $text; }
QTreeView#series::item { border: 0; }
QTreeView#series::branch { background: $panel; }
QTreeView#series::branch:closed:has-children { image: url($icons/chevron-right.svg); }
QTreeView#series::branch:open:has-children { image: url($icons/chevron-down.svg); }
QListView#history { background: $panel; border: 0; color: $text; padding: 4px; }
QListView#history::item { border-radius: 4px; padding: 0 4px; }
QListView#history::item:hover { background: $hover; }
QListView#history::item:selected { background: $accent_soft; color: $text; }
QTableWidget#rules::item, QTableWidget#facts::item { padding: 0 4px; }
QTableWidget#rules::item:selected, QTableWidget#facts::item:selected {
    background: $accent_soft; color: $text;
}
QTableWidget#facts { background: $panel; border: 0; border-bottom: 1px solid $border; border-radius: 0; }
QPushButton#preset_field { padding: 2px 6px; min-height: 20px; }
QPushButton#preset_field:hover { border-color: $faint; background: $raised; }
QFrame#preset_popup { background: $raised; border: 1px solid $border; }
QListView#presets { background: $raised; color: $text; border: 0; }
QListView#presets::item:selected { background: $accent_soft; }
QLabel#warning { color: $warning; }
QToolButton#eye, QToolButton#solo { padding: 2px; }
QToolButton#eye:checked { background: transparent; }
QToolButton#eye:checked:hover, QToolButton#eye:hover, QToolButton#solo:hover { background: $hover; }
QToolButton#link { color: $muted; padding: 1px 3px; }
QToolButton#link::menu-indicator { image: none; }
QFrame#solo_strip { background: $accent_soft; border-radius: 4px; }
QToolButton#solo_end { font-weight: 600; padding: 2px 6px; }
QToolButton#missing_action { border-color: $border; padding: 1px 6px; }
QStackedWidget { background: transparent; }
QTableWidget { background: $raised; color: $text; border: 1px solid $border; gridline-color: transparent; }
QTableWidget#findings::item { padding: 0 5px; }
QHeaderView::section { background: $panel; color: $muted; border: 0; border-bottom: 1px solid $border;
  padding: 4px 8px; font-weight: 600; }
QProgressBar { background: $border; border: 0; border-radius: 2px; max-height: 4px; min-height: 4px; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: $border; border-radius: 4px; margin: 1px; min-height: 24px;
  min-width: 24px; }
QScrollBar::handle:hover { background: $faint; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QFrame#message { background: $raised; border: 1px solid $border; border-radius: 4px; }
QFrame#message[level="error"] { border-left: 4px solid $error; }
QFrame#message[level="warning"] { border-left: 4px solid $warning; }
QFrame#message[level="info"] { border-left: 4px solid $accent; }
QFrame#offer { background: $raised; border: 1px solid $border; border-left: 3px solid $accent;
  border-radius: 4px; }
QFrame#recovery { background: $accent_soft; border: 0; border-bottom: 1px solid $accent; }
QFrame#notice { background: $raised; border: 1px solid $border; border-left: 3px solid $warning;
  border-radius: 4px; }
QFrame#target { background: transparent; border: 2px solid $accent; border-radius: 4px; }
QWidget#frame_bar { background: $panel; border-top: 1px solid $border; }
QToolButton#mark { padding: 1px; }
QToolButton#dismiss { padding: 2px; }
QLabel#rule { background: $raised; border: 1px solid $border; border-radius: 4px; padding: 6px 8px; }
QFrame#start { background: $window; }
QLabel#preview { background: #000000; }
""")

_ROLES = {
    QPalette.ColorRole.Window: "window",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Base: "raised",
    QPalette.ColorRole.AlternateBase: "panel",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.Button: "panel",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.BrightText: "error",
    QPalette.ColorRole.Highlight: "accent",
    QPalette.ColorRole.HighlightedText: "on_accent",
    QPalette.ColorRole.ToolTipBase: "raised",
    QPalette.ColorRole.ToolTipText: "text",
    QPalette.ColorRole.PlaceholderText: "faint",
    QPalette.ColorRole.Link: "accent",
    QPalette.ColorRole.Mid: "border",
    QPalette.ColorRole.Accent: "accent",
}


def palette(tokens: Tokens) -> QPalette:
    """Return the toolkit's palette of a theme, for everything that no style sheet names."""
    made = QPalette(QColor(tokens.window))
    for role, field in _ROLES.items():
        made.setColor(role, QColor(getattr(tokens, field)))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(tokens.faint))
    return made


def style_sheet(tokens: Tokens) -> str:
    """Return the style sheet of a theme."""
    icons = resource("icons", "style", tokens.name).as_posix()
    return _SHEET.substitute(vars(tokens), icons=icons)


def system_is_dark() -> bool:
    """Return whether the desktop asks for dark windows."""
    return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark


def tokens_of(theme: Theme) -> Tokens:
    """Return the colours that a choice of theme means now."""
    dark = system_is_dark() if theme == "system" else theme == "dark"
    return DARK if dark else LIGHT


def apply(theme: Theme) -> Tokens:
    """Give the whole application a theme and return its colours; one that it has is left as it is."""
    tokens = tokens_of(theme)
    app, sheet = QApplication.instance(), style_sheet(tokens)
    # Setting it again costs a second for every window that there is.
    if isinstance(app, QApplication) and app.styleSheet() != sheet:
        if app.style().name().casefold() != "fusion":
            app.setStyle(QStyleFactory.create("Fusion"))
        app.setPalette(palette(tokens))
        app.setStyleSheet(sheet)
    return tokens
