"""Folders as they come from hospitals: everything of one patient, and series of thousands of files."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from tests.dicom_files import stored, write_series
from tests.io.dose_files import PLAN_CLASS, write_dose
from tests.io.dose_files import stored as dose_values
from tests.io.frame_files import along_normal, owned, plane_at, segment, write_seg
from tests.io.pet_files import pet_tags
from tests.io.structure_files import Contour, Roi, StructureSet, square

if TYPE_CHECKING:
    from pathlib import Path

STUDY, SPACE = "1.2.3.7", "1.2.3.5"
CT, SCOUT, LUNG, PET = "1.2.3.21", "1.2.3.22", "1.2.3.23", "1.2.3.24"
#: What holds no image, by class of object: a structured report, a plan, key images, a display state.
TEXTS = {
    "SR": "1.2.840.10008.5.1.4.1.1.88.33",
    "RTPLAN": PLAN_CLASS,
    "KO": "1.2.840.10008.5.1.4.1.1.88.59",
    "PR": "1.2.840.10008.5.1.4.1.1.11.1",
}


def write_mixed_study(folder: Path) -> Path:
    """Write all that radiotherapy leaves of a patient; PET, dose and segments are larger than the CT."""
    common = {"StudyInstanceUID": STUDY, "FrameOfReferenceUID": SPACE, "StudyDescription": "Planning"}

    def series(name: str, pixels: Any, uid: str, **tags: Any) -> None:
        own = {"SeriesInstanceUID": uid, "SeriesDescription": name}
        write_series(folder / name, pixels, tags=common | own | tags)

    series("scout", stored(1, 9, 9), SCOUT, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    series("lung", stored(4), LUNG)
    series("planning", stored(8), CT)
    series("pet", stored(6, 30, 30), PET, **pet_tags())
    write_dose(folder / "dose", dose_values(5, 40, 40), offsets=[0.0, 3, 6, 9, 12], frame=SPACE)
    groups = [{**plane_at(place), **owned(n)} for n, place in enumerate(along_normal([0.0, 2.0]), 1)]
    masks = np.ones((2, 60, 50), bool)
    write_seg(folder / "segments", masks, groups, [segment(1, "Liver"), segment(2, "Spleen")],
              tags={"SeriesInstanceUID": "1.2.3.26"})  # fmt: skip
    StructureSet([Roi("target", [Contour(square(-4, 4, 45.0))])], CT, SPACE).write(folder / "structures")
    for modality, sop_class in TEXTS.items():
        _write_text(folder / modality, modality, sop_class)
    (folder / "readme.txt").write_text("not an image")
    return folder


def _write_text(path: Path, modality: str, sop_class: str) -> None:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, sop_class
    meta.MediaStorageSOPInstanceUID = generate_uid()
    ds = FileDataset("", {}, preamble=b"\0" * 128, file_meta=meta)
    ds.SOPClassUID, ds.SOPInstanceUID, ds.Modality = sop_class, meta.MediaStorageSOPInstanceUID, modality
    ds.PatientName, ds.StudyInstanceUID, ds.SeriesInstanceUID = "Secret^Name", STUDY, generate_uid()
    item = Dataset()
    item.ValueType, item.TextValue = "TEXT", "A finding"
    ds.ContentSequence = [item]
    ds.save_as(path, enforce_file_format=True)


def write_many(folder: Path, counts: list[int]) -> dict[str, int]:
    """Write series of so many tiny files into one folder, mixed; return how many each series has.

    Slice k of a series lies at z = 40 + 2.5 k mm and holds k, then the number of its series.
    Files are copies of one whose numbers are replaced: pydicom would take seconds.
    """
    write_series(
        folder, stored(1, 1, 2, "u2"), tags={"SeriesInstanceUID": "1.2.3.1000", "PixelSpacing": [1, 1]}
    )
    (first,) = folder.iterdir()
    raw = first.read_bytes()
    first.unlink()
    instance = _instance_of(raw)
    names = list(range(sum(counts)))
    random.Random(3).shuffle(names)
    for number, count in enumerate(counts):
        for k in range(count):
            changed = raw.replace(b"1.2.3.1000", b"1.2.3.%04d" % (1000 + number))
            changed = changed.replace(instance, instance[:-8] + b"%02d%06d" % (10 + number, k))
            changed = changed.replace(b"40.000000000", b"%012.7f" % (40 + 2.5 * k))
            (folder / f"IM{names.pop()}").write_bytes(changed[:-4] + np.array([k, number], "<u2").tobytes())
    return {f"1.2.3.{1000 + number}": count for number, count in enumerate(counts)}


def _instance_of(raw: bytes) -> bytes:
    at = raw.index(b"\x08\x00\x18\x00UI") + 8
    return raw[at : at + int.from_bytes(raw[at - 2 : at], "little")].rstrip(b"\0")
