"""Heatmaps as DICOM Parametric Maps, masks and labels as Segmentations, of a base's patient and study.

PS3.3 A.75 (Parametric Map) and A.51 (Segmentation), put together by highdicom. What is written lies
on the base's grid and in its frame of reference. 'No data' in a map is NaN, which PS3.5 8 allows
in Float Pixel Data: no number stands for it that a reader could take for a value.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from heatviewer import __version__
from heatviewer.core.errors import HeatViewerError, WriteError
from heatviewer.core.geometry import LPS_TO_RAS
from heatviewer.core.output import whole_file
from heatviewer.io.dicom.header import pydicom_quiet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from heatviewer.core.volume import Volume
    from heatviewer.io.progress import Progress

_MAKER: Final = "HeatViewer"
#: Units as volumes name them: UCUM code (PS3.16 CID 82, 84 and 85) and its meaning.
_UNITS: Final = {
    "": ("1", "no units"),
    "HU": ("[hnsf'U]", "Hounsfield unit"),
    "Gy": ("Gy", "Gray"),
    "SUV": ("{SUVbw}g/ml", "Standardized Uptake Value body weight"),
    "SUVlbm": ("{SUVlbm}g/ml", "Standardized Uptake Value lean body mass"),
    "SUVbsa": ("{SUVbsa}cm2/ml", "Standardized Uptake Value body surface area"),
    "Bq/ml": ("Bq/ml", "Becquerels/milliliter"),
    "counts": ("{counts}", "Counts"),
    "%": ("%", "Percent"),
}
#: PatientSex as the standard knows it; other words are left out.
_SEXES: Final = ("M", "F", "O")
#: What a source image needs to have, even if empty: type 2 of the Patient and General Study modules.
_TYPE_2: Final = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "AccessionNumber", "StudyID",
    "StudyDate", "StudyTime", "ReferringPhysicianName",
)  # fmt: skip
#: What is copied too, where it is there.
_OPTIONAL: Final = ("PatientAge", "StudyDescription", "PatientComments")
#: Series of results come behind those of the scanner.
_SERIES_OFFSET: Final = 1000
#: A plane this near to a source image's is the same plane, and takes over its position.
_SAME_MM: Final = 0.01
#: Bytes of segments that overlap that are put into one file at most.
_MOST_OVERLAPPING: Final = 1 << 30


@dataclass(frozen=True)
class Target:
    """Where results belong: the base's volume, which gives the grid, and the files that it was read from."""

    base: Volume
    files: tuple[Path, ...]


@dataclass(frozen=True)
class Segment:
    """One segment to be written: a mask on the target's grid, where its numbers are not 0."""

    mask: Volume
    name: str


def write_parametric_map(folder: Path, volume: Volume, target: Target, progress: Progress) -> Path:
    """Write one frame's values as 32-bit floating numbers with their unit; return the file.

    Parameters
    ----------
    volume : Volume
        On the target's grid, of one frame.

    Raises
    ------
    WriteError
        The base's files do not say whose they are, or the file cannot be written.
    Cancelled
        The user stopped it.
    """
    import highdicom as hd

    sources = _sources(target, progress.part(0.0, 0.3))
    values = np.ascontiguousarray(volume.values_of(volume.frame(0)).transpose(2, 1, 0), dtype=np.float32)
    missing = volume.missing_in(volume.frame(0))
    if missing is not None:
        values = np.where(missing.transpose(2, 1, 0), np.float32(np.nan), values)
    low, high = _range(values)
    centre, width = volume.window or ((low + high) / 2, high - low)
    progress.at(0.4)
    with _refusals(target):
        mapping = hd.pm.RealWorldValueMapping(
            lut_label=_short(volume.name, 16) or "MAP",
            lut_explanation=_short(volume.name, 64) or "Map",
            unit=_unit(volume.unit),
            value_range=(low, high),
            slope=1.0,
            intercept=0.0,
        )
        window = hd.VOILUTTransformation(
            _rounded(centre), _rounded(width or 1.0), voi_lut_function="LINEAR_EXACT"
        )
        made = hd.pm.ParametricMap(
            sources,
            values,
            contains_recognizable_visual_features=False,
            real_world_value_mappings=[mapping],
            voi_lut_transformations=[window],
            content_label="MAP",
            **_planes(target.base, range(len(values)), sources),
            **_identity(sources, volume.name),
        )
    # Type 2C of the General Series module: empty, as which side the body part is of is not known.
    made.Laterality = None
    progress.at(0.8)
    return _save(made, folder, volume.name or "map")


