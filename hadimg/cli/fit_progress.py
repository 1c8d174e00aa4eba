"""The progress of a fit: on a terminal only, with what it costs and how far it is from an optimum."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from hadimg.cli import screen

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from hadimg.fitting.solving.points import Progress

__all__ = ["FitProgress"]


class FitProgress:
    """Show iterations as they come, where that is wanted and possible.

    Parameters
    ----------
    show : bool
        Whether a line is wanted; without a terminal there is none.
    """

    def __init__(self, *, show: bool) -> None:
        self._bar: Any = None
        if show and screen.decorated():
            from tqdm import tqdm

            tqdm.monitor_interval = 0  # no thread of its own
            self._bar = tqdm(unit=" steps", file=sys.stderr, leave=False)

    def __enter__(self) -> Self:
        """Start with the line as it stands."""
        return self

    def __exit__(self, kind: type[BaseException] | None, value: object, trace: TracebackType | None) -> None:
        """Take the line away."""
        if self._bar is not None:
            self._bar.close()

    def add(self, progress: Progress) -> None:
        """Count one iteration."""
        if self._bar is not None:
            self._bar.set_postfix_str(f"cost {progress.cost:.6g}, optimality {progress.optimality:.1e}", refresh=False)
            self._bar.update()
