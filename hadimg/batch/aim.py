"""Where the result of each picture goes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from hadimg.batch.entries import Job, Settled, failed
from hadimg.errors import HadimgError, PlanError, UnsupportedError
from hadimg.io.naming import named_format, writable_format
from hadimg.io.paths import as_path

if TYPE_CHECKING:
    from hadimg.batch.inputs import Found
    from hadimg.errors import Path

__all__ = ["Aim"]


class Aim(NamedTuple):
    """Where results go: into a folder, with another suffix or not; or one result to a name of its own."""

    folder: str
    name: str | None
    suffix: str | None

    @classmethod
    def make(cls, named: list[Path], output: str, suffix: str | None) -> Aim:
        """Return what ``output`` means for these inputs; the parameters are those of `make_plan`."""
        if suffix is not None:
            _check_suffix(suffix)
        is_name = named_format(output) is not None and not output.endswith(os.sep) and not os.path.isdir(output)
        if len(named) == 1 and is_name and not os.path.isdir(as_path(named[0])):
            if suffix is not None:
                raise PlanError("a suffix and the name of the only result were given", remedy="give one of them")
            return cls(os.path.dirname(output) or os.curdir, os.path.basename(output), None)
        return cls(output, None, suffix)

    def job(self, found: Found) -> Job | Settled:
        """Return the job of a file, or its failure where its target has a format that is not written."""
        name = self.name or (found.name if self.suffix is None else _with_suffix(found.name, self.suffix))
        target = name if self.folder == os.curdir else os.path.join(self.folder, name)
        try:
            writable_format(target)
        except UnsupportedError as error:
            row = named_format(found.name)
            if row is not None and row.module is None:
                return failed(found.source, UnsupportedError(f"{row.title} is not read", remedy=row.remedy))
            return failed(found.source, UnsupportedError(error.reason, remedy="--suffix .png writes PNG"), target)
        return Job(found.source, target)


def _check_suffix(suffix: str) -> None:
    try:
        if not suffix.startswith(".") or os.path.basename(suffix) != suffix:
            raise PlanError(f"suffix must begin with a dot, got {suffix!r}", remedy="write it like .png")
        writable_format("result" + suffix)
    except HadimgError as error:
        raise PlanError(error.reason, remedy=error.remedy) from error


def _with_suffix(name: str, suffix: str) -> str:
    return (name if named_format(name) is None else os.path.splitext(name)[0]) + suffix