def write_segmentations(
    folder: Path, segments: Sequence[Segment], target: Target, progress: Progress
) -> tuple[Path, ...]:
    """Write masks as binary segments, with their names and recommended colours; return the files.

    One file holds them all, unless they overlap and are too many for the memory.

    Raises
    ------
    WriteError
        Nothing is in any of them, the base's files do not say whose they are, or the file cannot
        be written.
    Cancelled
        The user stopped it.
    """
    sources = _sources(target, progress.part(0.0, 0.3))
    planes = _planes_in_use(segments, progress.part(0.3, 0.5))
    if not planes:
        raise WriteError(segments[0].name, "is empty on the base's grid", "See whether the two overlap")
    written = []
    batches = list(_batches(segments, len(planes) * target.base.grid[0] * target.base.grid[1]))
    for n, batch in enumerate(batches):
        progress.at(0.5 + 0.5 * n / len(batches))
        written.append(_write_batch(folder, batch, planes, target, sources))
    progress.at(1.0)
    return tuple(written)


def _write_batch(
    folder: Path, segments: Sequence[Segment], planes: range, target: Target, sources: list[Dataset]
) -> Path:
    import highdicom as hd

    name = segments[0].name if len(segments) == 1 else "Segments"
    pixels = np.stack(
        [
            np.ascontiguousarray(_pixels(segment)[:, :, planes.start : planes.stop].transpose(2, 1, 0))
            for segment in segments
        ],
        axis=-1,
    ).view(np.uint8)
    with _refusals(target):
        made = hd.seg.Segmentation(
            sources,
            pixels,
            hd.seg.SegmentationTypeValues.BINARY,
            [_description(number, segment) for number, segment in enumerate(segments, 1)],
            content_label="SEGMENTATION",
            **_planes(target.base, planes, sources),
            **_identity(sources, name),
        )
    return _save(made, folder, name)


def _pixels(segment: Segment) -> NDArray[np.bool_]:
    """Return where a segment is, (x, y, z)."""
    stored = segment.mask.frame(0)
    inside: NDArray[np.bool_] = segment.mask.values_of(stored) != 0
    missing = segment.mask.missing_in(stored)
    return inside if missing is None else inside & ~missing


def _planes_in_use(segments: Sequence[Segment], progress: Progress) -> range:
    """Return the planes from the first to the last in which there is anything."""
    used = np.zeros(segments[0].mask.grid[2], bool)
    for n, segment in enumerate(segments):
        progress.at(n / len(segments))
        used |= _pixels(segment).any(axis=(0, 1))
    found = np.flatnonzero(used)
    return range(int(found[0]), int(found[-1]) + 1) if found.size else range(0)


