"""What files say is shown as it stands: no text from outside is taken for HTML, which could fetch images."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QGuiApplication, QHelpEvent, QTextDocument
from PySide6.QtWidgets import QAbstractItemView, QApplication, QComboBox, QLabel, QTextEdit, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from heatviewer.ui.controls import plain_tip
from heatviewer.ui.main_window import MainWindow
from tests.ui.texts import model_texts
from tests.ui.windows import nifti, opened

IMAGE = "<img src='file:///etc/hostname'>"
HOSTILE = f"<b>bold</b>{IMAGE}<a href='https://127.0.0.1/'>x</a>"


def hostile_study(folder: Path) -> Path:
    """Return a session in which every text is HTML."""
    nifti(folder / "base.nii")
    nifti(folder / "map.nii")
    maps = [
        {
            "item": "map.nii",
            "name": f"{HOSTILE} {n}",
            "unit": "<b>bold</b>",
            "link": "<b>l</b>",
            "labels": [[1, HOSTILE]],
        }
        for n in range(2)
    ]
    maps += [{"item": f"{HOSTILE}.nii", "name": HOSTILE, "preset": HOSTILE, "threshold": HOSTILE}]
    document = {
        "format": "heatviewer-session", "version": 1, "base": {"path": "base.nii", "name": HOSTILE},
        "heatmaps": maps, "notes": HOSTILE, "metaData": {HOSTILE: HOSTILE}, HOSTILE: HOSTILE,
    }  # fmt: skip
    path = folder / "a.hvs"
    path.write_text(json.dumps(document))
    return path


def read_as_html(text: str) -> bool:
    """Return whether Qt would take a text for HTML of the file's: an image or bold letters stand in it."""
    document = QTextDocument()
    document.setHtml(text)
    return (
        "<" in text
        and document.toPlainText().strip() != text.strip()
        and ("<b>bold" in text or "<img" in text or "<a " in text)
    )


def label_is_html(label: QLabel) -> bool:
    from PySide6.QtGui import Qt

    if label.textFormat() == Qt.TextFormat.PlainText:
        return False
    rich = label.textFormat() == Qt.TextFormat.RichText or Qt.mightBeRichText(label.text())
    return rich and read_as_html(label.text())


def html_in(window: QWidget) -> list[str]:
    """Return what of a window's texts would be read as HTML from outside."""
    found = []
    for widget in (window, *window.findChildren(QWidget)):
        who = f"{type(widget).__name__} {widget.objectName()} '{widget.accessibleName()}'"
        tips = [widget.toolTip(), *(action.toolTip() for action in widget.actions())]
        if isinstance(widget, QAbstractItemView | QComboBox) and widget.model() is not None:
            tips += list(model_texts(widget.model(), tips_alone=True))
        found += [f"{who}: tip {tip}" for tip in tips if read_as_html(tip)]
        if isinstance(widget, QLabel) and label_is_html(widget):
            found.append(f"{who}: {widget.text()}")
        if isinstance(widget, QTextEdit) and read_as_html(widget.toHtml()) and "<img" in widget.toHtml():
            found.append(f"{who}: {widget.toHtml()}")
    return found


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> MainWindow:
    """A window on the hostile session, with everything shown that shows texts."""
    window = opened(qtbot)
    window.open_paths([hostile_study(tmp_path)])
    assert window.wait_idle(20)
    for panel in window.panels.values():
        panel.show()
    window.commands.show_information()
    window.commands.check_sharing()
    window.commands.export_picture()
    window.commands.save_layer()
    assert window.wait_idle(20)
    window.scene.history.clear()
    return window


def test_no_text_of_a_session_is_html(window: MainWindow) -> None:
    """Names, units, labels, notes, facts, paths and problems are shown as they stand, tool tips too."""
    assert window.scene.state.heatmaps[0].name.startswith("<b>bold")
    found = html_in(window)
    assert not found, "\n".join(found)


def test_a_tip_shows_the_text_itself(qtbot: QtBot) -> None:
    """A text that looks like HTML is escaped in a tool tip; others are left as they are."""
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.setToolTip(plain_tip(HOSTILE))
    widget.show()
    at = widget.mapToGlobal(widget.rect().center())
    QApplication.sendEvent(widget, QHelpEvent(QEvent.Type.ToolTip, widget.rect().center(), at))
    document = QTextDocument()
    document.setHtml(QToolTip.text())
    assert document.toPlainText() == HOSTILE
    QToolTip.hideText()
    QGuiApplication.processEvents()
    assert plain_tip("5 < 6 & 7") == "<span>5 &lt; 6 &amp; 7</span>"
    assert plain_tip("plain") == "plain"
