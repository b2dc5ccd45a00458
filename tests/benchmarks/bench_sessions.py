"""What a session costs: saving ten layers, and opening beyond reading the volumes.

Saving is compared with writing the same JSON with Python's own writer in the same run, opening with
``open_volume`` of the same files; what opening takes beyond its readers is also timed by itself. Prints
the best of some rounds, and the share of what it may take.

Run: python -m tests.benchmarks.bench_sessions
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import nibabel as nib
import numpy as np

import heatviewer as hv
from heatviewer import io
from heatviewer.app.studies.saving import save_session
from heatviewer.documents.session import session_bytes

LAYERS = 10
SAVING_MS, OPENING_MS = 20.0, 50.0
ROUNDS = 15


def best_ms(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return how long something takes at its best, in ms."""
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        found.append((time.perf_counter() - start) * 1000)
    return min(found)


def scene_in(folder: Path) -> hv.Scene:
    """Return a scene of ten files, each of its layers set up."""
    rng = np.random.default_rng(0)
    for n in range(LAYERS):
        data = rng.normal(size=(96, 112, 96)).astype("f4")
        nib.save(nib.Nifti1Image(data, np.diag([2, 2, 2, 1])), folder / f"map{n}.nii.gz")
    scene = hv.open(folder / "map0.nii.gz", [folder / f"map{n}.nii.gz" for n in range(1, LAYERS)])
    for heatmap in scene.heatmaps:
        points = [value for n in range(32) for value in (n / 31, n / 31)]
        heatmap.edit(opacity_points=points, threshold_abs=2.3, contours="10,20,30", outline=True)
    return scene


def plain_save(document: object, path: Path, durable: bool) -> None:
    """Write a document as plainly as can be: no part, no backup."""
    with path.open("w", encoding="utf-8") as file:
        file.write(json.dumps(document, indent=1))
        if durable:
            file.flush()
            os.fsync(file.fileno())


def saving(scene: hv.Scene, folder: Path) -> None:
    """Print what saving takes, with and without waiting for the disk."""
    text = session_bytes(scene.state, str(folder))
    document = json.loads(text)
    floors = [
        best_ms(lambda d=durable: plain_save(document, folder / "plain.json", d)) for durable in (True, False)
    ]
    made = best_ms(lambda: session_bytes(scene.state, str(folder)))
    saved = best_ms(lambda: save_session(scene.state, folder / "x.hvs"))
    print(f"text of {LAYERS} layers {made:20.2f} ms  ({len(text) / 1024:.0f} KiB)")
    print(f"saved, on the disk  {saved:18.2f} ms  {saved / SAVING_MS:5.2f} of what it may take")
    print(f"  plain, on the disk    {floors[0]:14.2f} ms  ×{saved / floors[0]:.1f}")
    print(f"  plain, not waited for {floors[1]:14.2f} ms  ×{made / floors[1]:.1f} for the text alone")


@contextmanager
def readers_timed() -> Iterator[list[float]]:
    """Give what the readers of volumes take while a session is opened, in ms."""
    took: list[float] = []

    def timed(read: Callable[..., Any]) -> Callable[..., Any]:
        def reading(*args: Any, **options: Any) -> Any:
            start = time.perf_counter()
            found = read(*args, **options)
            took.append((time.perf_counter() - start) * 1000)
            return found

        return reading

    one, layers = timed(io.open_one), timed(io.open_layers)
    with patch.object(io, "open_one", one), patch.object(io, "open_layers", layers):
        yield took


def opening(folder: Path) -> None:
    """Print what a session costs beyond the volumes that it names."""
    files = [folder / f"map{n}.nii.gz" for n in range(LAYERS)]
    volumes, sessions, more = [], [], []
    for _ in range(7):
        volumes.append(best_ms(lambda: [io.open_volume(file) for file in files], 1))
        with readers_timed() as took:
            sessions.append(best_ms(lambda: hv.open(folder / "x.hvs"), 1))
        more.append(sessions[-1] - sum(took))
    print(f"volumes alone {min(volumes):24.1f} ms")
    print(f"session       {min(sessions):24.1f} ms  ×{min(sessions) / min(volumes):.2f}")
    print(f"  beyond reading {min(more):21.1f} ms  {min(more) / OPENING_MS:5.2f} of what it may take")


def main() -> None:
    """Print both."""
    with tempfile.TemporaryDirectory() as name, suppress(KeyboardInterrupt):
        scene = scene_in(Path(name))
        saving(scene, Path(name))
        opening(Path(name))


if __name__ == "__main__":
    main()