def _batches(segments: Sequence[Segment], size: int) -> Iterator[Sequence[Segment]]:
    """Yield the segments that are written into one file; `size`: bytes of one."""
    count = max(_MOST_OVERLAPPING // max(size, 1), 1)
    for start in range(0, len(segments), count):
        yield segments[start : start + count]


def _description(number: int, segment: Segment) -> Any:
    """Return a segment's item: what it is is not known, beyond its name."""
    import highdicom as hd
    from pydicom.sr.coding import Code

    info, color = segment.mask.info, segment.mask.color
    made = str(info.get("made", "")).upper()
    made = made if made in ("MANUAL", "AUTOMATIC") else "SEMIAUTOMATIC"
    algorithm = None
    if made != "MANUAL":
        algorithm = hd.AlgorithmIdentificationSequence(
            name=_short(str(info.get("algorithm") or "not known"), 64),
            family=Code("123110", "DCM", "Artificial Intelligence")
            if made == "AUTOMATIC"
            else Code("123109", "DCM", "Manual Processing"),
            version="not known",
        )
    return hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=_short(segment.name, 64) or f"Segment {number}",
        segmented_property_category=Code("309825002", "SCT", "Spatial and Relational Concept"),
        segmented_property_type=Code("113132", "DCM", "Single subject selected from group"),
        algorithm_type=made,
        algorithm_identification=algorithm,
        display_color=None
        if color is None
        else hd.color.CIELabColor.from_rgb(*(round(255 * c) for c in color)),
    )


def _sources(target: Target, progress: Progress) -> list[Dataset]:
    """Return the headers of the base's files, one for each plane's place.

    Raises
    ------
    WriteError
        A file cannot be read, or does not say whose it is or where it lies.
    """
    from pydicom import dcmread

    found: dict[Any, Dataset] = {}
    geometry = _planes(target.base, range(0), ())
    with pydicom_quiet():
        for n, path in enumerate(target.files):
            progress.at(n / len(target.files))
            try:
                dataset = dcmread(path, stop_before_pixels=True, force=True)
                place = dataset.get("ImagePositionPatient")
                key = tuple(place) if place else n
            except Exception:  # pydicom raises whatever a damaged file provokes
                raise WriteError(
                    path.name, "cannot be read as the base's header", "Copy or export it again"
                ) from None
            found.setdefault(key, _completed(dataset, geometry))
    sources = list(found.values())
    for keyword, what in (("StudyInstanceUID", "study"), ("SOPInstanceUID", "image")):
        if any(not source.get(keyword) for source in sources):
            raise WriteError(target.files[0].name, f"does not say which {what} it is", _OTHER_BASE)
    placed = all(s.get("ImagePositionPatient") or s.get("PerFrameFunctionalGroupsSequence") for s in sources)
    if target.base.flat or not placed:
        raise WriteError(target.files[0].name, "has no place in the patient's space", _OTHER_BASE)
    return sources


_OTHER_BASE: Final = "Take another series as the base, or write NIfTI"


def _completed(dataset: Dataset, geometry: Mapping[str, Any]) -> Dataset:
    """Return a header in which all that has to be there is, if only empty, and nothing is malformed."""
    from pydicom.uid import generate_uid

    _mend(dataset)
    if dataset.PatientSex not in _SEXES:
        dataset.PatientSex = None
    if not dataset.get("FrameOfReferenceUID"):
        # Anonymised away: one made of the series, so that all its results share it.
        source = [str(dataset.get(name, "")) for name in ("StudyInstanceUID", "SeriesInstanceUID")]
        dataset.FrameOfReferenceUID = generate_uid(entropy_srcs=source)
    if "PositionReferenceIndicator" not in dataset:
        dataset.PositionReferenceIndicator = None
    shared = dataset.get("SharedFunctionalGroupsSequence")
    if not shared:
        for element in geometry["pixel_measures"][0]:
            if element.tag not in dataset:
                dataset.add(element)
        return dataset
    for keyword, name in (
        ("PixelMeasuresSequence", "pixel_measures"),
        ("PlaneOrientationSequence", "plane_orientation"),
    ):
        if keyword not in shared[0]:
            setattr(shared[0], keyword, geometry[name])
    return dataset


def _mend(dataset: Dataset) -> None:
    """Cut texts that are too long for their type; leave other malformed values of patient and study out."""
    from pydicom.config import RAISE
    from pydicom.valuerep import validate_value

    for keyword in (*_TYPE_2, *_OPTIONAL):
        if keyword not in dataset:
            if keyword in _TYPE_2:
                setattr(dataset, keyword, None)
            continue
        element = dataset[keyword]
        try:
            validate_value(element.VR, element.value, RAISE)
        except ValueError:
            most = {"SH": 16, "LO": 64}.get(element.VR, 0)
            element.value = _short(str(element.value), most) or None


