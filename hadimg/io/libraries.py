"""How a codec library is loaded when it is first needed, and what is said when it cannot be."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from hadimg.errors import DependencyError

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["load_library"]


def load_library(module: str, *, package: str | None = None) -> ModuleType:
    """Return a library's module, imported at the first call.

    Parameters
    ----------
    module : str
        What is imported.
    package : str, optional
        What pip installs, where it has another name.

    Returns
    -------
    module
        The imported module.

    Raises
    ------
    DependencyError
        When it is missing or broken; the message says how to get it.

    Examples
    --------
    >>> load_library("zlib").__name__
    'zlib'
    >>> load_library("no_such_codec", package="no-such-codec")
    Traceback (most recent call last):
    ...
    hadimg.errors.DependencyError: no-such-codec cannot be loaded: No module named 'no_such_codec' (pip install \
--force-reinstall no-such-codec)
    """
    name = package or module.partition(".")[0]
    try:
        return import_module(module)
    except ImportError as error:
        reason = " ".join(str(error).split())[:200]
        raise DependencyError(
            f"{name} cannot be loaded: {reason}", remedy=f"pip install --force-reinstall {name}"
        ) from error
