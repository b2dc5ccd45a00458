"""The commands, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from heatviewer.cli.options import DEBUG, DEMO, HELP, JSON, option, render_options, window_options
from heatviewer.cli.parse import Command

if TYPE_CHECKING:
    from heatviewer.cli.options import Option


def _info_options() -> tuple[Option, ...]:
    return (
        JSON,
        option("--headers-only", "headers_only", "", "read no pixels: quick, and without ranges"),
        DEBUG,
        HELP,
    )


def _probe_options() -> tuple[Option, ...]:
    return (option("--at", "at", "X Y Z", "world point in mm, RAS+"), JSON, DEMO, DEBUG, HELP)


def _presets_options() -> tuple[Option, ...]:
    return (
        option(
            "--search", "search", "TEXT", "search all maps, the whole catalogue too, by name, family or kind"
        ),
        JSON,
        option("--samples", "samples", "N", "colours of each preset (default: 256)"),
        DEBUG,
        HELP,
    )


def _convert_options() -> tuple[Option, ...]:
    return (
        option("-o --output", "output", "FILE", "OUT.nii.gz or OUT.nii; with --dicom a folder"),
        option(
            "--reference", "reference", "FILE", "the base: its grid is taken, with --dicom its patient too"
        ),
        option("--series", "series", "UID", "which series of the input; 'info' lists them"),
        option("--reference-series", "reference_series", "UID", "which series of the base"),
        option("--frame", "frame", "N", "one frame of a series, from 0 (default: all)"),
        option(
            "--dicom",
            "dicom",
            "",
            "DICOM of the base's study: a Parametric Map; of a mask or labels a Segmentation",
        ),
        option("--as", "form", "map|segmentation", "which of the two, where the values do not tell"),
        DEBUG,
        HELP,
    )


def _doctor_options() -> tuple[Option, ...]:
    return (JSON, DEBUG, HELP)


WINDOW: Final = Command(
    "",
    "[BASE] [HEATMAP…] [options]",
    "Show heatmaps on a scan, in three slice views and in 3D",
    window_options,
    layers=True,
    paths=None,
)

_ALL: Final = (
    Command(
        "render",
        "BASE [HEATMAP…] [options] -o OUT.png",
        "Draw a picture into a file",
        render_options,
        layers=True,
        paths=None,
    ),
    Command("info", "PATH [options]", "Tell what a file or folder holds", _info_options, paths=1),
    Command(
        "probe",
        "BASE [HEATMAP…] --at X Y Z [options]",
        "Tell what every layer holds at a point",
        _probe_options,
        layers=True,
        paths=None,
    ),
    Command(
        "convert",
        "INPUT [options] -o OUT.nii.gz",
        "Write a volume as NIfTI, or as DICOM for a base",
        _convert_options,
        paths=1,
    ),
    Command("presets", "[options]", "List the colour presets", _presets_options),
    Command("doctor", "[options]", "Tell what this machine has for the program", _doctor_options),
)

COMMANDS: Final = {command.name: command for command in _ALL}

#: Module in this package and function that do a command.
RUNNERS: Final = {
    "": ("picture", "window"),
    "render": ("picture", "render"),
    "info": ("numbers", "info"),
    "probe": ("numbers", "probe"),
    "convert": ("saving", "convert"),
    "presets": ("numbers", "presets"),
    "doctor": ("doctor", "doctor"),
}
