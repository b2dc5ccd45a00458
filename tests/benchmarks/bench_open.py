"""How fast volumes are opened, as ratios in one run to other readers and to floors.

Makes its data in a temporary folder (some 700 MiB), all of it in the page cache:

- an uncompressed CT of 400 × 512 × 512: folder to array by HeatViewer, SimpleITK's series reader,
  dcm2niix (to an uncompressed file), plain pydicom, and a floor that reads all bytes; and the time
  to the first picture. Targets: ≥ 3× faster than SimpleITK, faster than dcm2niix, 300 ms.
- the same, compressed as JPEG 2000, HTJ2K, JPEG-LS and JPEG lossless: one thread's bare decoding is 1.
- the CT as .nii.gz, against ISA-L's bare inflation, with the peak of memory over the data's size
  (targets: ≤ 1.3 each), and as .nii, which is mapped.
- a folder of 5,000 small files: its list, against pydicom's headers (target: ≤ 2).

Run: ``python -m tests.benchmarks.bench_open [--slices 400] [--files 5000] [--only ct packed nifti list]``
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate

from tests.io.dicom.pixel_files import FIRST_ORDER, HT, JPEG_2000, JPEG_LS, LOSSLESS_ENCODERS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

REPEATS = 3
PARTS = ("ct", "packed", "nifti", "list")


def make_series(folder: Path, slices: int, size: int, syntax: str = "") -> None:
    """Write a CT of noise on a smooth body, of few different slices, with headers of a real one."""
    folder.mkdir()
    ds = pydicom.dcmread(str(get_testdata_file("CT_small.dcm", download=False)))
    ds.Rows = ds.Columns = size
    ds.PixelSpacing, ds.SeriesInstanceUID = [0.7, 0.7], pydicom.uid.generate_uid()
    ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 12, 11, 0
    if "PixelPaddingValue" in ds:
        del ds.PixelPaddingValue
    ds.RescaleSlope, ds.RescaleIntercept = 1, -1024
    planes = [body(size, seed) for seed in range(8)]
    data = [plane.tobytes() for plane in planes]
    if syntax:
        data = [encapsulate([LOSSLESS_ENCODERS[syntax](plane, 12)]) for plane in planes]
        ds.file_meta.TransferSyntaxUID = syntax
        ds["PixelData"].VR = "OB"
    for k in range(slices):
        ds.ImagePositionPatient = [-180, -180, float(k)]
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.4.{k + 1}"
        ds.InstanceNumber = k + 1
        ds.PixelData = data[k % len(data)]
        if syntax:
            ds["PixelData"].is_undefined_length = True
        ds.save_as(folder / f"IM{k:04d}.dcm")


def body(size: int, seed: int) -> NDArray[np.uint16]:
    """Return (size, size): air around a body with the noise of a scan, 12 bits."""
    y, x = np.mgrid[:size, :size] / size - 0.5
    noise = np.random.default_rng(seed).normal(0, 12, (size, size))
    inside = np.hypot(x, y * 1.3) < 0.42
    found = np.where(inside, 1060 + 60 * np.sin(20 * x + seed) + noise, 24 + noise / 3)
    return np.clip(found, 0, 4095).astype(np.uint16)


def best(work: Callable[[], object]) -> float:
    """Return the shortest of some times of one piece of work, seconds."""
    return best_of([work])[0]


def best_of(works: Sequence[Callable[[], object]]) -> list[float]:
    """Return the shortest times of pieces of work, s, done in turns: what else the machine does hits all."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(REPEATS):
        for found, work in zip(times, works, strict=True):
            start = time.perf_counter()
            work()
            found.append(time.perf_counter() - start)
    return [min(found) for found in times]


def told(name: str, seconds: float, ours: float) -> None:
    """Print a time, and how many times HeatViewer's it is."""
    print(f"  {name:34} {seconds * 1000:8.0f} ms   {seconds / ours:6.2f} × HeatViewer")


# --- readers of a CT -------------------------------------------------------------------------


def by_heatviewer(folder: Path) -> None:
    """Read it as the program does."""
    from heatviewer.io import open_volume

    open_volume(folder)


def by_simpleitk(folder: Path) -> None:
    """Read it with SimpleITK's series reader."""
    import SimpleITK

    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    SimpleITK.GetArrayViewFromImage(reader.Execute())


def by_dcm2niix(folder: Path) -> None:
    """Convert it to an uncompressed NIfTI file."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as out:
        subprocess.run(
            [_dcm2niix(), "-z", "n", "-b", "n", "-o", out, str(folder)], check=True, capture_output=True
        )


def _dcm2niix() -> str:
    beside = Path(sys.executable).with_name("dcm2niix")
    return str(beside) if beside.exists() else "dcm2niix"


def by_pydicom(folder: Path) -> None:
    """Read it as a script does."""
    sets = [pydicom.dcmread(path) for path in folder.iterdir()]
    sets.sort(key=lambda ds: float(ds.ImagePositionPatient[2]))
    np.stack([ds.pixel_array for ds in sets])


def by_bytes(folder: Path) -> None:
    """Read all bytes into one buffer, and understand none."""
    paths = sorted(folder.iterdir())
    buffer = np.empty(sum(path.stat().st_size for path in paths), np.uint8)
    at = 0
    for path in paths:
        with path.open("rb", buffering=0) as file:
            at += file.readinto(buffer[at:].data) or 0


def first_picture(folder: Path) -> float:
    """Return the seconds from the folder's name to its first picture."""
    from heatviewer.io import open_volume

    seen: list[float] = []
    start = time.perf_counter()
    open_volume(folder, early=lambda _: seen.append(time.perf_counter() - start))
    return seen[0]


