"""``import heatviewer as hv``: names that come late, and what they do."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QApplication, QWidget

import heatviewer as hv
from heatviewer.app.probing import probe_scene
from heatviewer.cli.options import layer_options
from heatviewer.core.errors import ReadError
from tests.volumes import affine

ROOT = Path(__file__).parents[1]


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A small NIfTI file of noise, oblique."""
    array = np.random.default_rng(5).normal(100, 30, (15, 14, 13)).astype(np.float32)
    nib.save(nib.Nifti1Image(array, affine("oblique")), tmp_path / "scan.nii")
    return tmp_path / "scan.nii"


def test_importing_the_package_imports_nothing_else() -> None:
    """Public names come with their first use."""
    code = (
        "import sys; before = set(sys.modules); import heatviewer;"
        "print(sorted(m for m in set(sys.modules) - before if not m.startswith('heatviewer')))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not {"numpy", "pydantic", "PySide6"} & set(done.stdout.split("'"))


def test_the_version_is_the_projects() -> None:
    """One number, in the package and in what is installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert hv.__version__ == project["version"]


def test_every_public_name_is_there_whatever_else_was_imported(scan: Path) -> None:
    """No module takes the place of a public name."""
    for module in pkgutil.iter_modules(hv.__path__, "heatviewer."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    assert set(hv.__all__) <= set(dir(hv))
    assert all(getattr(hv, name) for name in hv.__all__)
    assert hv.render(hv.open(scan), size=(8, 8)).shape == (8, 8, 4)


def test_an_unknown_name_is_an_attribute_error() -> None:
    """As of any module."""
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = hv.nothing


def test_open_takes_heatmaps_bottom_first(scan: Path) -> None:
    """hv.open(base, [a, b]) has b on top, and nothing to undo."""
    scene = hv.open(scan, [scan, str(scan)])
    assert [layer.name for layer in scene.heatmaps] == ["scan", "scan"]
    assert scene.base is not None
    np.testing.assert_allclose(scene.base.volume.affine, affine("oblique"), atol=1e-6)
    assert scene.history.done == ()


def test_a_missing_path_is_a_file_not_found_error(tmp_path: Path) -> None:
    """The program's own type inherits the builtin one."""
    with pytest.raises(FileNotFoundError) as caught:
        hv.open(tmp_path / "nothing.nii")
    assert isinstance(caught.value, hv.HeatViewerError)


@pytest.mark.parametrize("path", [None, 5, "", b"scan.nii"])
def test_what_is_no_path_is_said_to_be_none(path: object) -> None:
    """Nothing else is taken for the name of a file."""
    with pytest.raises(ValueError, match=r"is no path\. Give the path of a file or folder"):
        hv.open(path)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="Give a list of paths"):
        hv.open("scan.nii", "map.nii")


def test_render_follows_the_contracts_pixel_rule(scan: Path) -> None:
    """Two bare pictures moved by whole pixels against each other show the same pixels."""
    scene = hv.open(scan)
    x, y, z = scene.cursor
    at_cursor = hv.render(scene, "axial", at=(x, y, z), size=(24, 20), mm_per_pixel=0.5, bare=True)
    moved = hv.render(scene, "axial", at=(x - 1.0, y + 1.5, z), size=(24, 20), mm_per_pixel=0.5, bare=True)
    np.testing.assert_allclose(at_cursor[:-3, 2:].astype(int), moved[3:, :-2], atol=1)
    assert (at_cursor[..., 3] == 255).all()


@pytest.mark.parametrize(
    "option",
    [
        {"view": "axial"},
        {"at": [2.0, 3.0, 4.0]},
        {"mm_per_pixel": 0.3},
        {"bare": True},
        {"overlay_only": True},
        {"convention": "neurological"},
        {"sagittal": "nose-right"},
    ],
    ids=lambda option: next(iter(option)),
)
def test_every_option_of_render_changes_the_picture(scan: Path, option: dict[str, object]) -> None:
    """Every render option of the command line is a keyword, and the scene stays as it was."""
    scene = hv.open(scan, [scan])
    before = scene.state
    plain, changed = hv.render(scene, size=(150, 90)), hv.render(scene, size=(150, 90), **option)  # type: ignore[arg-type]
    assert not np.array_equal(plain, changed)
    assert scene.state is before


