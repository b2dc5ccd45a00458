"""Which display blurs a window makes, in which order, and what is drawn meanwhile. Without Qt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from heatviewer.app.blurring import Blurring, Wish, blurs_of
from heatviewer.app.scene import Scene
from heatviewer.core.errors import Cancelled
from heatviewer.core.volume import Volume
from heatviewer.model.draws import heatmap_draw
from heatviewer.sampling.blur import is_ready
from tests.volumes import noise


class Runner:
    """Keeps work until it is told to do it, as a busy thread would."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Callable[[], Any], Callable[[Any], object], Callable[[Any], object]]] = []

    def run(self, work: Any, done: Any, failed: Any) -> None:
        self.waiting.append((work, done, failed))

    def do_next(self) -> None:
        work, done, failed = self.waiting.pop(0)
        try:
            result = work()
        except Cancelled as error:
            failed(error)
        else:
            done(result)


def _scene(volume: Volume, **settings: Any) -> Scene:
    scene = Scene.from_arrays(volume.array)
    scene.add_heatmap(volume, **settings)
    return scene


def _drawn_blur(blurring: Blurring, scene: Scene) -> float:
    layer = scene.state.heatmaps[0]
    return blurring.at_once(heatmap_draw(layer, scene.volumes[layer.id])).blur


def test_only_shown_layers_with_a_blur_are_wanted() -> None:
    """Layers without a blur, and those that are switched off or outdone by a solo, need none."""
    volume = noise((6, 5, 4, 3))
    scene = _scene(volume, blur=2.0, frame=9, zero_is_missing=True)
    assert blurs_of(scene.state, scene.volumes) == (Wish(volume, 2, 2.0, True),)
    other = scene.add_heatmap(noise(), name="other")
    assert len(blurs_of(scene.state, scene.volumes)) == 1
    scene.edit_view(solo=other.id)
    assert blurs_of(scene.state, scene.volumes) == ()


def test_a_layer_is_drawn_as_it_was_until_its_blur_is_made() -> None:
    """First sharp, then with its blur, then with that one until the next is made."""
    scene, runner = _scene(noise(), blur=2.0), Runner()
    blurring = Blurring(runner.run)
    told: list[bool] = []
    blurring.changed.connect(lambda: told.append(blurring.busy))
    blurring.want(blurs_of(scene.state, scene.volumes))
    assert (blurring.busy, _drawn_blur(blurring, scene)) == (True, 0.0)
    runner.do_next()
    assert (blurring.busy, _drawn_blur(blurring, scene), told) == (False, 2.0, [False])
    scene.heatmaps[0].edit(blur=5.0)
    blurring.want(blurs_of(scene.state, scene.volumes))
    assert _drawn_blur(blurring, scene) == 2.0
    runner.do_next()
    assert _drawn_blur(blurring, scene) == 5.0


def test_what_nobody_wants_any_more_is_stopped() -> None:
    """A newer wish stops the work in hand; those between are never begun."""
    volume, runner = noise(), Runner()
    blurring = Blurring(runner.run)
    for sigma in (1.0, 2.0, 3.0):
        blurring.want([Wish(volume, 0, sigma, False)])
    assert len(runner.waiting) == 1
    runner.do_next()
    runner.do_next()
    assert [is_ready(volume, 0, sigma) for sigma in (1.0, 2.0, 3.0)] == [False, False, True]
    assert not runner.waiting
    assert not blurring.busy


def test_closing_stops_and_a_new_wish_begins_again() -> None:
    """After `close` nothing is made until something is wanted."""
    volume, runner = noise(), Runner()
    blurring = Blurring(runner.run)
    blurring.want([Wish(volume, 0, 1.0, False)])
    blurring.close()
    runner.do_next()
    assert not is_ready(volume, 0, 1.0)
    blurring.want([Wish(volume, 0, 1.0, False)])
    runner.do_next()
    assert is_ready(volume, 0, 1.0)


def test_a_failure_is_raised_and_not_tried_again() -> None:
    """What cannot be made is told once, and others are made all the same."""
    volume, runner = noise(), Runner()
    blurring = Blurring(runner.run)
    wishes = [Wish(volume, 0, 1.0, False), Wish(volume, 0, 2.0, False)]
    blurring.want(wishes)
    _, _, failed = runner.waiting.pop()
    with pytest.raises(MemoryError):
        failed(MemoryError("no room"))
    runner.do_next()
    blurring.want(wishes)
    assert not runner.waiting
    assert [is_ready(*wish) for wish in wishes] == [False, True]
