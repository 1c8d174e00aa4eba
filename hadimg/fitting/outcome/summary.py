"""A fit told as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hadimg.fitting.outcome.covariance import KINDS

if TYPE_CHECKING:
    from hadimg.fitting.outcome.result import FitResult

__all__ = ["summary"]


def summary(result: FitResult) -> str:
    """Return a result as lines of text; see `FitResult.report`."""
    title = str(result.mask)
    lines = [
        f"fit of {title if len(title) <= 100 else f'{title[:97]}...'}",
        result.message,
        "",
        *_table(result),
        "",
        *_origin(result),
    ]
    lines += [f"warning: {warning}" for warning in result.warnings]
    return "\n".join(lines)


def _table(result: FitResult) -> list[str]:
    width = max([9, *map(len, result.params)])
    lines = [f"{'parameter':<{width}}  {'value':>14}  {'standard error':>14}"]
    for name, value in result.params.items():
        off = result.stderr[name]
        told = f"{off:>14.3g}" if off is not None else f"{'-':>14}  {result.stderr_reasons[name]}"
        tied = "" if name in result.free or off is None else "  tied"
        lines.append(f"{name:<{width}}  {value:>14.8g}  {told}{tied}")
    return lines


def _origin(result: FitResult) -> list[str]:
    picture = "" if result.shape is None else f" of a picture of {result.shape[0]} x {result.shape[1]}"
    loss = result.loss if result.loss_scale is None else f"{result.loss}, scale {result.loss_scale:.4g}"
    sigma = "unknown" if result.sigma is None else f"{result.sigma:.4g}"
    condition = "infinite" if result.condition is None else f"{result.condition:.3g}"
    lines = [
        f"{result.n_pixels} values{picture}, residual {sigma} with {result.dof} degrees of freedom",
        f"errors: {result.covariance_kind} ({KINDS[result.covariance_kind]})",
        f"method {result.method}, loss {loss}, reduction {result.reduction} to {result.n_rows} rows",
        f"{result.n_iterations} iterations, {result.n_evaluations} evaluations, {result.seconds:.2f} s",
        f"rank {result.rank} of {result.n_free}, condition {condition}",
    ]
    left_out = ", ".join(f"{count} {reason}" for reason, count in result.ignored.items() if count)
    return [*lines, f"left out: {left_out}"] if left_out else lines
