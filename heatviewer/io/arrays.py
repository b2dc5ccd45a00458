"""NumPy's .npy and .npz.

Arrays of 3 axes are indexed [x, y, z], of 4 [x, y, z, t]. One of 2 axes is a picture, rows by columns:
it becomes one slice whose i is the column, from the left, and whose j is the row, from the top.

An affine (4×4, voxel → world RAS mm) is taken from the array ``affine`` (or ``NAME_affine``) of an
.npz file, and from ``NAME.affine.npy`` beside ``NAME.npy``.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Final

import numpy as np

from heatviewer.core.errors import ReadError
from heatviewer.core.volume import Volume
from heatviewer.io.array_stream import ArrayHeader, read_header, read_values
from heatviewer.io.listing import series_of_file
from heatviewer.io.nifti_space import is_invertible
from heatviewer.io.pictures import picture_affine
from heatviewer.io.sniff import begins_with
from heatviewer.io.unpacking import MOST_EXPANSION, cut_short
from heatviewer.io.voxel_stream import Part, mapped_or_read
from heatviewer.io.wording import detail_of, short_name, size_words, type_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from zipfile import ZipFile, ZipInfo

    from numpy.typing import NDArray

    from heatviewer.io.listing import SeriesInfo
    from heatviewer.io.progress import Progress

#: More arrays than this in one file are no volumes.
_MOST_ARRAYS: Final = 1000
_NO_PLACE: Final = "has no place in the file: voxels of 1 mm, centred on 0, are assumed"


@dataclass(frozen=True, eq=False)
class _Found:
    """An array in a file: its name there (empty in an .npy file), its header and its affine."""

    name: str
    header: ArrayHeader
    affine: NDArray[np.float64] | None

    @property
    def flat(self) -> bool:
        return len(self.header.shape) == 2

    @property
    def shape(self) -> tuple[int, ...]:
        shape = self.header.shape
        return (shape[1], shape[0], 1) if self.flat else shape

    @property
    def placed(self) -> NDArray[np.float64]:
        if self.affine is not None:
            return self.affine
        if self.flat:
            return picture_affine(self.shape)
        centred = np.eye(4)
        centred[:3, 3] = [-(n - 1) / 2 for n in self.shape[:3]]
        return centred

    @property
    def warnings(self) -> tuple[str, ...]:
        return () if self.flat or self.affine is not None else (_NO_PLACE,)


def list_volumes(path: Path, identifier: str) -> tuple[SeriesInfo, ...]:
    """Return what arrays a file holds, from their headers alone; raises as open_volume does."""
    found = _all(path)
    return tuple(
        series_of_file(
            (path,),
            identifier if len(found) == 1 else f"{identifier}#{one.name}",
            short_name(path) if len(found) == 1 else f"{short_name(path)} {one.name}",
            one.shape,
            one.placed,
            one.header.dtype.newbyteorder("=").name,
            warnings=one.warnings,
        )
        for one in found
    )


def open_volume(path: Path, progress: Progress, part: str = "") -> Volume:
    """Read an array; a Fortran-ordered one in an .npy file is mapped.

    Raises
    ------
    ReadError
        It is cut short, damaged, no array of numbers, or claims more than the file can hold.
    Cancelled
        The user stopped it.
    """
    found = _all(path)
    one = next((array for array in found if array.name == part), found[0])
    stored = _read_entry(path, one, progress) if begins_with(path, b"PK") else _read_file(path, one, progress)
    if one.flat:
        stored = stored.T[:, :, np.newaxis]
    progress.at(1.0)
    return Volume(
        stored,
        one.placed,
        kind="mask" if one.header.dtype.kind == "b" else "",
        name=short_name(path) if len(found) == 1 else f"{short_name(path)} {one.name}",
        flat=one.flat,
        warnings=one.warnings,
        info={
            "format": "NumPy array",
            "dimensions": size_words(one.header.shape),
            "data type": type_words(one.header.dtype),
            "orientation": "none in the file" if one.affine is None else "affine",
        },
    )


def _all(path: Path) -> tuple[_Found, ...]:
    if begins_with(path, b"PK"):
        with _opened_zip(path) as archive:
            return _in_zip(path, archive)
    if path.name.endswith(".affine.npy"):
        raise ReadError(path.name, "is the affine of an array, not a volume", "Open the array beside it")
    with path.open("rb") as file:
        header = read_header(file, path.name, path.stat().st_size)
    _check_axes(header, path.name)
    beside = path.with_name(f"{path.name.removesuffix('.npy')}.affine.npy")
    affine = None
    if beside.is_file():
        with beside.open("rb") as file:
            affine = _affine_in(file, beside.name, beside.stat().st_size)
    return (_Found("", header, affine),)


def _in_zip(path: Path, archive: ZipFile) -> tuple[_Found, ...]:
    """Return the arrays of an .npz file that are volumes or pictures."""
    entries = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
    if len(entries) > _MOST_ARRAYS:
        raise ReadError(path.name, f"holds {len(entries)} arrays", "Save the volumes alone")
    affines = {name for name in entries if name == "affine" or name.endswith("_affine")}
    found = []
    refused = None
    for name, info in entries.items():
        if name in affines or not info.filename.endswith(".npy"):
            continue
        try:
            with _entry(path, archive, info) as stream:
                header = read_header(stream, path.name, info.file_size)
            _check_axes(header, path.name)
        except ReadError as error:
            refused = error
            continue
        own = next((key for key in (f"{name}_affine", "affine") if key in affines), None)
        found.append(_Found(name, header, _affine_of(path, archive, entries[own]) if own else None))
    if not found:
        raise refused or ReadError(path.name, "holds no arrays of numbers", "Save a volume in it")
    return tuple(found)


def _check_axes(header: ArrayHeader, where: str) -> None:
    if not 2 <= len(header.shape) <= 4 or min(header.shape) < 1:
        shape = size_words(header.shape) or "a single number"
        raise ReadError(where, f"has the shape {shape}", "A volume has 3 axes, a series 4, a picture 2")


def _affine_of(path: Path, archive: ZipFile, info: ZipInfo) -> NDArray[np.float64]:
    with _entry(path, archive, info) as stream:
        return _affine_in(stream, path.name, info.file_size)


def _affine_in(stream: IO[bytes], where: str, size: int) -> NDArray[np.float64]:
    """Return the affine that an array holds; ReadError where it is none."""
    header = read_header(stream, where, size)
    if header.shape == (4, 4) and header.dtype.kind in "iuf":
        values = np.frombuffer(stream.read(16 * header.dtype.itemsize), header.dtype)
        if values.size == 16:
            affine = values.reshape(4, 4, order="F" if header.fortran else "C").astype(np.float64)
            if is_invertible(affine) and np.array_equal(affine[3], (0, 0, 0, 1)):
                return affine
    raise ReadError(
        where, "has an affine that is no invertible 4×4 matrix with the last row 0 0 0 1", "Save voxel → mm"
    )


def _read_file(path: Path, one: _Found, progress: Progress) -> NDArray[Any]:
    """Return an .npy file's array; mapped where its memory is that of a volume."""
    header = one.header
    plain = header.dtype.isnative and header.dtype.kind in "biuf" and header.dtype.itemsize < 16
    if plain and (header.fortran or one.flat):
        # Rows by columns in C order are columns by rows in Fortran order.
        turned = one.flat and not header.fortran
        shape = header.shape[::-1] if turned else header.shape
        dtype = np.dtype(np.uint8) if header.dtype.kind == "b" else header.dtype
        stored = mapped_or_read((Part(path, "plain", header.start),), dtype, shape, progress)
        return stored.T if turned else stored
    with path.open("rb") as file:
        file.seek(header.start)
        return read_values(file, header, path, progress)


