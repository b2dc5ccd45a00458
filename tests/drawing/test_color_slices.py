"""Colour volumes in slices: as they are stored, sampled by the same rule as numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest

from heatviewer.app.scene import Scene
from heatviewer.core.geometry import Plane, view_axes
from heatviewer.core.volume import Volume
from heatviewer.drawing.slice_renderer import SliceRenderer
from heatviewer.io import open_volume
from heatviewer.model.resolve import resolve_slice
from tests import oracle
from tests.volumes import AFFINES, affine, color_noise, noise

SIZE = (83, 61)
MM = 0.6137  # no pixel lies exactly on the edge of a grid


def _drawn(scene: Scene, view: str = "axial", overlay: bool = False) -> np.ndarray:
    right, up = view_axes(view)  # type: ignore[arg-type]
    plane = Plane.centred(scene.cursor, right, up, SIZE, MM)
    request = resolve_slice(scene.state, scene.volumes, plane)
    renderer = SliceRenderer()
    return renderer.render_overlay(request) if overlay else renderer.render(request)


def _sampled(volume: Volume, scene: Scene, view: str, order: int = 1) -> np.ndarray:
    """Return the premultiplied colours and alpha in 0…1 at every pixel, 0 outside."""
    worlds = oracle.pixel_worlds(scene.cursor, view, SIZE, MM)
    stored = [np.asarray(channel.stored, float) / 255 for channel in volume.channels]
    alpha = stored[3] if len(stored) == 4 else np.ones_like(stored[0])
    parts = [Volume(part * alpha, volume.affine) for part in (*stored[:3], np.ones_like(alpha))]
    return np.nan_to_num(np.stack([oracle.sampled(part, worlds, order) for part in parts], axis=-1))


@pytest.mark.parametrize("view", ["axial", "coronal", "sagittal"])
@pytest.mark.parametrize("kind", AFFINES)
@pytest.mark.parametrize("alpha", [False, True])
def test_a_colour_base_is_its_channels_on_black(kind: str, view: str, alpha: bool) -> None:
    """Each channel is sampled as a number is; alpha lets black through; no window changes it."""
    scene = Scene()
    volume = color_noise((23, 19, 15), kind, alpha=alpha)
    scene.set_base(volume, window=(10.0, 3.0))
    drawn = _drawn(scene, view)
    assert np.abs(drawn[..., :3] - _sampled(volume, scene, view)[..., :3] * 255).max() <= 1
    assert (drawn[..., 3] == 255).all()


@pytest.mark.parametrize("interpolation", ["nearest", "linear", "cubic"])
def test_at_voxel_centres_pixels_are_the_stored_colours(interpolation: str) -> None:
    """One pixel a voxel shows a picture's colours byte for byte, in every interpolation."""
    volume = replace(color_noise((31, 17, 1), flat=True), affine=np.diag([-1.0, -1.0, 1.0, 1.0]))
    scene = Scene()
    scene.set_base(volume, interpolation=interpolation)
    plane = Plane((0.0, 0.0, 0.0), (-1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (31, 17))
    drawn = SliceRenderer().render(resolve_slice(scene.state, scene.volumes, plane))
    stored = np.stack([channel.stored[..., 0].T for channel in volume.channels], axis=-1)
    assert np.array_equal(drawn[..., :3], stored)


def test_an_inverted_picture_is_its_negative_and_black_outside() -> None:
    """Inverting turns every colour round, and leaves what lies beyond the picture black."""
    scene = Scene()
    scene.set_base(color_noise((23, 19, 15)))
    plain = _drawn(scene)
    scene.base.edit(invert=True)  # type: ignore[union-attr]
    turned = _drawn(scene)
    worlds = oracle.pixel_worlds(scene.cursor, "axial", SIZE, MM)
    inside = np.isfinite(oracle.sampled(scene.base.volume, worlds))  # type: ignore[union-attr]
    assert np.abs(turned[inside].astype(int) + plain[inside] - 255)[:, :3].max() <= 1
    assert not turned[~inside][:, :3].any()
    assert not inside.all()


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("overlay", [False, True])
def test_a_colour_heatmap_is_laid_over_by_its_own_alpha(alpha: bool, overlay: bool) -> None:
    """Final alpha is the layer's opacity times the image's; no colour map takes part."""
    scene = Scene()
    scene.set_base(noise((23, 19, 15), "flipped", dtype="i2"), window=(100, 160))
    volume = color_noise((11, 13, 9), "oblique", alpha=alpha)
    scene.add_heatmap(volume, opacity=0.6, preset="Rainbow desaturated")
    worlds = oracle.pixel_worlds(scene.cursor, "axial", SIZE, MM)
    colors = _sampled(volume, scene, "axial") * 0.6
    opaque = np.isfinite(oracle.sampled(volume, worlds))
    own = volume.channels[3].stored / 255 if alpha else np.ones(volume.shape)
    cover = np.where(opaque, np.nan_to_num(oracle.sampled(Volume(own, volume.affine), worlds)), 0) * 0.6
    drawn = _drawn(scene, overlay=overlay)
    if overlay:
        assert np.abs(drawn[..., 3] - cover * 255).max() <= 1
        assert np.abs(drawn[..., :3] * cover[..., None] - colors[..., :3] * 255).max() <= 1.5
        return
    grey = oracle.windowed(oracle.sampled(scene.base.volume, worlds), (100, 160))  # type: ignore[union-attr]
    expected = grey[..., None] * (1 - cover[..., None]) + colors[..., :3]
    assert np.abs(drawn[..., :3] - expected * 255).max() <= 1


def test_a_black_surround_that_is_missing_neither_covers_nor_darkens() -> None:
    """Where zero is missing, a picture's black is clear, and its edge keeps the picture's own colour."""
    channel = np.zeros((9, 9, 9), np.uint8)
    channel[3:6, 3:6, 3:6] = 200
    volume = Volume(
        channel, affine("identity"), channels=tuple(Volume(channel, affine("identity")) for _ in "rgb")
    )
    scene = Scene()
    scene.set_base(noise((9, 9, 9)))
    scene.add_heatmap(volume, zero_is_missing=True, opacity=1.0, interpolation="linear")
    drawn = _drawn(scene, overlay=True)
    assert set(np.unique(drawn[..., 3])) == {0, 255}
    assert (drawn[drawn[..., 3] == 255][:, :3] == 200).all()


def test_a_threshold_of_a_colour_layer_is_on_its_brightness() -> None:
    """Only pixels whose brightness reaches the threshold are shown."""
    scene = Scene()
    scene.set_base(noise((23, 19, 15)))
    volume = color_noise((23, 19, 15))
    scene.add_heatmap(volume, opacity=1.0, threshold=(130.0, None), interpolation="nearest")
    worlds = oracle.pixel_worlds(scene.cursor, "axial", SIZE, MM)
    bright = np.nan_to_num(oracle.sampled(volume, worlds, order=0)) >= 130
    assert np.array_equal(_drawn(scene, overlay=True)[..., 3] > 0, bright)


def test_a_blurred_colour_layer_is_its_blurred_channels() -> None:
    """The display blur smooths each channel as it smooths a number."""
    volume = color_noise((23, 19, 15))
    scenes = [Scene() for _ in range(4)]
    for scene, layer in zip(scenes, (volume, *volume.channels), strict=True):
        scene.set_base(noise((23, 19, 15)))
        scene.add_heatmap(layer, opacity=1.0, blur=2.0, interpolation="linear")
    for scene in scenes[1:]:
        scene.heatmaps[0].edit(rgb_points=[0, 0, 0, 0, 255, 1, 1, 1], opacity_points=[0, 1, 1, 1])
    whole, *single = (_drawn(scene, overlay=True) for scene in scenes)
    for channel, alone in enumerate(single):
        assert np.abs(whole[..., channel].astype(int) - alone[..., 0]).max() <= 1


def test_a_picture_drawn_again_is_the_same_picture() -> None:
    """What a renderer keeps of colours gives the bytes that a new one draws."""
    scene = Scene()
    scene.set_base(color_noise((23, 19, 15)))
    scene.add_heatmap(color_noise((11, 13, 9), "oblique", seed=4), opacity=0.5)
    scene.add_heatmap(noise((11, 13, 9), "flipped"), opacity=0.5)
    right, up = view_axes("axial")
    plane = Plane.centred(scene.cursor, right, up, SIZE, MM)
    renderer = SliceRenderer()
    for opacity in (0.5, 0.2, 0.9):
        scene.heatmaps[0].edit(opacity=opacity)
        request = resolve_slice(scene.state, scene.volumes, plane)
        assert np.array_equal(renderer.render(request), SliceRenderer().render(request))


def _on_voxels(volume: Volume, k: int) -> np.ndarray:
    """Return one slice of a volume as a picture of a pixel a voxel, (columns, rows, 3)."""
    scene = Scene()
    scene.set_base(volume)
    origin, right, down = volume.affine[:3, 3] + k * volume.affine[:3, 2], *volume.affine[:3, :2].T
    plane = Plane(tuple(origin), tuple(right), tuple(down), volume.shape[:2])
    return SliceRenderer().render(resolve_slice(scene.state, scene.volumes, plane))[..., :3].swapaxes(0, 1)


def test_a_real_rgba_file_is_shown_as_its_colours_on_black(data_dir: Path) -> None:
    """A NIfTI of RGBA voxels: red, green and blue as nibabel reads them, times alpha."""
    path = data_dir / "nifti" / "rgba.nii.gz"
    voxels = np.asarray(nibabel.load(path).dataobj)[:, :, 15]
    stored = np.stack([voxels[name] for name in "RGBA"], axis=-1).astype(float)
    expected = stored[..., :3] * stored[..., 3:] / 255
    assert expected.max() > 0
    assert np.abs(_on_voxels(open_volume(path), 15) - expected).max() <= 1


def test_a_real_colour_series_is_shown_as_its_twin(data_dir: Path) -> None:
    """Colour DICOM slices look like the RGBA NIfTI that was made of them."""
    dicom = open_volume(data_dir / "dicom-nifti-pairs" / "rgb")
    image = nibabel.load(data_dir / "dicom-nifti-pairs" / "rgb.nii.gz")
    to_twin = np.linalg.inv(image.affine) @ dicom.affine
    index = np.stack(np.indices(dicom.shape[:2]), axis=-1).reshape(-1, 2)
    voxels = np.asarray(image.dataobj)
    for k in range(dicom.shape[2]):
        there = np.column_stack([index, np.full(len(index), k), np.ones(len(index))]) @ to_twin.T
        at = tuple(np.rint(there[:, :3]).astype(int).T)
        expected = np.stack([voxels[name][at] for name in "RGB"], axis=-1).reshape(*dicom.shape[:2], 3)
        assert np.abs(_on_voxels(dicom, k).astype(int) - expected).max() <= 1


def test_another_volume_fades_a_colour_layer() -> None:
    """Opacity by another volume scales alpha, and the premultiplied colours with it."""
    scene = Scene()
    scene.set_base(noise((23, 19, 15)))
    volume = color_noise((23, 19, 15))
    layer = scene.add_heatmap(volume, opacity=1.0, interpolation="nearest")
    fade = np.linspace(0, 1, 23, dtype="f4")[:, None, None] * np.ones((1, 19, 15), "f4")
    plain = _drawn(scene, overlay=True)
    layer.edit(opacity_by=(Volume(fade, volume.affine), 0, 1))
    worlds = oracle.pixel_worlds(scene.cursor, "axial", SIZE, MM)
    expected = np.nan_to_num(oracle.sampled(Volume(fade, volume.affine), worlds)) * (plain[..., 3] > 0)
    drawn = _drawn(scene, overlay=True)
    assert np.abs(drawn[..., 3] - expected * 255).max() <= 1
    solid = drawn[..., 3] > 64
    assert np.abs(drawn[solid][:, :3].astype(int) - plain[solid][:, :3]).max() <= 3


def test_missing_has_its_colour_at_the_layers_opacity() -> None:
    """The colour for 'no data' keeps clear of the threshold, and not of opacity."""
    channel = np.full((9, 9, 9), 200, np.uint8)
    channel[3:6, 3:6] = 0
    volume = Volume(channel, np.eye(4), channels=tuple(Volume(channel, np.eye(4)) for _ in "rgb"))
    scene = Scene()
    scene.set_base(noise((9, 9, 9)))
    scene.add_heatmap(
        volume,
        zero_is_missing=True,
        opacity=0.5,
        interpolation="nearest",
        threshold=(250, None),
        nan="#ff8000",
    )
    drawn = _drawn(scene, overlay=True)
    shown = drawn[drawn[..., 3] > 0]
    assert len(shown) > 0
    assert np.abs(shown.astype(int) - (255, 128, 0, 128)).max() <= 1
