"""How a window behaves while it loads: its first picture, its longest pause, how soon it stops.

Made for it: a CT series of 400 slices 512×512 (uncompressed), the same volume as .nii.gz, and a folder
of 5,000 small DICOM files in 50 series. A timer of 5 ms in the window's own event loop measures
the pauses; between its turns the loop sleeps, as it does under a person, for a loop that spins
takes the interpreter from the reader half of the time. The floor beside them is the longest pause
of the same idle window while a thread of numpy works (sums of an array, a few ms each) and one of
plain Python does: what the machine and the interpreter's lock allow.

Prints, in ms and as the median of some loads: the list of the series, the first picture (drawn in a
slice view), all of it read, and all of it drawn, in 3D too; the longest pause, and in brackets the
longest that the program itself worked (on a machine that others use too the rest is theirs); and how
long after a cancel what was open is back and the reader has ended, the longest of cancels at five
points of the load. Targets: first picture of the series ≤ 300 ms, the list of 5,000 files ≤ 2 × the
time of pydicom for their headers, pauses < 50 ms, cancel ≤ 200 ms.

Run: QT_QPA_PLATFORM=offscreen python -m tests.benchmarks.bench_loading [--folder DIR] [--runs N]
[--only TEXT]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from heatviewer.ui.main_window import MainWindow

SLICES, SIDE = 400, 512
FILES, SERIES = 5000, 50
TURN_MS = 5
#: Shares of a load after which it is cancelled.
STOPS = (0.1, 0.3, 0.5, 0.7, 0.9)


class Pauses:
    """The gaps between two turns of an event loop, in ms: on the clock, and worked by this program."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self.gaps: list[tuple[float, float]] = []
        self._last = (0.0, 0.0)
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TURN_MS)
        self._timer.timeout.connect(self._tick)

    def _tick(self) -> None:
        now = time.perf_counter(), time.process_time()
        passed, worked = (1e3 * (b - a) for a, b in zip(self._last, now, strict=True))
        self.gaps.append((passed, min(passed, worked)))
        self._last = now

    def start(self) -> None:
        """Measure from now on."""
        self.gaps, self._last = [], (time.perf_counter(), time.process_time())
        self._timer.start()

    def stop(self) -> tuple[float, float]:
        """Return the longest gap on the clock, and the longest that the program worked."""
        self._timer.stop()
        self._tick()
        return max(gap[0] for gap in self.gaps), max(gap[1] for gap in self.gaps)


def until(condition: Callable[[], bool]) -> None:
    """Run the event loop until something is so; look every few ms."""
    from PySide6.QtCore import QCoreApplication, QEventLoop, Qt, QTimer

    alarm = QTimer()
    alarm.setTimerType(Qt.TimerType.PreciseTimer)
    alarm.start(TURN_MS)
    while not condition():
        flags = QEventLoop.ProcessEventsFlag
        QCoreApplication.processEvents(flags.AllEvents | flags.WaitForMoreEvents)


def make_slabs() -> NDArray[np.int16]:
    """Return 20 slices of noise on a disc: it compresses as real CT does, by half."""
    rng = np.random.default_rng(0)
    slab = rng.normal(40, 12, (20, SIDE, SIDE)).astype(np.int16)
    row, column = np.mgrid[:SIDE, :SIDE] - SIDE / 2
    slab[:, np.hypot(row, column) > 0.45 * SIDE] = -1000
    return slab


