"""The check itself: of a file, and of what is open as it would be saved, exported or copied."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from heatviewer.app.patient import patients_of
from heatviewer.app.sharing.finding import Finding, Leaf, one_line
from heatviewer.app.sharing.judging import judged
from heatviewer.app.sharing.leaves import leaves
from heatviewer.app.studies.opening import document_kind, read_document
from heatviewer.app.studies.presets import presets_used
from heatviewer.app.styles import copy_style
from heatviewer.core.errors import MissingFileError, ReadError
from heatviewer.documents.migrations import migrated
from heatviewer.documents.places import is_absolute, is_address
from heatviewer.documents.session import session_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from heatviewer.io.dicom.patient import PatientHeader
    from heatviewer.model.layer import HeatmapLayer
    from heatviewer.model.scene_state import SceneState

#: What no program can promise of a picture.
LOOK_YOURSELF = "Text that is drawn into the pixels is not found by this check: look at the picture yourself"


@dataclass(frozen=True)
class Checked:
    """What was found in a file.

    Attributes
    ----------
    path : str
    kind : str
        'session', 'task', 'style', 'styles', 'picture' or 'scan'.
    findings : tuple of Finding
    """

    path: str
    kind: str
    findings: tuple[Finding, ...]


# --- what is open ----------------------------------------------------------------------------------


def session_document(state: SceneState, folder: str | None, absolute: bool = True) -> dict[str, Any]:
    """Return a scene as the JSON object of a session in a folder."""
    document: dict[str, Any] = json.loads(
        session_bytes(state, folder, presets_used(state), absolute=absolute)
    )
    return document


def document_findings(document: Any, patients: Sequence[PatientHeader] = ()) -> tuple[Finding, ...]:
    """Return what of a session, a task or a style identifies a patient, in the order of the document.

    Parameters
    ----------
    document : JSON value
    patients : sequence of PatientHeader
        Who its layers are of, where that is known.
    """
    return _of_leaves(leaves(document), patients)


def style_findings(layer: HeatmapLayer, patients: Sequence[PatientHeader] = ()) -> tuple[Finding, ...]:
    """Return what a heatmap's look, as a file of its own, tells of a patient: mostly nothing."""
    return document_findings(json.loads(copy_style(layer)), patients)


def drawn_findings(state: SceneState, patients: Sequence[PatientHeader] = ()) -> tuple[Finding, ...]:
    """Return what is written on a picture of a scene that identifies a patient: layers' names.

    An exported picture's file carries no text beside its pixels.
    """
    shown = [(n, layer) for n, layer in enumerate(state.heatmaps) if layer.visible]
    drawn = [Leaf(f"legend of heatmap {n + 1}", layer.name, "name") for n, layer in shown if layer.name]
    drawn += [
        Leaf(f"label {value} of heatmap {n + 1}", name, "name")
        for n, layer in shown
        for value, name in layer.labels or ()
    ]
    found = [finding._replace(part="") for finding in _of_leaves(drawn, patients)]
    if any(patient.burnt_in for patient in patients):
        why = "carry burnt-in text, as the header says"
        found.append(Finding("pixels", "pixels of the scan", "", why))
    return tuple(found)


# --- files -----------------------------------------------------------------------------------------


def check_file(path: str | Path) -> Checked:
    """Return what in a file identifies a patient: a session, task, style, picture, or a scan's headers.

    Raises
    ------
    MissingFileError, ReadError
        Naming the file.
    """
    place = Path(path).absolute()
    if not os.path.lexists(place):
        raise MissingFileError(str(path), "there is no such file or folder", "Check the path")
    if place.suffix.lower() in (".hvs", ".json", ".bak"):
        return _check_document(str(path), place)
    kind = _kind_of(place)
    if kind == "image":
        own_name = _of_leaves([Leaf("file name", place.name, "path")], ())
        return Checked(str(path), "picture", (*own_name, *_picture_findings(place)))
    patients = patients_of([place])
    if not kind and not patients:
        raise ReadError(place.name, "is nothing that is shared from here", "Name a session, style or picture")
    own_name = _of_leaves([Leaf("file name", place.name, "path")], patients)
    return Checked(str(path), "scan", (*own_name, *header_findings(patients)))


def header_findings(patients: Sequence[PatientHeader]) -> tuple[Finding, ...]:
    """Return what headers say of a person, as it stands there."""
    found: list[Finding] = []
    for patient in patients:
        told = [("name", text, "is the patient's name") for text in patient.names]
        told += [("ID", text, "is the patient's number") for text in patient.ids]
        told += [("birth date", text, "is the patient's birth date") for text in patient.birth_dates]
        told += [("header", text, f"is the {word}") for word, text in patient.others]
        told += [("description", text, f"is the {word}") for word, text in patient.descriptions]
        told += [("UID", text, "is a UID, by which the study can be found again") for text in patient.uids]
        found += [Finding(kind, "header", one_line(text), why) for kind, text, why in told]  # type: ignore[arg-type]
        if patient.burnt_in:
            found.append(Finding("pixels", "pixels", "", "carry burnt-in text, as the header says"))
    return tuple(dict.fromkeys(found))


def _check_document(told: str, place: Path) -> Checked:
    document = read_document(place)
    kind = document_kind(document, place.name)
    if kind == "session":
        document = migrated(document, place.name)
    patients = patients_of(_paths_in(document, place.parent))
    own_name = _of_leaves([Leaf("file name", place.name, "path")], patients)
    return Checked(told, kind, (*own_name, *document_findings(document, patients)))


def _paths_in(document: Any, folder: Path) -> tuple[str, ...]:
    """Return the paths that a document names, where there is something."""
    texts = [leaf.text for leaf in leaves(document) if leaf.role == "path" and not is_address(leaf.text)]
    places = [text if is_absolute(text) else os.path.normpath(folder / text) for text in texts]
    return tuple(dict.fromkeys(place for place in places if "\0" not in place and os.path.exists(place)))


def _kind_of(place: Path) -> str:
    from heatviewer.io.sniff import format_of, head_of

    return "" if place.is_dir() else format_of(head_of(place))


def _picture_findings(place: Path) -> tuple[Finding, ...]:
    from heatviewer.io.header_texts import picture_texts

    try:
        texts = picture_texts(place)
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        what = f"cannot be read as a picture ({type(error).__name__})"
        raise ReadError(place.name, what, "Export it again") from None
    found = _of_leaves([Leaf(name, text, "file text") for name, text in texts], ())
    return tuple(_named_place(finding) for finding in found)


def _named_place(finding: Finding) -> Finding:
    return finding._replace(why="tells where it was taken") if finding.where == "GPS" else finding


def _of_leaves(texts: Iterable[Leaf], patients: Sequence[PatientHeader]) -> tuple[Finding, ...]:
    return tuple(finding for leaf in texts for finding in judged(leaf, patients))
