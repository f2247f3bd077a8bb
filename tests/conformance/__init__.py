"""Runs the recorded answers of the real engine against the compiled programs; works from a source tree without installation too."""

import sys
from pathlib import Path

for _folder in ("backends", "compiler"):
    if (_path := str(Path(__file__).parents[2] / _folder)) not in sys.path:
        sys.path.insert(0, _path)
