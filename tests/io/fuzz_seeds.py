"""Small whole files of every kind that is read, for `fuzzing` to damage: name and content."""

from __future__ import annotations

import gzip
import io
import tempfile
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

Seeds = list[tuple[str, bytes]]

_ARRAY = (np.arange(6 * 5 * 4, dtype=np.int16) - 20).reshape(6, 5, 4)
_AFFINE = np.array([[-2.0, 0.1, 0, 5], [0.1, 1.5, 0, -7], [0, 0, 3, 2], [0, 0, 0, 1]])


def _pydicom(*names: str) -> Seeds:
    import pydicom.data

    folder = Path(pydicom.data.__file__).parent / "test_files"
    return [(name, (folder / name).read_bytes()) for name in names]


def _data(*names: str) -> Seeds:
    """Return files of the package pydicom-data."""
    import data_store

    folder = Path(next(iter(data_store.__path__))) / "data"
    return [(name, (folder / name).read_bytes()) for name in names]


def _nifti(second: bool = False) -> bytes:
    import nibabel

    image = (nibabel.Nifti2Image if second else nibabel.Nifti1Image)(_ARRAY, _AFFINE)
    return image.to_bytes()


def _nifti_seeds() -> Seeds:
    import nibabel

    colors = np.zeros((3, 4, 2), dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])
    series = nibabel.Nifti1Image(np.ones((3, 4, 2, 5), np.float32), _AFFINE)
    return [
        ("one.nii", _nifti()),
        ("two.nii", _nifti(second=True)),
        ("colors.nii", nibabel.Nifti1Image(colors, _AFFINE).to_bytes()),
        ("series.nii", series.to_bytes()),
    ]


def _gzipped() -> Seeds:
    return [("one.nii.gz", gzip.compress(_nifti())), ("two.nii.gz", gzip.compress(_nifti(second=True)))]


def _mgh() -> Seeds:
    import nibabel

    content = nibabel.MGHImage(_ARRAY.astype(np.float32), _AFFINE).to_bytes()
    return [("brain.mgh", content), ("brain.mgz", gzip.compress(content))]


def _itk(suffix: str, compressed: bool) -> bytes:
    import SimpleITK

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"image.{suffix}")
        SimpleITK.WriteImage(SimpleITK.GetImageFromArray(_ARRAY), str(path), useCompression=compressed)
        return path.read_bytes()


def _nrrd() -> Seeds:
    return [("raw.nrrd", _itk("nrrd", False)), ("packed.nrrd", _itk("nrrd", True))]


def _metaimage() -> Seeds:
    return [("raw.mha", _itk("mha", False)), ("packed.mha", _itk("mha", True))]


def _saved(save: Callable[[io.BytesIO], object]) -> bytes:
    file = io.BytesIO()
    save(file)
    return file.getvalue()


def _arrays() -> Seeds:
    return [
        ("array.npy", _saved(lambda file: np.save(file, _ARRAY))),
        ("arrays.npz", _saved(lambda file: np.savez(file, a=_ARRAY, affine=_AFFINE))),
        ("packed.npz", _saved(lambda file: np.savez_compressed(file, a=_ARRAY))),
    ]


def _picture(mode: str, suffix: str) -> bytes:
    from PIL import Image

    values = np.arange(16 * 12 * 3, dtype=np.uint8).reshape(12, 16, 3)
    image = Image.fromarray(values).convert(mode)
    return _saved(lambda file: image.save(file, suffix))


def _pictures() -> Seeds:
    return [
        ("grey.png", _picture("L", "PNG")),
        ("palette.png", _picture("P", "PNG")),
        ("colors.jpg", _picture("RGB", "JPEG")),
        ("few.gif", _picture("P", "GIF")),
        ("plain.bmp", _picture("RGB", "BMP")),
    ]


def _tiffs() -> Seeds:
    import tifffile

    def save(compression: str | None) -> Callable[[io.BytesIO], object]:
        pages = _ARRAY.transpose(2, 1, 0)
        return lambda file: tifffile.imwrite(file, pages, photometric="minisblack", compression=compression)

    return [("stack.tif", _saved(save(None))), ("packed.tif", _saved(save("lzw")))]


def _zip() -> Seeds:
    def save(file: io.BytesIO) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("study/one.nii", _nifti())
            archive.writestr("study/slice.dcm", _pydicom("MR_small.dcm")[0][1])

    return [("study.zip", _saved(save))]


def _seg() -> Seeds:
    return _pydicom("liver_1frame.dcm", "liver_expb_1frame.dcm")


@cache
def _study_with_directory() -> dict[str, bytes]:
    """Return the files of a small study with a DICOMDIR, by path."""
    from pydicom import dcmread
    from pydicom.data import get_testdata_file
    from pydicom.fileset import FileSet

    with tempfile.TemporaryDirectory() as folder:
        study = FileSet()
        study.add(dcmread(get_testdata_file("MR_small.dcm")))
        study.write(folder)
        files = (path for path in Path(folder).rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def companions(kind: str) -> dict[str, bytes]:
    """Return files that lie beside those of a kind, by path."""
    files = _study_with_directory() if kind == "directory" else {}
    return {path: content for path, content in files.items() if path != "DICOMDIR"}


#: Kind to a function that returns its whole files.
SEEDS: dict[str, Callable[[], Seeds]] = {
    "nifti": _nifti_seeds,
    "nifti-gz": _gzipped,
    "mgh": _mgh,
    "nrrd": _nrrd,
    "metaimage": _metaimage,
    "arrays": _arrays,
    "pictures": _pictures,
    "tiff": _tiffs,
    "zip": _zip,
    "ct": lambda: _pydicom("CT_small.dcm"),
    "mr": lambda: _pydicom(
        "MR_small.dcm", "MR_small_implicit.dcm", "MR_small_bigendian.dcm", "image_dfl.dcm"
    ),
    "rle": lambda: _pydicom("MR_small_RLE.dcm", "SC_rgb_rle_2frame.dcm"),
    "jpeg": lambda: _pydicom("SC_rgb_jpeg_dcmtk.dcm", "JPGExtended.dcm"),
    "jpeg-ls": lambda: _pydicom("MR_small_jpeg_ls_lossless.dcm", "JPEGLSNearLossless_16.dcm"),
    "jpeg-2000": lambda: _pydicom("MR_small_jp2klossless.dcm", "GDCMJ2K_TextGBR.dcm"),
    "colour": lambda: _pydicom("examples_palette.dcm", "SC_rgb_small_odd.dcm"),
    "enhanced": lambda: _data("emri_small.dcm", "emri_small_RLE.dcm"),
    "dose": lambda: _pydicom("rtdose.dcm", "rtdose_1frame.dcm", "rtdose_rle.dcm"),
    "segmentation": _seg,
    "structures": lambda: _pydicom("rtstruct.dcm"),
    "directory": lambda: [("DICOMDIR", _study_with_directory()["DICOMDIR"])],
}
