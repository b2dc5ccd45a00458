"""The command that tells what in a file identifies a patient: ``check-sharing``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heatviewer.cli.output import table, write_json, write_text
from heatviewer.core.errors import UsageError

if TYPE_CHECKING:
    from heatviewer.app.sharing.checking import Checked
    from heatviewer.cli.parse import Parsed


def check_sharing(parsed: Parsed) -> int:
    """List what in a session, task, style, picture or scan identifies a patient; 0 whatever is found."""
    if not parsed.sources:
        raise UsageError("FILE", "no file is named", "Write heatviewer check-sharing FILE")
    from heatviewer.app.sharing.checking import check_file

    checked = check_file(parsed.sources[0].path)
    if parsed.values.get("json"):
        write_json(
            {
                "path": checked.path,
                "kind": checked.kind,
                "findings": [
                    {**one._asdict(), "can_be_removed": one.can_be_removed} for one in checked.findings
                ],
            }
        )
    else:
        write_text(_text(checked))
    return 0


def _text(checked: Checked) -> str:
    from heatviewer.app.sharing.checking import LOOK_YOURSELF

    lines = []
    if checked.findings:
        rows = [(one.kind, one.where, one.text, one.why) for one in checked.findings]
        lines.append(table([("WHAT", "WHERE", "TEXT", "WHY"), *rows]))
    else:
        lines.append(f"Nothing was found in this {checked.kind} that identifies a patient.")
    if checked.kind == "picture":
        lines.append(f"{LOOK_YOURSELF}.")
    return "\n".join(lines)
