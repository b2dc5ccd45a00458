"""The series browser in its window: when it shows itself, and what its choices do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from heatviewer.ui.series_browser import SeriesBrowser

if TYPE_CHECKING:
    from heatviewer.app.browsing import Listing
    from heatviewer.app.scene_change import SceneChange
    from heatviewer.ui.main_window import MainWindow
    from heatviewer.ui.opener import OpenAs
    from heatviewer.ui.theme import Tokens


class SeriesDock(QObject):
    """Makes the browser's panel below the layers, and keeps it up to date.

    Attributes
    ----------
    browser : SeriesBrowser
    dock : QDockWidget
        Hidden until something was opened that leaves a choice, or a person wants it.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.browser = SeriesBrowser(window.scene)
        self.dock = window.dock("series", "Series", self.browser, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.dock.hide()
        window.opener.listed.connect(self._list)
        window.opener.progressed.connect(self._make_room)
        self.browser.wanted.connect(self._open)
        self.browser.closed.connect(self._close)

    @property
    def is_idle(self) -> bool:
        """Whether the pictures of what is in sight are made."""
        return self.browser.thumbnails.is_idle

    def set_tokens(self, tokens: Tokens) -> None:
        """Draw in a theme's colours."""
        self.browser.set_tokens(tokens)

    def on_changed(self, change: SceneChange) -> None:
        """Follow the scene."""
        self.browser.on_changed(change)

    def open_dropped(self, path: str, series: list[str], opened_as: OpenAs) -> None:
        """Open volumes that were dragged out of the list."""
        listing = self.browser.listing_of(path)
        if listing is not None:
            self._open_as(listing, series, opened_as)

    def stop(self) -> None:
        """Stop what is made in the background."""
        self.browser.thumbnails.close()

    def _list(self, listing: Listing) -> None:
        self.browser.add(listing)
        if self._window.pictures_only or not self.dock.isHidden():
            return
        self.dock.show()
        # Room for some rows; the layers need less than they would take.
        docks = [self._window.panels["layers"], self.dock]
        self._window.resizeDocks(docks, [2, 3], Qt.Orientation.Vertical)  # type: ignore[arg-type]

    def _open(self, listing: Listing, series: list[str], role: str) -> None:
        self._open_as(listing, series, "study" if role == "base" else "heatmap")

    def _open_as(self, listing: Listing, series: list[str], opened_as: OpenAs) -> None:
        """Open volumes; what a new study would replace may be saved before."""

        def go_on() -> None:
            self._window.opener.open_series(listing, series, opened_as)

        if opened_as == "study":
            self._window.documents.leave(go_on)
        else:
            go_on()

    def _make_room(self) -> None:
        """Leave the disk and the processor to what is being read."""
        self.browser.thumbnails.pause(self._window.loader.busy)

    def _close(self) -> None:
        self.dock.hide()
        self._window.actions_set.refresh()