@pytest.mark.parametrize(
    "option",
    [
        {"view": "top"},
        {"size": (0, 5)},
        {"size": (True, 5)},
        {"mm_per_pixel": 0},
        {"at": (1, 2)},
        {"convention": "left"},
        {"bare": "maybe"},
        {"overlay_only": 1},
    ],
    ids=lambda option: next(iter(option)),
)
def test_a_bad_option_of_render_is_a_value_error(scan: Path, option: dict[str, object]) -> None:
    """It names the option, and nothing is drawn."""
    with pytest.raises(ValueError, match=next(iter(option))):
        hv.render(hv.open(scan), **option)  # type: ignore[arg-type]


def test_3d_is_a_view_of_render(scan: Path) -> None:
    """The camera and the mode are keywords."""
    scene = hv.open(scan)
    pictures = [
        hv.render(scene, "3d", size=(40, 40), bare=True, camera=camera, mode=mode)  # type: ignore[arg-type]
        for camera, mode in (((0, 0), "composite"), ((0, 0), "mip"), ((60, 30), "mip"))
    ]
    assert all(p.shape == (40, 40, 4) and p[..., :3].any() for p in pictures)
    assert not np.array_equal(pictures[0], pictures[1])
    assert not np.array_equal(pictures[1], pictures[2])


def test_show_opens_a_window_on_a_scene(scan: Path, qapp: QApplication) -> None:
    """Without blocking it returns the window, on the very scene."""
    scene = hv.open(scan)
    window = hv.show(scene, block=False)
    try:
        assert window.isVisible()
        assert window.scene is scene
        assert window.wait_idle(60)
    finally:
        _end(qapp, window)


def test_a_shown_window_tells_errors_of_its_slots(qapp: QApplication) -> None:
    """What nobody caught is a message in the window; with the window the hooks of before come back."""
    before = sys.excepthook
    window = hv.show(block=False)
    try:
        QTimer.singleShot(0, _fail)
        while not window.messages.texts:
            qapp.processEvents()
        assert window.messages.texts == ["scan.nii: is torn. Copy it again."]
    finally:
        _end(qapp, window)
    assert sys.excepthook is before


def _fail() -> None:
    raise ReadError("scan.nii", "is torn", "Copy it again")


def _end(app: QApplication, window: QWidget) -> None:
    """Close a window and end it with its threads, as leaving the program does."""
    window.close()
    window.deleteLater()
    app.sendPostedEvents(window, QEvent.Type.DeferredDelete)


# --- odd volumes -----------------------------------------------------------------------------

SHAPE = (12, 11, 10)
RAMP = np.arange(np.prod(SHAPE), dtype=np.float64).reshape(SHAPE)
ODD = {
    "constant": np.full(SHAPE, 7.0),
    "constant integer": np.full(SHAPE, -3, np.int16),
    "nothing but zeros": np.zeros(SHAPE),
    "all NaN": np.full(SHAPE, np.nan),
    "all infinite": np.full(SHAPE, -np.inf),
    "one value in NaN": np.where(RAMP == 5, 1.0, np.nan),
    "int8": (RAMP % 255 - 128).astype(np.int8),
    "uint16": RAMP.astype(np.uint16),
    "int64": (RAMP * 1e15).astype(np.int64),
    "boolean": RAMP % 3 == 0,
    "all true": np.ones(SHAPE, dtype=bool),
    "half floats": (RAMP % 100).astype(np.float16),
    "1e-30": (RAMP * 1e-33).astype(np.float32),
    "1e30": (RAMP * 1e27).astype(np.float32),
    "both signs at 1e300": (RAMP - 600) * 1e297,
}


