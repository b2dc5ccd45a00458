"""Small worklists on disk, and windows on them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nibabel
import numpy as np
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from heatviewer.app.opening import WindowRequest
from heatviewer.ui.app import start
from heatviewer.ui.main_window import MainWindow
from tests.ui.windows import opened

CONTROL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier


def write_cases(folder: Path, count: int = 3, header: str = "name,base,heatmap,mask") -> Path:
    """Write cases of different grids, each with a base, a signed map and a mask, and their table."""
    rows = [header]
    for n in range(count):
        rng = np.random.default_rng(n)
        shape = (14 + n, 16, 12)
        (folder / f"s{n}").mkdir()
        arrays = {
            "b": rng.normal(100 + n, 30, shape).astype("f4"),
            "h": rng.normal(0, 2 + n, shape).astype("f4"),
            "m": (rng.random(shape) > 0.7).astype("u1"),
        }
        for name, array in arrays.items():
            affine = np.diag([2.0, 2.0, 2.5, 1.0])
            affine[:3, 3] = n, -10.0, 3.0
            nibabel.save(nibabel.Nifti1Image(array, affine), folder / f"s{n}" / f"{name}.nii.gz")  # type: ignore[attr-defined]
        rows.append(f"case {n},s{n}/b.nii.gz,s{n}/h.nii.gz,s{n}/m.nii.gz")
    table = folder / "cases.csv"
    table.write_text("\n".join(rows) + "\n")
    return table


def opened_cases(qtbot: QtBot, table: Path, ratings: Path | None = None) -> MainWindow:
    """Return a window on a table, its first case drawn."""
    window = opened(qtbot)
    start(window, WindowRequest(cases=table, ratings=ratings, layout="axial"))
    assert window.wait_idle(20)
    return window


def go_on(qtbot: QtBot, window: MainWindow, key: Qt.Key = Qt.Key.Key_Right) -> None:
    """Press Ctrl and an arrow in a view, and wait for the case."""
    qtbot.keyClick(window.slice_views["axial"], key, CONTROL)
    assert window.wait_idle(20)


def wait_ahead(qtbot: QtBot, window: MainWindow, number: int) -> None:
    """Wait until a case lies ready."""

    def ready() -> bool:
        reading = window.worklist.ahead.reading
        return reading is not None and reading.number == number and reading.done

    qtbot.waitUntil(ready, timeout=20_000)


@contextmanager
def unread(folder: Path) -> Iterator[None]:
    """Let no file of a folder be there for a while: what is shown then was read before."""
    hidden = folder.with_name(f"{folder.name} hidden")
    folder.rename(hidden)
    try:
        yield
    finally:
        hidden.rename(folder)
