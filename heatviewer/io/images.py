"""PNG, JPEG, BMP, GIF and WebP by Pillow; TIFF is handed on to its own reader."""

from __future__ import annotations

import threading
import warnings
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from heatviewer.core.errors import HeatViewerError, ReadError
from heatviewer.core.volume import FrameAxis
from heatviewer.io.listing import series_of_file
from heatviewer.io.pictures import Picture, volume_of
from heatviewer.io.sniff import begins_with
from heatviewer.io.unpacking import cut_short
from heatviewer.io.voxel_stream import new_array
from heatviewer.io.wording import detail_of, short_name, type_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray
    from PIL.Image import Image as Opened

    from heatviewer.core.volume import Volume
    from heatviewer.io.listing import SeriesInfo
    from heatviewer.io.progress import Progress

_FORMATS: Final = ("PNG", "JPEG", "BMP", "GIF", "WEBP")
_SEVERAL: Final = ("PNG", "GIF", "WEBP")
#: Modes whose pixels are numbers, and the type that they are kept in.
_GREY: Final = {
    "1": "?", "L": "u1", "I": "i4", "F": "f4", "I;16": "u2", "I;16B": "u2", "I;16L": "u2", "I;16N": "u2",
}  # fmt: skip
#: Pixels that a file may claim whatever its size, that each of its bytes may stand for (single bits,
#: deflated), and that one file may have at all.
_ALWAYS: Final = 1 << 24
_PIXELS_PER_BYTE: Final = 8 * 1032
_MOST_PIXELS: Final = 1 << 30
_EXIF_ORIENTATION: Final = 0x0112

_lock = threading.Lock()


def list_volumes(path: Path, identifier: str) -> tuple[SeriesInfo, ...]:
    """Return what a picture file holds, from its header alone; raises as open_volume does."""
    if begins_with(path, b"II", b"MM"):
        from heatviewer.io import tiff

        return tiff.list_volumes(path, identifier)
    with _opened(path) as image:
        picture, dtype = _picture(image)
    return (
        series_of_file(
            (path,), identifier, short_name(path), picture.grid, picture.affine, np.dtype(dtype).name
        ),
    )


def open_volume(path: Path, progress: Progress, part: str = "") -> Volume:
    """Read a picture; an animated one becomes frames.

    Raises
    ------
    ReadError
        It is cut short, damaged, or claims more pixels than it can hold.
    Cancelled
        The user stopped it.
    """
    if begins_with(path, b"II", b"MM"):
        from heatviewer.io import tiff

        return tiff.open_volume(path, progress, part)
    with _opened(path) as image:
        picture, dtype = _picture(image)
        array = new_array(picture.shape[::-1], np.dtype(dtype), path).T
        several = "T" in picture.axes
        count = picture.shape[0] if several else 1
        durations = []
        for n in range(count):
            progress.at(0.8 * n / count)
            if several:
                image.seek(n)
            pixels = _pixels(image, picture.shape[-1] if picture.in_color else 1)
            durations.append(float(image.info.get("duration") or 0))
            (array[n] if several else array)[...] = pixels
    times = _times(durations) if several else None
    if times:
        picture = replace(picture, frame_axis=FrameAxis("time", times, "s"))
    return volume_of(array, picture, path, short_name(path), progress.part(0.8, 1.0))


@contextmanager
def _opened(path: Path) -> Iterator[Opened]:
    """Open a picture whose size it can hold, whatever is wrong with it becoming one clear error."""
    # Imported here: few commands need pictures.
    from PIL import Image

    most = min(_MOST_PIXELS, max(_ALWAYS, _PIXELS_PER_BYTE * path.stat().st_size))
    # One at a time: Pillow's own limit, too low for a scanned slide and too high for a small file, is a
    # global; it also guards the frames of a GIF file, which may be larger than its first.
    with _lock, warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, most
        try:
            with Image.open(path, formats=_FORMATS) as image:
                if image.width * image.height * _frames(image) > most:
                    raise _too_large(path)
                yield image
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise _too_large(path) from None
        except (HeatViewerError, PermissionError):
            raise
        except EOFError:
            raise cut_short(path, "some of its pixels are missing") from None
        except Exception as error:  # Pillow's decoders raise whatever a damaged file provokes
            if "truncated" in str(error):
                raise cut_short(path, "some of its pixels are missing") from None
            detail = detail_of(error, path)
            what = f"is a damaged picture ({detail or type(error).__name__})"
            raise ReadError(path.name, what, "Copy or save it again") from None
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def _too_large(path: Path) -> ReadError:
    return ReadError(
        path.name, "claims more pixels than it can hold, or than can be read", "Save it smaller, or as TIFF"
    )


def _frames(image: Opened) -> int:
    return int(getattr(image, "n_frames", 1)) if image.format in _SEVERAL else 1


def _picture(image: Opened) -> tuple[Picture, str]:
    """Return how a picture's pixels lie, and the type that they are kept in."""
    width, height = image.size
    frames = _frames(image)
    samples = _samples(image, frames)
    parts = [
        ("T", frames if frames > 1 else 0),
        ("Y", height),
        ("X", width),
        ("S", samples if samples > 1 else 0),
    ]
    axes = "".join(axis for axis, n in parts if n)
    shape = tuple(n for _, n in parts if n)
    dtype = "u1" if samples > 1 or image.mode not in _GREY else _GREY[image.mode]
    if image.mode == "I" and image.format == "PNG":
        dtype = "u2"
    turn = image.getexif().get(_EXIF_ORIENTATION, 1)
    picture = Picture(
        axes,
        shape,
        turn if turn in range(1, 9) else 1,
        in_color=samples > 1,
        kind="mask" if dtype == "?" else "",
        info={
            "format": str(image.format),
            "dimensions": f"{width} × {height}",
            "data type": type_words(np.dtype(dtype), samples),
            "pixel size": "not in the file; 1 mm",
        },
    )
    return picture, dtype


def _samples(image: Opened, frames: int) -> int:
    """Return how many numbers a pixel becomes: 1 for greys, 3 for colours, 4 with alpha."""
    if image.mode in _GREY and frames == 1:
        return 1
    if image.mode == "P" and frames == 1 and _has_grey_palette(image):
        return 1
    return 4 if image.has_transparency_data or frames > 1 else 3


def _has_grey_palette(image: Opened) -> bool:
    """Return whether a palette is a ramp of greys without transparency."""
    colors = np.array(image.getpalette("RGB") or [0, 0, 0], dtype=np.uint8).reshape(-1, 3)
    grey = bool((colors == colors[:, :1]).all())
    return grey and not image.has_transparency_data


def _pixels(image: Opened, samples: int) -> NDArray[Any]:
    """Return the pixels of the present frame: rows, columns and, of a colour image, samples."""
    if samples > 1:
        return np.asarray(image.convert("RGBA" if samples == 4 else "RGB"))
    if image.mode == "1":
        # Pillow's own array of it has the byte 255 for true.
        return np.asarray(image.convert("L")) > 0
    return np.asarray(image.convert("L") if image.mode == "P" else image)


def _times(durations: list[float]) -> tuple[float, ...] | None:
    """Return when each frame begins, in seconds, from their durations in ms."""
    if not any(durations):
        return None
    starts = np.concatenate([[0.0], np.cumsum(durations[:-1])]) / 1000
    return tuple(round(float(start), 6) for start in starts)
