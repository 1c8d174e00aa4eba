"""The only door to OpenCV: it is loaded when first needed, and what is wrong with it is said in one line.

OpenCV is large, slow to import, and the one library here that leans on libraries of the system. Two of its packages
fill the same folder ``cv2``, so that uninstalling one empties the other. All of this is found here and nowhere else.
"""

from __future__ import annotations

import os
import re
import sys
from functools import cache
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING

from hadimg.errors import DependencyError

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["load_opencv", "opencv_problem"]

REINSTALL = "pip uninstall -y opencv-python opencv-python-headless, then pip install opencv-python-headless"

_LOCK = Lock()


def load_opencv() -> ModuleType:
    """Return the module ``cv2``, imported at the first call.

    Where hadimg is the first to import it, OpenCV is made silent and single-threaded: errors are raised here, and
    pictures are worked on side by side by hadimg's own workers. A program that imported it earlier keeps its settings.

    Returns
    -------
    module
        ``cv2``, with ``imdecode``, ``imencode`` and a version.

    Raises
    ------
    DependencyError
        When it is missing, empty, or lacks a library of the system; the message says how to get it.

    Examples
    --------
    >>> hasattr(load_opencv(), "imdecode")
    True
    """
    with _LOCK:
        error = _problem()
    if error is not None:
        raise DependencyError(error.reason, remedy=error.remedy)
    return import_module("cv2")


def opencv_problem() -> str | None:
    """Return what keeps OpenCV from working on this machine and how to repair it, in one line, or None.

    Examples
    --------
    >>> opencv_problem() is None
    True
    """
    with _LOCK:
        error = _problem()
    return None if error is None else str(error)


# A second import after a failed one fails for another reason (the package guards itself against recursion),
# so the first verdict is kept.
@cache
def _problem() -> DependencyError | None:
    first = "cv2" not in sys.modules
    if first:
        os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
        # Own limits are checked before OpenCV sees a header; its limit must not forbid what the user allowed.
        os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(1 << 40))
    try:
        cv2 = import_module("cv2")
    except ImportError as error:
        return _import_problem(error)
    if not hasattr(cv2, "__version__") or not hasattr(cv2, "imdecode"):
        return DependencyError(
            "OpenCV is installed but empty: two of its packages overwrote each other", remedy=REINSTALL
        )
    if first:
        cv2.setNumThreads(1)
    return None


def _import_problem(error: ImportError) -> DependencyError:
    """Return what a failed import says about the machine."""
    if isinstance(error, ModuleNotFoundError) and error.name in (None, "cv2"):
        return DependencyError(
            "OpenCV is not installed", remedy="pip install opencv-python, or opencv-python-headless on a server"
        )
    library = re.search(r"(lib[\w.+-]+\.so[\w.]*): cannot open shared object", str(error))
    if library is not None:
        return DependencyError(
            f"OpenCV cannot be loaded: {library[1]} is missing",
            remedy=f"apt install libgl1 libglib2.0-0, or {REINSTALL}",
        )
    message = " ".join(str(error).split())[:200]
    return DependencyError(f"OpenCV cannot be loaded: {message}", remedy=REINSTALL)
