"""3D without a GPU: MNI152 1 mm at 700×700, shaded, with a motor z-map and two maps on grids of their own.

Run: ``python tests/benchmarks/bench_volume.py``. Prints times, and their ratios to floors measured in
the same run: VTK's own software caster on the plain scalar base, unshaded; and, while a handle is
dragged, a bare cast of the very volume that is kept. Targets: 10 pictures a second while turning and
while any handle of a transfer function is dragged, the full picture 1.5 s after the drag. Memory:
the peak on top of the loaded volumes. At the end: what previews on a thread take from the slices.
"""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import nibabel as nib
import numpy as np
from scipy.ndimage import gaussian_filter

from heatviewer.core.geometry import Plane
from heatviewer.core.transfer import TransferFunction
from heatviewer.core.volume import Volume
from heatviewer.drawing.caster import Caster
from heatviewer.drawing.engine_cpu import CpuEngine, _coarseness, _coarser
from heatviewer.drawing.grid import Grid
from heatviewer.drawing.pick import pick
from heatviewer.drawing.slice_renderer import SliceRenderer
from heatviewer.model.defaults import default_range, default_window
from heatviewer.model.presets import preset
from heatviewer.model.requests import BaseDraw, HeatmapDraw, OpacityByDraw, SliceRequest, VolumeRequest
from heatviewer.model.resolve import volume_plane

SIZE = (700, 700)
RUNS = 5
#: Pictures of one drag.
STEPS = 15


def seconds(task: Callable[[int], object], runs: int = RUNS) -> float:
    """Return the median time of a task, which is told the number of its run."""
    times = []
    for run in range(runs):
        start = time.perf_counter()
        task(run)
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def load(name: str, **fields: str) -> Volume:
    """Return one of the volumes that come with nilearn."""
    spec = find_spec("nilearn")
    assert spec is not None
    assert spec.origin is not None
    image = nib.load(Path(spec.origin).parent / "datasets" / "data" / name)  # type: ignore[attr-defined]
    return Volume(np.asarray(image.dataobj), image.affine, **fields)  # type: ignore[arg-type,attr-defined]


def made_map(shape: tuple[int, int, int], spacing: tuple[float, float, float], seed: int) -> Volume:
    """Return smooth noise of −1…1 on a grid that lies askew in the head."""
    array = gaussian_filter(np.random.default_rng(seed).normal(size=shape).astype(np.float32), 4)
    angle = 0.3 * seed
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.diag(spacing)
    affine[:3, 3] = np.array([0, -15, 15]) - affine[:3, :3] @ (np.array(shape) / 2)
    return Volume(array / np.abs(array).max(), affine)


def peak_mb() -> float:
    """Return the most memory that the process has held so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def plane_of(base: Volume, turn: float) -> Plane:
    """Return the picture's plane at an azimuth."""
    return volume_plane(base, (turn, 20.0), SIZE)


def floor(base: Volume) -> float:
    """Return the time of one picture by the plain caster: the base's largest values, no shading."""
    codes = np.ascontiguousarray(base.stored.transpose(2, 1, 0)).astype(np.uint16)
    grid = Grid(base.affine[:3, 3], np.eye(3), np.ones(3), base.grid)
    caster = Caster(codes, grid, 1.0)
    caster.cast(plane_of(base, 0.0))
    return seconds(lambda run: caster.cast(plane_of(base, 10.0 * run)))


def study() -> tuple[Volume, tuple[HeatmapDraw, ...]]:
    """Return the base and the three heatmaps."""
    base = load("mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz")
    zmap = load("image_10426.nii.gz", kind="z")
    first, second = made_map((60, 70, 60), (2.2, 2.2, 2.5), 1), made_map((90, 90, 40), (1.5, 1.5, 3), 2)
    both = (-1, 0.3, -0.2, 0, 0.2, 0, 1, 0.3)
    return base, (
        HeatmapDraw(zmap, TransferFunction(preset("Cold and hot"), default_range(zmap), threshold_abs=3.0)),
        HeatmapDraw(first, TransferFunction(preset("Green"), (0, 1), threshold=(0.4, np.inf))),
        HeatmapDraw(second, TransferFunction(preset("Cool to warm"), (-1, 1), opacity_points=both)),
    )


def handles(request: VolumeRequest) -> dict[str, Callable[[int], VolumeRequest]]:
    """Return, by handle, the request at each step of dragging it."""
    base, (first, second, third) = request.base, request.heatmaps
    assert base is not None

    def curve(step: int) -> tuple[float, ...]:
        return (-1, 0.3, -0.2 - step / 100, 0, 0.2, 0, 1, 0.3)

    def edited(draw: HeatmapDraw, **changes: object) -> VolumeRequest:
        changed = replace(draw, transfer=replace(draw.transfer, **changes))
        return replace(request, heatmaps=tuple(changed if d is draw else d for d in (first, second, third)))

    def colours(step: int) -> tuple[float, ...]:
        return (-1, 0, 0, 1, step / 50, 1, 1, 1, 1, 1, 0, 0)

    def followed(step: int) -> VolumeRequest:
        by = OpacityByDraw(second.volume, 0.0, 0.5 + step / 50)
        return replace(request, heatmaps=(first, second, replace(third, opacity_by=by)))

    return {
        "range": lambda n: edited(third, data_range=(-1.0, 1 - n / 50)),
        "colour point": lambda n: edited(third, rgb_points=colours(n)),
        "opacity point": lambda n: edited(third, opacity_points=curve(n)),
        "3D opacity point": lambda n: edited(third, opacity_points_3d=curve(n)),
        "threshold": lambda n: edited(first, threshold_abs=2.5 + n / 20),
        "soft threshold": lambda n: edited(second, threshold=(0.3 + n / 50, np.inf), edge="linear"),
        "opacity": lambda n: replace(request, heatmaps=(first, second, replace(third, opacity=1 - n / 50))),
        "opacity by": followed,
        "base's window": lambda n: replace(
            request, base=replace(base, window=(base.window[0] + n, base.window[1]))
        ),
    }


