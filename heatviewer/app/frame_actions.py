"""The entries of the menu 'Frames', as data."""

from __future__ import annotations

from heatviewer.app import frames
from heatviewer.app.action import Action, is_on, window


def frame_actions() -> tuple[Action, ...]:
    """Return the entries in the order of the menu."""
    return (
        Action("frames.previous", "&Previous frame", "View/Frames", lambda c: frames.step_frame(c.scene, -1),
               "Show the frame before, of the selected heatmap or else of the base", (",",),
               frames.can_step(-1), icon="previous", group="step"),
        Action("frames.next", "&Next frame", "View/Frames", lambda c: frames.step_frame(c.scene, 1),
               "Show the next frame, of the selected heatmap or else of the base", (".",),
               frames.can_step(1), icon="next", group="step"),
        Action("frames.first", "&First frame", "View/Frames", lambda c: frames.go_to_end(c.scene, False),
               "Show the first frame", ("Ctrl+,",), frames.can_step(-1), group="step"),
        Action("frames.last", "&Last frame", "View/Frames", lambda c: frames.go_to_end(c.scene, True),
               "Show the last frame", ("Ctrl+.",), frames.can_step(1), group="step"),
        Action("frames.play", "Pl&ay", "View/Frames", window("toggle_playing"),
               "Play the frames over and over, and stop again", ("P",), frames.has_frames,
               checked=is_on("playing"), icon="play", group="play"),
        Action("frames.together", "All layers &together", "View/Frames",
               lambda c: frames.toggle_together(c.scene),
               "Let all layers with as many frames go together", (), frames.has_companions,
               checked=lambda c: c.scene.view.frames_together, icon="link", group="play"),
        Action("frames.copy_curve", "&Copy the curve", "View/Frames", window("copy_curve"),
               "Put the values over all frames at the crosshair on the clipboard, as CSV", (),
               frames.has_frames, icon="copy", group="curve"),
    )  # fmt: skip
