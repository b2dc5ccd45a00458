"""TIFF, BigTIFF, ImageJ and OME stacks, by tifffile (and imagecodecs where they are packed)."""

from __future__ import annotations

import logging
import math
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from heatviewer.core.errors import HeatViewerError, ReadError
from heatviewer.core.volume import FrameAxis
from heatviewer.io.listing import series_of_file
from heatviewer.io.pictures import Picture, volume_of
from heatviewer.io.unpacking import cut_short
from heatviewer.io.voxel_stream import MAPPED_FROM, new_array
from heatviewer.io.wording import MM_PER_UNIT, detail_of, short_name, size_words, type_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray
    from tifffile import TiffFile, TiffPageSeries

    from heatviewer.core.volume import Volume
    from heatviewer.io.listing import SeriesInfo
    from heatviewer.io.progress import Progress

#: Bytes that a file may claim whatever its size, and that each of its bytes may stand for (LZW: 2700).
_ALWAYS: Final = 1 << 26
_MOST_EXPANSION: Final = 4096
#: Resolutions that printing and screens use; they say nothing about what the picture is of.
_PRINT_DPI: Final = (72, 96, 100, 150, 200, 240, 250, 300, 400, 600, 1200, 2400)
_MIN_IS_WHITE, _RGB, _PALETTE, _INKS, _YCBCR = 0, 2, 3, 5, 6
_COLORS: Final = (_RGB, _YCBCR, _INKS)
_ORIENTATION, _X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT, _CENTIMETRE = 274, 282, 283, 296, 3


def list_volumes(path: Path, identifier: str) -> tuple[SeriesInfo, ...]:
    """Return the pictures and stacks of a TIFF file, from its headers alone; raises as open_volume does."""
    with _opened(path) as tif:
        pictures = [(_picture(tif, series, path), series.dtype) for series in tif.series]
    return tuple(
        series_of_file(
            (path,),
            identifier if len(pictures) == 1 else f"{identifier}#{n}",
            short_name(path) if len(pictures) == 1 else f"{short_name(path)} {n}",
            picture.grid,
            picture.affine,
            np.dtype(dtype).name,
            warnings=picture.warnings,
        )
        for n, (picture, dtype) in enumerate(pictures, 1)
    )


def open_volume(path: Path, progress: Progress, part: str = "") -> Volume:
    """Read a picture or a stack; plain pixels that lie in one piece are mapped.

    Parameters
    ----------
    part : str
        Which of the file's series, from ``"1"``; empty: the first.

    Raises
    ------
    ReadError
        It is cut short, damaged, packed in a way that is not known, or claims more than it can hold.
    Cancelled
        The user stopped it.
    """
    with _opened(path) as tif:
        number = int(part) if part.isdecimal() and 0 < int(part) <= len(tif.series) else 1
        series = tif.series[number - 1]
        picture = _picture(tif, series, path)
        array = _array(series, path, progress.part(0.0, 0.8))
        palette = series.keyframe.colormap
        if series.keyframe.photometric == _PALETTE and palette is not None:
            array = _from_palette(array, palette)
        elif series.keyframe.photometric == _INKS and picture.in_color:
            array = _from_inks(array, picture.axes.index("S"))
    name = short_name(path) if not part else f"{short_name(path)} {part}"
    return volume_of(array, picture, path, name, progress.part(0.8, 1.0))


@contextmanager
def _opened(path: Path) -> Iterator[TiffFile]:
    """Open a TIFF file, whatever is wrong with it becoming one clear error."""
    import tifffile

    # It tells of damage there too; what matters becomes an error here.
    logging.getLogger("tifffile").setLevel(logging.CRITICAL)
    try:
        with tifffile.TiffFile(path) as tif:
            if _is_chain_cut(tif):
                raise cut_short(path, "it tells of further pages that are missing")
            if not tif.series:
                raise ReadError(path.name, "is a TIFF file without a picture", "Save it again")
            yield tif
    except (HeatViewerError, PermissionError):
        raise
    except Exception as error:  # tifffile and its codecs raise whatever a damaged file provokes
        detail = detail_of(error, path)
        what = f"is a damaged TIFF file ({detail or type(error).__name__})"
        raise ReadError(path.name, what, "Copy or save it again") from None


