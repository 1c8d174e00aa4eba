"""The progress bar of a batch: on a terminal only, with rate, time left and failures."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from hadimg.cli import screen
from hadimg.cli.wording import for_shell

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from hadimg.batch import Outcome

__all__ = ["Progress"]


class Progress:
    """Count outcomes, and show them as a bar where that is wanted and possible.

    Parameters
    ----------
    total : int
        How many outcomes there will be.
    show : bool
        Whether a bar is wanted; without a terminal there is none.
    """

    def __init__(self, total: int, *, show: bool) -> None:
        self.skipped: dict[str, int] = {}
        self._failed = 0
        self._bar: Any = None
        if show and total and screen.decorated():
            from tqdm import tqdm

            tqdm.monitor_interval = 0  # no thread of its own: outcomes come often enough
            # Some terminals claim to have no columns and no rows.
            known = os.get_terminal_size(sys.stderr.fileno()).columns > 0
            size: dict[str, Any] = {"dynamic_ncols": True} if known else {"ncols": 80, "nrows": 25}
            self._bar = tqdm(total=total, unit=" pictures", file=sys.stderr, **size)

    def __enter__(self) -> Self:
        """Start with the bar as it stands."""
        return self

    def __exit__(self, kind: type[BaseException] | None, value: object, trace: TracebackType | None) -> None:
        """Leave the bar on its line."""
        if self._bar is not None:
            self._bar.close()

    def add(self, outcome: Outcome) -> None:
        """Count one outcome."""
        if outcome.status == "skipped":
            reason = f"{outcome.reason} ({for_shell(outcome.remedy)})" if outcome.remedy else outcome.reason
            self.skipped[reason] = self.skipped.get(reason, 0) + 1
        if self._bar is None:
            return
        if outcome.status == "failed":
            self._failed += 1
            self._bar.set_postfix_str(f"{self._failed} failed", refresh=False)
        self._bar.update()
