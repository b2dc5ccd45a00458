"""Menus, toolbar and keys, made from the table of actions."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QToolBar, QToolButton

from heatviewer.app.actions import TOOLBAR, Action, Context, all_actions
from heatviewer.ui import icons
from heatviewer.ui.controls import named, plain_tip

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from PySide6.QtWidgets import QMainWindow

    from heatviewer.ui.recents import Recents

#: Menus of choices: one of them is on.
_EXCLUSIVE = (
    "View/Layout",
    "View/Convention",
    "View/Sagittal",
    "View/Legend",
    "View/Theme",
    "Layers/Place",
)
_MENU_TITLES = {
    "View/Sagittal": "Sagittal &faces",
    "View/Layout": "La&yout",
    "View/Convention": "Con&vention",
    "View/Legend": "Where the le&gend is",
    "View/Theme": "&Theme",
    "View/Panels": "Pa&nels",
    "View/Frames": "&Frames",
    "Layers/Place": "P&lace",
    "Layers/Show or hide": "Sho&w or hide by number",
    "Layers/Range": "Range o&f the data",
    "Layers/Style": "&Style",
    "Layers/Link": "Lin&k",
}
#: Side of the pictures in the menu of recent studies, in units of the screen.
_RECENT_ICON = 28
#: What the menu of a slice view holds; None is a line.
CONTEXT_MENU: tuple[str | None, ...] = (
    "layer.threshold", "layer.no_threshold", "layer.toggle", None,
    "view.show_crosshair", "view.show_labels", "view.show_scale_bar", "view.legend", None,
    "view.reset", "file.copy_picture", "edit.copy_probe", "file.export",
)  # fmt: skip
#: What the menu of a heatmap's row holds.
LAYER_MENU: tuple[str | None, ...] = (
    "layer.rename", "layer.duplicate", "layer.save_as", None,
    "layer.toggle", "layer.solo", "layer.show_all", None,
    "layer.choose_preset", "layer.reverse", None,
    "layer.copy_style", "layer.paste_style", "layer.paste_range", "layer.paste_to_all",
    "layer.save_style", "layer.apply_style", None,
    "layer.link_all", "layer.unlink", None,
    "layer.copy_rule", "layer.information", None,
    "layer.remove",
)  # fmt: skip


def fill_menu(menu: QMenu, action_ids: Sequence[str | None], actions: Mapping[str, QAction]) -> None:
    """Put actions into a menu that is gone once closed; None is a line."""
    for action_id in action_ids:
        if action_id is None:
            menu.addSeparator()
        else:
            menu.addAction(actions[action_id])
    menu.setToolTipsVisible(True)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)


def tip_text(action: Action) -> str:
    """Return an action's tool tip: what it does, and its first key."""
    if not action.shortcuts:
        return action.tip
    keys = QKeySequence(action.shortcuts[0]).toString(QKeySequence.SequenceFormat.NativeText)
    return f"{action.tip} ({keys})"


