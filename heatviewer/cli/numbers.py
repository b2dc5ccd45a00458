"""Commands that tell: what a path holds, what lies at a point, which presets there are."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from heatviewer.cli.output import (
    check_inputs,
    facts,
    number,
    progress_bar,
    table,
    warn,
    write_json,
    write_text,
)
from heatviewer.core.errors import ReadError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from heatviewer.analysis.probe import ProbeValue
    from heatviewer.cli.parse import Parsed
    from heatviewer.core.colormap import ColorMap
    from heatviewer.io import Scan
    from heatviewer.model.presets import Listed

# --- info --------------------------------------------------------------------------------------


def info(parsed: Parsed) -> int:
    """Tell what a file or folder holds."""
    if not parsed.sources:
        raise UsageError("PATH", "no file or folder is named", "Write heatviewer info PATH")
    check_inputs(parsed.sources, documents=True)
    from heatviewer.app.studies.kinds import may_be_document
    from heatviewer.io import scan

    path, read = parsed.sources[0].path, not parsed.values.get("headers_only")
    with progress_bar("reading") as progress:
        if may_be_document(path):
            from heatviewer.cli.documents import document_info

            document = document_info(path, parsed.values.get("root"), add_ranges if read else None, progress)
        else:
            found = scan(path, progress=_part(progress, 0.0, 0.3))
            document = found.info()
            if read:
                add_ranges(found, document, _part(progress, 0.3, 1.0))
    if parsed.values.get("json"):
        write_json(document)
    else:
        write_text(_info_text(document))
    return 0


def _part(
    progress: Callable[[float], None] | None, low: float, high: float
) -> Callable[[float], None] | None:
    return None if progress is None else lambda done: progress(low + (high - low) * done)


def add_ranges(found: Scan, document: dict[str, Any], progress: Callable[[float], None] | None) -> None:
    """Read every series and add its range to the document, or a warning where it cannot be read.

    Raises
    ------
    ReadError
        The path is a single file, and nothing of it can be read.
    """
    from heatviewer.io import Progress

    count = len(found.found)
    is_vain = not found.container and not any(one.info().readable for one in found.found)
    for n, (one, entry) in enumerate(zip(found.found, document["series"], strict=True)):
        if not one.info().readable and not is_vain:
            continue  # a warning of its own says why
        try:
            volume = one.open(Progress(_part(progress, n / count, (n + 1) / count)))
        except ReadError as error:
            if not found.container:
                raise
            entry["warnings"].append(str(error))
        else:
            entry["range"] = None if volume.range is None else list(volume.range)
            # Pixels may tell what headers did not.
            entry["warnings"] += [text for text in volume.warnings if text not in entry["warnings"]]


def _info_text(document: dict[str, Any]) -> str:
    parts = [facts({"path": document["path"], "format": document["format"]})]
    parts += [_series_text(entry) for entry in document["series"]]
    if document["warnings"]:
        parts.append("\n".join(f"note: {text}" for text in document["warnings"]))
    return "\n\n".join(parts)


def _series_text(entry: dict[str, Any]) -> str:
    files, ends = entry["files"], entry["range"]
    pairs = {
        "series": entry["description"] or "–",
        "id": entry["id"],
        "modality": entry["modality"] or "–",
        "shape": " × ".join(str(n) for n in entry["shape"]),
        "spacing": " × ".join(number(s) for s in entry["spacing"]) + " mm",
        "type": entry["dtype"],
        "range": f"{number(ends[0])} … {number(ends[1])} {entry['unit']}".strip() if ends else "–",
        "files": files[0] if len(files) == 1 else f"{len(files)}, the first {files[0]}",
    }
    rows = [[number(value) for value in row] for row in entry["affine"][:3]]
    affine = table(rows, right=range(4)).split("\n")
    pairs |= {"affine": affine[0]}
    lines = [facts(pairs), *(" " * 10 + row for row in affine[1:])]
    lines += [f"note:     {text}" for text in entry["warnings"]]
    return "\n".join(lines)


# --- probe -------------------------------------------------------------------------------------


def probe(parsed: Parsed) -> int:
    """Tell what every layer holds at a world point."""
    if "at" not in parsed.values:
        raise UsageError("--at", "no point is given", "Add --at X Y Z, world mm")
    from heatviewer.app.probing import probe_scene
    from heatviewer.cli.picture import open_layers

    world = parsed.values["at"]
    found = probe_scene(open_layers(parsed), world)
    if parsed.values.get("json"):
        write_json({"world": list(world), "layers": [_document(value) for value in found]})
    else:
        write_text(_probe_text(world, found))
    return 0


def _value_text(value: ProbeValue) -> str:
    if value.rgb is not None:
        return "RGB {} {} {}".format(*value.rgb)
    return f"{number(value.value)} {value.label}".rstrip()


def _document(value: ProbeValue) -> dict[str, Any]:
    """Return a layer's value for JSON; 'moved', 'rgb' and 'label' are there only where there are any."""
    document = asdict(value)
    for key in ("moved", "rgb", "label"):
        if not document[key]:
            del document[key]
    return document


