"""The software 3D engine: place, opacity per mm, order, and what each setting does."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import weakref
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from heatviewer.core.errors import Cancelled, EngineError
from heatviewer.core.geometry import Plane, Vec3, apply_affine, vec3
from heatviewer.core.transfer import TransferFunction
from heatviewer.core.volume import Volume
from heatviewer.drawing import draft, engine_cpu, mip
from heatviewer.drawing.engine import create_engine
from heatviewer.drawing.engine_cpu import CpuEngine
from heatviewer.drawing.slice_renderer import SliceRenderer
from heatviewer.model.presets import preset
from heatviewer.model.requests import (
    BaseDraw,
    HeatmapDraw,
    LineDraw,
    OpacityByDraw,
    SliceRequest,
    VolumeRequest,
)
from heatviewer.model.resolve import camera_axes
from tests.volumes import AFFINES, affine, box, noise, with_missing

FRONT, LEFT, TOP = (0.0, 0.0), (90.0, 0.0), (0.0, 90.0)
RED, BLUE = (0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0), (0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0)


def heat(volume: Volume, opacity: float = 0.5, rgb: tuple[float, ...] = RED, **fields: Any) -> HeatmapDraw:
    """Return a heatmap of one colour that is clear below 0.5 and has an opacity per mm from there on."""
    points = (0.0, 0.0, 0.5, 0.0, 0.5, opacity)
    return HeatmapDraw(volume, TransferFunction(preset("Red"), (0, 1), rgb, points), **fields)


def look(camera: tuple[float, float], at: Vec3 = (0, 0, 0), size: int = 64, scale: float = 0.6) -> Plane:
    right, up, _ = camera_axes(*camera)
    return Plane.centred(at, right, up, (size, size), scale)


def alpha_of(plane: Plane, *heatmaps: HeatmapDraw, **fields: Any) -> NDArray[np.float64]:
    """Return the heatmaps' opacity in 3D, 0…1."""
    picture = CpuEngine().render(VolumeRequest(plane, None, heatmaps, **fields), transparent=True)
    return picture[..., 3] / 255


def counted(function: Any, calls: list[str]) -> Any:
    """Return a function that does the same and notes that it was called."""

    def call(*arguments: Any) -> Any:
        calls.append(function.__name__)
        return function(*arguments)

    return call


def centroid(weights: NDArray[np.float64]) -> tuple[float, float]:
    rows, columns = np.indices(weights.shape)
    return float((columns * weights).sum() / weights.sum()), float((rows * weights).sum() / weights.sum())


@pytest.mark.parametrize("camera", [FRONT, LEFT, TOP, (30.0, 20.0)])
@pytest.mark.parametrize("kind", AFFINES)
def test_a_box_is_seen_where_the_pixel_rule_says(kind: str, camera: tuple[float, float]) -> None:
    """A layer's place in 3D is its affine's, whatever grid it has and from wherever one looks."""
    volume = box(kind=kind, at=(12, 7, 11))
    middle = vec3(apply_affine(volume.affine, (12, 7, 11)))
    plane = look(camera, vec3(np.add(middle, (3.0, -2.0, 4.0))))
    seen = centroid(alpha_of(plane, heat(volume, 0.05)))
    assert seen == pytest.approx(plane.pixel_of(middle), abs=0.35)


CORNERS = [(x, y, z) for x in (5, 34) for y in (5, 34) for z in (5, 34)]
SIDES = [(5, 19, 20), (34, 19, 20), (19, 5, 20), (19, 34, 20), (19, 20, 5), (19, 20, 34)]


