"""Smoothing a layer in the window: in the background, the latest wish only, the same picture as a file's."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from heatviewer.app.scene import Scene
from heatviewer.core.errors import Cancelled
from heatviewer.sampling import blur
from heatviewer.ui.bridge import ViewGroup
from tests.ui.events import wheel
from tests.ui.windows import opened, small_scene

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

    from heatviewer.core.volume import Volume
    from heatviewer.ui.slice_view import SliceView

ShowSlice = Callable[..., "SliceView"]


def _shown(view: SliceView) -> NDArray[Any]:
    return np.array(view.picture)


class Gate:
    """Holds smoothing up until it is opened, as a large volume would; the work itself is real."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.open = threading.Event()
        self.asked: list[float] = []
        self._smoothed = blur._smoothed
        monkeypatch.setattr(blur, "_smoothed", self._held_up)

    def _held_up(
        self, volume: Volume, frame: int, sigma: float, zeros: bool, cancelled: Callable[[], bool]
    ) -> Volume:
        self.asked.append(sigma)
        while not self.open.wait(0.001):
            if cancelled():
                raise Cancelled("smoothing")
        return self._smoothed(volume, frame, sigma, zeros, cancelled)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """A closed gate; opened at the end, so that no thread waits for ever."""
    held = Gate(monkeypatch)
    yield held
    held.open.set()


def test_the_window_shows_what_a_file_shows(qtbot: QtBot) -> None:
    """Once the window is idle its pictures are those that the command line would write."""
    window = opened(qtbot, small_scene())
    window.scene.heatmaps[1].edit(blur=2.5, opacity_points=[-9, 1, 9, 1])
    assert window.wait_idle(20)
    for view in window.slice_views.values():
        assert np.array_equal(_shown(view), view.render_picture(view.device_size, view.ratio))
    assert window.volume_view.is_idle()
    shown = {name: _shown(view) for name, view in window.slice_views.items()}
    window.scene.undo()
    assert window.wait_idle(20)
    assert all((shown[name] != _shown(view)).any() for name, view in window.slice_views.items())


def test_views_draw_on_while_a_layer_is_smoothed(
    gate: Gate, odd_scene: Scene, show_slice: ShowSlice, qtbot: QtBot
) -> None:
    """Until the smoothing is done the layer is drawn as it was, and the wheel turns the slices."""
    view = show_slice(odd_scene)
    before = _shown(view)
    odd_scene.heatmaps[0].edit(blur=3.0)
    qtbot.waitUntil(lambda: gate.asked == [3.0] and not view.wants_frame())
    assert np.array_equal(_shown(view), before)
    assert not view.is_idle()
    wheel(view, 120)
    qtbot.waitUntil(lambda: not view.wants_frame())
    assert (_shown(view) != before).any()
    gate.open.set()
    qtbot.waitUntil(view.is_idle)
    assert np.array_equal(_shown(view), view.render_picture(view.device_size))


def test_only_the_latest_wish_is_made(
    gate: Gate, odd_scene: Scene, show_slice: ShowSlice, qtbot: QtBot
) -> None:
    """A dragged slider leaves no queue: what is being made is stopped, and only the last value follows."""
    view = show_slice(odd_scene)
    for sigma in (1.0, 1.5, 2.0, 2.5, 3.0):
        odd_scene.heatmaps[0].edit(blur=sigma)
    gate.open.set()
    qtbot.waitUntil(view.is_idle)
    assert gate.asked == [1.0, 3.0]
    volume = odd_scene.heatmaps[0].volume
    assert blur.is_ready(volume, 0, 3.0)
    assert not blur.is_ready(volume, 0, 1.0)


def test_a_layer_keeps_its_blur_until_the_next_is_made(
    gate: Gate, odd_scene: Scene, show_slice: ShowSlice, qtbot: QtBot
) -> None:
    """From one width to another the picture does not flash sharp between."""
    view = show_slice(odd_scene)
    gate.open.set()
    odd_scene.heatmaps[0].edit(blur=3.0)
    qtbot.waitUntil(view.is_idle)
    smooth = _shown(view)
    gate.open.clear()
    odd_scene.heatmaps[0].edit(blur=6.0)
    qtbot.waitUntil(lambda: gate.asked == [3.0, 6.0] and not view.wants_frame())
    assert np.array_equal(_shown(view), smooth)
    odd_scene.heatmaps[0].edit(blur=0)
    qtbot.waitUntil(view.is_idle)
    assert (_shown(view) != smooth).any()


