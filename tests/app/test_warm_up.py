"""What is loaded before the first study comes."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
from heatviewer.app.warm_up import warm_up
warm_up()
before = set(sys.modules)
from heatviewer.io import scan
scan(sys.argv[1]).found[0].thumbnail()
print(len(set(sys.modules) & {"pydicom", "PIL.ImageFont", "heatviewer.drawing.engine_cpu"}))
print(*sorted(name for name in sys.modules if name.startswith(("PySide6", "shiboken6"))))
print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before} - {"heatviewer"}))
"""


def test_the_first_series_loads_no_library() -> None:
    """Readers, fonts and 3D are there, and nothing of Qt, which belongs to another thread."""
    from pydicom.data import get_testdata_file

    path = str(get_testdata_file("CT_small.dcm"))
    done = subprocess.run([sys.executable, "-c", CODE, path], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:3] == ["3", "", ""]
