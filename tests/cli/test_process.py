"""The program as a process: exit status, one line where it fails, files whole or not at all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from PIL import Image

import heatviewer
from heatviewer.cli.main import main
from tests.cli.conftest import Run
from tests.volumes import affine

#: Runs a command line and then lists, on standard error, which of some modules it imported.
WATCHED = """
import sys
from heatviewer.cli.main import main
wanted = sys.argv[1].split(",")
status = main(sys.argv[2:])
print("imported:", *sorted({m.partition(".")[0] for m in sys.modules} & set(wanted)), file=sys.stderr)
sys.exit(status)
"""
QT = "PySide6,shiboken6,pyqtgraph"


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGBA"))


@pytest.mark.parametrize(
    ("words", "status", "where"),
    [
        (["render", "base.nii.gz"], 2, "--output"),
        (["render", "-o", "x.png"], 2, "BASE"),
        (["render", "base.nii.gz", "-o", "x.jpg"], 2, "--output"),
        (["render", "base.nii.gz", "--size", "0", "5", "-o", "x.png"], 2, "--size"),
        (["render", "base.nii.gz", "--mode", "mip", "-o", "x.png"], 2, "--mode"),
        (["render", "base.nii.gz", "--preset", "hot", "-o", "x.png"], 2, "--preset"),
        (["render", "missing.nii", "-o", "x.png"], 1, None),
        (["render", "--demo", "base.nii.gz", "-o", "x.png"], 2, "--demo"),
        (["probe", "base.nii.gz"], 2, "--at"),
        (["info"], 2, "PATH"),
        (["info", "base.nii.gz", "heat.nii.gz"], 2, None),
        (["presets", "--samples", "1"], 2, "--samples"),
        (["presets", "more"], 2, "more"),
        (["doctor", "--nonsense"], 2, "--nonsense"),
        (["rendr"], 2, "rendr: this command is not in this version"),
        (["bogus", "--flag", "base.nii.gz"], 2, "bogus: this command is not in this version"),
        (["aggregate", "maps", "--method", "sum", "-o", "x.nii.gz"], 2, "aggregate: this command is not"),
        (
            ["render", "base.nii.gz", "--opacity-3d", "2", "-o", "x.png"],
            2,
            "--opacity-3d: 2.0 is not allowed. Give a number from 0 to 1",
        ),
        (
            ["render", "base.nii.gz", "heat.nii.gz", "--opacity-by", "gone.nii", "0", "1", "-o", "x.png"],
            1,
            None,
        ),
        (
            ["base.nii.gz", "heat.nii.gz", "--opacity-by", "gone.nii", "0", "1", "--screenshot", "x.png"],
            1,
            None,
        ),
        (
            ["render", "base.nii.gz", "heat.nii.gz", "--opacity-by", "heat.nii.gz", "2", "1", "-o", "x.png"],
            2,
            "--opacity-by: the low end 2 is not below the high end 1",
        ),
        (["no such scan"], 1, "no such scan"),
        (["--nonsense"], 2, "--nonsense"),
    ],
)
def test_a_failure_is_one_line_and_a_status(
    run: Run, words: list[str], status: int, where: str | None
) -> None:
    """2 for wrong usage, 1 for what cannot be done; WHERE: WHAT. WHAT TO DO on standard error, no more."""
    done = run(*words)
    assert (done.returncode, done.stdout) == (status, "")
    lines = done.stderr.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(f"heatviewer: error: {where or ''}")
    assert lines[0].endswith(".")


@pytest.mark.parametrize("word", ["stats", "bogus"])
def test_a_file_may_have_the_name_of_a_command_to_come(run: Run, tmp_path: Path, word: str) -> None:
    """A file or folder of that name is opened as any other."""
    (tmp_path / word).write_text("no scan")
    done = run(word, "--screenshot", "x.png")
    assert done.returncode == 1
    assert "command" not in done.stderr


def test_an_output_below_a_file_names_the_file(run: Run, tmp_path: Path) -> None:
    """The folder that cannot be made is named, and why."""
    (tmp_path / "ro").write_text("a file")
    done = run("render", "base.nii.gz", "-o", "ro/x.png")
    assert done.returncode == 1
    assert done.stderr.startswith("heatviewer: error: ro: is a file where a folder is needed. ")


def test_debug_shows_where_an_error_came_from(run: Run) -> None:
    """The traceback comes first, the line still last, the status is the same."""
    done = run("info", "missing.nii", "--debug")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("heatviewer: error: ")


def test_a_damaged_file_fails_without_a_picture(run: Run, study: Path, tmp_path: Path) -> None:
    """A cut-off input is named, and nothing is written."""
    (tmp_path / "cut").write_bytes((study / "base.nii.gz").read_bytes()[:9000])
    done = run("render", "cut", "-o", "out/x.png")
    assert done.returncode == 1
    assert done.stderr.startswith("heatviewer: error: cut: ")
    assert not (tmp_path / "out").exists()


def test_a_picture_is_written_with_its_folders(run: Run, tmp_path: Path) -> None:
    """Nothing is said, the folders are made, and one PNG of the size that was asked for is left."""
    layers = ("base.nii.gz", "heat.nii.gz", "--align", "world")
    done = run("render", *layers, "--size", "90", "60", "-o", "a/b/x.png")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert pixels(tmp_path / "a" / "b" / "x.png").shape == (60, 90, 4)
    assert [p.name for p in (tmp_path / "a" / "b").iterdir()] == ["x.png"]


@pytest.mark.parametrize("link", ["same", "symlink", "hard link"])
def test_an_input_is_never_overwritten(run: Run, study: Path, tmp_path: Path, link: str) -> None:
    """Whatever way the output's name leads to an input, it is refused and the input stays."""
    source, target = tmp_path / "scan.png", tmp_path / "out.png"
    shutil.copy(study / "base.nii.gz", source)
    before = source.read_bytes()
    if link == "same":
        target = tmp_path / "." / "scan.png"
    else:
        (target.symlink_to if link == "symlink" else target.hardlink_to)(source)
    done = run("render", source, "-o", target)
    assert done.returncode == 1
    assert "not overwritten" in done.stderr
    assert source.read_bytes() == before
    assert run(source, "--screenshot", target).returncode == 1