def _planes(base: Volume, planes: range, sources: Sequence[Dataset]) -> dict[str, Any]:
    """Return where the planes lie, as highdicom takes it; LPS+ mm."""
    import highdicom as hd

    lps = LPS_TO_RAS @ base.affine
    steps = np.linalg.norm(lps[:3, :3], axis=0)
    across, down = lps[:3, 0] / steps[0], lps[:3, 1] / steps[1]
    between = float(abs(np.cross(across, down) @ lps[:3, 2]))
    known = np.array([s.ImagePositionPatient for s in sources if s.get("ImagePositionPatient")], float)
    positions = []
    for k in planes:
        place = lps[:3, 3] + k * lps[:3, 2]
        if known.size:
            gaps = np.linalg.norm(known.reshape(-1, 3) - place, axis=1)
            place = known.reshape(-1, 3)[gaps.argmin()] if gaps.min() < _SAME_MM else place
        positions.append(hd.PlanePositionSequence("PATIENT", [float(v) for v in place]))
    return {
        "plane_positions": positions,
        "plane_orientation": hd.PlaneOrientationSequence("PATIENT", [float(v) for v in (*across, *down)]),
        "pixel_measures": hd.PixelMeasuresSequence([float(steps[1]), float(steps[0])], between, between),
    }


def _identity(sources: Sequence[Dataset], name: str) -> dict[str, Any]:
    """Return what tells this object from others, and who made it."""
    import highdicom as hd

    number = sources[0].get("SeriesNumber")
    return {
        "series_instance_uid": hd.UID(),
        "series_number": _SERIES_OFFSET + (int(number) if number else 0),
        "sop_instance_uid": hd.UID(),
        "instance_number": 1,
        "manufacturer": _MAKER,
        "manufacturer_model_name": _MAKER,
        "software_versions": __version__,
        "device_serial_number": "none",
        "series_description": _short(name, 64) or None,
        "content_description": _short(name, 64) or None,
    }


@contextmanager
def _refusals(target: Target) -> Iterator[None]:
    """Turn what highdicom raises for a base that it cannot take into one clear error."""
    try:
        with pydicom_quiet():
            yield
    except (HeatViewerError, MemoryError):
        raise
    except Exception as error:
        what = f"is no base that results can be written for ({type(error).__name__})"
        raise WriteError(target.files[0].name, what, _OTHER_BASE) from error


def _save(made: Dataset, folder: Path, name: str) -> Path:
    """Write an object into a folder under a name that nothing there has."""
    stem = re.sub(r"[^\w.-]+", "_", name).strip("._")[:80] or "result"
    path = folder / f"{stem}.dcm"
    for n in range(2, 10_000):
        if not path.exists():
            break
        path = folder / f"{stem}-{n}.dcm"
    with pydicom_quiet(), whole_file(path) as file:
        made.save_as(file, enforce_file_format=True)
    return path


def _unit(unit: str) -> Any:
    from pydicom.sr.coding import Code

    if unit in _UNITS:
        value, meaning = _UNITS[unit]
    elif re.fullmatch(r"[!-~]{1,16}", unit):
        value, meaning = unit, unit
    else:
        value, meaning = "1", _short(unit, 64)
    return Code(value, "UCUM", meaning)


def _range(values: NDArray[np.float32]) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)


def _rounded(value: float) -> float:
    """Return a number that a decimal string holds: 16 letters."""
    return float(f"{value:.9g}")


def _short(text: str, most: int) -> str:
    """Return a text as DICOM's short texts take it: one line, no backslash, not too long."""
    return "".join(c if c.isprintable() and c != "\\" else " " for c in text)[:most].strip()
