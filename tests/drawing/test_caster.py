"""The caster's dealings with threads: the program's, and VTK's own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from vtkmodules.vtkCommonCore import vtkMultiThreader

from heatviewer.core.transfer import TransferFunction
from heatviewer.core.volume import Volume
from heatviewer.drawing import unlocked
from heatviewer.drawing.caster import Caster
from heatviewer.drawing.engine_cpu import CpuEngine
from heatviewer.drawing.fuse import fuse
from heatviewer.model.presets import preset
from heatviewer.model.requests import HeatmapDraw, VolumeRequest
from tests.drawing.test_engine_cpu import FRONT, heat, look
from tests.volumes import box, noise


@pytest.fixture
def _threads() -> Iterator[None]:
    limit = vtkMultiThreader.GetGlobalMaximumNumberOfThreads()
    yield
    vtkMultiThreader.SetGlobalMaximumNumberOfThreads(limit)


def test_a_build_of_vtk_with_other_names_draws_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the caster's C++ names are not found its wrapped methods give the same bytes."""
    request = VolumeRequest(look((30.0, 20.0), (10, 10, 10)), None, (heat(box(), 0.1),))
    expected = CpuEngine().render(request)
    monkeypatch.setattr(unlocked, "_NAMES", dict.fromkeys(unlocked._NAMES, "no_such_name"))
    assert np.array_equal(CpuEngine().render(request), expected)


def test_other_threads_go_on_while_a_picture_is_cast() -> None:
    """Casting holds no lock of Python's: the window's slices follow the mouse meanwhile."""
    volume = Volume(gaussian_filter(noise((60, 60, 60)).array, 1), np.eye(4))
    draw = HeatmapDraw(volume, TransferFunction(preset("Red"), (0, 255), opacity_points=(0, 0.002)))
    fused = fuse(None, [draw], 400_000)
    assert fused is not None
    caster, plane = Caster(fused.rgba, fused.grid, 0.5, fused.peak), look(FRONT, (30, 30, 30), 400, 0.2)
    caster.cast(plane)
    beats, done = 0, threading.Event()

    def beat() -> None:
        nonlocal beats
        while not done.wait(0.001):
            beats += 1

    thread = threading.Thread(target=beat)
    thread.start()
    before, start = beats, time.perf_counter()
    caster.cast(plane)
    during, took = beats - before, time.perf_counter() - start
    done.set()
    thread.join()
    # With the lock held there are some 8 a second, between two of the caster's steps.
    assert during / took > 60


@pytest.mark.usefixtures("_threads")
def test_nothing_is_leapt_over_that_is_there() -> None:
    """The structure that lets rays leap over what is empty has no holes, however many threads there are."""
    rng = np.random.default_rng(3)
    volume = Volume(gaussian_filter(rng.random((120, 120, 120), np.float32), 2), np.eye(4))
    draw = heat(replace(volume, stored=(volume.stored > 0.5).astype(np.uint8)), 0.1)
    request, pictures = VolumeRequest(look((30.0, 20.0), (60, 60, 60), 150, 1.2), None, (draw,)), []
    for threads in (1, 0, 0, 0):
        vtkMultiThreader.SetGlobalMaximumNumberOfThreads(threads)
        pictures.append(CpuEngine().render(request))
    assert all(np.array_equal(picture, pictures[0]) for picture in pictures)


def test_a_volume_of_one_slice_is_thick_enough_for_gradients() -> None:
    """VTK's gradients look up to 3 voxels away: no axis is shorter than 6, and what is seen stays."""
    volume = Volume(np.full((30, 20, 1), 200, np.uint8), np.eye(4))
    draw = HeatmapDraw(volume, TransferFunction(preset("Red"), (0, 255), opacity_points=(0, 0.5)))
    fused = fuse(None, [draw], 400_000)
    assert fused is not None
    caster = Caster(fused.rgba[:3], fused.grid.cut((0, 0, 0), (*fused.grid.shape[:2], 3)), 0.5, fused.peak)
    assert min(caster._array.shape[:3]) >= 6
    assert np.array_equal(caster._array[:3], fused.rgba[:3])
    assert not caster._array[3:].any()
