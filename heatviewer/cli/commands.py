"""The commands, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from heatviewer.cli.options import DEBUG, DEMO, HELP, JSON, ROOT, option, render_options, window_options
from heatviewer.cli.parse import Command

if TYPE_CHECKING:
    from heatviewer.cli.options import Option


def _info_options() -> tuple[Option, ...]:
    return (
        JSON,
        option("--headers-only", "headers_only", "", "read no pixels: quick, and without ranges"),
        ROOT,
        DEBUG,
        HELP,
    )


def _probe_options() -> tuple[Option, ...]:
    return (option("--at", "at", "X Y Z", "world point in mm, RAS+"), ROOT, JSON, DEMO, DEBUG, HELP)


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


def _sharing_options() -> tuple[Option, ...]:
    return (JSON, DEBUG, HELP)


def _task_export_options() -> tuple[Option, ...]:
    return (option("-o --output", "output", "FILE", "the task to write, TASK.json"), ROOT, DEBUG, HELP)


def _task_check_options() -> tuple[Option, ...]:
    return (ROOT, JSON, DEBUG, HELP)


def _forget_options() -> tuple[Option, ...]:
    return (
        option(
            "--all",
            "all",
            "",
            "also unsaved work that was kept aside, and the preferences with the window's shape;"
            " presets, styles and sessions stay",
        ),
        JSON,
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
    Command(
        "task export",
        "SESSION.hvs [options] -o TASK.json",
        "Write a session, or a base with heatmaps, as a RedBrick task",
        _task_export_options,
        layers=True,
        paths=None,
    ),
    Command(
        "task check",
        "TASK.json [options]",
        "Tell everything that is wrong with a RedBrick task, each with its place in the file",
        _task_check_options,
        paths=1,
    ),
    Command(
        "check-sharing",
        "FILE [options]",
        "List what in a session, task, style, picture or scan identifies a patient (exit 0 with the list)",
        _sharing_options,
        paths=1,
    ),
    Command(
        "forget",
        "[options]",
        "Remove the list of recent studies, their pictures, and the folders that dialogs were in",
        _forget_options,
    ),
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
    "task export": ("tasks", "export"),
    "task check": ("tasks", "check"),
    "check-sharing": ("sharing", "check_sharing"),
    "forget": ("forget", "forget"),
    "doctor": ("doctor", "doctor"),
}
