"""Whom DICOM files are of: read when it is asked for, and kept nowhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from heatviewer.io.dicom.elements import text
from heatviewer.io.dicom.file_header import read_header
from heatviewer.io.dicom.header import pydicom_quiet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from heatviewer.io.dicom.elements import Elements

_NAMES: Final = ("PatientName", "OtherPatientNames", "PatientBirthName", "PatientMotherBirthName")
_IDS: Final = ("PatientID", "OtherPatientIDs")
#: What else leads to a person: keyword, and the word for it.
_OTHERS: Final = (
    ("AccessionNumber", "accession number"),
    ("StudyID", "study number"),
    ("AdmissionID", "admission number"),
    ("PatientAddress", "address"),
    ("PatientTelephoneNumbers", "telephone number"),
    ("InstitutionName", "institution"),
    ("InstitutionAddress", "institution's address"),
    ("InstitutionalDepartmentName", "department"),
    ("ReferringPhysicianName", "physician"),
    ("PerformingPhysicianName", "physician"),
    ("PhysiciansOfRecord", "physician"),
    ("NameOfPhysiciansReadingStudy", "physician"),
    ("OperatorsName", "operator"),
    ("StationName", "station"),
    ("DeviceSerialNumber", "serial number"),
    ("PatientComments", "comment"),
    ("ImageComments", "comment"),
)
_DESCRIPTIONS: Final = (
    ("SeriesDescription", "series description"),
    ("StudyDescription", "study description"),
    ("ProtocolName", "protocol name"),
    ("RequestedProcedureDescription", "procedure"),
    ("PerformedProcedureStepDescription", "procedure"),
)
#: What phantoms and made data are called: words of descriptions, and no person's.
_NO_NAMES: Final = {
    "phantom", "test", "anonymous", "anonymized", "anonymised", "unknown", "patient", "head", "brain", "qa",
    "name", "none", "volunteer", "subject",
}  # fmt: skip
#: No description is longer: LO has 64 letters.
_LONG: Final = 256
_UIDS: Final = ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")

Named = tuple[str, str]


@dataclass(frozen=True, repr=False)
class PatientHeader:
    """What headers say of a person. It has no text of its own, so that no log or traceback tells it.

    Attributes
    ----------
    names : tuple of str
        As in the header, such as ``"Doe^John"``.
    ids : tuple of str
    birth_dates : tuple of str
        YYYYMMDD.
    others : tuple of (str, str)
        A word for what it is, and the text: accession number, institution, physicians …
    descriptions : tuple of (str, str)
        A word, and the text: of series and study, of a NIfTI header …
    uids : tuple of str
    burnt_in : bool
        Whether the header says that text is drawn into the pixels.
    """

    names: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    birth_dates: tuple[str, ...] = ()
    others: tuple[Named, ...] = ()
    descriptions: tuple[Named, ...] = ()
    uids: tuple[str, ...] = ()
    burnt_in: bool = False

    @property
    def shown_name(self) -> str:
        """The first name as 'Family, Given', or else the number."""
        for name in self.names:
            parts = [part.strip() for part in name.split("=")[0].split("^")[:2]]
            if any(parts):
                return ", ".join(part for part in parts if part)
        return self.ids[0] if self.ids else ""


def read_patients(
    files: Iterable[Path], cancelled: Callable[[], bool] | None = None
) -> tuple[PatientHeader, ...]:
    """Return what DICOM files say of their patients, each once; files that cannot be read are passed over.

    Parameters
    ----------
    files : iterable of Path
        Files of any kind.
    cancelled : callable, optional
        Asked before every file; when it is true, what was found so far is returned.
    """
    found: dict[PatientHeader, None] = {}
    with pydicom_quiet():
        for path in files:
            if cancelled is not None and cancelled():
                break
            try:
                with path.open("rb") as file:
                    header = _header_of(read_header(file).elements)
            except Exception:  # a header may be damaged in any way: pydicom raises many types
                continue
            found[header] = None
    return tuple(header for header in found if header != PatientHeader())


def _header_of(ds: Elements) -> PatientHeader:
    return PatientHeader(
        _all(ds, _NAMES),
        _all(ds, _IDS),
        tuple(digits for day in _all(ds, ("PatientBirthDate",)) if len(digits := day.replace(".", "")) == 8),
        _named(ds, _OTHERS),
        _named(ds, _DESCRIPTIONS),
        _all(ds, _UIDS),
        text(ds, "BurnedInAnnotation").upper() == "YES",
    )


def _all(ds: Elements, keywords: tuple[str, ...]) -> tuple[str, ...]:
    found = [value for keyword in keywords for value in _said(ds, keyword)]
    return tuple(dict.fromkeys(found))


def _named(ds: Elements, keywords: tuple[Named, ...]) -> tuple[Named, ...]:
    found = [(word, value) for keyword, word in keywords for value in _said(ds, keyword)]
    return tuple(dict.fromkeys(found))


def _said(ds: Elements, keyword: str) -> list[str]:
    """Return an element's texts; a name that pydicom has read is one text and not its letters."""
    try:
        value = ds.get(keyword)
    except (TypeError, ValueError, NotImplementedError):
        return []
    several = value if isinstance(value, Sequence) and not isinstance(value, str | bytes) else [value]
    return [said for one in several if one is not None and (said := str(one).strip())]


def without_patient(description: str, ds: Elements) -> str:
    """Return a description without the words of the patient's name and number that stand in it.

    What a series is called becomes a layer's name, and that comes into titles, pictures and sessions.
    """
    told = _telling_words(ds)
    if not any(word in description.casefold() for word in told):
        return description
    either = "|".join(re.escape(word) for word in sorted(told, key=len, reverse=True))
    description = description[:_LONG]
    between = r"[\s_,;:^-]*"
    gone = re.compile(rf"{between}(?<![^\W_])(?:{either})(?![^\W_]){between}", re.IGNORECASE)
    return " ".join(gone.sub(" ", description).split()) if gone.search(description) else description


def _telling_words(ds: Elements) -> set[str]:
    """Return what in a text tells who it is, in small letters."""
    try:
        name = str(ds.get("PatientName") or "").casefold()
    except (TypeError, ValueError):
        name = ""
    # Without a '^' it is one word for a subject, 'Pancreas_0001', whose parts are no person's names.
    words = set(re.findall(r"[^\W_]+", name)) - _NO_NAMES if "^" in name.strip("^ ") else {name.strip("^ ")}
    number = text(ds, "PatientID").casefold()
    return {word for word in words if len(word) > 2} | ({number} if len(number) > 3 else set())
