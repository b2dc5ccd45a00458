"""The command that writes volumes: ``convert``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from heatviewer.cli.output import check_inputs, hint, progress_bar, warn, write_text
from heatviewer.core.errors import MissingFileError, UsageError, WriteError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from heatviewer.cli.parse import Parsed
    from heatviewer.core.volume import Volume

    Report = Callable[[float], None]

#: Shares of the progress bar: the reference, the input, then writing.
_REFERENCE, _INPUT = 0.2, 0.5


def convert(parsed: Parsed) -> int:
    """Write a volume as NIfTI, or for a DICOM base as a Parametric Map or a Segmentation."""
    values = parsed.values
    _check_usage(parsed)
    check_inputs(parsed.sources)
    reference, source = values.get("reference"), parsed.sources[0].path
    if reference is not None and not Path(reference).exists():
        raise MissingFileError(reference, "there is no such file or folder", "Check the path")
    from heatviewer.app.saving import Base, as_labels, one_frame, refuse_sources, save_dicom, save_nifti

    output = values["output"]
    sources = [source] if reference is None else [source, reference]
    if not values.get("dicom"):
        refuse_sources(output, sources)
    with progress_bar("converting") as progress:
        like = None if reference is None else _read_reference(values, _part(progress, 0.0, _REFERENCE))
        volumes = _read_input(source, values.get("series"), like, _part(progress, _REFERENCE, _INPUT))
        if "frame" in values:
            volumes = [one_frame(volume, values["frame"]) for volume in volumes]
        rest = _part(progress, _INPUT, 1.0)
        if values.get("dicom"):
            assert like is not None
            assert reference is not None
            base = Base(like, reference, values.get("reference_series"))
            written = save_dicom(output, volumes, base, values.get("form"), progress=rest)
        else:
            volume = volumes[0]
            if len(volumes) > 1:
                volume = as_labels(volumes)
                hint(Path(source).name, _told_labels(volumes))
            save_nifti(output, volume, like, sources=sources, progress=rest)
            written = (Path(output),)
    write_text("\n".join(str(path) for path in written))
    return 0


def _check_usage(parsed: Parsed) -> None:
    """Refuse what is missing, and options that would do nothing."""
    values = parsed.values
    if not parsed.sources:
        raise UsageError(
            "INPUT", "no file or folder is named", "Write heatviewer convert INPUT -o OUT.nii.gz"
        )
    if "output" not in values:
        raise UsageError("--output", "no file is named", "Add -o OUT.nii.gz, or -o FOLDER --dicom")
    if values.get("dicom"):
        if "reference" not in values:
            hint = "Add --reference BASE: its patient, study and grid are taken over"
            raise UsageError("--dicom", "the base is missing that the result belongs to", hint)
        if Path(values["output"]).is_file():
            raise WriteError(
                values["output"], "is a file, and DICOM is written into a folder", "Name a folder"
            )
        return
    if "form" in values:
        raise UsageError("--as", "is for DICOM", "Add --dicom")
    if "reference_series" in values and "reference" not in values:
        raise UsageError("--reference-series", "there is no reference", "Add --reference BASE")
    if not values["output"].lower().endswith((".nii", ".nii.gz")):
        what = f"'{values['output']}' is not the name of a NIfTI file"
        raise UsageError("--output", what, "End it in .nii.gz or .nii; for DICOM add --dicom")


def _read_reference(values: dict[str, Any], progress: Report | None) -> Volume:
    from heatviewer.io import open_volume

    return open_volume(values["reference"], series=values.get("reference_series"), progress=progress)


def _read_input(
    source: str, series: str | None, like: Volume | None, progress: Report | None
) -> list[Volume]:
    """Return the input's volumes, its oddities told."""
    from heatviewer.io import open_layers

    volumes = [opened.volume for opened in open_layers(source, series=series, like=like, progress=progress)]
    for volume in volumes:
        for text in volume.warnings:
            warn(volume.name or Path(source).name, text)
    return volumes


def _told_labels(volumes: Sequence[Volume]) -> str:
    return "is written as labels: " + ", ".join(f"{n} {volume.name}" for n, volume in enumerate(volumes, 1))


def _part(progress: Report | None, low: float, high: float) -> Report | None:
    return None if progress is None else lambda done: progress(low + (high - low) * done)
