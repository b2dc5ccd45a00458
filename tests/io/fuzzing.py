"""Opens files damaged at random in a process of its own: ``python -m tests.io.fuzzing KIND COUNT``.

Prints a JSON document: the cases that ended otherwise than with a volume or a plain error, how long
the slowest took, and how much memory was taken beyond what the undamaged file needs.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from heatviewer.core.errors import HeatViewerError
from heatviewer.io import Progress, scan
from tests.io.fuzz_seeds import SEEDS, companions

#: Address space that a case may claim beyond what is in use at the start, bytes.
_ROOM = 1 << 30
#: Bytes at the start of a file in which most of its claims stand.
_HEAD = 4096
_EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 100_000)


def damaged(content: bytes, random: Random) -> bytes:
    """Return a copy with one to four injuries."""
    data = bytearray(content)
    for _ in range(random.choice((1, 1, 2, 4))):
        _INJURIES[random.randrange(len(_INJURIES))](data, random)
    return bytes(data)


def _place(data: bytearray, random: Random) -> int:
    """Return where to strike: mostly in the header."""
    end = min(len(data), _HEAD) if random.random() < 0.8 else len(data)
    return random.randrange(max(end, 1))


def _flip(data: bytearray, random: Random) -> None:
    if data:
        data[_place(data, random)] ^= 1 << random.randrange(8)


def _byte(data: bytearray, random: Random) -> None:
    if data:
        data[_place(data, random)] = random.randrange(256)


def _number(data: bytearray, random: Random) -> None:
    at, width = _place(data, random), random.choice((1, 2, 4, 8))
    value = random.choice(_EXTREMES) % (1 << 8 * width)
    data[at : at + width] = value.to_bytes(width, random.choice(("little", "big")))


def _digit(data: bytearray, random: Random) -> None:
    """Change a number that is written as text."""
    digits = [at for at in range(min(len(data), _HEAD)) if 48 <= data[at] <= 57]
    if digits:
        at = random.choice(digits)
        data[at : at + 1] = random.choice((b"-", b"9", b"999999", b"nan", b"1e30", b".", b""))


def _cut(data: bytearray, random: Random) -> None:
    del data[_place(data, random) :]


def _drop(data: bytearray, random: Random) -> None:
    at = _place(data, random)
    del data[at : at + random.choice((1, 2, 8, 64))]


def _repeat(data: bytearray, random: Random) -> None:
    at = _place(data, random)
    data[at:at] = data[at : at + random.choice((1, 2, 8, 64, 512))]


_INJURIES: tuple[Callable[[bytearray, Random], None], ...] = (
    _flip, _byte, _number, _number, _digit, _cut, _drop, _repeat,
)  # fmt: skip


def look_at(path: Path) -> None:
    """Do with a path what the program does: list it, draw thumbnails, read it."""
    found = scan(path)
    found.info()
    for one in found.found[:3]:
        if one.info().readable:
            one.thumbnail()
            one.open(Progress())


def cases(kind: str, count: int) -> Iterator[tuple[int, str, bytes]]:
    """Yield numbered damaged files of a kind: number, file name, content."""
    seeds = SEEDS[kind]()
    for number in range(count):
        random = Random(f"{kind} {number}")
        name, content = seeds[number % len(seeds)]
        yield number, name, damaged(content, random)


def main(kind: str, count: int) -> dict[str, object]:
    """Open damaged files of a kind and return what happened."""
    failures: list[str] = []
    slowest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for name, content in companions(kind).items():
            Path(folder, name).parent.mkdir(parents=True, exist_ok=True)
            Path(folder, name).write_bytes(content)
        for name, content in SEEDS[kind]():
            # Everything is imported, and every seed is whole.
            path = Path(folder, name)
            path.write_bytes(content)
            look_at(path)
            path.unlink()
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + _ROOM, resource.RLIM_INFINITY))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for number, name, content in cases(kind, count):
            path = Path(folder, name)
            path.write_bytes(content)
            start = time.perf_counter()
            try:
                look_at(path)
            except HeatViewerError as error:
                if name not in str(error) and path.parent.name not in str(error):
                    failures.append(f"{kind} {number}: does not name the file: {error}")
            except BaseException as error:  # whatever it is, it is what is looked for
                failures.append(f"{kind} {number}: {type(error).__name__}: {error}"[:300])
            slowest = max(slowest, time.perf_counter() - start)
            path.unlink()
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {"failures": failures, "slowest_s": slowest, "grown_mib": grown / 1024}


if __name__ == "__main__":
    warnings.simplefilter("error")
    sys.stdout.write(json.dumps(main(sys.argv[1], int(sys.argv[2]))))