def on_a_base(heatmap: np.ndarray, **settings: Any) -> hv.Scene:
    scene = hv.Scene.from_arrays(np.random.default_rng(0).normal(100, 20, SHAPE).astype("f4"))
    scene.add_heatmap(heatmap, **{"name": "map"} | settings)
    return scene


@pytest.mark.parametrize("name", ODD)
def test_odd_volumes_are_drawn_with_their_legend_and_probed(name: str) -> None:
    """Slices, 3D, contours, soft edge and blur come out without a warning; the legend is drawn."""
    array = ODD[name]
    scene = on_a_base(array, contours="50,95%", edge="linear")
    layer = scene.heatmaps[0]
    scene.edit_view(legend="off")
    without = hv.render(scene, "axial", size=(360, 300))
    scene.edit_view(legend="shared")
    assert not np.array_equal(hv.render(scene, "axial", size=(360, 300)), without)
    hv.render(scene, "3d", size=(40, 40))
    layer.edit(threshold=(layer.data_range[0], None), blur=1.0, opacity_by=(layer, 0, 1))
    assert hv.render(scene, "axial", size=(60, 60), bare=True).shape == (60, 60, 4)
    found = probe_scene(scene, scene.cursor)[-1]
    at = array[tuple(n // 2 for n in SHAPE)]
    assert found.value == (float(at) if np.isfinite(at) else None)
    assert all(0 <= part <= 1 for part in found.rgba)
    assert layer.rule


@pytest.mark.parametrize("name", ["constant", "constant integer", "all true"])
def test_constant_data_are_seen(name: str) -> None:
    """In the last colour, half opaque; a map of zeros and one without data are not."""
    picture = hv.render(on_a_base(ODD[name], preset="Red"), "axial", size=(40, 40), overlay_only=True)
    assert np.array_equal(np.unique(picture[picture[..., 3] > 0].reshape(-1, 4), axis=0), [[255, 0, 0, 128]])
    for empty in ("nothing but zeros", "all NaN", "all infinite"):
        assert not hv.render(on_a_base(ODD[empty]), "axial", size=(40, 40), overlay_only=True).any()


@pytest.mark.parametrize("scale", [1e-30, 1e30, 1e-300, 1e300])
def test_a_map_looks_the_same_at_any_scale(scale: float) -> None:
    """Values, range, threshold and points times a number give the same picture."""

    def picture(by: float) -> np.ndarray:
        scene = on_a_base(
            (RAMP - 200) * by,
            data_range=(-500 * by, 900 * by),
            threshold=(-100 * by, 800 * by),
            opacity_points=[-100 * by, 0.2, 300 * by, 0.9, 300 * by, 0.4],
        )
        return hv.render(scene, "axial", size=(50, 50), overlay_only=True)

    assert np.abs(picture(1.0).astype(int) - picture(scale)).max() <= 1


@pytest.mark.parametrize("kind", ["u1", "i2", "i4", "u8", "f2", "f4"])
def test_a_map_looks_the_same_in_any_type(kind: str) -> None:
    """Whole numbers are whole numbers, however they are stored; booleans are 0 and 1."""
    values = RAMP % 200
    pictures = [
        hv.render(on_a_base(values.astype(as_kind), data_range=(0, 150)), "axial", size=(50, 50), bare=True)
        for as_kind in (kind, "f8")
    ]
    assert np.abs(pictures[0].astype(int) - pictures[1]).max() <= 1
    mask = ODD["boolean"]
    assert np.array_equal(
        hv.render(on_a_base(mask), size=(60, 60)), hv.render(on_a_base(mask.astype("u1")), size=(60, 60))
    )


def test_every_option_of_a_heatmap_is_an_attribute_and_a_keyword() -> None:
    """What the command line can set, Python sets too, at once or later."""
    options = {option.key for option in layer_options() if option.scope in ("heatmap", "layer")} - {"series"}
    scene = on_a_base(RAMP)
    layer = scene.heatmaps[0]
    for key in options:
        again = scene.add_heatmap(RAMP, **{key: getattr(layer, key)})
        setattr(again, key, getattr(layer, key))
        assert getattr(again, key) == getattr(layer, key), key
