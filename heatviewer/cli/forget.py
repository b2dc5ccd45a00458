"""The command that removes what the program remembers: ``forget``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heatviewer.cli.output import hint, write_json, write_text

if TYPE_CHECKING:
    from heatviewer.app.forgetting import Forgotten
    from heatviewer.cli.parse import Parsed


def forget(parsed: Parsed) -> int:
    """Forget the studies that were opened, and tell what was removed; 0 also where there was nothing."""
    from heatviewer.app.forgetting import forget as forget_now

    gone = forget_now(everything=parsed.values.get("all", False))
    if gone.running:
        of = "a running window" if gone.running == 1 else f"{gone.running} running windows"
        hint("unsaved work", f"of {of} stays")
    if parsed.values.get("json"):
        write_json(gone._asdict())
    else:
        write_text("\n".join(_lines(gone)) or "Nothing was remembered.")
    return 0


def _lines(gone: Forgotten) -> list[str]:
    told = (
        (gone.recent, _counted(gone.recent, "recent study", "recent studies")),
        (gone.pictures, _counted(gone.pictures, "picture", "pictures")),
        (gone.last_folder, "the last folder"),
        (gone.dialogs, "the folders that file dialogs had been in"),
        (gone.recovery, _counted(gone.recovery, "file of unsaved work", "files of unsaved work")),
        (gone.preferences, "the preferences and the window's shape"),
    )
    return [f"removed: {text}" for there, text in told if there]


def _counted(number: int, one: str, several: str) -> str:
    return f"1 {one}" if number == 1 else f"{number} {several}"
