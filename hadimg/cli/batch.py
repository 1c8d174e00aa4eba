"""What dim, apply and remove have in common: plan, run, tell."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING, Any, Literal

from hadimg.cli import screen
from hadimg.cli.options import default_jobs, read_limits
from hadimg.cli.progress import Progress
from hadimg.cli.stream import is_stream, run_stream
from hadimg.cli.wording import for_shell
from hadimg.errors import HadimgError, printable

if TYPE_CHECKING:
    from argparse import Namespace

    from hadimg.batch import MaskSource, Outcome, Plan, Recipe, Settled, Summary
    from hadimg.io import Limits
    from hadimg.masks import Mask

__all__ = ["run_batch"]


def run_batch(
    args: Namespace,
    mask: Mask | MaskSource,
    *,
    verb: Literal["apply", "remove"] = "apply",
    max_gain: float | None = None,
    done_word: str,
) -> int:
    """Plan a batch, run it, tell what became of it, and return the exit code.

    Parameters
    ----------
    args : Namespace
        With everything that `hadimg.cli.options.add_batch_options` declares.
    mask : Mask or MaskSource
        The mask, or what chooses one for each picture.
    verb : {'apply', 'remove'}
        Whether it is put on or taken off.
    max_gain : float, optional
        The largest gain when it is taken off.
    done_word : str
        What a finished picture is called, such as ``"dimmed"``.

    Returns
    -------
    int
        0 all done, 1 some failed, 130 or 143 interrupted.
    """
    from hadimg.batch import run
    from hadimg.batch.memory import return_free_memory

    return_free_memory()
    recipe = _recipe_of(args, mask, verb, max_gain)
    if is_stream(args):
        return run_stream(args, recipe)
    jobs = args.jobs or default_jobs()
    limits = read_limits(args.limit)
    plan = _plan_of(args, limits)
    if args.dry_run:
        _tell_plan(plan, args, done_word)
        return 1 if any(one.status == "failed" for one in plan.settled) else 0
    with Progress(len(plan.jobs) + len(plan.settled), show=not (args.quiet or args.no_progress)) as progress:

        def hear(outcome: Outcome) -> None:
            gc.enable()  # everything is loaded by now, and there may be thousands of pictures to come
            progress.add(outcome)

        summary = run(
            plan,
            recipe,
            jobs=jobs,
            fail_fast=args.fail_fast,
            journal=args.journal,
            on_outcome=hear,
            limits=limits,
            sync=not args.no_fsync,
        )
    _tell_summary(summary, args, done_word, progress.skipped)
    status = exit_code(summary)
    if summary.abandoned:  # threads that are still inside a codec would hold the interpreter back
        screen.flush()
        os._exit(status)
    return status


def _recipe_of(
    args: Namespace, mask: Mask | MaskSource, verb: Literal["apply", "remove"], max_gain: float | None
) -> Recipe:
    from hadimg.batch import Recipe

    return Recipe(
        mask,
        verb=verb,
        max_gain=max_gain,
        linear_light=args.linear_light,
        quality=args.quality,
        strip=args.strip,
        allow_damaged=args.allow_damaged,
    )


def _plan_of(args: Namespace, limits: Limits | None) -> Plan:
    from hadimg.batch import make_plan

    plan = make_plan(
        args.inputs,
        args.output,
        recursive=args.recursive,
        overwrite=args.overwrite,
        resume=args.resume,
        suffix=args.suffix,
        limits=limits,
    )
    for note in plan.notes:
        _note(note, args)
    return plan


def exit_code(summary: Summary) -> int:
    """Return the exit code that a summary stands for."""
    if summary.interrupted is not None:
        return 128 + summary.interrupted
    return 1 if summary.failed else 0


def _note(text: str, args: Namespace) -> None:
    if not args.quiet:
        screen.message("note", text)


def _tell_plan(plan: Plan, args: Namespace, done_word: str) -> None:
    """Print what would be done."""
    if args.json:
        screen.say_json(
            {
                "dry_run": True,
                "output": args.output,
                "pictures": [{"source": job.source, "target": job.target} for job in plan.jobs],
                "settled": [_settled(one) for one in plan.settled],
                "input_bytes": plan.input_bytes,
            }
        )
        return
    if args.quiet:
        return
    for job in plan.jobs:
        screen.say(f"{printable(job.source)} -> {printable(job.target)}")
    for one in plan.settled:
        screen.say(printable(f"{one.status}: {_as_error(one)}"))
    pictures = screen.plural(len(plan.jobs), "picture")
    screen.say(f"{pictures} would be {done_word} into {printable(args.output)}; nothing was written (--dry-run)")


def _as_error(one: Outcome | Settled) -> HadimgError:
    return HadimgError(one.reason, path=one.source, remedy=for_shell(one.remedy) or None)


def _settled(one: Outcome | Settled) -> dict[str, str]:
    told = {key: getattr(one, key) for key in ("source", "target", "status", "kind", "reason")}
    return {**told, "remedy": for_shell(one.remedy)}


def _tell_summary(summary: Summary, args: Namespace, done_word: str, skipped: dict[str, int]) -> None:
    """Print what became of the pictures: failures and notes on stderr, the summary on stdout."""
    for failure in summary.failures:
        screen.error(_as_error(failure))
    for note, count in summary.notes:
        _note(f"{note} ({screen.plural(count, 'picture')})", args)
    if summary.saturated:
        share = 100 * summary.saturated / summary.values
        _note(f"{share:.2g} % of all values came out brighter than white and stopped there", args)
    for reason, count in skipped.items():
        _note(f"skipped {screen.plural(count, 'file')}: {reason}", args)
    if args.json:
        screen.say_json(_summary_object(summary, args, skipped))
    elif not args.quiet:
        screen.say(_summary_line(summary, args, done_word))


def _summary_object(summary: Summary, args: Namespace, skipped: dict[str, int]) -> dict[str, Any]:
    return {
        "dry_run": False,
        "output": args.output,
        "done": summary.done,
        "failed": summary.failed,
        "skipped": summary.skipped,
        "left": summary.left,
        "seconds": round(summary.seconds, 3),
        "failures": [_settled(outcome) for outcome in summary.failures],
        "skips": [{"reason": reason, "count": count} for reason, count in skipped.items()],
        "notes": [{"note": note, "count": count} for note, count in summary.notes],
        "saturated": summary.saturated,
        "values": summary.values,
        "interrupted": summary.interrupted,
        "journal": args.journal,
        "exit_code": exit_code(summary),
    }


def _summary_line(summary: Summary, args: Namespace, done_word: str) -> str:
    """Return the last line: how many, where, how long, and what is left to do."""
    pictures = screen.plural(summary.done, "picture")
    parts = [f"{pictures} {done_word} into {printable(args.output)} in {screen.duration(summary.seconds)}"]
    if summary.skipped:
        parts.append(f"{summary.skipped} skipped")
    if summary.failed:
        place = f"in {printable(args.journal)}" if args.journal else "above"
        parts.append(f"{summary.failed} failed (listed {place})")
    if summary.left:
        why = "interrupted" if summary.interrupted is not None else "stopped by --fail-fast"
        parts.append(f"{summary.left} left: {why}, --resume goes on")
    return ", ".join(parts)
