"""What a check tells, and the texts that it looks at."""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal[
    "name", "ID", "birth date", "date", "path", "file name", "UID", "header", "description", "notes",
    "fact", "unknown key", "file text", "pixels",
]  # fmt: skip
#: What can be left out of a copy to share.
Part = Literal["paths", "uids", "names", "notes", "metadata", "kept"]
#: What a text is meant as; "setting": one that is no free text, and is compared with headers alone.
Role = Literal["path", "name", "uid", "notes", "metadata", "kept", "setting", "file text"]

#: A finding's text is cut to this many letters.
_MOST_LETTERS = 160


class Leaf(NamedTuple):
    """A text, where it stands, and what it is meant as."""

    where: str
    text: str
    role: Role


class Finding(NamedTuple):
    """One thing that identifies a patient, or may do so.

    Attributes
    ----------
    kind : str
        What was found.
    where : str
        Its JSON path, such as ``"heatmaps[0].name"``, or its place in a picture or a header.
    text : str
        What stands there, on one line, cut.
    why : str
        Why it is told, as a predicate.
    part : str
        Which part of a session must be left out so that it goes; empty where none takes it away.
    """

    kind: Kind
    where: str
    text: str
    why: str
    part: Part | Literal[""] = ""

    @property
    def can_be_removed(self) -> bool:
        """Whether a copy to share can do without it."""
        return bool(self.part)


def one_line(text: str) -> str:
    """Return a text as lists show it: one line, cut."""
    line = " ".join(text.split())
    return line if len(line) <= _MOST_LETTERS else f"{line[: _MOST_LETTERS - 1]}…"


def as_text(findings: tuple[Finding, ...]) -> str:
    """Return findings as lines of kind, place, text and reason, with tabs between, for the clipboard."""
    rows = [(one.kind, one.where, one.text, one.why) for one in findings]
    return "".join("\t".join(row) + "\n" for row in (("What", "Where", "Text", "Why"), *rows))
