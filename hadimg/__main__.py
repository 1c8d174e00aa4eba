"""``python -m hadimg`` is the command ``hadimg``."""

from __future__ import annotations

import sys

from hadimg.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
