"""The entries of the menu 'Layers' about styles in files and rules, as data."""

from __future__ import annotations

from heatviewer.app.action import Action, has_heatmaps, has_selected, window


def style_actions() -> tuple[Action, ...]:
    """Return the entries in the order of the menu."""
    return (
        Action("layer.save_style", "&Save style…", "Layers/Style", window("save_style"),
               "Keep the selected heatmap's look, without data, in a file", (), has_selected, group="file"),
        Action("layer.apply_style", "App&ly style…", "Layers/Style", window("apply_style"),
               "Give the selected heatmap the look that a file holds, or every heatmap the one of its name",
               (), has_heatmaps, group="file"),
        Action("layer.add_style_rule", "&Use this style for names like…", "Layers/Style",
               window("add_style_rule"),
               "Give heatmaps whose names match a pattern this look when they are opened", (),
               has_selected, group="rules"),
        Action("layer.style_rules", "Style rul&es…", "Layers/Style", window("show_style_rules"),
               "Show which names get which style; change, import and export the rules", (), group="rules"),
    )  # fmt: skip
