"""How much memory this machine lets us use."""

from __future__ import annotations

import contextlib
import os
import pathlib

__all__ = ["memory_bytes"]

_CONTROL_GROUP = pathlib.Path("/sys/fs/cgroup/memory.max")
_UNKNOWN = 8 << 30


def memory_bytes() -> int:
    """Return the memory of the machine, or of the container that this process runs in."""
    known = [_UNKNOWN]
    with contextlib.suppress(AttributeError, ValueError, OSError):
        known = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    with contextlib.suppress(ValueError, OSError):
        known.append(int(_CONTROL_GROUP.read_text("ascii")))
    return min(known)