def _read_entry(path: Path, one: _Found, progress: Progress) -> NDArray[Any]:
    with _opened_zip(path) as archive:
        info = archive.getinfo(f"{one.name}.npy")
        with _entry(path, archive, info) as stream:
            read_header(stream, path.name, info.file_size)
            return read_values(stream, one.header, path, progress)


@contextmanager
def _opened_zip(path: Path) -> Iterator[ZipFile]:
    """Open an .npz file, whatever is wrong with it becoming one clear error."""
    import zipfile
    import zlib

    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except EOFError:
        raise cut_short(path, "the compressed data end too early") from None
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, ValueError) as error:
        raise ReadError(
            path.name, f"is a damaged ZIP file ({detail_of(error, path)})", "Copy or save it again"
        ) from None


def _entry(path: Path, archive: ZipFile, info: ZipInfo) -> IO[bytes]:
    """Open one array of an .npz file, whose claimed size its packed bytes can hold."""
    import zipfile

    most = {zipfile.ZIP_STORED: 1.0, zipfile.ZIP_DEFLATED: MOST_EXPANSION["gzip"]}.get(info.compress_type)
    if most is None or info.flag_bits & 1:
        raise ReadError(
            path.name, "is packed or locked in a way that is not read", "Save it with numpy.savez"
        )
    if info.compress_size > path.stat().st_size or info.file_size > info.compress_size * most:
        raise ReadError(path.name, "claims more than it can hold", "Copy or save it again")
    return archive.open(info)
