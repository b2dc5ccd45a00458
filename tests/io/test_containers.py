"""ZIP archives: what is in them opens as from a folder, and nothing that they try succeeds."""

from __future__ import annotations

import io
import os
import random
import stat
import struct
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from heatviewer.core.errors import Cancelled, ReadError
from heatviewer.io import containers, open_volume, scan
from heatviewer.io.progress import Progress
from tests.dicom_files import as_volume, stored, write_series

DATA = stored()


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Archives are unpacked below the test's own folder."""
    place = tmp_path / "unpacked here"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


def nifti_bytes(data: np.ndarray = DATA) -> bytes:
    """Return a NIfTI file."""
    return bytes(nib.Nifti1Image(data, np.diag([2.0, 3, 4, 1])).to_bytes())


def archive(path: Path, entries: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> Path:
    """Write a ZIP archive of named bytes; the names are taken as they are."""
    with zipfile.ZipFile(path, "w", packing) as made:
        for name, content in entries.items():
            made.writestr(zipfile.ZipInfo(name), content, packing)
    return path


def zipped_series(path: Path, **options: Any) -> Path:
    """Write a DICOM series, and return an archive of it in a folder 'ct'."""
    write_series(path.with_suffix(""), DATA, **options)
    files = sorted(path.with_suffix("").iterdir())
    return archive(path, {f"ct/{file.name}": file.read_bytes() for file in files})


# --- what is in an archive ---------------------------------------------------------------------


def test_a_series_in_an_archive_opens(tmp_path: Path) -> None:
    """Values and place are those of the folder; files are told by their place in the archive."""
    path = zipped_series(tmp_path / "study.zip")
    volume, plain = open_volume(path), open_volume(tmp_path / "study")
    np.testing.assert_array_equal(volume.array, as_volume(DATA))
    np.testing.assert_array_equal(volume.affine, plain.affine)
    found = scan(path).info()
    assert (found["path"], found["format"]) == (str(path), "dicom")
    assert sorted(found["series"][0]["files"]) == [str(path / "ct" / f"{n:03d}") for n in range(5)]


@pytest.mark.parametrize("name", ["x.nii", "x.nii.gz", "deep/er/x.nii"])
@pytest.mark.parametrize(
    "packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_a_file_in_an_archive_opens(tmp_path: Path, name: str, packing: int) -> None:
    """Of any format and packing; its id is its path in the archive."""
    nib.save(nib.Nifti1Image(DATA, np.eye(4)), tmp_path / Path(name).name)
    content = (tmp_path / Path(name).name).read_bytes()
    path = archive(tmp_path / "a file of any name", {name: content}, packing)
    assert [series.id for series in scan(path).series] == [name]
    np.testing.assert_array_equal(open_volume(path, series=name).array, DATA)


def test_one_of_several_is_told(tmp_path: Path) -> None:
    """As of a folder, the largest is taken with a warning; damaged ones are named in info."""
    small, large = nifti_bytes(DATA[:2]), nifti_bytes()
    path = archive(tmp_path / "x.zip", {"a.nii": small, "b.nii": large, "c.nii": large[:400], "d.txt": b"d"})
    volume = open_volume(path)
    np.testing.assert_array_equal(volume.array, DATA)
    assert "the archive holds another volume, and the file b.nii was taken" in volume.warnings[0]
    assert "c.nii is cut short" in " ".join(scan(path).warnings)


def test_an_archive_without_images_says_so(tmp_path: Path) -> None:
    """Empty ones too."""
    with pytest.raises(ReadError, match=r"x\.zip: the archive holds no image \(1 file of no known format"):
        scan(archive(tmp_path / "x.zip", {"a.txt": b"text"}))
    with pytest.raises(ReadError, match=r"y\.zip: the archive holds no image \(it is empty\)"):
        scan(archive(tmp_path / "y.zip", {}))


def test_an_archive_is_unpacked_once(tmp_path: Path, own_place: Path) -> None:
    """As long as it does not change; into a folder that nobody else can read."""
    path = archive(tmp_path / "x.zip", {"a.nii": nifti_bytes()})
    for _ in range(2):
        open_volume(path)
    [folder] = own_place.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    archive(path, {"a.nii": nifti_bytes(DATA[:3]), "b.txt": b"another size"})
    assert open_volume(path).shape == (3, 4, 6)
    assert len(list(own_place.iterdir())) == 2


def test_arrays_are_no_archive(tmp_path: Path) -> None:
    """An .npz file is a ZIP archive, and read as the array that it is."""
    np.savez(tmp_path / "x.npz", DATA)
    assert scan(tmp_path / "x.npz").format == "array"


@pytest.mark.parametrize(
    ("name", "size"), [("gantry_tilt", 512), ("missing_slice", 512), ("mixed_orientations", 288)]
)
def test_real_archives_open(data_dir: Path, name: str, size: int) -> None:
    """Archives that others made."""
    path = data_dir / "odd-geometry" / f"{name}.zip"
    volume = open_volume(path)
    assert volume.grid[:2] == (size, size)
    assert volume.shape == scan(path).series[0].shape


# --- what an archive tries ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["../x.nii", "a/../../x.nii", "/x.nii", "//host/x.nii", "C:/x.nii", "c:x.nii", "..\\x.nii", "\\x.nii",
     "./x.nii", "a//x.nii", "a/\x01.nii", "n" * 300 + ".nii", "d/" * 2200 + "x.nii"],
)  # fmt: skip
def test_a_name_that_leads_out_is_left_out(tmp_path: Path, own_place: Path, name: str) -> None:
    """The rest opens, the name is told, and nothing is written outside the folder."""
    path = archive(tmp_path / "x.zip", {name: nifti_bytes(DATA[:2]), "good.nii": nifti_bytes()})
    before = {p for p in tmp_path.rglob("*") if own_place not in p.parents}
    found = scan(path)
    assert [series.id for series in found.series] == ["good.nii"]
    assert any("entries left out" in note for note in found.warnings)
    assert {p for p in tmp_path.rglob("*") if own_place not in p.parents} == before


