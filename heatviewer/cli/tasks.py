"""Commands about RedBrick tasks: ``task export`` and ``task check``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from heatviewer.cli.output import check_inputs, tell, write_json, write_text
from heatviewer.core.errors import ReadError, UsageError

if TYPE_CHECKING:
    from heatviewer.cli.parse import Parsed


def export(parsed: Parsed) -> int:
    """Write a session, or a base with heatmaps, as a task; tell what a task cannot say."""
    output = parsed.values.get("output")
    if output is None:
        raise UsageError("--output", "no file is named", "Add -o TASK.json")
    if Path(output).suffix.lower() not in ("", ".json"):
        raise UsageError(
            "--output", f"'{output}' is not the name of a task", "Name a file that ends in .json"
        )
    from heatviewer.app.studies.exporting import export_task
    from heatviewer.app.studies.kinds import may_be_document
    from heatviewer.cli.picture import open_layers

    scene = open_layers(parsed)
    assert parsed.base is not None
    source = parsed.base.path
    name = Path(source).stem if may_be_document(source) else scene.state.layers[0].name
    inputs = [one.path for one in parsed.sources]
    path, notes = export_task(scene.state, scene.volumes, output, name, inputs)
    for note in notes:
        tell(note)
    write_text(str(path))
    return 0


def check(parsed: Parsed) -> int:
    """Tell everything that is wrong with a task; 1 where anything is."""
    if not parsed.sources:
        raise UsageError("TASK.json", "no task is named", "Write heatviewer task check TASK.json")
    check_inputs(parsed.sources, documents=True)
    from heatviewer.app.studies.opening import read_document, root_of
    from heatviewer.app.studies.tasks import task_problems

    place = Path(parsed.sources[0].path)
    document = read_document(place)
    if isinstance(document, dict) and "format" in document and "series" not in document:
        raise ReadError(place.name, f"is no task, but {document['format']!r:.40}", "Name a task")
    problems = task_problems(document, root_of(place, parsed.values.get("root")))
    if parsed.values.get("json"):
        found = [{"path": one.path, "message": one.message} for one in problems]
        write_json({"path": str(place), "problems": found})
    else:
        lines = [f"{one.path or place.name}: {one.message}" for one in problems]
        write_text("\n".join(lines) or f"{place.name}: nothing is wrong with it")
    return 1 if problems else 0
