"""`heatviewer render` to a 1200×450 PNG as a whole process, beside nilearn's `plot_stat_map`.

Run: ``python tests/benchmarks/bench_render.py [--runs 5]``. Both draw nilearn's MNI152 template at
1 mm with its motor z-map, three planes, into a file of that size, in turn. Target: ≤ 0.45.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from bench_start import study, timed

NILEARN = """
import sys, warnings
warnings.simplefilter("ignore")
import matplotlib
matplotlib.use("Agg")
from nilearn import plotting
base, heatmap, out = sys.argv[1:]
display = plotting.plot_stat_map(heatmap, bg_img=base, cut_coords=(0, -18, 22), figure=None)
display.frame_axes.figure.set_size_inches(12, 4.5)
display.savefig(out, dpi=100)
"""


def main() -> None:
    """Time both in turn and print the medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    base, heatmap = study()
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "out.png")
        command = ("-m", "heatviewer", "render", base, heatmap, "--at", "0", "-18", "22")
        for _ in range(arguments.runs + 1):
            ours.append(timed(*command, "--size", "1200", "450", "-o", out))
            theirs.append(timed("-c", NILEARN, base, heatmap, out))
    mine, peer = statistics.median(ours[1:]), statistics.median(theirs[1:])
    print(f"heatviewer render        {mine:6.2f} s")
    print(f"nilearn plot_stat_map    {peer:6.2f} s")
    print(f"ratio                    {mine / peer:6.2f}   (target ≤ 0.45)")


if __name__ == "__main__":
    main()