@pytest.mark.parametrize("base", [False, True])
@pytest.mark.parametrize("camera", [FRONT, LEFT, TOP, (180.0, 0.0), (-90.0, 0.0), (0.0, -90.0), (30.0, 20.0)])
def test_a_lone_spot_is_seen_wherever_it_lies(camera: tuple[float, float], base: bool) -> None:
    """Nothing else needs to be there: a spot before or behind the picture's centre is where it is."""
    ground = BaseDraw(Volume(np.zeros((40, 40, 40), np.float32), np.eye(4)), (0.5, 1.0)) if base else None
    for spot in (*CORNERS, *SIDES, (20, 20, 20)):
        draw = heat(box((40, 40, 40), at=spot), 0.05)
        middle = vec3(apply_affine(draw.volume.affine, spot))
        plane = look(camera, draw.volume.centre_world, 96, 1.5)
        picture = CpuEngine().render(VolumeRequest(plane, ground, (draw,)), transparent=True)
        assert picture[..., 3].any(), spot
        assert centroid(picture[..., 3].astype(float)) == pytest.approx(plane.pixel_of(middle), abs=0.35)


@pytest.mark.parametrize("camera", [FRONT, LEFT, TOP])
def test_layers_on_different_grids_meet_in_the_world(camera: tuple[float, float]) -> None:
    """Two grids that hold a box at one world point show it at one pixel."""
    coarse = box(kind="sheared")
    matrix = affine("oblique")
    matrix[:3, 3] += apply_affine(coarse.affine, (10, 10, 10)) - apply_affine(matrix, (5, 6, 7))
    fine = Volume(box((12, 12, 14), at=(5, 6, 7), half=1).stored, matrix)
    plane = look(camera, vec3(apply_affine(matrix, (5, 6, 7))))
    picture = CpuEngine().render(
        VolumeRequest(plane, None, (heat(coarse, 0.02), heat(fine, 0.3, BLUE))), transparent=True
    )
    blue = np.where(picture[..., 2] > picture[..., 0], picture[..., 3], 0).astype(float)
    assert centroid(blue) == pytest.approx((31.5, 31.5), abs=0.5)
    assert centroid(picture[..., 3].astype(float)) == pytest.approx((31.5, 31.5), abs=0.5)