def _probe_text(world: tuple[float, ...], found: list[ProbeValue]) -> str:
    rows = [("layer", "voxel", "value", "linear", "unit", "colour", "opacity")]
    for value in found:
        red, green, blue, alpha = value.rgba
        code = "#" + "".join(f"{round(c * 255):02x}" for c in (red, green, blue))
        nothing = "missing" if value.missing else "–"
        rows.append(
            (
                f"{value.name} ({value.moved})" if value.moved else value.name,
                "outside" if value.voxel is None else " ".join(str(n) for n in value.voxel),
                nothing if value.value is None else _value_text(value),
                number(value.interpolated),
                value.unit or "–",
                code if alpha else "–",
                f"{alpha:.0%}",
            )
        )
    place = "  ".join(f"{axis} {number(value)}" for axis, value in zip("xyz", world, strict=True))
    return f"{place} mm\n\n{table(rows, right=(2, 3, 6))}"


# --- presets -----------------------------------------------------------------------------------

_SWATCH = 32


def presets(parsed: Parsed) -> int:
    """List the colour presets, or those that a search finds in the whole catalogue."""
    from heatviewer.app.user_presets import load_user_presets, use_user_presets
    from heatviewer.model.presets import listed_presets, preset, preset_names

    samples = parsed.values.get("samples", 256)
    if not 2 <= samples <= 65536:
        raise UsageError("--samples", f"{samples} colours cannot be given", "From 2 to 65536 can")
    use_user_presets()
    for problem in load_user_presets():
        warn(*problem.split(": ", 1))
    if "search" in parsed.values:
        listed = _found(parsed.values["search"])
    else:
        listed = sorted(listed_presets(), key=lambda entry: preset_names().index(entry.name))
    maps = [preset(entry.name) for entry in listed]
    if parsed.values.get("json"):
        write_json([_preset_document(color_map, samples) for color_map in maps])
        return 0
    if "samples" in parsed.values:
        warn("--samples", "is for --json")
    coloured = sys.stdout is not None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    about = [entry.family or entry.group for entry in listed]
    rows = [
        (m.name, _swatch(m) if coloured else m.space, where) for m, where in zip(maps, about, strict=True)
    ]
    if rows:
        write_text(table(rows))
    return 0


def _found(text: str) -> list[Listed]:
    """Return the presets that a search finds, the best first; a warning where there are none."""
    from heatviewer.model.presets import listed_catalogue, listed_presets, matching

    found = list(matching(text, (*listed_presets(), *listed_catalogue())))
    if not found:
        warn("--search", f"no preset has to do with '{text}'")
    return found


def _preset_document(color_map: ColorMap, samples: int) -> dict[str, Any]:
    positions = [k / (samples - 1) for k in range(samples)]
    return {
        "name": color_map.name,
        "space": color_map.space,
        "rgb_points": list(color_map.points),
        "colors": color_map.colors(positions).tolist(),
    }


def _swatch(color_map: ColorMap) -> str:
    """Return a bar of the map's colours for a terminal."""
    colors = color_map.colors([k / (_SWATCH - 1) for k in range(_SWATCH)])
    cells = (tuple(round(float(c) * 255) for c in rgb) for rgb in colors)
    return "".join(f"\x1b[48;2;{r};{g};{b}m " for r, g, b in cells) + "\x1b[0m"