def make_data(folder: Path) -> dict[str, Path]:
    """Write what is loaded, unless it is there from before."""
    import nibabel as nib

    from tests.dicom_files import write_series

    paths = {
        "CT series, 400 slices": folder / "ct",
        "the same as .nii.gz": folder / "ct.nii.gz",
        "5,000 files": folder / "many",
    }
    slabs = make_slabs()
    if not (folder / "ct").exists():
        pixels = np.concatenate([slabs] * (SLICES // len(slabs)))
        write_series(folder / "ct", pixels, tags={"RescaleIntercept": "0", "RescaleSlope": "1"})
    if not (folder / "ct.nii.gz").exists():
        volume = np.asfortranarray(np.concatenate([slabs] * (SLICES // len(slabs))).transpose(2, 1, 0))
        nib.save(nib.Nifti1Image(volume, np.diag([0.7, 0.7, 1.0, 1])), folder / "ct.nii.gz")
    if not (folder / "many").exists():
        small = slabs[:1, :64, :64].repeat(FILES // SERIES, axis=0)
        for n in range(SERIES):
            write_series(folder / "many" / f"{n:03d}", small, shuffle=n)
    return paths


def is_drawn(window: MainWindow) -> bool:
    """Return whether a slice of a base is in the window."""
    view = window.slice_views["axial"]
    return window.scene.state.base is not None and view.picture is not None and view.is_idle()


class Load(NamedTuple):
    """What one load took, in ms."""

    listed: float
    first: float
    read: float
    drawn: float
    pause: float
    worked: float


def load(window: MainWindow, pauses: Pauses, path: Path) -> Load:
    """Open a path in a window without a study, and measure."""
    window.commands.close_study()
    until(window._is_idle)
    start = time.perf_counter()

    def passed() -> float:
        return 1e3 * (time.perf_counter() - start)

    lists: list[float] = []

    def on_scanned(_job: object) -> None:
        lists.append(passed())

    # It is heard after the panel, which was connected first, shows the list.
    window.loader.scanned.connect(on_scanned)
    pauses.start()
    window.open_paths([path])
    until(lambda: is_drawn(window) or not window.loader.busy)
    first = passed()
    until(lambda: not window.loader.busy)
    read = passed()
    until(window._is_idle)
    found = Load(lists[0], first, read, passed(), *pauses.stop())
    window.loader.scanned.disconnect(on_scanned)
    failed = [str(job.error) for job in window.loader.jobs if job.error is not None]
    if failed:
        raise SystemExit("\n".join(failed))
    return found


def cancel(window: MainWindow, path: Path, share: float) -> float | None:
    """Return the ms from a cancel to what was open and an idle reader; None where the load ended before."""
    before = window.scene.state
    window.open_paths([path], "study")
    loader = window.loader
    until(lambda: loader.progress >= share or not loader.busy)
    if not loader.busy:
        until(window._is_idle)
        return None
    start = time.perf_counter()
    window.opener.cancel()
    ended = threading.Event()
    loader._pool.submit(ended.set)
    until(ended.is_set)
    if window.scene.state != before:
        raise SystemExit(f"{path.name}: what was open has not come back")
    return 1e3 * (time.perf_counter() - start)


def slowest_stop(window: MainWindow, path: Path) -> str:
    """Return the longest of some cancels in words, and how many loads had ended before theirs."""
    stops = [cancel(window, path, share) for share in STOPS]
    there = [stop for stop in stops if stop is not None]
    missed = len(stops) - len(there)
    slowest = f"{max(there):6.1f} ms" if there else "none"
    return f"{slowest} ({missed} of {len(stops)} loads had ended before)" if missed else slowest


def by_pydicom(folder: Path) -> float:
    """Return the ms that pydicom takes for the headers of a folder's files."""
    from pydicom import dcmread

    start = time.perf_counter()
    for path in folder.rglob("*"):
        if path.is_file():
            dcmread(path, stop_before_pixels=True)
    return 1e3 * (time.perf_counter() - start)


@contextmanager
def busy(work: Callable[[], Any]) -> Iterator[None]:
    """Have a thread do something over and over."""
    stopped = threading.Event()

    def run() -> None:
        while not stopped.is_set():
            work()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def floor(pauses: Pauses, work: Callable[[], Any], seconds: float = 1.5) -> str:
    """Return the longest pause of an idle loop beside a busy thread."""
    with busy(work):
        pauses.start()
        end = time.perf_counter() + seconds
        until(lambda: time.perf_counter() > end)
        return "{:6.1f} ms ({:.1f})".format(*pauses.stop())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from heatviewer.app.warm_up import warm_up
    from heatviewer.ui.app import application, calm_collection

    app = application()
    from heatviewer.ui.main_window import MainWindow

    warm_up()
    calm_collection()

    with tempfile.TemporaryDirectory() as made:
        paths = make_data(arguments.folder or Path(made))
        window = MainWindow(remember=False)
        window.show()
        pauses = Pauses()
        until(window._is_idle)
        array = np.random.default_rng(1).normal(size=4_000_000)
        print(f"floor beside numpy:  longest pause {floor(pauses, lambda: array.sum())}")
        print(f"floor beside Python: longest pause {floor(pauses, lambda: sum(range(10_000)))}", flush=True)
        for name, path in paths.items():
            if arguments.only not in name:
                continue
            runs = [load(window, pauses, path) for _ in range(arguments.runs + 1)][1:]
            median = Load(*(sorted(column)[len(runs) // 2] for column in zip(*runs, strict=True)))
            stopped = slowest_stop(window, path)
            peer = f"   pydicom's headers {by_pydicom(path):5.0f}" if path.is_dir() else ""
            print(
                f"{name:22} list {median.listed:5.0f}   first picture {median.first:5.0f}"
                f"   read {median.read:5.0f}   drawn {median.drawn:5.0f}"
                f"   longest pause {median.pause:5.1f} ({median.worked:.1f})   cancel {stopped}{peer}",
                flush=True,
            )
        window.close()
        app.processEvents()


if __name__ == "__main__":
    main()
