"""Files that are no longer where a document says, looked for beside it."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from heatviewer.app.studies.identity import identity_of, same_files, series_uid_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from heatviewer.model.source import FileIdentity

#: Files and folders that are looked at, and how deep they lie below the document.
MOST_ENTRIES = 20_000
MOST_LEVELS = 4
#: Files of which some bytes are read in one search.
_MOST_READ = 200


@dataclass
class Neighbourhood:
    """What lies in a document's folder and below it; listed once, when it is first asked for.

    No link is followed, and nothing but regular files is ever opened.
    """

    folder: str
    _files: list[tuple[str, int]] = field(default_factory=list, init=False)
    _folders: list[str] = field(default_factory=list, init=False)
    _listed: bool = field(default=False, init=False)

    def find(self, name: str, identity: FileIdentity | None) -> str:
        """Return the path of a file or folder that is surely the one that is meant; else empty.

        Of the same name and the same content; else of the same content; a series of DICOM also by
        its UID. Where the content is not known nothing is: files of two patients are often called alike.
        """
        if identity is None or not identity.digest:
            return ""
        self._list()
        named = [path for path, _ in self._files if os.path.basename(path) == name]
        if identity.files == 1:
            likely = [path for path, size in self._files if size == identity.size]
        else:
            # The folder itself, and not those above it that hold nothing else.
            likely = sorted(self._folders, key=lambda path: (os.path.basename(path) != name, -len(path)))
        for path in dict.fromkeys((*named, *likely[:_MOST_READ])):
            if same_files(identity, identity_of(path)):
                return path
        return self._with_uid(name, identity) if identity.series_uid else ""

    def _with_uid(self, name: str, identity: FileIdentity) -> str:
        """Return the file or folder that holds a series."""
        for path in self._samples(name):
            if series_uid_of(path) == identity.series_uid:
                return path if identity.files == 1 and os.path.basename(path) == name else _folder(path)
        return ""

    def _samples(self, name: str) -> Iterator[str]:
        """Yield files to look into: of that name, the first of each folder, then the others."""
        first: dict[str, str] = {}
        for path, _ in self._files:
            first.setdefault(_folder(path), path)
        named = [path for path, _ in self._files if os.path.basename(path) == name]
        yield from list(dict.fromkeys((*named, *first.values(), *(path for path, _ in self._files))))[
            :_MOST_READ
        ]

    def _list(self) -> None:
        if self._listed:
            return
        self._listed = True
        self._list_levels()
        # Once, at the end: of many folders a sort for each takes minutes.
        self._files.sort(key=lambda file: (file[0].count(os.sep), file[0]))

    def _list_levels(self) -> None:
        level = [self.folder]
        for _ in range(MOST_LEVELS):
            below: list[str] = []
            for folder in level:
                below += self._list_one(folder)
                if len(self._files) + len(self._folders) >= MOST_ENTRIES:
                    return
            level = below

    def _list_one(self, folder: str) -> list[str]:
        found: list[str] = []
        with suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                if len(self._files) + len(self._folders) + len(found) >= MOST_ENTRIES:
                    break
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    found.append(entry.path)
                elif entry.is_file(follow_symlinks=False):
                    self._files.append((entry.path, entry.stat(follow_symlinks=False).st_size))
        found.sort()
        self._folders += found
        return found


def _folder(path: str) -> str:
    return os.path.dirname(path)
