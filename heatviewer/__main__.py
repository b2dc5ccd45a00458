"""``python -m heatviewer`` is the command ``heatviewer``."""

from __future__ import annotations

import sys

from heatviewer.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
