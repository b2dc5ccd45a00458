"""Windows that a base is offered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from heatviewer.app.windows import CT_WINDOWS, window_presets
from heatviewer.core.volume import Volume


def _volume(modality: str, *windows: tuple[str, float, float]) -> Volume:
    first = windows[0][1:] if windows else None
    return Volume(np.zeros((2, 2, 2)), np.eye(4), modality=modality, windows=windows, window=first)


def test_the_headers_windows_come_first() -> None:
    """In the header's order, by their names, each once; for any modality."""
    mr = _volume("MR", ("GREY", 500.0, 900.0), ("", 300.0, 600.0), ("again", 500.0, 900.0))
    assert window_presets(mr) == (
        ("Header: GREY", (500.0, 900.0)),
        ("Header: window 2", (300.0, 600.0)),
    )


def test_a_ct_has_the_usual_ones_too() -> None:
    """They mean Hounsfield units, so nothing else has them."""
    assert window_presets(_volume("CT"))[0] == ("Brain", CT_WINDOWS["Brain"])
    assert window_presets(_volume("CT", ("LUNG", -500, 1500)))[0][0] == "Header: LUNG"
    assert window_presets(_volume("US")) == ()


def test_a_window_without_a_list_is_offered() -> None:
    """A file of another format has one window and no names."""
    volume = replace(_volume(""), window=(5.0, 10.0))
    assert window_presets(volume) == (("Header: window", (5.0, 10.0)),)