def bare_cast(engine: CpuEngine, plane: Plane) -> float:
    """Return the time of a picture of the volume that is kept while something is edited."""
    made = engine._drafted._made
    assert made is not None
    assert made[1] is not None
    coarse = _coarser(plane, _coarseness(plane, engine._editing.rays))
    return seconds(lambda _: made[1].cast(coarse), STEPS)  # type: ignore[union-attr]


def report(name: str, took: float, unit: float, note: str = "") -> None:
    """Print one line."""
    print(f"{name:42s} {took * 1000:7.0f} ms {1 / took:6.1f}/s {took / unit:7.2f} × floor  {note}")


def drags(engine: CpuEngine, request: VolumeRequest, mode: str) -> None:
    """Print how quickly pictures follow each handle."""
    now = replace(request, quality="preview", mode=mode)  # type: ignore[arg-type]
    unit = 0.0
    for name, step in handles(now).items():
        start = time.perf_counter()
        engine.render(step(-1))
        first = time.perf_counter() - start
        unit = bare_cast(engine, now.plane) if mode == "composite" else unit or first
        took = seconds(lambda n, step=step: engine.render(step(n)), STEPS)  # type: ignore[misc]
        report(f"{mode}: {name}", took, unit, f"the first: {first * 1000:.0f} ms (target 10/s)")


def slices_meanwhile(engine: CpuEngine, request: VolumeRequest) -> None:
    """Print how many slices of 512² are redrawn in a second, alone and while 3D pictures are made."""
    at = Plane.centred((0, -15, 15), (-1, 0, 0), (0, 1, 0), (512, 512), 0.5)
    renderer, step = SliceRenderer(), handles(request)["range"]

    def drawn(seconds_long: float) -> tuple[float, float]:
        start, times = time.perf_counter(), [time.perf_counter()]
        while times[-1] - start < seconds_long:
            now = step(len(times) % 40)
            renderer.render(SliceRequest(at, now.base, now.heatmaps))
            times.append(time.perf_counter())
        return (len(times) - 1) / (times[-1] - start), float(np.diff(times).max())

    print("slices 512², alone: {:.0f}/s, the longest {:.3f} s".format(*drawn(2)))
    for quality in ("preview", "full"):
        stop, made = threading.Event(), [0]

        def pictures(quality: str = quality, stop: threading.Event = stop, made: list[int] = made) -> None:
            while not stop.is_set():
                engine.render(replace(step(made[0] % 40), quality=quality))  # type: ignore[arg-type]
                made[0] += 1

        thread = threading.Thread(target=pictures)
        thread.start()
        rate, longest = drawn(4)
        stop.set()
        print(f"  while 3D makes {made[0] / 4:.1f} {quality}s/s: {rate:.0f}/s, the longest {longest:.3f} s")
        thread.join()


def main() -> None:
    """Measure and print."""
    base, heatmaps = study()
    request = VolumeRequest(plane_of(base, 30.0), BaseDraw(base, default_window(base)), heatmaps)
    unit = floor(base)
    print(f"floor (plain caster, scalar base): {unit * 1000:.0f} ms")
    loaded, engine = peak_mb(), CpuEngine()
    drags(engine, request, "composite")
    preview = replace(request, quality="preview")

    def turned(run: int, now: VolumeRequest) -> VolumeRequest:
        return replace(now, plane=plane_of(base, 10.0 * run))

    changed = handles(request)["range"]
    report("full after a change", seconds(lambda n: engine.render(changed(n)), 3), unit, "(target 1500 ms)")
    engine.render(request)
    report("full, turning", seconds(lambda n: engine.render(turned(n, request))), unit)
    report(
        "preview, turning", seconds(lambda n: engine.render(turned(n, preview)), 12), unit, "(target 10/s)"
    )
    report("pick", seconds(lambda n: pick(request, 350 + n, 350)), unit)
    print(f"peak on top of the loaded volumes: {peak_mb() - loaded:.0f} MB")
    engine.close()
    slices_meanwhile(engine, request)
    one = replace(preview, mode="mip", heatmaps=heatmaps[:1])
    for name, now in (("one heatmap", one), ("three", replace(preview, mode="mip"))):
        engine.render(now)
        took = seconds(lambda n, now=now: engine.render(turned(n, now)))  # type: ignore[misc]
        report(f"maximum projection, preview, {name}", took, unit, "(target 10/s)")
    drags(engine, request, "mip")


if __name__ == "__main__":
    main()
