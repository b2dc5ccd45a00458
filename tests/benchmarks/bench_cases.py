"""How fast the next case of a worklist is there, as a ratio in one run: read ahead, and not.

Makes cases of a compressed base and a heatmap in a temporary folder. From the key to the picture: the
axial view has drawn the case. Target: at least twice as fast; what is left is drawing a new study.

Run: ``QT_QPA_PLATFORM=offscreen python -m tests.benchmarks.bench_cases [--size 160] [--cases 5]``
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from heatviewer.ui.main_window import MainWindow


def make_cases(folder: Path, size: int, count: int) -> Path:
    """Write cases of noise on a smooth body, and their table."""
    import nibabel as nib

    rows = ["base,heatmap"]
    for n in range(count):
        rng = np.random.default_rng(n)
        for name in ("base", "heat"):
            values = rng.normal(100, 20, (size, size, size)).astype("i2" if name == "base" else "f4")
            nib.save(nib.Nifti1Image(values, np.eye(4)), folder / f"{name}{n}.nii.gz")  # type: ignore[attr-defined]
        rows.append(f"base{n}.nii.gz,heat{n}.nii.gz")
    (folder / "cases.csv").write_text("\n".join(rows))
    return folder / "cases.csv"


def switched(window: MainWindow, number: int) -> float:
    """Return the seconds from the key to the picture of a case."""
    from PySide6.QtCore import QCoreApplication, Qt
    from PySide6.QtTest import QTest

    view = window.slice_views["axial"]
    start = time.perf_counter()
    QTest.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    while window.worklist.can("there") and (window.loader.busy or not view.is_idle()):
        QCoreApplication.processEvents()
    assert window.worklist.number == number
    return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=160)
    parser.add_argument("--cases", type=int, default=5)
    arguments = parser.parse_args()
    from PySide6.QtCore import QCoreApplication

    from heatviewer.ui.app import application
    from heatviewer.ui.main_window import MainWindow

    application()
    with tempfile.TemporaryDirectory() as name:
        table = make_cases(Path(name), arguments.size, arguments.cases)
        times: dict[bool, list[float]] = {True: [], False: []}
        for ahead in (True, False):
            window = MainWindow(remember=False)
            window.show()
            window.worklist.open_table(table, keep=False)
            window.wait_idle(120)
            for number in range(1, arguments.cases):
                if ahead:
                    while (reading := window.worklist.ahead.reading) is None or not reading.done:
                        QCoreApplication.processEvents()
                else:
                    window.worklist.ahead.cancel()
                times[ahead].append(switched(window, number))
                if ahead:
                    window.wait_idle(120)
            window.close()
    ready, read = (sorted(times[ahead])[len(times[ahead]) // 2] for ahead in (True, False))
    print(f"next case of {arguments.size}³ with a heatmap, from key to picture")
    print(
        f"  read ahead {ready * 1000:.0f} ms, not {read * 1000:.0f} ms, ratio {read / ready:.1f} (target ≥ 2)"
    )


if __name__ == "__main__":
    main()