class ActionSet:
    """The window's actions: one for each entry of the table, kept up to date with the scene."""

    def __init__(self, window: QMainWindow, context: Context) -> None:
        self._window, self._context = window, context
        self.table = {action.id: action for action in all_actions()}
        self.by_id = {action.id: self._make(action) for action in self.table.values()}
        for menu in _EXCLUSIVE:
            group = QActionGroup(window)
            for action in self.table.values():
                if action.menu == menu:
                    group.addAction(self.by_id[action.id])
        self.refresh()

    def _make(self, entry: Action) -> QAction:
        made = QAction(entry.title, self._window)
        made.setObjectName(entry.id)
        made.setShortcuts([QKeySequence(key) for key in entry.shortcuts])
        made.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        made.setToolTip(tip_text(entry))
        made.setStatusTip(entry.tip)
        made.setCheckable(entry.checked is not None)
        # In a menu the mark says whether it is on; an icon would take its place.
        made.setIconVisibleInMenu(entry.checked is None)
        if entry.icon:
            icons.set_icon(made, entry.icon)
        made.triggered.connect(lambda: self.run(entry))
        # The window owns the keys too where a menu bar is hidden.
        self._window.addAction(made)
        return made

    def run(self, entry: Action) -> None:
        """Do what an entry says, if it can be used now: its look may lag behind the scene."""
        if entry.enabled(self._context):
            entry.run(self._context)
        self.refresh()

    def refresh(self) -> None:
        """Bring titles, marks and what can be used up to date; 0.1 ms, so after every change."""
        for entry in self.table.values():
            action = self.by_id[entry.id]
            action.setEnabled(entry.enabled(self._context))
            if entry.checked is not None:
                action.setChecked(entry.checked(self._context))
            if entry.label is not None:
                action.setText(entry.label(self._context))

    def build_menus(self, bar: QMenuBar, recents: Recents, open_recent: Callable[[str], object]) -> None:
        """Fill the menu bar in the order of the table."""
        menus: dict[str, QMenu] = {}
        last_group: dict[str, str] = {}
        for entry in self.table.values():
            menu = menus.get(entry.menu) or _add_menu(bar, menus, entry.menu)
            if entry.group != last_group.get(entry.menu, entry.group):
                menu.addSeparator()
            last_group[entry.menu] = entry.group
            if entry.id == "file.demo":
                menu.addMenu(self._recent_menu(menu, recents, open_recent))
            menu.addAction(self.by_id[entry.id])
        for menu in menus.values():
            menu.setToolTipsVisible(True)
            menu.aboutToShow.connect(self.refresh)

    def _recent_menu(self, parent: QMenu, recents: Recents, open_recent: Callable[[str], object]) -> QMenu:
        menu = named(QMenu("Open &recent", parent), "Open recent", "Open a study that was open lately")
        menu.setToolTipsVisible(True)
        menu.setStyleSheet(f"QMenu {{ icon-size: {_RECENT_ICON}px; }}")

        def fill() -> None:
            menu.clear()
            for number, shown in enumerate(recents.shown(), 1):
                recent = shown.recent
                key = f"&{number}" if number < 10 else f"{number}"
                # The folder stands where keys do, at the right.
                text = f"{recent.name}\t{Path(recent.path).parent.name}".replace("&", "&&")
                action = menu.addAction(recents.icon(recent), f"{key}  {text}")
                action.setToolTip(plain_tip(shown.tip))
                action.setEnabled(shown.there)
                action.triggered.connect(lambda _=False, path=recent.path: open_recent(path))
            if menu.isEmpty():
                menu.addAction("Nothing yet").setEnabled(False)

        menu.aboutToShow.connect(fill)
        fill()
        return menu

    def build_toolbar(self, bar: QToolBar) -> None:
        """Fill the toolbar."""
        bar.setIconSize(QSize(20, 20))
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        for action_id in TOOLBAR:
            if action_id is None:
                bar.addSeparator()
                continue
            bar.addAction(self.by_id[action_id])
            if action_id == "view.reset":
                bar.addWidget(self._layout_button())
        for action in bar.actions():
            widget = bar.widgetForAction(action)
            if isinstance(widget, QToolButton) and action.text():
                widget.setAccessibleName(action.text().replace("&", ""))

    def _layout_button(self) -> QToolButton:
        button = named(QToolButton(), "Layout", "How the views are arranged")
        button.setObjectName("menu_button")
        icons.set_icon(button, "quad")
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = named(QMenu(button), "Layout", "How the views are arranged")
        for entry in self.table.values():
            if entry.menu == "View/Layout":
                menu.addAction(self.by_id[entry.id])
        button.setMenu(menu)
        return button

    def context_menu(self, parent: QMainWindow) -> QMenu:
        """Return the menu of a slice view."""
        menu = named(QMenu(parent), "Slice view", "What can be done at this place")
        fill_menu(menu, CONTEXT_MENU, self.by_id)
        return menu


def _add_menu(bar: QMenuBar, menus: dict[str, QMenu], path: str) -> QMenu:
    """Return the menu of a path such as 'View/Layout', made with those above it."""
    parts = path.split("/")
    for short, whole in pairwise(["/".join(parts[:n]) for n in range(len(parts) + 1)]):
        if whole not in menus:
            title = _MENU_TITLES.get(whole, f"&{whole.rsplit('/', 1)[-1]}")
            parent = menus.get(short) or bar
            menus[whole] = named(parent.addMenu(title), title.replace("&", ""), title.replace("&", ""))
    return menus[path]