def test_names_of_windows_are_paths(tmp_path: Path) -> None:
    """Some programs write backslashes between folders."""
    path = archive(tmp_path / "x.zip", {"a\\b\\x.nii": nifti_bytes()})
    assert [series.id for series in scan(path).series] == ["a/b/x.nii"]


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
def test_links_and_devices_are_left_out(tmp_path: Path, kind: int) -> None:
    """A link to a file of the machine opens nothing."""
    secret = tmp_path / "secret.nii"
    secret.write_bytes(nifti_bytes())
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as made:
        entry = zipfile.ZipInfo("link.nii")
        entry.create_system, entry.external_attr = 3, (kind | 0o644) << 16
        made.writestr(entry, str(secret))
    with pytest.raises(ReadError, match=r"not safe to unpack: link\.nii"):
        scan(path)


def test_doubles_do_not_overwrite(tmp_path: Path) -> None:
    """The first of two entries of one name counts, and a file is no folder."""
    names = {"a.nii": nifti_bytes(), "b.nii": nifti_bytes(DATA[:2]), "a.nii/c.nii": nifti_bytes(DATA[:3])}
    path = archive(tmp_path / "x.zip", names)
    path.write_bytes(path.read_bytes().replace(b"b.nii", b"a.nii"))
    found = scan(path)
    assert [series.shape for series in found.series] == [(5, 4, 6)]
    assert "entries left out whose names others have: a.nii" in found.warnings


def test_archives_in_archives_stay_closed(tmp_path: Path) -> None:
    """However deep they go: the first level is read, and those in it are named."""
    inner = archive(tmp_path / "inner.zip", {"x.nii": nifti_bytes()}).read_bytes()
    path = archive(tmp_path / "x.zip", {"inner": inner, "good.nii": nifti_bytes()})
    found = scan(path)
    assert [series.id for series in found.series] == ["good.nii"]
    assert any("are archives themselves" in note and "inner" in note for note in found.warnings)


def test_a_bomb_is_refused(tmp_path: Path, own_place: Path) -> None:
    """What claims to unpack to thousands of times its size is not begun with."""
    path = archive(tmp_path / "x.zip", {f"{n}.nii": bytes(1 << 20) for n in range(10)})
    _claim(path, 1 << 20, 3 << 30)
    with pytest.raises(ReadError, match=r"would unpack to 32\.2 GB from 0\.1 MB"):
        scan(path)
    assert list(own_place.iterdir()) == []


def test_a_claim_is_no_memory(tmp_path: Path, own_place: Path) -> None:
    """An entry that is larger than it says is cut off there, and left out for its checksum."""
    path = archive(tmp_path / "x.zip", {"big.nii": bytes(1 << 22), "good.nii": nifti_bytes()})
    _claim(path, 1 << 22, 1000)
    found = scan(path)
    assert [series.id for series in found.series] == ["good.nii"]
    assert sum(file.stat().st_size for file in own_place.rglob("*") if file.is_file()) < 5000


