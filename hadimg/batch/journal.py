"""The journal of a batch: one JSON line for everything that happened, and what a later run can trust of it."""

from __future__ import annotations

import os

__all__ = ["DEFAULT_NAME", "default_journal"]

DEFAULT_NAME = ".hadimg-journal.jsonl"


def default_journal(output: str) -> str:
    """Return the name of the journal that is used when ``resume`` is asked for and no journal is named.

    Examples
    --------
    >>> default_journal("out")
    'out/.hadimg-journal.jsonl'
    """
    return os.path.join(output, DEFAULT_NAME)
