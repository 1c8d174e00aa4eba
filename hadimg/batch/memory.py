"""How much memory this machine lets us use, and that what is free is given back to it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pathlib

__all__ = ["memory_bytes", "return_free_memory"]

_CONTROL_GROUP = pathlib.Path("/sys/fs/cgroup/memory.max")
_UNKNOWN = 8 << 30
_MMAP_THRESHOLD = -3
"""The name of the option in the C library's ``malloc.h``."""
_LARGE = 1 << 22


def memory_bytes() -> int:
    """Return the memory of the machine, or of the container that this process runs in."""
    known = [_UNKNOWN]
    with contextlib.suppress(AttributeError, ValueError, OSError):
        known = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    with contextlib.suppress(ValueError, OSError):
        known.append(int(_CONTROL_GROUP.read_text("ascii")))
    return min(known)


def return_free_memory() -> None:
    """Have the C library give back to the system every large piece of memory as soon as it is free.

    Of itself glibc keeps pieces of up to 32 MB, which pictures of some megapixels are: a folder of those would take
    half as much memory again. Other C libraries have no such option.
    """
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE)
