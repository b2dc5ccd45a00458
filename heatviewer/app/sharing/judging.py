"""What a single text tells of a patient: by what headers say, and by how it looks."""

from __future__ import annotations

import getpass
import os
import re
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Literal

from heatviewer.app.sharing.finding import Finding, one_line
from heatviewer.app.sharing.spellings import day_pattern, id_pattern, names_in, plain, text_pattern
from heatviewer.documents.places import is_absolute, is_address

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from heatviewer.app.sharing.finding import Kind, Leaf, Part, Role
    from heatviewer.io.dicom.patient import PatientHeader

_UID = re.compile(r"(?<![\d.])[0-2](?:\.(?:0|[1-9]\d*)){5,}(?![\d.])")
_DAY = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d([-._/ ]?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])([-._/])(?:0?[1-9]|1[0-2])\2(?:19|20)\d\d)(?!\d)"
)
_NUMBER = re.compile(r"(?<!\d)\d{6,}(?!\d)")
_NAME = re.compile(
    r"(?<![^\W\d_])[^\W\d_]{2,}\^[^\W\d_]+|(?<![^\W_])(?:([A-Z][a-z]{2,})[_ ,^-]+([A-Z][a-z]{2,})"
    r"|([A-Z]{3,})[_ ,^-]+([A-Z]{3,}))(?![^\W_])"
)
_HOME = re.compile(r"(?:[/\\]home|[/\\]users|[/\\]documents and settings)[/\\]([^/\\]+)", re.IGNORECASE)
#: A path within a text of any kind.
_PATH_IN_TEXT = re.compile(
    r"(?:file://|(?<![\w.])~?/(?:[\w.@-]+/)+[\w.@-]*|(?<!\w)[A-Za-z]:[\\/]|\\\\\w)\S*", re.UNICODE
)
#: Of a longer text the beginning is looked through; notes and facts are told whatever they say.
_MOST_LETTERS = 100_000
#: Words of imaging that stand side by side in capitals as a person's names do.
_FIELD_WORDS = frozenset(
    """
    head brain neck chest thorax abdomen pelvis spine knee heart liver lung body whole dose map heat
    heatmap axial coronal sagittal series study scan image images volume mask label labels made code
    cool warm cold hot rainbow ray with without contrast post pre arterial venous phase flair dwi adc
    tof swi mprage space std mean sum max min left right motor cortex visual saliency attention stat
    zstat tstat pet mri spect gated recon filtered original derived primary secondary localizer scout
    plan structure structures gradient field atlas template group control patient
    """.split()  # noqa: SIM905 (a table is read more easily)
)
_PARTS: dict[Role, Part] = {
    "uid": "uids", "name": "names", "notes": "notes", "metadata": "metadata", "kept": "kept",
}  # fmt: skip
#: Told whatever they say, since nobody but a reader can judge them.
_ALWAYS: dict[Role, tuple[Kind, str]] = {
    "notes": ("notes", "are the reader's own words"),
    "metadata": ("fact", "is a fact of the task"),
    "kept": ("unknown key", "comes from another program and is not understood here"),
    "file text": ("file text", "is a text that the file carries beside the pixels"),
}


def judged(leaf: Leaf, patients: Sequence[PatientHeader]) -> Iterator[Finding]:
    """Yield what a text tells: each kind once, what headers say first."""
    leaf = leaf._replace(text=leaf.text[:_MOST_LETTERS])
    part = _part_of(leaf)
    found: dict[Kind, str] = {}
    for kind, why in (*_by_headers(leaf, patients), *_by_looks(leaf)):
        found.setdefault(kind, why)
    if not found and leaf.role in _ALWAYS and leaf.text.strip():
        kind, why = _ALWAYS[leaf.role]
        found[kind] = why
    for kind, why in found.items():
        yield Finding(kind, leaf.where, one_line(leaf.text), why, part)


def leads_out(path: str) -> bool:
    """Return whether a path is no place beside or below the session."""
    parts = path.replace("\\", "/").split("/")
    return is_absolute(path) or ".." in parts


def _part_of(leaf: Leaf) -> Part | Literal[""]:
    if leaf.role == "path":
        return "paths" if leads_out(leaf.text) else ""
    return _PARTS.get(leaf.role, "")


def _by_headers(leaf: Leaf, patients: Sequence[PatientHeader]) -> Iterator[tuple[Kind, str]]:
    bare = plain(leaf.text)
    if not bare:
        return
    for patient in patients:
        if names_in(bare, patient):
            yield "name", "holds the patient's name"
        if any((found := id_pattern(number)) and found.search(bare) for number in patient.ids):
            yield "ID", "holds the patient's number"
        if any(day_pattern(day).search(bare) for day in patient.birth_dates):
            yield "birth date", "holds the patient's birth date"
        for word, text in patient.others:
            if (pattern := text_pattern(text)) and pattern.search(bare):
                yield "header", f"holds the {word} of the header"
        if leaf.role != "uid" and any(uid in leaf.text for uid in patient.uids):
            yield "UID", "holds a UID of the study"
        for word, text in patient.descriptions if leaf.role != "setting" else ():
            if (pattern := text_pattern(text)) and pattern.search(bare):
                yield "description", f"is or holds the {word} of the header"


def _by_looks(leaf: Leaf) -> Iterator[tuple[Kind, str]]:
    if leaf.role == "path":
        yield from _of_path(leaf.text)
    elif match := _PATH_IN_TEXT.search(leaf.text):
        yield "path", f"holds a path{_whose(match.group())}"
    if _UID.search(leaf.text):
        yield "UID", "holds a UID, by which the study can be found again"
    if leaf.role == "setting":
        return
    rest = _UID.sub(" ", leaf.text)
    if leaf.role != "uid" and _looks_like_name(rest):
        yield "name", "looks like a person's name"
    if _DAY.search(rest):
        yield "date", "looks like a date"
    elif leaf.role != "uid" and _NUMBER.search(rest):
        yield "ID", "looks like a number of a person or a study"


def _of_path(path: str) -> Iterator[tuple[Kind, str]]:
    if is_address(path):
        yield "path", "is the address of another machine"
    elif is_absolute(path):
        yield "path", f"is an absolute path{_whose(path)}"
    elif leads_out(path):
        yield "path", f"leads out of the folder{_whose(path)}"


def _whose(path: str) -> str:
    """Return what a path says of who made it, as the end of a reason."""
    if (match := _HOME.search(path)) and match.group(1).casefold() not in ("public", "shared"):
        return f" with the user's name '{match.group(1)}'"
    words = set(re.split(r"[/\\]", path.casefold()))
    return " with your user name" if _own_names() & words else ""


@cache
def _own_names() -> frozenset[str]:
    """Return what this machine's user is called, in small letters."""
    found = {os.path.basename(os.path.expanduser("~"))}
    with suppress(OSError, KeyError, ImportError):
        found.add(getpass.getuser())
    return frozenset(name.casefold() for name in found if len(name) > 1)


def _looks_like_name(text: str) -> bool:
    for match in _NAME.finditer(text):
        words = [word.casefold() for word in match.groups() if word]
        if not words or not _FIELD_WORDS.intersection(words):
            return True
    return False
