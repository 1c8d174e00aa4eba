"""What keeps OpenCV from working on this machine, said in one line.

OpenCV comes along for programs that use both libraries; no picture is read, multiplied or written with it. It is the
one library here that leans on libraries of the system, and two of its packages fill the same folder ``cv2``, so that
uninstalling one empties the other.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module

__all__ = ["opencv_problem"]

REINSTALL = "pip uninstall -y opencv-python opencv-python-headless, then pip install opencv-python-headless"


# A second import after a failed one fails for another reason (the package guards itself against recursion),
# so the first verdict is kept.
@cache
def opencv_problem() -> str | None:
    """Return what keeps OpenCV from working on this machine and how to repair it, in one line, or None.

    Examples
    --------
    >>> print(opencv_problem() or "OpenCV works")  # doctest: +SKIP
    OpenCV cannot be loaded: libGL.so.1 is missing (apt install libgl1 libglib2.0-0, or ...)
    """
    try:
        cv2 = import_module("cv2")
    except ImportError as error:
        return _import_problem(error)
    if not hasattr(cv2, "__version__") or not hasattr(cv2, "imdecode"):
        return f"OpenCV is installed but empty: two of its packages overwrote each other ({REINSTALL})"
    return None


def _import_problem(error: ImportError) -> str:
    """Return what a failed import says about the machine."""
    if isinstance(error, ModuleNotFoundError) and error.name in (None, "cv2"):
        return "OpenCV is not installed (pip install opencv-python, or opencv-python-headless on a server)"
    library = re.search(r"(lib[\w.+-]+\.so[\w.]*): cannot open shared object", str(error))
    if library is not None:
        remedy = f"apt install libgl1 libglib2.0-0, or {REINSTALL}"
        return f"OpenCV cannot be loaded: {library[1]} is missing ({remedy})"
    message = " ".join(str(error).split())[:200]
    return f"OpenCV cannot be loaded: {message} ({REINSTALL})"