def bench_ct(folder: Path, slices: int) -> None:
    """Compare the readers on an uncompressed CT."""
    make_series(folder / "ct", slices, 512)
    readers = {
        "HeatViewer": by_heatviewer,
        "SimpleITK (target ≥ 3)": by_simpleitk,
        "dcm2niix to a file (target > 1)": by_dcm2niix,
        "plain pydicom": by_pydicom,
        "all bytes read": by_bytes,
    }
    times = best_of([partial(reader, folder / "ct") for reader in readers.values()])
    print(f"CT of {slices} × 512 × 512, folder to array")
    for name, seconds in zip(readers, times, strict=True):
        told(name, seconds, times[0])
    soon = min(first_picture(folder / "ct") for _ in range(REPEATS))
    print(f"  {'first picture':34} {soon * 1000:8.0f} ms   target 300")


def bench_packed(folder: Path, slices: int) -> None:
    """Compare compressed series with bare decoding on one thread."""
    from heatviewer.io.dicom.decoders import CODECS
    from heatviewer.io.dicom.planes import read_headers

    count = max(slices // 4, 8)
    print(f"CT of {count} × 512 × 512, compressed")
    for syntax in (FIRST_ORDER, JPEG_LS, JPEG_2000, HT):
        where = folder / syntax
        make_series(where, count, 512, syntax)
        (header,) = read_headers(next(where.iterdir()))
        frame = pydicom.encaps.get_frame(pydicom.dcmread(header.path).PixelData, 0, number_of_frames=1)
        decode = CODECS[syntax].decode
        bare = count * best(lambda d=decode, frame=frame, file=header.file: d(frame, file, 1))  # type: ignore[misc]
        ours = best(lambda where=where: by_heatviewer(where))  # type: ignore[misc]
        told(f"{CODECS[syntax].name}, decoded alone", bare, ours)


# --- NIfTI -----------------------------------------------------------------------------------

CHILD = """
import sys, time
from pathlib import Path
import numpy as np
{setup}
def peak():
    # ru_maxrss would begin with the parent's.
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
before = peak()
# Of the processor: all of it is one thread's work, and what else runs on the machine is no part of it.
start = time.process_time()
{work}
print(time.process_time() - start, peak() - before)
"""
OURS = (
    "import isal.igzip, nibabel\nfrom heatviewer.io import open_volume",
    "v = open_volume(sys.argv[1]).stored",
)
INFLATE = (
    "from isal import igzip",
    "out = np.empty(int(sys.argv[2]), np.uint8).data\nfile = igzip.open(sys.argv[1])\nat = 0\n"
    "while n := file.readinto(out[at:at + (1 << 20)]):\n    at += n",
)


def in_child(code: tuple[str, str], *arguments: Any) -> tuple[float, float]:
    """Return the best time and the growth of memory, bytes, of work in processes of its own."""
    program = CHILD.format(setup=code[0], work=code[1])
    found = []
    for _ in range(REPEATS):
        done = subprocess.run(
            [sys.executable, "-c", program, *map(str, arguments)], check=True, capture_output=True, text=True
        )
        found.append(tuple(float(word) for word in done.stdout.split()))
    return min(f[0] for f in found), min(f[1] for f in found)


def bench_nifti(folder: Path, slices: int) -> None:
    """Compare a compressed NIfTI file with bare inflation, and tell what a plain one takes."""
    import nibabel as nib
    from isal import igzip

    planes = [body(512, seed).astype(np.int16) - 1024 for seed in range(8)]
    array = np.asfortranarray(np.stack([planes[k % 8].T for k in range(slices)], axis=-1))
    plain = folder / "ct.nii"
    nib.save(nib.Nifti1Image(array, np.diag([0.7, 0.7, 1, 1])), plain)
    packed = folder / "ct.nii.gz"
    with plain.open("rb") as source, igzip.open(packed, "wb", compresslevel=1) as target:
        shutil.copyfileobj(source, target, 1 << 20)
    size = plain.stat().st_size
    floors, ours = zip(
        *((in_child(INFLATE, packed, size), in_child(OURS, packed)) for _ in range(REPEATS)), strict=True
    )
    (floor, _), (seconds, grown) = min(floors), min(ours)
    print(f".nii.gz of 512 × 512 × {slices} int16")
    print(f"  HeatViewer {seconds * 1000:.0f} ms, {seconds / floor:.2f} × ISA-L's inflation (target ≤ 1.3); "
          f"memory {grown / size:.2f} × the data (target ≤ 1.3)")  # fmt: skip
    seconds, grown = in_child(OURS, plain)
    print(f".nii (mapped): {seconds * 1000:.0f} ms, memory {grown / size:.3f} × the data")


# --- lists -----------------------------------------------------------------------------------


def bench_list(folder: Path, files: int) -> None:
    """Compare the list of a folder of many small files with pydicom's headers of them."""
    from heatviewer.io import scan

    make_series(folder / "many", files, 64)
    ours, theirs = best_of(
        (
            lambda: scan(folder / "many").series,
            lambda: [pydicom.dcmread(p, stop_before_pixels=True) for p in (folder / "many").iterdir()],
        )
    )
    print(f"a folder of {files} files: list {ours * 1000:.0f} ms, pydicom's headers {theirs * 1000:.0f} ms, "
          f"ratio {ours / theirs:.2f} (target ≤ 2)")  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slices", type=int, default=400)
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part, work in (("ct", bench_ct), ("packed", bench_packed), ("nifti", bench_nifti)):
            if part in arguments.only:
                work(folder, arguments.slices)
        if "list" in arguments.only:
            bench_list(folder, arguments.files)


if __name__ == "__main__":
    main()
