"""The contour lines, outlines and labels of all heatmaps of one picture, over all their colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from heatviewer.core.geometry import Plane
    from heatviewer.drawing.contour_labels import Spot
    from heatviewer.model.requests import HeatmapDraw
    from heatviewer.sampling.rule import Samples

    Layers = Sequence[tuple[HeatmapDraw, Samples]]


class LineLayers:
    """Lays lines on pictures, and keeps where the labels of the last one stand."""

    def __init__(self) -> None:
        self._spots: tuple[tuple[object, ...], tuple[Samples, ...], list[tuple[Spot, ...]]] | None = None

    def lay_on(
        self,
        picture: NDArray[np.uint32],
        plane: Plane,
        layers: Layers,
        ratio: float,
        labels: bool,
        transparent: bool,
    ) -> None:
        """Lay the lines of layers, bottom first, on a plane's pixels (height, width) in place.

        A layer's outline lies on its contours, a higher layer's lines on a lower one's, labels on
        all. `ratio` is in pixels per unit of a line's width.
        """
        from heatviewer.drawing.contour_labels import lay_labels
        from heatviewer.drawing.contours import lay_coverage, lay_lines
        from heatviewer.drawing.outlines import coverage_of

        spots = self._spots_of(layers, ratio) if labels and not transparent else [()] * len(layers)
        for (draw, samples), own in zip(layers, spots, strict=True):
            width, dashed = draw.line_width * ratio, draw.line_style == "dashed"
            lay_lines(picture, draw.lines, samples, width, dashed, transparent, own)
            drawn = coverage_of(draw.volume, plane, width) if draw.outlines else None
            if drawn is None:
                lay_lines(picture, draw.outlines, samples, width, False, transparent)
            else:
                lay_coverage(picture, drawn, draw.outlines[0].color, transparent)
        for own in spots:
            lay_labels(picture, own)

    def _spots_of(self, layers: Layers, ratio: float) -> list[tuple[Spot, ...]]:
        """Return where each layer's labels stand, clear of each other."""
        from heatviewer.drawing.contour_labels import label_spots

        samples = tuple(found for _, found in layers)
        key = (ratio, *((id(found), draw.lines) for draw, found in layers))
        if self._spots is None or self._spots[0] != key:
            spots: list[tuple[Spot, ...]] = []
            for draw, found in layers:
                taken = [spot for own in spots for spot in own]
                spots.append(label_spots(draw.lines, found, ratio, taken) if draw.lines else ())
            # The samples are kept beside them, so that their ids stay theirs.
            self._spots = key, samples, spots
        return self._spots[2]