def test_hidden_layers_are_not_smoothed(
    gate: Gate, odd_scene: Scene, show_slice: ShowSlice, qtbot: QtBot
) -> None:
    """A layer that is not shown is smoothed when it comes back."""
    odd_scene.heatmaps[0].edit(visible=False, blur=3.0)
    view = show_slice(odd_scene)
    assert view.is_idle()
    assert gate.asked == []
    gate.open.set()
    odd_scene.heatmaps[0].edit(visible=True)
    qtbot.waitUntil(view.is_idle)
    assert gate.asked == [3.0]


def test_many_widths_of_one_volume_come_to_rest(
    odd_scene: Scene, show_slice: ShowSlice, qtbot: QtBot
) -> None:
    """Five layers on one volume, each with its own blur, are all drawn, and the view comes to rest."""
    volume = odd_scene.heatmaps[0].volume
    for sigma in (1.0, 2.0, 3.0, 4.0, 5.0):
        odd_scene.add_heatmap(volume, blur=sigma, opacity=0.5)
    view = show_slice(odd_scene)
    assert all(blur.is_ready(volume, 0, sigma) for sigma in (1.0, 2.0, 3.0, 4.0, 5.0))
    assert np.array_equal(_shown(view), view.render_picture(view.device_size))


def test_a_removed_layer_is_let_go(gate: Gate, odd_scene: Scene, show_slice: ShowSlice, qtbot: QtBot) -> None:
    """A layer that is removed while it is smoothed, or after, takes its volumes with it."""
    view = show_slice(odd_scene)
    for early in (True, False):
        heat = odd_scene.add_heatmap(np.random.default_rng(0).random((9, 8, 7)), name="more", blur=2.0)
        watched = weakref.ref(heat.volume)
        qtbot.waitUntil(lambda: not view.wants_frame())
        if not early:
            gate.open.set()
            qtbot.waitUntil(view.is_idle)
        odd_scene.remove(heat)
        odd_scene.history.clear()
        odd_scene.edit_view(show_labels=early)
        qtbot.waitUntil(view.is_idle)
        gc.collect()
        assert watched() is None


def test_a_fault_is_told_once_and_the_layer_is_drawn_sharp(
    monkeypatch: pytest.MonkeyPatch, odd_scene: Scene, show_slice: ShowSlice, qtbot: QtBot
) -> None:
    """Where smoothing fails the error is raised where the window reports it, and the view goes on."""

    def broken(*_: object) -> Volume:
        raise MemoryError("no room")

    view = show_slice(odd_scene)
    before = _shown(view)
    monkeypatch.setattr(blur, "_smoothed", broken)
    with qtbot.captureExceptions() as raised:
        odd_scene.heatmaps[0].edit(blur=2.0)
        qtbot.waitUntil(lambda: bool(raised) and view.is_idle())
        odd_scene.end_drag()
        assert [kind for kind, *_ in raised] == [MemoryError]
    assert np.array_equal(_shown(view), before)


def test_long_smoothing_is_told_in_the_status_bar(gate: Gate, qtbot: QtBot) -> None:
    """A layer that takes a while is named as work in the status bar, until it is done."""
    window = opened(qtbot, small_scene())
    window.scene.heatmaps[1].edit(blur=2.5)
    qtbot.waitUntil(lambda: window.status.text() == "Smoothing…")
    assert not window.wait_idle(0.05)
    gate.open.set()
    assert window.wait_idle(20)
    assert window.status.text() == ""


def test_closing_the_window_stops_the_work(gate: Gate, qtbot: QtBot) -> None:
    """A window that is closed while a layer is smoothed leaves no work behind."""
    window = opened(qtbot, small_scene())
    window.scene.heatmaps[1].edit(blur=2.5)
    qtbot.waitUntil(lambda: gate.asked == [2.5])
    group = ViewGroup.of(window.scene)
    window.end(decided=True)
    qtbot.waitUntil(lambda: not group.busy)
