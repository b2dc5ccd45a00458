"""A study as a document describes it: which files, how they are shown. Nothing of it is read yet."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from heatviewer.documents.entry import LayerEntry
    from heatviewer.documents.session import Session

Kind = Literal["session", "task", "case"]


@dataclass(frozen=True)
class Study:
    """One study of a session, a task or a worklist.

    Attributes
    ----------
    kind : {'session', 'task', 'case'}
    name : str
        As lists show it.
    file : str
        Absolute path of the document.
    folder : str
        Absolute path that relative paths start from.
    base : LayerEntry or None
    heatmaps : tuple of LayerEntry
        Bottom first.
    view : mapping
        Checked fields of ``ViewState``; what is not there starts as for a new study.
    selected : str or None
        The selected heatmap's id in the document; empty for the one on top, None for none.
    notes : str
    metadata : tuple of (str, str)
    kept : mapping
        What the document holds beside that is not known here.
    problems : tuple of str
        What was left out when the document was read, a sentence each that begins with the field.
    """

    kind: Kind
    name: str
    file: str
    folder: str
    base: LayerEntry | None = None
    heatmaps: tuple[LayerEntry, ...] = ()
    view: Mapping[str, Any] = field(default_factory=dict)
    selected: str | None = ""
    notes: str = ""
    metadata: tuple[tuple[str, str], ...] = ()
    kept: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def holding(self, session: Session) -> Study:
        """Return the study as a session describes it; name, file and folder stay."""
        return replace(self, **vars(session))

    @property
    def entries(self) -> tuple[LayerEntry, ...]:
        """The base, where there is one, and the heatmaps."""
        return self.heatmaps if self.base is None else (self.base, *self.heatmaps)

    @property
    def put_back(self) -> str:
        """What to do where none of its files is to be had."""
        to_do = "Put the files where it names them, or beside it"
        return f"{to_do}, or name the folder that they start from as root" if self.kind == "task" else to_do
