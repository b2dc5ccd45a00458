"""Save as: what a person chooses is what lies on the disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pydicom
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from heatviewer.app.scene import Scene
from heatviewer.io import open_volume
from heatviewer.ui.main_window import MainWindow
from heatviewer.ui.save_dialog import SaveDialog
from tests.dicom_files import stored, write_series
from tests.ui.events import LEFT
from tests.ui.windows import nifti, opened, small_scene
from tests.volumes import affine


def asked(window: MainWindow) -> SaveDialog:
    """Open the dialog as the menu does."""
    window.actions_set.by_id["layer.save_as"].trigger()
    [dialog] = window.findChildren(SaveDialog)
    return dialog


def choose(choice: Any, value: str) -> None:
    """Choose an entry of a list as a person does."""
    choice.show_value(value)
    choice.activated.emit(choice.currentIndex())


def forms(dialog: SaveDialog) -> list[str]:
    return [dialog.form.itemData(n) for n in range(dialog.form.count())]


def loaded(path: Path) -> Any:
    return nib.load(path)


@pytest.fixture
def study(tmp_path: Path) -> Scene:
    """A CT with a heatmap on another grid, and one on the CT's grid that is a mask."""
    tags = {"StudyInstanceUID": "1.2.3", "StudyID": "1"}
    write_series(tmp_path / "ct", stored(8, 10, 12), tags=tags)
    scene = Scene()
    base = open_volume(tmp_path / "ct")
    scene.set_base(base, source=str(tmp_path / "ct"))
    mask = np.zeros(base.grid, np.uint8)
    mask[3:6, 2:5] = 1
    scene.add_heatmap(mask, affine=base.affine, name="mask")
    around = affine("identity") * 1.0
    around[:3, 3] = base.centre_world - np.array([4, 4, 4])
    scene.add_heatmap(np.random.default_rng(0).random((9, 9, 9)).astype("f4"), affine=around, name="map")
    return scene


def test_the_selected_heatmap_is_saved_where_the_person_says(qtbot: QtBot, tmp_path: Path) -> None:
    """The toolkit's own dialog asks for the file; its folder is remembered."""
    window = opened(qtbot, small_scene())
    window.preferences = window.preferences.replaced(last_folder=str(tmp_path))
    dialog = asked(window)
    assert dialog.layer.currentText() == "high"
    qtbot.mouseClick(dialog.save, LEFT)
    [files] = dialog.findChildren(QFileDialog)
    name = files.findChild(QLineEdit, "fileNameEdit")
    assert name.text() == "high.nii.gz"
    name.clear()
    qtbot.keyClicks(name, "mine.nii.gz")
    qtbot.keyClick(name, Qt.Key.Key_Return)
    assert window.wait_idle(20)
    volume = window.scene.heatmaps[1].volume
    np.testing.assert_array_equal(loaded(tmp_path / "mine.nii.gz").get_fdata(), volume.array)
    assert str(tmp_path / "mine.nii.gz") in window.messages.texts[0]
    assert window.preferences.last_folder == str(tmp_path)
    qtbot.waitUntil(lambda: not window.findChildren(SaveDialog))


def test_a_heatmap_comes_to_the_grid_of_the_base(qtbot: QtBot, tmp_path: Path, study: Scene) -> None:
    """As many voxels as the base has, at its places."""
    window = opened(qtbot, study)
    dialog = asked(window)
    choose(dialog.form, "base")
    dialog.save_to(str(tmp_path / "new" / "map.nii"))
    assert window.wait_idle(20)
    image, base = loaded(tmp_path / "new" / "map.nii"), study.base_volume
    assert base is not None
    assert image.shape == base.shape
    np.testing.assert_allclose(image.affine, base.affine, atol=1e-4)


def test_dicom_is_written_for_the_base(qtbot: QtBot, tmp_path: Path, study: Scene) -> None:
    """A map as Parametric Map, a mask as Segmentation, of the base's study."""
    window = opened(qtbot, study)
    for name in ("map", "mask"):
        dialog = asked(window)
        layer = next(heatmap.id for heatmap in study.heatmaps if heatmap.name == name)
        choose(dialog.layer, layer)
        choose(dialog.form, "dicom")
        dialog.save_to(str(tmp_path / "out"))
        assert window.wait_idle(60)
        qtbot.waitUntil(lambda: not window.findChildren(SaveDialog))
    found = {path.name: pydicom.dcmread(path) for path in (tmp_path / "out").iterdir()}
    assert found["map.dcm"].SOPClassUID.name == "Parametric Map Storage"
    assert found["mask.dcm"].SOPClassUID.name == "Segmentation Storage"
    assert {ds.StudyInstanceUID for ds in found.values()} == {"1.2.3"}


def test_only_what_can_be_is_offered(qtbot: QtBot, study: Scene) -> None:
    """DICOM needs a base that is DICOM, and the base itself has no other grid."""
    window = opened(qtbot, study)
    dialog = asked(window)
    assert forms(dialog) == ["own", "base", "dicom"]
    assert study.state.base is not None
    choose(dialog.layer, study.state.base.id)
    assert forms(dialog) == ["own"]
    dialog.reject()
    window.scene.take_over(small_scene())
    qtbot.waitUntil(lambda: not window.findChildren(SaveDialog))
    assert forms(asked(window)) == ["own", "base"]


def test_what_is_shown_is_not_overwritten(qtbot: QtBot, tmp_path: Path) -> None:
    """A layer's own file stays as it is; the dialog stays for another try."""
    path = nifti(tmp_path / "t1.nii")
    before = path.read_bytes()
    window = opened(qtbot)
    window.open_paths([path])
    assert window.wait_idle(20)
    dialog = asked(window)
    dialog.save_to(str(path))
    assert window.wait_idle(20)
    assert "is an input" in window.messages.texts[0]
    assert dialog.isVisible()
    assert dialog.save.isEnabled()
    assert path.read_bytes() == before


def test_saving_can_be_stopped(qtbot: QtBot, tmp_path: Path) -> None:
    """Nothing is left of the file, and the dialog is ready again."""
    scene = Scene.from_arrays(np.zeros((300, 300, 200), np.float32))
    scene.add_heatmap(np.random.default_rng(0).random((60, 60, 60)), name="map")
    window = opened(qtbot, scene)
    dialog = asked(window)
    choose(dialog.form, "base")
    dialog.save_to(str(tmp_path / "x.nii.gz"))
    assert dialog.stop.isEnabled()
    qtbot.mouseClick(dialog.stop, LEFT)
    assert window.wait_idle(20)
    assert "stopped" in window.messages.texts[0]
    assert list(tmp_path.iterdir()) == []
    assert dialog.save.isEnabled()


def test_closing_stops_too(qtbot: QtBot, tmp_path: Path) -> None:
    """What was being written is not there."""
    scene = Scene.from_arrays(np.zeros((300, 300, 200), np.float32))
    scene.add_heatmap(np.random.default_rng(0).random((60, 60, 60)), name="map")
    window = opened(qtbot, scene)
    dialog = asked(window)
    choose(dialog.form, "base")
    dialog.save_to(str(tmp_path / "x.nii.gz"))
    dialog.reject()
    assert window.wait_idle(20)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_window_has_nothing_to_save(qtbot: QtBot) -> None:
    """The entry is grey."""
    assert not opened(qtbot).actions_set.by_id["layer.save_as"].isEnabled()
