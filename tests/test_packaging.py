"""The set-up scripts, their package list, and what a wheel brings along."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS = [*sorted((ROOT / "packaging").glob("*.sh")), ROOT / ".ci" / "run"]


def listed() -> list[str]:
    lines = (ROOT / "packaging" / "system-packages.txt").read_text().splitlines()
    return [name for line in lines if (name := line.partition("#")[0].strip())]


def bash(
    script: str, *arguments: object, cwd: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    base = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = ["bash", "-c", f"set -euo pipefail; {script}", "bash", *map(str, arguments)]
    return subprocess.run(
        command,
        cwd=cwd,
        env=base | environment,
        stdin=subprocess.DEVNULL,
        text=True,
        capture_output=True,
        check=True,
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout that is set up, in a folder with a space; its heatviewer prints what it was asked."""
    folder = tmp_path / "a checkout"
    (folder / "packaging").mkdir(parents=True)
    for name in (
        "pyproject.toml",
        "packaging/environment.sh",
        "packaging/run.sh",
        "packaging/system-packages.txt",
    ):
        shutil.copy(ROOT / name, folder / name)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True)
    program = folder / ".venv" / "bin" / "heatviewer"
    program.write_text('#!/bin/sh\nprintf \'<%s>\' "$QT_QPA_PLATFORM" "$PWD" "$@"\n')
    program.chmod(0o755)
    bash('source "$1"; mark_installed ""', folder / "packaging" / "environment.sh")
    return folder


def run(checkout: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    script, skip = checkout / "packaging" / "run.sh", {"HEATVIEWER_SKIP_SYSTEM_PACKAGES": "1"}
    return bash('exec bash "$@"', script, *arguments, cwd=checkout.parent, **skip, **environment)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_whole(script: Path) -> None:
    """Every script parses, and one that is run can be run by its name."""
    bash('bash -n "$1"', script)
    assert os.access(script, os.X_OK) == (script.name != "environment.sh")


def test_the_package_list_is_in_order() -> None:
    """The list names Debian packages, sorted, each once and each with the reason for it."""
    assert listed() == sorted(set(listed()))
    assert len(listed()) > 5
    for line in (ROOT / "packaging" / "system-packages.txt").read_text().splitlines():
        assert re.fullmatch(r"#.*|[a-z0-9][a-z0-9+.-]+ +# \S.*", line)


def test_the_scripts_read_the_package_list() -> None:
    """What the scripts install is what the list names, and only what the system lacks of it."""
    answer = bash("source packaging/environment.sh; listed_packages")
    assert answer.stdout.split() == listed()
    if shutil.which("dpkg-query"):
        missing = bash("source packaging/environment.sh; missing_packages").stdout.split()
        assert set(missing) <= set(listed())


def test_an_installed_provider_is_not_missing(tmp_path: Path) -> None:
    """A package that another one provides under its name counts as installed."""
    dpkg = tmp_path / "dpkg-query"
    dpkg.write_text(
        "#!/bin/sh\n"
        "printf 'installed\\tlibglib2.0-0t64, libglib2.0-0 (= 2.80), libglib-x\\n'\n"
        "printf 'config-files\\tlibgl1, \\n'\n"
    )
    dpkg.chmod(0o755)
    missing = bash(
        "PATH=$1:$PATH; source packaging/environment.sh; missing_packages", tmp_path
    ).stdout.split()
    assert missing == [name for name in listed() if name != "libglib2.0-0"]


def test_another_pyproject_asks_for_another_installation(checkout: Path) -> None:
    """A set-up holds until the project's dependencies or the package list change."""
    script = 'source "$1/packaging/environment.sh"; is_installed "" && echo yes || echo no'
    assert bash(script, checkout).stdout == "yes\n"
    with (checkout / "pyproject.toml").open("a") as file:
        file.write("# another dependency\n")
    assert bash(script, checkout).stdout == "no\n"


@pytest.mark.parametrize(
    "display", [{"DISPLAY": ":0"}, {"WAYLAND_DISPLAY": "wayland-0"}], ids=lambda pair: next(iter(pair))
)
def test_arguments_reach_the_program(checkout: Path, display: dict[str, str]) -> None:
    """With a display the arguments go to the program as they are, in the folder of the caller."""
    answer = run(checkout, "a study.nii", "--at", "-1", "2", "", "*", **display)
    assert answer.stdout == f"<><{checkout.parent}><a study.nii><--at><-1><2><><*>"
    assert run(checkout, **display).stdout == f"<><{checkout.parent}><--demo>"


def test_without_a_display_a_picture_is_made_and_named(checkout: Path) -> None:
    """With no display the demo or the study is drawn off screen to a picture whose name is told."""
    (checkout.parent / "study.nii").touch()
    for arguments, asked, picture in [
        ([], "<--demo>", "heatviewer-demo.png"),
        (["study.nii", "--invert"], "<study.nii><--invert>", "heatviewer-study.png"),
    ]:
        answer = run(checkout, *arguments)
        assert answer.stdout == f"<offscreen><{checkout.parent}>{asked}<--screenshot><{picture}>"
        assert "no display" in answer.stderr
        assert str(checkout.parent / picture) in answer.stderr


@pytest.mark.parametrize(
    "arguments", [["info", "x.nii"], ["--help"], ["--demo", "--screenshot", "my.png"]], ids=" ".join
)
def test_what_needs_no_window_stays_as_it_is(checkout: Path, arguments: list[str]) -> None:
    """With no display a command without a window, or with a picture of its own, gets nothing added."""
    answer = run(checkout, *arguments)
    assert answer.stdout == f"<offscreen><{checkout.parent}>" + "".join(f"<{text}>" for text in arguments)


@pytest.mark.parametrize(("given", "expected"), [({}, "data"), ({"HEATVIEWER_TEST_DATA": "/mine"}, "/mine")])
def test_ci_finds_the_studies_beside_the_checkout(
    tmp_path: Path, given: dict[str, str], expected: str
) -> None:
    """The checks use the real studies beside the checkout, unless others are named."""
    data = tmp_path / "shared" / "data"
    data.mkdir(parents=True)
    for folder in (".ci", "packaging"):
        (tmp_path / "main" / folder).mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "run", tmp_path / "main" / ".ci" / "run")
    (tmp_path / "main" / "packaging" / "test.sh").write_text('printf %s "$HEATVIEWER_TEST_DATA"')
    answer = bash('bash "$1"', tmp_path / "main" / ".ci" / "run", **given)
    assert answer.stdout == (str(data) if expected == "data" else expected)


def test_a_wheel_holds_the_resources(tmp_path: Path) -> None:
    """An installed program has every resource of the checkout, byte for byte, and its licences."""
    from hatchling.builders.wheel import WheelBuilder

    (path,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    resources = [file for file in (ROOT / "resources").rglob("*") if file.is_file()]
    assert resources
    with zipfile.ZipFile(path) as wheel:
        for file in resources:
            name = f"heatviewer/{file.relative_to(ROOT).as_posix()}"
            assert wheel.read(name) == file.read_bytes()
        names = wheel.namelist()
    licences = {name.partition("/licenses/")[2] for name in names} - {""}
    assert licences == {"LICENSE", "resources/fonts/LICENSE.DejaVu", "resources/icons/LICENSE.phosphor"}
    assert "heatviewer/py.typed" in names
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"heatviewer"}
