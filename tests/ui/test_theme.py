"""Themes and icons: both complete, readable, and following the system."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QPushButton, QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from heatviewer.app.actions import all_actions
from heatviewer.core.resources import resource
from heatviewer.ui import icons, theme
from heatviewer.ui.theme import DARK, LIGHT, Tokens
from tests.ui.events import pixels

BOTH = pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=lambda tokens: tokens.name)


def luminance(color: str) -> float:
    """Return the relative luminance of WCAG 2."""
    parts = [channel / 255 for channel in QColor(color).getRgb()[:3]]  # type: ignore[index]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@BOTH
@pytest.mark.parametrize("ground", ["window", "panel", "raised", "hover", "accent_soft"])
def test_text_can_be_read_on_every_ground(tokens: Tokens, ground: str) -> None:
    """Text has the contrast that WCAG AA asks for (4.5), lesser text too."""
    assert contrast(tokens.text, getattr(tokens, ground)) >= 4.5
    assert contrast(tokens.muted, getattr(tokens, ground)) >= 4.5 or ground in ("hover", "accent_soft")


@BOTH
def test_warnings_and_the_accent_can_be_read(tokens: Tokens) -> None:
    """Errors and warnings are read on panels, and button text on the accent."""
    assert contrast(tokens.error, tokens.panel) >= 4.5
    assert contrast(tokens.warning, tokens.panel) >= 4.5
    assert contrast(tokens.on_accent, tokens.accent) >= 3


@BOTH
def test_the_style_sheet_is_complete(tokens: Tokens) -> None:
    """No name is left open, there is no gradient, and every picture it names is shipped."""
    sheet = theme.style_sheet(tokens)
    assert "$" not in sheet
    assert "gradient" not in sheet
    for path in re.findall(r"url\(([^)]+)\)", sheet):
        assert resource("icons", "style", tokens.name).joinpath(path.rsplit("/", 1)[-1]).is_file()


@BOTH
def test_the_palette_is_the_theme(tokens: Tokens) -> None:
    """What no style sheet names still has the theme's colours."""
    made = theme.palette(tokens)
    assert made.color(QPalette.ColorRole.Window).name() == tokens.window
    assert made.color(QPalette.ColorRole.Highlight).name() == tokens.accent


def test_every_named_icon_is_drawn_in_its_colour(qtbot: QtBot) -> None:
    """The icons of all actions load without a network, and take the theme's colour."""
    for name in {action.icon for action in all_actions() if action.icon}:
        image = icons.icon(name, "#ff0000").pixmap(QSize(32, 32)).toImage()
        solid = [
            image.pixelColor(x, y)
            for x in range(image.width())
            for y in range(image.height())
            if image.pixelColor(x, y).alpha() == 255
        ]
        assert solid, name
        assert {color.name() for color in solid} == {"#ff0000"}


def test_icons_follow_a_change_of_theme(qtbot: QtBot) -> None:
    """A button's icon is drawn anew, and unnamed buttons are left alone."""
    root = QWidget()
    qtbot.addWidget(root)
    named, plain = QPushButton(root), QPushButton(root)
    icons.set_icon(named, "eye", LIGHT)
    before = named.icon().pixmap(20, 20).toImage()
    icons.refresh(root, DARK)
    assert named.icon().pixmap(20, 20).toImage() != before
    assert plain.icon().isNull()


def test_a_choice_beats_the_system() -> None:
    """Only 'system' asks the desktop."""
    assert theme.tokens_of("dark") is DARK
    assert theme.tokens_of("light") is LIGHT
    assert theme.tokens_of("system") is (DARK if theme.system_is_dark() else LIGHT)


@BOTH
@pytest.mark.parametrize("checked", [False, True])
@pytest.mark.parametrize("kind", [QCheckBox, QPushButton, QToolButton])
def test_what_has_the_keys_is_seen(
    qtbot: QtBot, tokens: Tokens, kind: type[QAbstractButton], checked: bool
) -> None:
    """A ring that the eye finds, also around what is on already: at least 40 pixels change clearly."""
    theme.apply(tokens.name)  # type: ignore[arg-type]
    holder = QWidget()
    column = QVBoxLayout(holder)
    button, other = kind(), QPushButton("other")
    button.setText("auto")
    button.setCheckable(True)
    button.setChecked(checked)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    column.addWidget(button)
    column.addWidget(other)
    qtbot.addWidget(holder)
    holder.show()
    holder.activateWindow()
    other.setFocus()
    qtbot.waitUntil(other.hasFocus)
    without = pixels(button).astype(int)
    button.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(button.hasFocus)
    changed = np.abs(pixels(button).astype(int) - without)[..., :3].max(axis=-1)
    assert (changed > 50).sum() >= 40
