"""The entries of the menu 'Cases', as data."""

from __future__ import annotations

from heatviewer.app.action import Action, is_on, window
from heatviewer.app.worklist.ratings import MOST


def case_actions() -> tuple[Action, ...]:
    """Return the entries in the order of the menu."""
    there = is_on("worklist:there")
    return (
        Action("cases.open", "&Open table of cases…", "Cases", window("open_cases"),
               "Open a CSV table that names a base, heatmaps, mask and style in each row", group="open"),
        Action("cases.next", "&Next case", "Cases", window("step_case", 1),
               "Show the next case of the worklist", ("Ctrl+Right",), is_on("worklist:next"), group="step"),
        Action("cases.previous", "&Previous case", "Cases", window("step_case", -1),
               "Show the case before", ("Ctrl+Left",), is_on("worklist:previous"), group="step"),
        Action("cases.next_unrated", "Next case &without a rating", "Cases", window("next_unrated"),
               "Show the next case that has no rating yet", ("Ctrl+Shift+Right",), there, group="step"),
        *(Action(f"cases.rate.{number}", "&" + _stars(number), "Cases/Rating", window("rate_case", number),
                 f"Rate this case {number} of {MOST}", (f"Alt+{number}",), is_on("worklist:shown"),
                 checked=is_on(f"rating:{number}"), group="rate")
          for number in range(1, MOST + 1)),
        Action("cases.rate.none", "N&o rating", "Cases/Rating", window("rate_case", 0),
               "Take the rating of this case back", ("Alt+0",), is_on("worklist:rated"), group="none"),
        Action("cases.note", "Write a no&te", "Cases", window("write_note"),
               "Write a note on this case", ("Ctrl+Shift+M",), is_on("worklist:shown"), group="rate"),
        Action("cases.export", "&Export ratings…", "Cases", window("export_ratings"),
               "Save ratings and notes of all cases as a CSV table", (), there, group="end"),
        Action("cases.close", "&Close worklist", "Cases", window("close_cases"),
               "Put the list away; the case that is shown stays open", (), there, group="end"),
    )  # fmt: skip


def _stars(number: int) -> str:
    return f"{number} star{'s' if number > 1 else ''}"
