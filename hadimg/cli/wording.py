"""Ways out that the library names in the words of Python, in the words of the command line."""

from __future__ import annotations

import re

__all__ = ["for_shell"]

WORDS = (
    (r"\bLimits\((\w+)=(\d+)\)", r"--limit \1=\2"),
    (r"\bgive max_gain\b", "give --max-gain"),
    (r"\ballow damaged files\b", "use --allow-damaged"),
    (r"\ballow overwriting\b", "use --overwrite"),
    (r"\bgive a quality\b", "give --quality"),
    (r"\bresample=True\b", "resample=true"),
)
"""What a library error says, and the option that does it."""


def for_shell(remedy: str) -> str:
    """Return a way out with the names of options in place of the names of arguments.

    Examples
    --------
    >>> for_shell("raise it if you trust the file: Limits(page_pixels=438684269)")
    'raise it if you trust the file: --limit page_pixels=438684269'
    """
    for pattern, option in WORDS:
        remedy = re.sub(pattern, option, remedy)
    return remedy
