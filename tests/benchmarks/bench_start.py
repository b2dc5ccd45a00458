"""Time from the command to the first drawn frame, as a multiple of importing what a window needs.

Run: ``python tests/benchmarks/bench_start.py [BASE HEATMAP] [--runs 5]``. Without paths, nilearn's
MNI152 template (1 mm) and motor z-map. The floor is a process that imports the libraries that a
window needs and does nothing else; both are timed in turn in one run. Target: ≤ 2.5.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

LIBRARIES = (
    "import PySide6.QtWidgets, pyqtgraph, numpy, pydantic, psygnal; "
    "import vtkmodules.vtkImagingCore, vtkmodules.vtkRenderingVolume"
)
WINDOW = """
import os, sys
from heatviewer.app.opening import LayerSource, WindowRequest
from heatviewer.ui.app import application, start
app = application()
from heatviewer.ui.main_window import MainWindow
window = MainWindow(remember=False)
window.show()
start(window, WindowRequest(base=LayerSource(sys.argv[1]), heatmaps=(LayerSource(sys.argv[2]),)))
views = window.slice_views.values()
while not (window.scene.heatmaps and all(view.picture is not None and view.is_idle() for view in views)):
    app.processEvents()
app.processEvents()  # painted
os._exit(0)
"""


def study() -> tuple[str, str]:
    """Return the paths of nilearn's template and z-map."""
    spec = find_spec("nilearn")
    if spec is None or spec.origin is None:
        raise SystemExit("nilearn is not installed: pip install nilearn, or name a base and a heatmap")
    folder = Path(spec.origin).parent / "datasets" / "data"
    base = folder / "mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz"
    return str(base), str(folder / "image_10426.nii.gz")


def timed(*command: str) -> float:
    """Return the seconds that a whole process takes."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL, env=_environment())
    return time.perf_counter() - start


def _environment() -> dict[str, str]:
    return {"QT_QPA_PLATFORM": "offscreen", **os.environ}


def main() -> None:
    """Time both in turn and print the medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    base, heatmap = arguments.paths or study()
    imports, frames = [], []
    for _ in range(arguments.runs + 1):
        imports.append(timed("-c", LIBRARIES))
        frames.append(timed("-c", WINDOW, base, heatmap))
    floor, first = statistics.median(imports[1:]), statistics.median(frames[1:])
    print(f"importing the libraries  {floor:6.2f} s")
    print(f"to the first frame       {first:6.2f} s")
    print(f"ratio                    {first / floor:6.2f}   (target ≤ 2.5)")


if __name__ == "__main__":
    main()
