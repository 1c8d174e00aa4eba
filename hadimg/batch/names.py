"""What tells files apart: their identity on the disk, and their names on a disk that ignores case."""

from __future__ import annotations

import os
import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

__all__ = ["folded", "groups", "identity", "readable"]


def folded(name: str) -> str:
    r"""Return a name as disks compare it that ignore case and accents' spelling.

    Examples
    --------
    >>> folded("Cafe\u0301.JPG") == folded("caf\u00e9.jpg")
    True
    """
    return unicodedata.normalize("NFC", name).casefold()


def identity(status: os.stat_result) -> tuple[int, int]:
    """Return what two names of one file have in common: device and file number."""
    return status.st_dev, status.st_ino


def readable(path: str) -> bool:
    """Return whether this process may read a file."""
    return os.access(path, os.R_OK, effective_ids=os.access in os.supports_effective_ids)


def groups(count: int, key: Callable[[int], Hashable]) -> Iterator[list[int]]:
    """Yield the indices, in order, that share a key, for each key that several share.

    Only a hash of each key is kept, so that a hundred thousand names cost no second copy of themselves.

    Examples
    --------
    >>> list(groups(5, "abcab".__getitem__))
    [[0, 3], [1, 4]]
    """
    hashes: np.ndarray[Any, np.dtype[np.int64]] = np.fromiter((hash(key(index)) for index in range(count)), np.int64)
    order = np.argsort(hashes, kind="stable")
    repeated = np.flatnonzero(np.diff(hashes[order]) == 0)
    suspects = sorted({int(order[place + step]) for place in repeated for step in (0, 1)})
    sharing: defaultdict[Hashable, list[int]] = defaultdict(list)
    for index in suspects:
        sharing[key(index)].append(index)
    yield from (indices for indices in sharing.values() if len(indices) > 1)
