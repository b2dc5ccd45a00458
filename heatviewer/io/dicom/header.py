"""One DICOM file's header, in plain values: all that sorting and decoding need."""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from heatviewer.core.volume import Voi, VoiLut
    from heatviewer.io.dicom.file_header import PixelPlace

Pair = tuple[float, float]


@dataclass(frozen=True, slots=True)
class ImageFile:
    """What one image file says once for all of its frames; a field that it lacks is 0 or empty.

    Attributes
    ----------
    rows, columns, frames : int
        Of the pixels in the file, before a mosaic is cut into its tiles.
    samples, photometric, planar : int, str, int
        Numbers a pixel, PhotometricInterpretation, and PlanarConfiguration.
    padding : tuple of int or None
        The padding value, and the other end of its range, as unsigned numbers of a pixel's bits.
    encoding : (bool, bool)
        Whether the file is implicit VR, and little endian.
    floating : bool
        Whether the pixels are floating numbers (FloatPixelData, DoubleFloatPixelData).
    pixels : PixelPlace or None
        None where the data set is deflated: then it is read as a whole.
    size : int
        Bytes of the file.
    patient, study, date, number
        As in ``SeriesInfo``.
    facts : mapping
        Further facts for the information view; nothing that names the patient.
    problem : str
        Why the image cannot be read, as the predicate of a message; empty where it can.
    inverted : bool
        Whether small values are shown bright (MONOCHROME1, or the presentation LUT shape INVERSE).
    """

    path: Path
    series_uid: str
    instance_uid: str
    sop_class: str
    modality: str
    description: str
    rows: int
    columns: int
    frames: int
    samples: int
    photometric: str
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    padding: tuple[int, int] | None
    syntax: str
    encoding: tuple[bool, bool]
    pixels: PixelPlace | None
    size: int
    frame_of_reference: str
    patient_orientation: tuple[str, ...]
    patient: str = field(default="", repr=False)
    study: str = ""
    date: str = ""
    number: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""
    planar: int = 0
    floating: bool = False
    inverted: bool = False


class FrameKey(NamedTuple):
    """What tells images of one position apart, in the order that sorts them; 0 or empty where unknown.

    Attributes
    ----------
    temporal : float
        Index of the time point.
    trigger : float
        Delay after the heart's trigger, ms.
    time : float
        Of the acquisition, s from any start.
    b_value : float
        Diffusion weighting, s/mm².
    echo : float
        Echo time, ms.
    acquisition : float
        Number of the acquisition.
    number : float
        Instance number, or the frame's in its file.
    image_type : tuple of str
        ImageType or FrameType.
    """

    temporal: float = 0.0
    trigger: float = 0.0
    time: float = 0.0
    b_value: float = 0.0
    echo: float = 0.0
    acquisition: float = 0.0
    number: float = 0.0
    image_type: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SliceHeader:
    """What is said of one plane of pixels: a whole file, a frame of it, or a tile of a mosaic.

    Attributes
    ----------
    file : ImageFile
        Where its pixels are.
    frame : int
        Which frame of the file, from 0.
    tile : tuple of int or None
        Left, top, width and height in the frame's pixels; None is the whole frame.
    position, orientation : tuple of float or None
        ImagePositionPatient and ImageOrientationPatient, LPS+ mm.
    spacing : (float, float) or None
        Distance between rows (y), then between columns (x), mm: DICOM's order.
    step : float
        SpacingBetweenSlices or SliceThickness, mm; 1 where the file has neither.
    location : float or None
        SliceLocation, mm: only for planes without a position.
    window : (float, float) or None
        Centre and width by the contract's definition (LINEAR_EXACT), in the unit of the data.
    windows, voi, voi_lut, kind
        As in ``Volume``.
    part : tuple
        Planes of one series with different parts are different volumes (segment, map, stack …).
    echo : tuple of float
        Number and time of its echo.
    frame_key : FrameKey
        Orders planes at the same position.
    notes : tuple of str
        What is odd about the meaning of its numbers.
    """

    file: ImageFile
    frame: int
    tile: tuple[int, int, int, int] | None
    position: tuple[float, ...] | None
    orientation: tuple[float, ...] | None
    spacing: Pair | None
    step: float
    location: float | None
    slope: float
    intercept: float
    unit: str
    kind: str
    window: Pair | None
    windows: tuple[tuple[str, float, float], ...]
    voi: Voi
    voi_lut: VoiLut | None
    part: tuple[Any, ...]
    echo: tuple[float, ...]
    frame_key: FrameKey
    has_lut: bool
    notes: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Pixels along a column."""
        return self.file.rows if self.tile is None else self.tile[3]

    @property
    def columns(self) -> int:
        """Pixels along a row."""
        return self.file.columns if self.tile is None else self.tile[2]

    @property
    def path(self) -> Path:
        """The file that it is in."""
        return self.file.path

    def with_problem(self, problem: str) -> SliceHeader:
        """Return it with the reason why its file cannot be read."""
        return replace(self, file=replace(self.file, problem=problem))


class NotAnImage(Exception):
    """A DICOM file without pixels: a report, a plan, a directory; its text names the kind."""


@contextmanager
def pydicom_quiet() -> Iterator[None]:
    """Keep pydicom's warnings and log to itself: they quote values, which may be the patient's.

    Loaders in several threads may overlap, which ``warnings.catch_warnings`` alone does not
    survive: the filters are put back when the last one leaves.
    """
    global _quiet_users, _quiet_filters
    with _quiet_lock:
        _quiet_users += 1
        if _quiet_users == 1:
            _quiet_filters = warnings.catch_warnings()
            _quiet_filters.__enter__()
            warnings.simplefilter("ignore")
            logging.getLogger("pydicom").disabled = True
    try:
        yield
    finally:
        with _quiet_lock:
            _quiet_users -= 1
            if _quiet_users == 0:
                _quiet_filters.__exit__(None, None, None)
                logging.getLogger("pydicom").disabled = False


_quiet_lock = Lock()
_quiet_users = 0
_quiet_filters: Any = None
