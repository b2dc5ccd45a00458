"""Memory of a window with a study, on top of the idle window, in multiples of the volumes' own size.

Run: ``python tests/benchmarks/bench_memory.py [BASE HEATMAP]``. Without paths, an int16 CT of
512×512×300 and a float32 heatmap of 256×256×150 are made. Two processes: an idle window, and one
with the study drawn in 2D, and once more with 3D. Target: ≤ 1.5.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from bench_start import _environment

WINDOW = """
import json, sys
import psutil
from PySide6.QtWidgets import QApplication
from heatviewer.ui.main_window import MainWindow
app = QApplication([])
window = MainWindow()
window.resize(1400, 900)
window.show()
window.wait_idle(60)
def used():
    info = psutil.Process().memory_full_info()
    return info.uss
if len(sys.argv) > 2:
    window.scene.edit_view(layout=sys.argv[1])
    window.open_paths(sys.argv[2:])
    window.wait_idle(300)
size = sum(v.stored.nbytes for v in window.scene.volumes.values())
print(json.dumps({"used": used(), "size": size}))
"""


def measured(*arguments: str) -> dict[str, int]:
    """Return the bytes that a window's process holds alone, and its volumes' size."""
    done = subprocess.run(
        [sys.executable, "-c", WINDOW, *arguments],
        check=True,
        capture_output=True,
        text=True,
        env=_environment(),
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def make_study(folder: Path) -> list[str]:
    """Write a CT-sized base and a heatmap as compressed NIfTI, so that nothing is memory-mapped."""
    import nibabel as nib

    rng = np.random.default_rng(0)
    slab = rng.integers(-1000, 1500, size=(512, 512, 10), dtype=np.int16)
    base = np.asfortranarray(np.tile(slab, (1, 1, 30)))
    heat = np.asfortranarray(rng.random((256, 256, 150), dtype=np.float32))
    paths = [folder / "base.nii.gz", folder / "heat.nii.gz"]
    for path, array, step in zip(paths, (base, heat), (0.7, 1.4), strict=True):
        nib.save(nib.Nifti1Image(array, np.diag([step, step, step * 1.4, 1])), path)
    return [str(path) for path in paths]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = arguments.paths or make_study(Path(folder))
        idle = measured("row")["used"]
        for name, layout in (("slices", "row"), ("slices and 3D", "quad")):
            found = measured(layout, *paths)
            extra, size = found["used"] - idle, found["size"]
            print(f"{name:14} volumes {size / 2**20:7.1f} MiB, on top of idle {extra / 2**20:7.1f} MiB, "
                  f"ratio {extra / size:5.2f}   (target ≤ 1.5)")  # fmt: skip


if __name__ == "__main__":
    main()
