"""One picture: read, change, write, and say what became of it, whatever happened."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass, field, replace
from threading import Event
from typing import TYPE_CHECKING

from hadimg.batch.gate import Budget, Dropped, Gate
from hadimg.batch.history import History, Record
from hadimg.batch.journal import program_version
from hadimg.batch.outcome import Outcome
from hadimg.errors import DependencyError, HadimgError, LimitError, WriteError
from hadimg.io.atomic import write_bytes
from hadimg.io.files import decode_image, encode_image, probe_image
from hadimg.io.header import ReadOptions
from hadimg.io.limits import Limits
from hadimg.io.reading import read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from hadimg.batch.entries import Job
    from hadimg.batch.recipe import Recipe
    from hadimg.io.image import Image

    Operation = Callable[[Image, Recipe], tuple[Image, int, int]]

__all__ = ["Conditions", "mask_picture", "process"]


def mask_picture(image: Image, recipe: Recipe) -> tuple[Image, int, int]:
    """Return the picture with the recipe's mask put on or taken off; how many values saturated, and of how many."""
    from hadimg.masking import mask_image

    mask, notes = recipe.mask_for(image)
    masked, saturation = mask_image(
        image,
        mask,
        inverse=recipe.verb == "remove",
        max_gain=recipe.max_gain,
        linear_light=recipe.linear_light,
        in_place=True,  # nobody else has the pixels
        workers=1,
    )
    return replace(masked, notes=(*masked.notes, *notes)), saturation.count, saturation.total


def _set_event() -> Event:
    event = Event()
    event.set()
    return event


@dataclass(frozen=True)
class Conditions:
    """What all pictures of a run share.

    Parameters
    ----------
    overwrite : bool
        Whether a file that stands at a target is replaced.
    history : History, optional
        What an earlier run's journal says; given when the run resumes.
    recipe_digest : str
        That of the recipe; needed with ``history``.
    limits : Limits
        The largest picture that is read.
    sync : bool
        Whether every file is on the disk before it gets its name.
    operation : callable
        What is done to the picture: takes it and the recipe, returns the result, and how many of how many values
        saturated.
    gate : Gate
        Shut when the run ends early.
    budget : Budget
        Memory that the pictures share.
    ready : Event
        Set once the operation may be carried out; pictures that are decoded by then wait for it.
    """

    overwrite: bool = False
    history: History | None = None
    recipe_digest: str = ""
    limits: Limits = Limits()
    sync: bool = True
    operation: Operation = mask_picture
    gate: Gate = field(default_factory=Gate)
    budget: Budget = field(default_factory=lambda: Budget(1 << 62))
    ready: Event = field(default_factory=_set_event)


def process(job: Job, recipe: Recipe, conditions: Conditions | None = None) -> Outcome:
    """Carry out one job.

    Parameters
    ----------
    job : Job
        What to read, and where to write it.
    recipe : Recipe
        What is done to the picture.
    conditions : Conditions, optional
        What all pictures of a run share.

    Returns
    -------
    Outcome
        Always, whatever was wrong with the picture.

    Raises
    ------
    Dropped
        When the run ended before the result was written.
    """
    shared = conditions or Conditions()
    begun = time.monotonic()
    try:
        outcome = _carry_out(job, recipe, shared)
    except Dropped:
        raise
    except HadimgError as error:
        if isinstance(error.__cause__, MemoryError):
            shared.budget.shrink()
        outcome = _failure(job, error)
    except MemoryError:
        shared.budget.shrink()
        outcome = _failure(job, LimitError("the picture needs more memory than there is", remedy="use fewer jobs"))
    except ImportError as error:
        outcome = _failure(job, DependencyError(f"a library is missing: {error}", remedy="run hadimg doctor"))
    except Exception as error:  # noqa: BLE001 (one picture never stops the others)
        said = " ".join(f"{type(error).__name__}: {error}".split())
        outcome = _failure(job, HadimgError(f"a defect of hadimg: {said}", remedy="please report it"))
    return replace(outcome, seconds=time.monotonic() - begun)


def _failure(job: Job, error: HadimgError) -> Outcome:
    kind = type(error).__name__
    return Outcome(job.source, job.target, "failed", reason=error.reason, kind=kind, remedy=error.remedy or "")


def _carry_out(job: Job, recipe: Recipe, shared: Conditions) -> Outcome:
    with shared.budget.file(_size(job.source), shared.gate):
        read = [read_bytes(job.source, shared.limits)]
        digest = _sha256(read[0])
        if shared.history is not None and os.path.lexists(job.target):
            record = Record(digest, _hash_of_target(job.target, shared), shared.recipe_digest, program_version())
            kept = _look_up(job, shared.history, record, shared)
            if kept is not None:
                return kept
        shared.gate.check()
        result, done = _make(read, job, recipe, shared)
        with shared.gate.passing():
            _write(job.target, result, shared)
        return replace(done, input_sha256=digest, output_sha256=_sha256(result))


def _size(source: str) -> int:
    """Return the size of a file, 0 where it cannot be told; whoever reads the file says why."""
    try:
        return os.stat(source).st_size
    except (OSError, ValueError):
        return 0


def _look_up(job: Job, history: History, record: Record, shared: Conditions) -> Outcome | None:
    """Return the outcome of a job whose target stands there already, None when it is to be made again."""
    doubt = history.doubt(job, record)
    if doubt is None:
        done = Outcome(job.source, job.target, "skipped", "already done")
        return replace(done, input_sha256=record.input_sha256, output_sha256=record.output_sha256)
    if shared.overwrite:
        return None
    return Outcome(job.source, job.target, "skipped", doubt, remedy="--overwrite replaces it")


def _hash_of_target(target: str, shared: Conditions) -> str:
    try:
        return _sha256(read_bytes(target, shared.limits))
    except HadimgError:
        return ""  # empty or unreadable: nothing that any journal could vouch for


def _make(read: list[bytes], job: Job, recipe: Recipe, shared: Conditions) -> tuple[bytes, Outcome]:
    """Return the finished file, and what there is to say about it; the pixels are gone when it returns.

    The file that was read is taken from its list, so that nobody holds it any more once it is decoded.
    """
    data = read.pop()
    options = ReadOptions(shared.limits, recipe.allow_damaged)
    header = probe_image(data, job.source, options)
    with shared.budget.reserve(header.decoded_bytes, shared.gate) as place:
        shared.gate.check()
        image = decode_image(data, job.source, options, header)
        del data, header
        shared.budget.wait(place, shared.ready, shared.gate)
        shared.gate.check()
        image, saturated, values = shared.operation(image, recipe)
        shared.gate.check()
        encoded = encode_image(image, job.target, recipe.write_options)
    notes = (*image.notes, *encoded.notes)
    return encoded.data, Outcome(job.source, job.target, "done", notes=notes, saturated=saturated, values=values)


def _write(target: str, data: bytes, shared: Conditions) -> None:
    try:
        os.makedirs(os.path.dirname(target) or os.curdir, exist_ok=True)
    except OSError as error:
        raise WriteError(f"the folder cannot be made: {error.strerror}", path=target) from error
    write_bytes(target, data, overwrite=shared.overwrite, sync=shared.sync)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