def test_a_file_among_a_folders_images_is_not_overwritten(run: Run, study: Path, tmp_path: Path) -> None:
    """In a folder that is read, only a picture may be replaced."""
    folder = tmp_path / "scans"
    folder.mkdir()
    shutil.copy(study / "base.nii.gz", folder / "1.png")
    shutil.copy(study / "base.nii.gz", folder / "b.nii.gz")
    assert run("render", folder, "-o", folder / "1.png").returncode == 1
    for _ in range(2):
        done = run("render", folder, "--size", "9", "9", "-o", folder / "picture.png")
        assert done.returncode == 0, done.stderr
        assert done.stderr.startswith("heatviewer: warning: 1: is one of several")


@pytest.mark.parametrize(
    "option",
    [
        "--view axial", "--at 3 -9 -2", "--mm-per-pixel .5", "--bare", "--overlay-only",
        "--convention neurological", "--sagittal nose-right", "--size 90 80",
    ],
)  # fmt: skip
def test_every_render_option_changes_the_picture(study: Path, tmp_path: Path, option: str) -> None:
    """An option that parses and does nothing is a bug."""
    layers = [str(study / "base.nii.gz"), str(study / "heat.nii.gz"), "--opacity", "0.8"]
    assert main(["render", *layers, "-o", str(tmp_path / "plain.png")]) == 0
    assert main(["render", *layers, *option.split(), "-o", str(tmp_path / "changed.png")]) == 0
    assert not np.array_equal(pixels(tmp_path / "plain.png"), pixels(tmp_path / "changed.png"))


@pytest.mark.parametrize("option", ["--mode mip", "--camera -30 40"])
def test_the_options_of_3d_change_its_picture(study: Path, tmp_path: Path, option: str) -> None:
    """The camera and the mode are those that are asked for."""
    words = ["render", str(study / "base.nii.gz"), "--view", "3d", "--size", "80", "80"]
    assert main([*words, "-o", str(tmp_path / "plain.png")]) == 0
    assert main([*words, *option.split(), "-o", str(tmp_path / "changed.png")]) == 0
    assert not np.array_equal(pixels(tmp_path / "plain.png"), pixels(tmp_path / "changed.png"))


def test_a_path_named_like_a_command_is_given_with_its_folder(run: Run, study: Path, tmp_path: Path) -> None:
    """./render is a path; render is the command."""
    shutil.copy(study / "base.nii.gz", tmp_path / "render")
    done = run("render", "./render", "--size", "9", "9", "-o", "x.png")
    assert (done.returncode, done.stderr) == (0, "")
    assert run("info", "render").stdout.startswith("path")


@pytest.mark.parametrize(
    ("words", "unwanted"),
    [
        (["--version"], QT + ",vtkmodules,numpy,pydantic"),
        (["--help"], QT + ",vtkmodules,nibabel,pydicom,scipy,PIL"),
        (["presets", "--json"], QT + ",vtkmodules,nibabel,pydicom,scipy,PIL,pydantic"),
        (["info", "base.nii.gz"], QT + ",vtkmodules,pydicom,scipy,PIL,pydantic"),
        (["probe", "base.nii.gz", "--at", "-1", "2", "-3"], QT + ",vtkmodules,pydicom,scipy,PIL"),
        (["render", "base.nii.gz", "heat.nii.gz", "-o", "x.png"], QT + ",pydicom"),
        (["render", "base.nii.gz", "--view", "3d", "--size", "40", "40", "-o", "x.png"], QT + ",pydicom"),
        (["doctor"], QT + ",vtkmodules,nibabel,pydicom"),
    ],
)  # fmt: skip
def test_a_command_without_a_window_imports_no_qt(run: Run, words: list[str], unwanted: str) -> None:
    """Nor anything else heavy that it has no use for."""
    done = run(unwanted, *words, program=("-c", WATCHED))
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "imported:"


