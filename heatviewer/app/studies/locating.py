"""Where the files of a study are now. Nothing is followed that a document does not name."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from heatviewer.app.studies.identity import identity_of, same_files
from heatviewer.app.studies.searching import Neighbourhood
from heatviewer.documents.places import climbs, file_name, is_address, is_made

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from heatviewer.app.studies.study import Study
    from heatviewer.model.source import FileIdentity

_CHANGED = "is not the file it was when the session was saved"
_GONE = "is not where it was"


@dataclass(frozen=True)
class Located:
    """Where a file is, or why it is nowhere.

    Attributes
    ----------
    path : str
        Absolute path; empty where it is missing.
    reason : str
        Why it is missing, or what is odd about what was found, as a predicate; empty for nothing.
    changed : bool
        Whether it is another file than when the document was saved.
    identity : FileIdentity or None
        What it is now, where that had to be known.
    """

    path: str = ""
    reason: str = ""
    changed: bool = False
    identity: FileIdentity | None = None

    def as_it_was(self, identity: FileIdentity | None) -> Located:
        """Return it as a place where nothing changed after all."""
        reason = self.reason.removesuffix(_CHANGED).removesuffix(", and ")
        return replace(self, reason=reason, changed=False, identity=identity)


class _Candidate(NamedTuple):
    """A place where a file may be; `sure` unless only its content can tell that it is the one."""

    path: str
    sure: bool = True
    told: str = ""


@dataclass
class Locator:
    """Finds the files of one study.

    Attributes
    ----------
    study : Study
    moved : mapping
        Files and folders that are known to have moved, as (old, new): what a person has told.
    """

    study: Study
    moved: Mapping[str, str] = field(default_factory=dict)
    _beside: Neighbourhood | None = field(default=None, init=False, repr=False)

    def locate(
        self, relative: str, path: str, identity: FileIdentity | None, items: Sequence[str] = ()
    ) -> Located:
        """Return where a file is.

        What a person has told goes first, then the relative path, then the absolute one, then the
        folders that a person has told, then what lies beside the document. Errors are reasons.

        Parameters
        ----------
        relative, path : str
            As the document writes them; either may be empty.
        identity : FileIdentity or None
            What it was.
        items : sequence of str
            Files within it that alone are meant.
        """
        made = next((place for place in (path, relative) if is_made(place)), "")
        if made:
            return Located(made)
        if not (relative or path):
            return Located(reason="is in no file: it was made in memory")
        reasons = []
        for candidate in self._candidates(relative, path):
            found = _looked_at(candidate, identity, items)
            if found.path:
                return found
            reasons.append(found.reason)
        beside = self._found_beside(file_name(relative or path), identity)
        if beside.path:
            return beside
        reasons.sort(key=lambda reason: reason == _GONE)
        return Located(reason=reasons[0] if reasons else _GONE)

    def with_found(self, old_path: str, new_path: str) -> Locator:
        """Return a locator that knows where a file is now, and so where its siblings may be.

        The folders above the two paths that end alike are taken for one folder that moved.
        """
        moved = {os.path.normpath(old_path): os.path.abspath(new_path)}
        old, new = PurePath(os.path.normpath(old_path)), PurePath(os.path.abspath(new_path))
        moved[str(old.parent)] = str(new.parent)
        while old.name and old.name == new.name:
            old, new = old.parent, new.parent
            moved[str(old)] = str(new)
        found = replace(self, moved={**self.moved, **moved})
        # What lies beside the document was listed already, and is the same.
        found._beside = self._beside
        return found

    def _candidates(self, relative: str, path: str) -> list[_Candidate]:
        named = []
        if relative:
            place = relative if is_address(relative) else os.path.join(self.study.folder, relative)
            if is_address(place) and not is_address(relative):
                place = relative  # the document itself lies on a share
            place = place if is_address(place) else os.path.normpath(place)
            sure = not climbs(relative) or (bool(path) and os.path.normpath(path) == place)
            named.append(_Candidate(place, sure, relative))
            if "\\" in relative and os.sep == "/" and not is_address(relative):
                turned = relative.replace("\\", "/")
                place = os.path.normpath(os.path.join(self.study.folder, turned))
                named.append(_Candidate(place, not climbs(turned), relative))
        if path:
            named.append(_Candidate(path if is_address(path) else os.path.normpath(path)))
        told = [_Candidate(self.moved[one.path]) for one in named if one.path in self.moved]
        siblings = [_Candidate(place) for one in named for place in self._moved_with(one.path)]
        return list(dict.fromkeys((*told, *named, *siblings)))

    def _moved_with(self, path: str) -> list[str]:
        """Return where a path leads from folders that have moved, the nearest folder first."""
        found = []
        for old in sorted(self.moved, key=len, reverse=True):
            rest = path.removeprefix(old.rstrip(os.sep) + os.sep)
            if rest != path:
                found.append(os.path.normpath(os.path.join(self.moved[old], rest)))
        return found

    def _found_beside(self, name: str, identity: FileIdentity | None) -> Located:
        if not name or is_address(self.study.folder):
            return Located()
        if self._beside is None:
            self._beside = Neighbourhood(self.study.folder)
        path = self._beside.find(name, identity)
        if not path:
            return Located()
        shown = os.path.relpath(path, self.study.folder)
        reason = f"was found beside the session, as '{shown:.200}'"
        now = identity_of(path, identity.series_uid) if identity is not None else None
        if identity is not None and identity.digest and not same_files(identity, now):
            return Located(path, f"{reason}, and {_CHANGED}", True, now)
        return Located(path, reason, identity=now)


def _looked_at(candidate: _Candidate, identity: FileIdentity | None, items: Sequence[str]) -> Located:
    """Return a candidate as it is on the disk, or why it is not taken."""
    path = candidate.path
    if is_address(path):
        return Located(reason=f"lies on another machine ({path:.200}) and is not downloaded")
    if not os.path.isabs(path):
        return Located(reason=f"has a path of another system ({path:.200})")
    reason = _refused(path)
    if reason:
        return Located(reason=reason)
    if identity is None or not identity.digest:
        return Located(path) if candidate.sure else Located(reason=_climbing(candidate))
    now = identity_of(path, identity.series_uid, items)
    if same_files(identity, now):
        return Located(path, identity=now)
    if not candidate.sure:
        return Located(reason=_climbing(candidate))
    one_file = identity.files == 1 and not identity.series_uid
    if one_file and os.path.isdir(path) and (now is None or now.files != 1):
        return Located(reason="is a folder, and was a file")
    return Located(path, _CHANGED, True, now)


def _climbing(candidate: _Candidate) -> str:
    return (
        f"has a relative path that leads out of the document's folder ('{candidate.told:.200}'), and nothing "
        "tells that what lies there is the file that is meant. Put the file into that folder, or write its "
        "whole path"
    )


def _refused(path: str) -> str:
    """Return why a path is not opened; empty for a file or a folder."""
    try:
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return _GONE
    except ValueError:
        return "has a path with characters that no path can have"
    except OSError as error:
        return f"cannot be looked at ({(error.strerror or type(error).__name__).lower()})"
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return ""
    return "is no file, but a device or a pipe"
