"""Help, written from the tables of commands and options."""

from __future__ import annotations

import shutil
import textwrap
from typing import TYPE_CHECKING

from heatviewer.cli.commands import COMMANDS
from heatviewer.cli.options import layer_options
from heatviewer.cli.parse import HEATMAP

if TYPE_CHECKING:
    from collections.abc import Iterable

    from heatviewer.cli.options import Option
    from heatviewer.cli.parse import Command

_INDENT = 28
_ABOUT_LAYERS = (
    "BASE and HEATMAP are image files of any format that is read, DICOM folders, ZIP archives or DICOMDIRs."
    " BASE may also be a session (.hvs) or a RedBrick task (.json): what else is named lies on top of it."
    " An option belongs to the last path before it. Numbers and lists may be negative; '--' ends the options."
)
_ABOUT = "Not a medical device; not for diagnosis."


def help_text(command: Command) -> str:
    """Return a command's help, as wide as the terminal up to 100 columns."""
    width = max(60, min(shutil.get_terminal_size().columns, 100))
    parts = [f"usage: {command.words} {command.usage}", f"{command.summary}."]
    if not command.name:
        rows = [(f"heatviewer {c.name}", c.summary) for c in COMMANDS.values()]
        parts.append(_section("Commands ('heatviewer COMMAND --help' tells more)", rows, width))
    if command.layers:
        parts.append(textwrap.fill(_ABOUT_LAYERS, width))
        groups: tuple[tuple[str, tuple[Option, ...]], ...] = (
            ("Options of a heatmap", (HEATMAP, *_of("heatmap"))),
            ("Options of the base", _of("base")),
            ("Options of the base or a heatmap", _of("layer")),
        )
        parts += [_section(title, _rows(options), width) for title, options in groups]
    parts.append(_section("Options", _rows(command.options()), width))
    if not command.name:
        parts.append(_ABOUT)
    return "\n\n".join(parts)


def _of(scope: str) -> tuple[Option, ...]:
    return tuple(option for option in layer_options() if option.scope == scope)


def _rows(options: Iterable[Option]) -> list[tuple[str, str]]:
    return [(f"{', '.join(option.names)} {option.values}".strip(), option.help) for option in options]


def _section(title: str, rows: Iterable[tuple[str, str]], width: int) -> str:
    lines = [f"{title}:"]
    for left, right in rows:
        text = textwrap.wrap(right, width - _INDENT)
        if len(left) > _INDENT - 4:
            lines.append(f"  {left}")
        else:
            lines.append(f"  {left:{_INDENT - 2}}{text.pop(0)}")
        lines += [" " * _INDENT + line for line in text]
    return "\n".join(lines)