def test_a_terminal_of_few_letters_is_no_error(run: Run) -> None:
    """What its encoding lacks is written as '?', and JSON is ASCII anyway."""
    for words in (["--help"], ["info", "base.nii.gz"], ["info", "base.nii.gz", "--json"], ["doctor"]):
        done = run(*words, PYTHONIOENCODING="ascii")
        assert (done.returncode, done.stderr) == (0, "")


def test_version_and_help_go_to_standard_output(run: Run) -> None:
    """Asked for, they are results: status 0 and nothing on standard error."""
    assert run("--version").stdout == f"heatviewer {heatviewer.__version__}\n"
    for words in (["--help"], ["-h"], ["render", "--help"], ["base.nii.gz", "--help"]):
        done = run(*words)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("usage: heatviewer")


def test_a_reader_that_leaves_is_no_error(study: Path) -> None:
    """'heatviewer presets --json | head -1' ends quietly."""
    command = f"{sys.executable} -m heatviewer presets --json | head -1; echo ${{PIPESTATUS[0]}}"
    root = Path(__file__).parents[2]
    done = subprocess.run(["bash", "-c", command], cwd=root, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[\n0\n", "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full on this system")
def test_a_full_disk_under_standard_output_is_one_line() -> None:
    """Results that cannot be written are a failure, told once."""
    root = Path(__file__).parents[2]
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "heatviewer", "presets"],
            cwd=root,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1


def test_an_interruption_ends_quietly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl+C gives 130, as shells expect, and not a word."""

    def interrupted(_parsed: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("heatviewer.cli.numbers.presets", interrupted)
    assert main(["presets"]) == 130
    assert capsys.readouterr() == ("", "")


def test_a_fault_of_the_program_is_one_line_without_its_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a library says may quote a patient's data; its type and the way to more must do."""

    def faulty(_parsed: object) -> int:
        raise KeyError("Doe^Jane")

    monkeypatch.setattr("heatviewer.cli.numbers.presets", faulty)
    assert main(["presets"]) == 1
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert "Doe" not in err
    assert "KeyError" in err


def test_the_file_of_an_opacity_is_never_overwritten(run: Run, study: Path, tmp_path: Path) -> None:
    """It is an input as the layers are."""
    target = tmp_path / "cover.png"
    shutil.copy(study / "heat.nii.gz", target)
    before = target.read_bytes()
    done = run("render", "base.nii.gz", "heat.nii.gz", "--opacity-by", target, 0, 1, "-o", target)
    assert done.returncode == 1
    assert "not overwritten" in done.stderr
    assert target.read_bytes() == before


def test_zeros_that_look_like_no_data_are_hinted_at(run: Run, study: Path, tmp_path: Path) -> None:
    """One line on standard error, and none where it was answered or does no harm; the status is 0."""
    array = np.zeros((14, 16, 12), np.float32)
    array[4:8, 4:8, 4:8] = 3.5
    nib.save(nib.Nifti1Image(array, affine("identity")), tmp_path / "cut.nii.gz")
    heat = tmp_path / "cut.nii.gz"
    words = ("probe", "base.nii.gz", heat, "--align", "world", "--at", 0, 0, 0, "--json")
    done = run(*words)
    line = "heatviewer: hint: cut: most voxels are exactly 0; --zero-is-missing treats them as no data.\n"
    assert (done.returncode, done.stderr) == (0, line)
    for answer in (["--zero-is-missing"], ["--interpolation", "nearest"]):
        assert run(*words, *answer).stderr == ""


def test_a_frame_beyond_the_series_is_told(run: Run) -> None:
    """The last frame is drawn, and a warning says so; the status stays 0."""
    done = run("probe", "series.nii", "--frame", "7", "--at", "3", "3", "3")
    assert done.returncode == 0
    assert done.stderr == "heatviewer: warning: series: has 3 frames; frame 2 is taken, the last from 0.\n"


def test_without_a_display_the_window_says_what_to_do(run: Run) -> None:
    """No display is a failure of one line, never a crash; a screenshot needs none."""
    done = run("base.nii.gz", QT_QPA_PLATFORM="")
    assert done.returncode == 1
    assert "--screenshot" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_screenshot_needs_no_display(run: Run, tmp_path: Path) -> None:
    """The window is drawn off screen once all is loaded, saved, and the program ends."""
    done = run(
        "base.nii.gz", "heat.nii.gz", "--layout", "axial", "--screenshot", "a/shot.png", QT_QPA_PLATFORM=""
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert pixels(tmp_path / "a" / "shot.png")[..., :3].std() > 10


def test_a_screenshot_of_what_cannot_be_read_fails(run: Run, study: Path, tmp_path: Path) -> None:
    """The status is 1, the file is named, and no picture is left."""
    (tmp_path / "cut").write_bytes((study / "base.nii.gz").read_bytes()[:9000])
    done = run("base.nii.gz", "cut", "--screenshot", "shot.png")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("heatviewer: error: cut: ")
    assert not (tmp_path / "shot.png").exists()