def _claim(path: Path, size: int, claimed: int) -> None:
    """Change the unpacked sizes that the table of an archive tells."""
    raw = path.read_bytes()
    path.write_bytes(raw.replace(struct.pack("<I", size), struct.pack("<I", claimed)))


def test_more_than_the_disk_holds_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At most half of the free space is taken."""
    path = archive(tmp_path / "x.zip", {"a.nii": nifti_bytes()})
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000})())
    with pytest.raises(ReadError, match="has not enough space"):
        scan(path)


def test_too_many_entries_are_refused(tmp_path: Path) -> None:
    """Before they are made objects of."""
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("a.nii", nifti_bytes())
    raw = path.read_bytes()
    at = raw.index(b"PK\x01\x02")
    end = raw.index(b"PK\x05\x06")
    table = raw[at:end] * 100_001
    path.write_bytes(raw[:at] + table + raw[end : end + 12] + struct.pack("<IIH", len(table), at, 0))
    with pytest.raises(ReadError, match=r"x\.zip: is a ZIP archive of more than 100,000 files"):
        scan(path)


def test_an_encrypted_archive_says_so(tmp_path: Path) -> None:
    """Nobody can open it without its password."""
    path = archive(tmp_path / "x.zip", {"a.nii": nifti_bytes()})
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    with pytest.raises(ReadError, match=r"x\.zip: is an encrypted ZIP archive"):
        scan(path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_archive_says_so(tmp_path: Path, share: float) -> None:
    """Its table of entries stands at the end."""
    path = archive(tmp_path / "x.zip", {"a.nii": nifti_bytes(), "b.nii": nifti_bytes()})
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * share)])
    with pytest.raises(ReadError, match=r"x\.zip: is (cut short|a damaged ZIP)"):
        scan(path)


def test_a_damaged_entry_costs_only_itself(tmp_path: Path) -> None:
    """The others open, and it is named."""
    entries = {"bad.nii": nifti_bytes(), "good.nii": nifti_bytes()}
    path = archive(tmp_path / "x.zip", entries, zipfile.ZIP_STORED)
    raw = bytearray(path.read_bytes())
    raw[200] ^= 0xFF
    path.write_bytes(raw)
    found = scan(path)
    assert [series.id for series in found.series] == ["good.nii"]
    assert any("damaged" in note and "bad.nii" in note for note in found.warnings)


def test_any_damage_ends_in_one_clear_error(tmp_path: Path) -> None:
    """Bytes changed at random: it opens, or says why not, and raises nothing else."""
    good = archive(tmp_path / "x.zip", {"a/a.nii": nifti_bytes(), "b.nii.gz": b"\x1f\x8b1"}).read_bytes()
    chance = random.Random(11)
    for n in range(300):
        raw = bytearray(good)
        for _ in range(chance.randint(1, 8)):
            raw[chance.randrange(len(raw))] = chance.choice([0, 255, chance.randrange(256)])
        path = tmp_path / f"{n}.zip"
        path.write_bytes(raw)
        with suppress(ReadError):
            open_volume(path)


def test_cancel_leaves_nothing(tmp_path: Path, own_place: Path) -> None:
    """A stopped unpacking is removed, and can be begun anew."""
    path = archive(tmp_path / "x.zip", {f"{n}.nii": os.urandom(1 << 20) for n in range(8)})
    asked = 0

    def soon() -> bool:
        nonlocal asked
        asked += 1
        return asked > 5

    with pytest.raises(Cancelled):
        containers.unpacked(path, Progress(cancelled=soon))
    assert list(own_place.iterdir()) == []
    told: list[float] = []
    assert len(list(containers.unpacked(path, Progress(told.append)).folder.iterdir())) == 8
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_large_archives_have_another_end(tmp_path: Path) -> None:
    """ZIP64's records are read too."""
    content = io.BytesIO()
    entry = zipfile.ZipInfo("a.nii")
    with zipfile.ZipFile(content, "w") as made, made.open(entry, "w", force_zip64=True) as out:
        out.write(nifti_bytes())
    path = tmp_path / "x.zip"
    raw = content.getvalue()
    end = raw.index(b"PK\x05\x06")
    count, _, size, at = struct.unpack("<HHII", raw[end + 8 : end + 20])
    wide = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, at)
    way = struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
    plain = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    path.write_bytes(raw[:end] + wide + way + plain)
    np.testing.assert_array_equal(open_volume(path).array, DATA)