@pytest.mark.parametrize("size", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("opacity", [0.02, 0.1])
def test_opacity_is_per_millimetre(size: float, opacity: float) -> None:
    """A slab of d mm has 1 − (1 − o)^d, whatever the size of its voxels and the direction of sight."""
    count = int(16 / size)
    volume = Volume(np.ones((count, count, count), np.float32), np.diag([size, size, size, 1]))
    for camera in (FRONT, LEFT, TOP):
        middle = alpha_of(look(camera, volume.centre_world, 8, 0.5), heat(volume, opacity))[3:5, 3:5]
        assert middle.mean() == pytest.approx(1 - (1 - opacity) ** 16, rel=0.03)


@pytest.mark.parametrize("camera", [FRONT, (20.0, 30.0)])
def test_a_coarse_maps_voxels_carve_no_steps_into_its_surface(camera: tuple[float, float]) -> None:
    """A ball on a coarse grid, in a finer scene, is lit as one: evenly from one side to the other."""
    x, y, z = np.indices((20, 20, 20)) - 9.5
    solid = Volume((x**2 + y**2 + z**2 < 64).astype(np.float32), np.diag([3, 3, 3, 1.0]))
    fine = BaseDraw(Volume(np.zeros((60, 60, 60), np.float32), np.eye(4)), (0.5, 1.0))
    plane = look(camera, solid.centre_world, 100, 0.6)
    red = CpuEngine().render(VolumeRequest(plane, fine, (heat(solid),)))[..., 0].astype(float)
    inner = np.s_[30:70, 30:70]
    assert np.abs(red - gaussian_filter(red, 6))[inner].mean() < 10


@pytest.mark.parametrize(("camera", "nearer"), [(FRONT, 0), (180.0, 2)])
def test_what_is_nearer_hides_what_is_behind(camera: Any, nearer: int) -> None:
    """Of two opaque layers the one towards the eye is seen."""
    camera = camera if isinstance(camera, tuple) else (camera, 0.0)
    before = box((20, 20, 20), at=(10, 15, 10))
    behind = box((20, 20, 20), at=(10, 5, 10))
    request = VolumeRequest(look(camera, (10, 10, 10)), None, (heat(before, 0.9), heat(behind, 0.9, BLUE)))
    pixel = CpuEngine().render(request)[31, 31]
    assert int(np.argmax(pixel[:3])) == nearer


def test_front_view_has_the_patients_right_on_the_left() -> None:
    """Azimuth 0 looks from the patient's front: +x is on the left, +z up."""
    volume = box((20, 20, 20), at=(15, 10, 15))
    column, row = centroid(alpha_of(look(FRONT, (10, 10, 10)), heat(volume)))
    assert column < 31
    assert row < 31


@pytest.mark.parametrize(
    "change",
    [
        {"opacity": 0.5},
        {"opacity_3d": 0.5},
        {"transfer": heat(box(), 0.01).transfer},
        {"transfer": replace(heat(box()).transfer, opacity_points_3d=(0.0, 0.0, 1.0, 0.02))},
        {"transfer": replace(heat(box()).transfer, threshold=(1.5, 2.0))},
    ],
)
def test_every_opacity_setting_changes_the_picture(change: dict[str, Any]) -> None:
    """Opacity, 3D opacity, both curves and the threshold make a layer thinner in 3D."""
    draw = heat(box(), 0.3)
    plane = look(FRONT, (10, 10, 10))
    assert alpha_of(plane, replace(draw, **change)).sum() < alpha_of(plane, draw).sum() * 0.95


def test_added_light_brightens() -> None:
    """A layer that adds light shows both colours in full where the layers meet."""
    over, add = heat(box(), 0.5), heat(box(), 0.5, BLUE, blend="add")
    plane = look(FRONT, (10, 10, 10))
    mixed, bright = (
        CpuEngine().render(VolumeRequest(plane, None, (over, replace(add, blend=blend))))[31, 31]
        for blend in ("over", "add")
    )
    assert int(bright[0]) + int(bright[2]) > int(mixed[0]) + int(mixed[2]) + 60


def test_the_box_in_3d_is_the_box_in_2d() -> None:
    """The outer voxels are as thick in 3D as in slices: the box ends half a voxel beyond their centres."""
    volume = Volume(np.ones((9, 8, 7), np.float32), affine("flipped"))
    plane = look(FRONT, volume.centre_world, 64, 0.5)
    flat = SliceRenderer().render_overlay(SliceRequest(plane, None, (heat(volume),)))[..., 3] > 0
    solid = alpha_of(plane, heat(volume, 0.05))
    solid = solid > solid.max() / 2
    for axis, millimetres in ((0, 9 * 1.5), (1, 7 * 3.0)):
        for seen in (flat, solid):
            assert int(seen.any(axis=axis).sum()) == pytest.approx(millimetres / 0.5, abs=1)


def test_a_preview_shows_the_same_at_the_same_place() -> None:
    """A moving picture is coarser, and neither shifted nor fainter."""
    draw = heat(box(kind="oblique", at=(12, 7, 11)), 0.05)
    plane = look((30.0, 20.0), vec3(apply_affine(affine("oblique"), (10, 10, 10))), 500, 0.1)
    full, preview = alpha_of(plane, draw), alpha_of(plane, draw, quality="preview")
    assert preview.shape == full.shape
    assert centroid(preview) == pytest.approx(centroid(full), abs=1)
    assert preview.sum() == pytest.approx(full.sum(), rel=0.03)


@pytest.mark.parametrize("mode", ["composite", "mip"])
@pytest.mark.parametrize("kind", ["f4", "f8"])
def test_thresholds_are_inclusive_to_the_last_digit(kind: str, mode: Any) -> None:
    """Data of 0.7 is seen at a threshold of 0.7, and not at the next thousandth."""
    volume = Volume((box().stored * np.array(0.7, kind)).astype(kind), affine("oblique"))
    plane = look(FRONT, volume.centre_world)
    draw = replace(heat(volume), transfer=replace(heat(volume).transfer, threshold=(0.7, np.inf)))
    above = replace(draw, transfer=replace(draw.transfer, threshold=(0.701, np.inf)))
    assert alpha_of(plane, draw, mode=mode).max() > 0.4
    assert alpha_of(plane, above, mode=mode).max() == 0


@pytest.mark.parametrize("mode", ["composite", "mip"])
def test_overlay_has_no_colour_where_it_is_clear(mode: Any) -> None:
    """Straight alpha: colour 0 where alpha is 0, and the pure colour where it is not."""
    request = VolumeRequest(look(FRONT, (10, 10, 10)), None, (heat(box(), 0.1),), mode)
    picture = CpuEngine().render(request, transparent=True)
    clear = picture[..., 3] == 0
    assert clear.any()
    assert not clear.all()
    assert not picture[clear].any()
    # The light's own reflection is white.
    assert picture[~clear, 0].min() > 100
    assert picture[~clear, 1:3].max() < 60


@pytest.mark.parametrize("mode", ["composite", "mip"])
def test_missing_voxels_are_never_drawn(mode: Any) -> None:
    """Whatever is missing is as clear as what lies outside the grid."""
    array = np.full((16, 16, 16), np.nan, np.float32)
    array[:8] = 1
    seen = alpha_of(look(FRONT, (7.5, 7.5, 7.5), 64, 0.5), heat(Volume(array, np.eye(4))), mode=mode)
    # Looked at from the front, +x is on the left: voxels 0…7 lie right of column 31.5.
    assert not seen[:, :30].any()
    assert seen[32, 34:46].min() > 0.5
    empty = Volume(np.full((4, 4, 4), np.nan, np.float32), np.eye(4))
    request = VolumeRequest(look(FRONT), BaseDraw(empty, (0.5, 1.0)), (heat(empty),), mode)
    assert not CpuEngine().render(request)[..., :3].any()


def test_an_empty_scene_is_black() -> None:
    """Nothing to draw: black and opaque, or nothing on transparency."""
    request = VolumeRequest(look(FRONT, size=8), None)
    assert (CpuEngine().render(request) == (0, 0, 0, 255)).all()
    assert not CpuEngine().render(request, transparent=True).any()


def test_a_volume_beside_the_picture_is_not_drawn() -> None:
    """Rays that meet nothing stay black, and the engine draws the next picture."""
    engine, draw = CpuEngine(), heat(box())
    assert not engine.render(VolumeRequest(look(FRONT, (500, 0, 0)), None, (draw,)))[..., :3].any()
    assert engine.render(VolumeRequest(look(FRONT, (10, 10, 10)), None, (draw,)))[..., :3].any()


def test_the_base_has_its_own_opacity() -> None:
    """The base's 3D opacity scales its veil, and a heatmap inside it shines through."""
    base = BaseDraw(with_missing(box(half=8, value=100.0), 0.02), (50.0, 100.0))
    inside = heat(box(half=2), 0.5)
    plane = look(FRONT, (10, 10, 10), scale=0.3)
    thick, thin, both = (
        CpuEngine().render(VolumeRequest(plane, draw, heats))
        for draw, heats in ((base, ()), (replace(base, opacity_3d=0.3), ()), (base, (inside,)))
    )
    assert thick[..., 0].sum() > 1.5 * thin[..., 0].sum() > 0
    assert int(both[31, 31, 0]) > int(both[31, 31, 2]) + 60


def test_a_bases_veil_does_not_hang_on_the_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    """A coarse preview of the base is about as bright as the full picture: surfaces are no thicker."""
    monkeypatch.setattr(engine_cpu, "DRAFT_VOXELS", 15_000)
    base = BaseDraw(box((50, 50, 50), at=(25, 25, 25), half=18, value=100.0), (50.0, 100.0))
    request = VolumeRequest(look((30.0, 20.0), (25, 25, 25), scale=1.0), base)
    full, preview = (
        CpuEngine().render(now)[..., 0].sum(dtype=float)
        for now in (request, replace(request, quality="preview"))
    )
    assert preview == pytest.approx(full, rel=0.15)


MAKERS = ((engine_cpu, "fuse"), (engine_cpu, "Draft"), (mip, "Projection"))


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the engine makes of layers, by name, in the order made."""
    made: list[str] = []
    for module, name in MAKERS:
        monkeypatch.setattr(module, name, counted(getattr(module, name), made))
    return made


@pytest.mark.parametrize("mode", ["composite", "mip"])
def test_turning_only_casts(mode: Any, made: list[str]) -> None:
    """Another camera, name or contour fuses nothing again; another opacity does, in a composite."""
    engine, draw = CpuEngine(), heat(box())
    lines = {"lines": (LineDraw(0.5, (1, 1, 1)),), "outlines": (LineDraw(0.5, (1, 1, 1)),), "line_width": 4}
    for camera, change in ((FRONT, {}), (LEFT, {}), (TOP, {"name": "b"}), (TOP, lines)):
        engine.render(VolumeRequest(look(camera), None, (replace(draw, **change),), mode))
    assert len(made) == 1
    engine.render(VolumeRequest(look(FRONT), None, (replace(draw, opacity=0.3),), mode))
    assert len(made) == (2 if mode == "composite" else 1)


def test_a_full_volume_serves_moving_pictures(made: list[str]) -> None:
    """Once a picture is drawn in full, turning needs no other volume, and shows the same."""
    engine, draw = CpuEngine(), heat(box(kind="oblique"), 0.05)
    middle = vec3(apply_affine(draw.volume.affine, (10, 10, 10)))
    for camera in (FRONT, LEFT, (30.0, 20.0)):
        full, preview = (
            engine.render(VolumeRequest(look(camera, middle, 500, 0.1), None, (draw,), "composite", quality))
            for quality in ("full", "preview")
        )
        assert centroid(preview[..., 0]) == pytest.approx(centroid(full[..., 0]), abs=1)
        assert preview[..., 0].sum(dtype=float) == pytest.approx(full[..., 0].sum(dtype=float), rel=0.05)
    assert made == ["fuse"]


def test_a_drag_samples_layers_once(made: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Previews of an edit are made from samples that are kept until the picture is drawn in full."""
    monkeypatch.setattr(draft, "heatmap_voxels", counted(draft.heatmap_voxels, made))
    engine, still, plane = CpuEngine(), heat(box(), 0.2, BLUE), look(FRONT)
    for step in range(5):
        moved = replace(heat(box()), opacity=0.2 + step / 10, volume=still.volume)
        engine.render(VolumeRequest(plane, None, (still, moved), quality="preview"))
    assert made == ["Draft", "heatmap_voxels"]
    engine.render(VolumeRequest(plane, None, (still,)))
    engine.render(VolumeRequest(plane, None, (moved,), quality="preview"))
    assert made.count("Draft") == 2


@pytest.mark.parametrize("quality", ["full", "preview"])
@pytest.mark.parametrize("mode", ["composite", "mip"])
def test_a_layer_that_follows_nothing_is_not_seen(mode: Any, quality: Any) -> None:
    """Opacity by another volume: as it is at its high end, nothing at its low end, halves between."""
    draw, plane = heat(box(), 0.05), look(FRONT, (10, 10, 10))
    ones = Volume(np.ones((10, 10, 10), np.float32), np.diag([2.0, 2.0, 2.0, 1.0]))

    def seen(low: float, high: float) -> float:
        follows = OpacityByDraw(ones, low, high)
        return alpha_of(plane, replace(draw, opacity_by=follows), mode=mode, quality=quality).sum()

    plain = alpha_of(plane, draw, mode=mode, quality=quality).sum()
    assert plain > 0
    assert seen(1, 2) == 0
    assert seen(0, 1) == pytest.approx(plain, rel=1e-3)
    assert mode == "mip" or seen(0.5, 1.5) == pytest.approx(plain / 2, rel=0.1)


@pytest.mark.parametrize("quality", ["full", "preview"])
def test_opacity_by_is_followed_when_it_changes(quality: Any) -> None:
    """Another range, frame or volume to follow is another picture: nothing stale is kept."""
    array = np.stack([np.zeros((20, 20, 20)), np.ones((20, 20, 20))], axis=-1).astype(np.float32)
    follows = OpacityByDraw(Volume(array, np.eye(4)), 0, 1, frame=1)
    engine, draw = CpuEngine(), heat(box())

    def seen(follows: OpacityByDraw | None) -> bool:
        now = replace(draw, opacity_by=follows)
        plane = look(FRONT, (10, 10, 10))
        return bool(engine.render(VolumeRequest(plane, None, (now,), quality=quality))[..., 0].any())

    other = replace(follows, volume=Volume(array[..., 0], np.eye(4)))
    steps = (follows, replace(follows, frame=0), None, other, follows, replace(follows, low=1, high=2))
    assert [seen(step) for step in steps] == [True, False, True, False, True, False]


@pytest.mark.parametrize("quality", ["full", "preview"])
@pytest.mark.parametrize("mode", ["composite", "mip"])
def test_an_engine_keeps_no_volume_alive(mode: Any, quality: Any) -> None:
    """What a scene has let go of is collected, though its picture was drawn, followed volumes too."""
    engine, volume, other = CpuEngine(), box(), noise()
    gone = weakref.ref(volume), weakref.ref(other)
    draw = heat(volume, opacity_by=OpacityByDraw(other, 0, 1))
    base = BaseDraw(volume, (0.5, 1.0))
    engine.render(VolumeRequest(look(FRONT), base, (draw,), mode, quality))
    del volume, other, draw, base
    gc.collect()
    assert [ref() for ref in gone] == [None, None]


@pytest.mark.parametrize("mode", ["composite", "mip"])
def test_a_full_picture_can_be_given_up_and_a_preview_cannot(mode: Any) -> None:
    """Cancelled at any moment a full picture raises Cancelled, and the next one is as it should be."""
    request = VolumeRequest(look((30.0, 20.0), (10, 10, 10)), None, (heat(box(), 0.1),), mode)
    engine, expected, asked = CpuEngine(), CpuEngine().render(request), 0
    for patience in range(1000):
        answers = iter([False] * patience)
        try:
            picture = engine.render(request, cancelled=lambda answers=answers: next(answers, True))  # type: ignore[misc]
            break
        except Cancelled:
            asked = patience
            engine.close() if patience % 2 else None
    assert asked > 0
    assert np.array_equal(picture, expected)
    assert engine.render(replace(request, quality="preview"), cancelled=lambda: True).any()


def test_a_slow_machine_gets_coarser_pictures_and_a_quick_one_finer() -> None:
    """The rays of moving pictures go down while these take too long, and up while there is time."""
    for limit, expected in ((0.0, 15_000), (1e9, 100_000)):
        pace = engine_cpu._Pace(limit, 100_000)
        for _ in range(20):
            with pace.timed():
                pass
        assert pace.rays == expected


def test_it_draws_in_a_worker_thread() -> None:
    """A picture made in another thread is the picture made in this one."""
    request = VolumeRequest(look(FRONT, (10, 10, 10)), None, (heat(box()),))
    pictures: list[NDArray[np.uint8]] = []
    worker = threading.Thread(target=lambda: pictures.append(CpuEngine().render(request)))
    worker.start()
    worker.join()
    assert np.array_equal(pictures[0], CpuEngine().render(request))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_no_opengl_library_is_opened() -> None:
    """3D works where OpenGL is broken or absent: it is not touched."""
    code = (
        "from tests.drawing.test_engine_cpu import *\n"
        "picture = CpuEngine().render(VolumeRequest(look(FRONT, (10, 10, 10)), None, (heat(box()),)))\n"
        "assert picture[..., :3].any()\n"
        "names = {line.split('/')[-1] for line in open('/proc/self/maps')}\n"
        "assert not [n for n in names if n.startswith(('libGL', 'libEGL', 'libOSMesa'))], names\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_engines_are_chosen_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """'auto' finds an engine; 'off', asked for or set, says that 3D is switched off."""
    assert create_engine().name == create_engine("cpu").name == "cpu"
    for name in ("off", "quantum"):
        with pytest.raises(EngineError, match="3D"):
            create_engine(name)
    monkeypatch.setenv("HEATVIEWER_3D", "off")
    with pytest.raises(EngineError, match="switched off"):
        create_engine()
