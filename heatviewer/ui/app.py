"""The program with a window, from start to end."""

from __future__ import annotations

import gc
import os
import sys
import threading
import weakref
from typing import TYPE_CHECKING, Any

from heatviewer.app.studies.job import StudyJob
from heatviewer.app.studies.kinds import may_be_document
from heatviewer.core.errors import HeatViewerError, WriteError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from heatviewer.app.loader import LoadJob
    from heatviewer.app.opening import LayerSource, WindowRequest
    from heatviewer.ui.main_window import MainWindow

#: Long enough for a large study from a slow disk; a screenshot that takes longer has failed.
_SCREENSHOT_S = 600.0
#: After which an empty window is painted and has answered its first moves, in ms.
_SETTLED_MS = 400


def has_display() -> bool:
    """Return whether there is a screen that a window can be opened on."""
    if os.environ.get("QT_QPA_PLATFORM"):
        return True
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def application(screenshot: bool = False) -> QApplication:
    """Return the application object, made if there is none; off screen for a screenshot without a display.

    Raises
    ------
    HeatViewerError
        Where there is no display for a window.
    """
    if not has_display():
        if not screenshot:
            raise HeatViewerError(
                "display",
                "there is no display to open a window on",
                "Use 'heatviewer render' for a picture, or --screenshot OUT.png for the window",
            )
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtCore import QLocale, qInstallMessageHandler
    from PySide6.QtWidgets import QApplication

    from heatviewer.ui.dialog_memory import OWN_PROPERTY

    app = QApplication.instance()
    if not isinstance(app, QApplication):
        # Numbers are written with a point everywhere, as in files and on the command line.
        QLocale.setDefault(QLocale.c())
        app = QApplication(["heatviewer"])
        app.setApplicationName("HeatViewer")
        app.setApplicationDisplayName("HeatViewer")
        app.setDesktopFileName("heatviewer")
        app.setProperty(OWN_PROPERTY, True)
        if app.platformName() == "offscreen":
            qInstallMessageHandler(_tell)
    return app


def _tell(_kind: object, _context: object, text: str) -> None:
    """Pass Qt's messages on, except what the off-screen platform says about every window."""
    if not text.startswith("This plugin does not support"):
        sys.stderr.write(f"{text}\n")


def run(request: WindowRequest, tell: Callable[[str], None] | None = None) -> int:
    """Open the window as asked, and return the exit status once it is closed.

    With a screenshot the window is drawn, saved and closed: 0, or 1 where loading or saving failed.

    Parameters
    ----------
    tell : callable, optional
        Gets each sentence about what of a session or task was left out, with a screenshot: nobody
        reads it in the window then.

    Raises
    ------
    HeatViewerError
        Where there is no display, or the screenshot could not be made: the command line prints it.
    """
    app = application(request.screenshot is not None)
    from PySide6.QtCore import QTimer

    from heatviewer.app.warm_up import warm_up
    from heatviewer.ui.main_window import MainWindow

    calm_collection()
    # A screenshot looks the same whatever the window was like when it was last used.
    window = MainWindow(remember=request.screenshot is None, recent=not request.no_recent)
    restore = guard(window, request.debug)
    try:
        window.show()
        if request.screenshot is not None and tell is not None:
            window.loader.loaded.connect(_teller(tell))
        start(window, request)
        if window.scene.state.base is None and not window.loader.busy and request.screenshot is None:
            warming = threading.Thread(target=warm_up, name="warm-up", daemon=True)
            QTimer.singleShot(_SETTLED_MS, window, warming.start)
        if request.screenshot is not None:
            take_screenshot(window, request.screenshot)
            return 0
        return app.exec()
    finally:
        # Where an error ended it nobody was asked: unsaved work is kept for the next start.
        window.end(decided=False)
        window.close()
        window.deleteLater()
        restore()


def _teller(tell: Callable[[str], None]) -> Callable[[LoadJob], None]:
    """Return what passes on the problems of every session and task that has come."""

    def come(job: LoadJob) -> None:
        read = job.study.read if job.study is not None else None
        for problem in read.problems if read is not None else ():
            tell(problem)

    return come


def calm_collection() -> None:
    """Have Python's search for garbage hold the window up less often.

    A whole search goes through every object that may be in a cycle and stops all threads: 40 to
    80 ms for the modules' 120,000 objects and the headers of 5,000 files, several times a load
    (tests/benchmarks/bench_loading.py). The modules stay, so they are left out for good, and what
    has lived long is looked at a hundred times less often; young garbage is found as ever.
    """
    gc.freeze()
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, 1000)


def guard(window: MainWindow, debug: bool = False) -> Callable[[], None]:
    """Log errors that nobody caught and show them in the window, which goes on; return how to end that."""
    import shiboken6

    from heatviewer.ui import failures

    # Weak: the hooks must not keep a window alive that its owner has let go.
    kept = weakref.ref(window)

    def report(error: BaseException) -> None:
        shown = kept()
        if shown is not None and shiboken6.isValid(shown):
            shown.poster.post(lambda: shown.report(failures.message_of(error), "error"))

    return failures.install(report, debug)


def start(window: MainWindow, request: WindowRequest) -> None:
    """Open what a request names; view settings hold from the first picture."""
    view = {
        name: value
        for name in ("convention", "sagittal", "layout")
        if (value := getattr(request, name)) is not None
    }
    scene = window.scene
    if view:
        scene.edit_view(**view)
        scene.history.clear()
    if request.at is not None:
        at = request.at

        def place(_change: object) -> None:
            # Once: the base's arrival puts the cursor into its centre.
            if scene.state.base is not None:
                scene.changed.disconnect(place)
                scene.cursor = at
                scene.history.clear()

        scene.changed.connect(place)
    if request.cases is not None:
        window.worklist.open_table(request.cases, request.ratings, keep=request.screenshot is None)
    elif request.demo:
        window.commands.open_demo()
    elif request.base is not None and may_be_document(request.base.path):
        _open_document(window, request, request.base, view)
        window.opener.open_sources(None, request.heatmaps)
    else:
        window.opener.open_sources(request.base, request.heatmaps)


def _open_document(
    window: MainWindow, request: WindowRequest, base: LayerSource, view: dict[str, Any]
) -> None:
    """Open a session or a task; what was said on the command line goes before what it says."""
    settings = dict(base.settings)
    wish = StudyJob(root=request.root, series=settings.pop("series", None))
    job = window.loader.load_study(base.path, wish)

    def come(loaded: LoadJob) -> None:
        if loaded is not job:
            return
        window.loader.loaded.disconnect(come)
        if view:
            window.scene.edit_view(**view)
        if settings and window.scene.base is not None:
            window.scene.base.edit(**settings)
        window.scene.history.clear()

    window.loader.loaded.connect(come)


def take_screenshot(window: MainWindow, path: Path) -> None:
    """Save the window once everything is loaded and drawn, whole or not at all.

    Raises
    ------
    HeatViewerError
        What could not be loaded, or that the picture could not be written.
    """
    import numpy as np

    from heatviewer.drawing.figure import write_png

    if not window.wait_idle(_SCREENSHOT_S):
        raise WriteError(path.name, f"was not drawn within {_SCREENSHOT_S:.0f} seconds")
    failed: list[HeatViewerError] = [job.error for job in window.loader.jobs if job.error is not None]
    if failed:
        raise failed[0]
    from PySide6.QtGui import QImage

    image = window.grab().toImage().convertToFormat(QImage.Format.Format_RGBA8888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    write_png(path, rows[:, : 4 * image.width()].reshape(image.height(), image.width(), 4))