def _is_chain_cut(tif: TiffFile) -> bool:
    """Return whether the last page tells of a further one, which tifffile passes over."""
    at = tif.pages.next_page_offset
    if at is None or tif.is_ndpi:  # Hamamatsu's own offsets
        return False
    tif.filehandle.seek(at)
    return any(tif.filehandle.read(tif.tiff.offsetsize))


def _picture(tif: TiffFile, series: TiffPageSeries, path: Path) -> Picture:
    """Return how the pixels of a series lie, once its claims are found possible."""
    page = series.keyframe
    axes, shape = _plain_axes(series.axes), tuple(int(n) for n in series.shape)
    dtype = np.dtype(series.dtype)
    if "Y" not in axes or "X" not in axes or min(shape) < 1 or dtype.kind not in "biufc":
        raise ReadError(
            path.name, f"is a TIFF file of {size_words(shape)} {dtype}, no picture", "Save it again"
        )
    _check_claims(series, dtype.itemsize * math.prod(shape), path)
    samples = shape[axes.index("S")] if "S" in axes else 1
    in_color = (
        samples in (2, 3, 4)
        and dtype in (np.uint8, np.uint16)
        and (page.photometric in _COLORS or (samples == 2 and bool(page.extrasamples)))
    )
    if page.photometric == _PALETTE and page.colormap is not None and "S" not in axes:
        # The palette is looked up when the pixels are read.
        axes, shape, in_color = f"{axes}S", (*shape, 3), True
    elif in_color and page.photometric == _INKS:
        shape = tuple(3 if axis == "S" else n for axis, n in zip(axes, shape, strict=True))
    turn = page.tags.valueof(_ORIENTATION, 1)
    steps = _steps(tif, series)
    return Picture(
        axes,
        shape,
        int(turn) if turn in range(1, 9) else 1,
        steps,
        in_color,
        _frame_axis(tif, axes, shape),
        page.photometric == _MIN_IS_WHITE,
        "mask" if dtype.kind == "b" else "",
        {
            "format": "TIFF",
            "dimensions": size_words(
                tuple(n for n, axis in zip(shape[::-1], axes[::-1], strict=True) if axis != "S")
            ),
            "data type": type_words(dtype, shape[axes.index("S")] if in_color else 1),
            "compression": str(getattr(page.compression, "name", page.compression)).lower(),
            "pixel size": f"{steps[0]:.6g} mm" if steps[0] else "not in the file; 1 mm",
        },
    )


def _plain_axes(axes: str) -> str:
    """Return axes without repeated letters: a further one of the same gets its small letter."""
    seen = ""
    for axis in axes:
        seen += axis if axis not in seen else next(x for x in "abcdefghijk" if x not in seen)
    return seen


def _check_claims(series: TiffPageSeries, size: int, path: Path) -> None:
    there = path.stat().st_size
    if size > max(_ALWAYS, _MOST_EXPANSION * there):
        raise cut_short(path, f"it claims {size / 1e9:.3g} GB, more than it can hold")
    for page in series.pages:
        if page is None:
            continue
        if math.prod(page.chunked) > len(page.dataoffsets):
            raise cut_short(path, "some of its strips or tiles are missing")
        ends = (at + n for at, n in zip(page.dataoffsets, page.databytecounts, strict=False) if n)
        if max(ends, default=0) > there:
            raise cut_short(path, "some of its pixels are missing")


def _array(series: TiffPageSeries, path: Path, progress: Progress) -> NDArray[Any]:
    """Return the pixels of a series, in its axes."""
    shape = tuple(int(n) for n in series.shape)
    dtype = np.dtype(series.dtype)
    start = series.dataoffset
    order = series.parent.byteorder if series.parent is not None else "="
    if start is not None:
        stored = dtype.newbyteorder(order)
        if start + stored.itemsize * math.prod(shape) > path.stat().st_size:
            raise cut_short(path, "some of its pixels are missing")
        if stored.itemsize * math.prod(shape) < MAPPED_FROM:
            return np.fromfile(path, stored, math.prod(shape), offset=start).reshape(shape)
        return np.memmap(path, stored, "r", start, shape)
    array = new_array(shape[::-1], dtype, path).T
    pages = series.pages
    own = tuple(series.keyframe.shape)
    if not len(pages) or len(pages) * math.prod(own) != math.prod(shape):
        return np.asarray(series.asarray())
    flat = array.reshape(len(pages), *own)
    for n, page in enumerate(pages):
        progress.at(n / len(pages))
        flat[n] = 0 if page is None else page.asarray()
    return array


