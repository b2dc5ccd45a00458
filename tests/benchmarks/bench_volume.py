"""3D without a GPU: MNI152 1 mm with a motor z-map at 700×700, shaded.

Run: ``python tests/benchmarks/bench_volume.py``. Prints times, and their ratios to a floor measured
in the same run: VTK's own software caster on the plain scalar base, unshaded, at 700×700. Targets:
10 frames a second while turning (preview), 1.5 s for the first full picture after a change of a
transfer function (fusing included). Memory: the peak on top of the loaded volumes.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import nibabel as nib
import numpy as np

from heatviewer.core.geometry import Plane
from heatviewer.core.transfer import TransferFunction
from heatviewer.core.volume import Volume
from heatviewer.drawing.caster import Caster
from heatviewer.drawing.engine import create_engine
from heatviewer.drawing.fuse import Grid
from heatviewer.drawing.pick import pick
from heatviewer.model.defaults import default_range, default_window
from heatviewer.model.presets import preset
from heatviewer.model.requests import BaseDraw, HeatmapDraw, VolumeRequest
from heatviewer.model.resolve import volume_plane

SIZE = (700, 700)
RUNS = 5


def seconds(task: Callable[[int], object], runs: int = RUNS) -> float:
    """Return the median time of a task, which is told the number of its run."""
    times = []
    for run in range(runs):
        start = time.perf_counter()
        task(run)
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def load(name: str, **fields: str) -> Volume:
    spec = find_spec("nilearn")
    assert spec is not None
    assert spec.origin is not None
    image = nib.load(Path(spec.origin).parent / "datasets" / "data" / name)  # type: ignore[attr-defined]
    return Volume(np.asarray(image.dataobj), image.affine, **fields)  # type: ignore[arg-type,attr-defined]


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def plane_of(base: Volume, turn: float) -> Plane:
    return volume_plane(base, (turn, 20.0), SIZE)


def floor(base: Volume) -> float:
    """Return the time of one picture by the plain caster: the base's largest values, no shading."""
    codes = np.ascontiguousarray(base.stored.transpose(2, 1, 0)).astype(np.uint16)
    grid = Grid(base.affine[:3, 3], np.eye(3), np.ones(3), base.grid)
    caster = Caster(codes, grid, 1.0)
    caster.cast(plane_of(base, 0.0))
    return seconds(lambda run: caster.cast(plane_of(base, 10.0 * run)))


def main() -> None:
    base = load("mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz")
    zmap = load("image_10426.nii.gz", kind="z")
    transfer = TransferFunction(preset("Cold and hot"), default_range(zmap), threshold_abs=3.0)
    heat = HeatmapDraw(zmap, transfer)
    request = VolumeRequest(plane_of(base, 30.0), BaseDraw(base, default_window(base)), (heat,))
    unit = floor(base)
    print(f"floor (plain caster, scalar base): {unit * 1000:.0f} ms")
    loaded = peak_mb()
    engine = create_engine("cpu")

    def report(name: str, took: float, target: str = "") -> None:
        print(f"{name:45s} {took * 1000:7.0f} ms  {took / unit:6.2f} × floor  {target}")

    def changed(run: int, now: VolumeRequest) -> VolumeRequest:
        altered = replace(heat, transfer=replace(transfer, threshold_abs=2.5 + run / 10))
        return replace(now, heatmaps=(altered,))

    def turned(run: int, now: VolumeRequest) -> VolumeRequest:
        return replace(now, plane=plane_of(base, 10.0 * run))

    preview = replace(request, quality="preview")
    report("preview after a change (fused again)", seconds(lambda n: engine.render(changed(n, preview))))
    engine.render(preview)
    took = seconds(lambda n: engine.render(turned(n, preview)), 12)
    report("preview, turning", took, f"{1 / took:.0f} frames/s (target 10)")
    report(
        "full after a change (fused again)",
        seconds(lambda n: engine.render(changed(n, request))),
        "(target 1500 ms)",
    )
    engine.render(request)
    report("full, turning", seconds(lambda n: engine.render(turned(n, request))))
    plain = replace(request, heatmaps=(replace(heat, transfer=replace(transfer, threshold_abs=None)),))
    report(
        "full, no threshold: all voxels mixed", seconds(lambda _: (engine.close(), engine.render(plain)), 2)
    )
    report("pick", seconds(lambda n: pick(request, 350 + n, 350)))
    sizes = (base.stored.nbytes + zmap.stored.nbytes) / 2**20
    print(f"peak on top of the loaded volumes: {peak_mb() - loaded:.0f} MB; volumes: {sizes:.0f} MB")
    engine.close()
    mip = replace(preview, mode="mip")
    engine.render(mip)
    report("maximum projection, preview, turning", seconds(lambda n: engine.render(turned(n, mip))))


if __name__ == "__main__":
    main()
