"""A volume as NIfTI: the same values at the same places.

NIfTI-1, or NIfTI-2 where an axis is too long for it. Integers keep their type, slope and intercept;
where integers have 'no data' among them they become floating, and 'no data' NaN. Colours are
written as RGB24 or RGBA32. No window (cal_min, cal_max) is made up.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import numpy as np

from heatviewer import __version__
from heatviewer.core.errors import WriteError
from heatviewer.core.geometry import grid_corners_world
from heatviewer.core.output import whole_file
from heatviewer.io.nifti_words import space_words
from heatviewer.io.progress import Progress
from heatviewer.io.scaling import slabs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from heatviewer.core.volume import Volume

SUFFIXES: Final = (".nii", ".nii.gz")
#: The longest axis that NIfTI-1's 16-bit dimensions hold.
_MOST_1: Final = 32767
#: ISA-L's level 1: 8 to 11 times as fast as zlib's at a like size.
_LEVEL: Final = 1
#: nifti1.h: coordinates of the scanner; aligned to something else; Talairach, MNI, another template.
_SCANNER, _ALIGNED, _TEMPLATES = 1, 2, (3, 4, 5)
_INTENTS: Final = {"z": "z score", "t": "t test", "p": "p value", "label": "label", "mask": "label"}
_SECONDS: Final = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6}
#: A qform is written where it puts no corner farther off than this part of a voxel.
_SAME_PART: Final = 1e-3
#: Frames whose times differ from even steps by less than this part of one have one time step.
_EVEN_PART: Final = 0.01


def write_nifti(path: str | Path, volume: Volume, progress: Progress | None = None) -> None:
    """Write a volume to a .nii or .nii.gz file, whole or not at all; folders are made.

    The sform holds the affine. Its code is 1 (scanner) for what lies in a DICOM frame of reference,
    else that of the NIfTI file that the volume was read from, else 2 (aligned). The qform is set
    where the affine has no shear; otherwise its code is 0. Frames become the fourth axis, with a
    time step where they are even in time.

    Raises
    ------
    WriteError
        The name has another suffix, or the file cannot be written; nothing is left of it then.
    Cancelled
        The user stopped it; likewise.
    """
    path, progress = Path(path), progress or Progress()
    if not path.name.lower().endswith(SUFFIXES):
        raise WriteError(path.name, "is not the name of a NIfTI file", "End it in .nii.gz or .nii")
    # What integers cannot say: no data. Seldom, so values are floated only then.
    floated = volume.padding is not None and volume.has_missing
    head = _header(volume, floated)
    with whole_file(path) as file, _packed(file, path) as out:
        out.write(head)
        done = 0
        for piece in _pieces(volume, floated):
            progress.at(done / volume.stored.size)
            out.write(piece.data)
            done += len(piece)
    progress.at(1.0)


@contextmanager
def _packed(file: BinaryIO, path: Path) -> Iterator[Any]:
    """Give what takes the bytes: the file, or a compressor in front of it."""
    if not path.name.lower().endswith(".gz"):
        yield file
        return
    from isal.igzip import IGzipFile

    # Neither name nor time: equal volumes are equal files.
    with IGzipFile("", "wb", _LEVEL, file, mtime=0) as packed:
        yield packed


def _header(volume: Volume, floated: bool) -> bytes:
    """Return the header's bytes, up to the first voxel."""
    from nibabel.nifti1 import Nifti1Header
    from nibabel.nifti2 import Nifti2Header

    header = (Nifti2Header if max(volume.shape) > _MOST_1 else Nifti1Header)()
    header.set_data_shape(volume.shape)
    header.set_data_dtype(_voxel_type(volume, floated))
    _set_place(header, volume)
    if not (floated or volume.is_color):
        header.set_slope_inter(volume.slope, volume.intercept)
    step = _time_step(volume)
    header.set_xyzt_units("mm", "sec" if step else "unknown")
    if step:
        header["pixdim"][4] = step
    if volume.kind in _INTENTS:
        header.set_intent(_INTENTS[volume.kind])
    header["descrip"] = f"HeatViewer {__version__}".encode()
    # Four bytes behind the header say that no extension follows.
    head: bytes = header.binaryblock
    header["vox_offset"] = len(head) + 4
    return bytes(header.binaryblock) + bytes(4)


def _voxel_type(volume: Volume, floated: bool) -> np.dtype[Any]:
    if volume.is_color:
        return np.dtype([(name, "u1") for name in "RGBA"[: len(volume.channels)]])
    return volume.float_type if floated else volume.stored.dtype


def _set_place(header: Any, volume: Volume) -> None:
    """Set sform and qform."""
    code = _space_code(volume)
    header.set_qform(volume.affine, code, strip_shears=True)
    corners = grid_corners_world(volume.grid, header.get_qform())
    if np.abs(corners - volume.corners_world).max() > _SAME_PART * min(volume.spacing):
        header["qform_code"] = 0
    header.set_sform(volume.affine, code)


def _space_code(volume: Volume) -> int:
    """Return whose coordinates the world's are: the scanner's, or those that the volume's own file told."""
    if volume.frame_of_reference:
        return _SCANNER
    told = str(volume.info.get("orientation", ""))
    codes = (_SCANNER, *_TEMPLATES)
    return next((code for code in codes if f"({space_words(code)})" in told), _ALIGNED)


def _time_step(volume: Volume) -> float:
    """Return the seconds from frame to frame; 0 where frames are no times, or uneven."""
    axis = volume.frame_axis
    if axis is None or axis.name != "time" or len(axis.values) < 2 or axis.unit not in _SECONDS:
        return 0.0
    steps = np.diff(axis.values)
    step = float(steps.mean())
    even = step > 0 and np.abs(steps - step).max() <= _EVEN_PART * step
    return step * _SECONDS[axis.unit] if even else 0.0


def _pieces(volume: Volume, floated: bool) -> Iterator[Any]:
    """Yield the voxels in the file's order, a few megabytes at a time."""
    if volume.is_color:
        for parts in zip(*(slabs(channel.stored) for channel in volume.channels), strict=True):
            yield np.stack(parts, axis=-1)
        return
    for piece in slabs(volume.stored):
        if not floated:
            yield np.ascontiguousarray(piece)
            continue
        values = volume.values_of(piece).astype(volume.float_type)
        if (missing := volume.missing_in(piece)) is not None:
            values[missing] = np.nan
        yield values