def _from_palette(array: NDArray[Any], palette: NDArray[Any]) -> NDArray[np.uint8]:
    """Return the colours that indices stand for; palettes have 16 bits a colour."""
    colors: NDArray[np.uint8] = (np.asarray(palette).T >> 8).astype(np.uint8)
    found: NDArray[np.uint8] = colors[np.minimum(array, len(colors) - 1)]
    return found


def _from_inks(array: NDArray[Any], axis: int) -> NDArray[np.uint8]:
    """Return the colours of cyan, magenta, yellow and black inks, without a profile."""
    inks = np.moveaxis(array if array.dtype == np.uint8 else (array >> 8).astype(np.uint8), axis, -1)
    light = 255 - inks.astype(np.uint16)
    rgb = (light[..., :3] * light[..., 3:4] + 127) // 255
    return np.moveaxis(rgb.astype(np.uint8), -1, axis)


def _steps(tif: TiffFile, series: TiffPageSeries) -> tuple[float | None, float | None, float | None]:
    """Return mm between columns, rows and slices, None where the file does not say."""
    if tif.ome_metadata:
        return tuple(_ome_step(tif.ome_metadata, axis) for axis in "XYZ")  # type: ignore[return-value]
    tags = series.keyframe.tags
    x, y = (_per_pixel(tags.valueof(tag)) for tag in (_X_RESOLUTION, _Y_RESOLUTION))
    if tif.is_imagej:
        said = tif.imagej_metadata or {}
        mm = MM_PER_UNIT.get(str(said.get("unit", "")).replace("\\u00B5", "µ").strip().lower())
        if mm is None:
            return None, None, None
        return _usable(x, mm), _usable(y, mm), _usable(said.get("spacing"), mm)
    if tags.valueof(_RESOLUTION_UNIT) == _CENTIMETRE and x and not _is_for_print(25.4 / (10 * x)):
        return _usable(x, 10.0), _usable(y, 10.0), None
    return None, None, None


def _is_for_print(dpi: float) -> bool:
    return any(abs(dpi - usual) < 0.005 * usual for usual in _PRINT_DPI)


def _per_pixel(resolution: Any) -> float | None:
    """Return the units a pixel of TIFF's pixels a unit, which it has as a fraction."""
    try:
        pixels, units = resolution
        return float(units) / float(pixels)
    except (TypeError, ValueError, ZeroDivisionError):
        return None


def _usable(step: Any, mm: float) -> float | None:
    try:
        value = abs(float(step)) * mm
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) and 1e-9 < value < 1e6 else None


def _ome_step(xml: str, axis: str) -> float | None:
    """Return a pixel size of OME's metadata, in mm; it is in micrometres unless it says otherwise."""
    found = re.search(rf'PhysicalSize{axis}="([^"]+)"', xml)
    unit = re.search(rf'PhysicalSize{axis}Unit="([^"]+)"', xml)
    mm = MM_PER_UNIT.get(unit.group(1).lower()) if unit else 1e-3
    return _usable(found.group(1), mm) if found and mm else None


def _frame_axis(tif: TiffFile, axes: str, shape: tuple[int, ...]) -> FrameAxis | None:
    """Return the times of the frames where ImageJ's or OME's metadata have them, and they are times alone."""
    sizes = dict(zip(axes, shape, strict=True))
    frames = sizes.get("T", 1)
    if sizes.get("C", 1) > 1:
        return None
    step = None
    if tif.is_imagej:
        step = (tif.imagej_metadata or {}).get("finterval")
    elif tif.ome_metadata:
        found = re.search(r'TimeIncrement="([^"]+)"', tif.ome_metadata)
        unit = re.search(r'TimeIncrementUnit="([^"]+)"', tif.ome_metadata)
        step = found.group(1) if found and (unit is None or unit.group(1) == "s") else None
    seconds = _usable(step, 1.0)
    if frames < 2 or seconds is None:
        return None
    return FrameAxis("time", tuple(round(seconds * t, 9) for t in range(frames)), "s")
