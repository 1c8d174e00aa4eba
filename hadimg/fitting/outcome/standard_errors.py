"""Standard errors of a solution, what the data can tell of it, and a reason for each error that is missing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.fitting.outcome.covariance import covariance
from hadimg.fitting.outcome.identifiability import Identifiability, correlation_warnings, identify, triangle
from hadimg.fitting.solving.problem import Scattering

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.fitting.parameters import ParameterMap
    from hadimg.fitting.solving.problem import Problem, Scatter
    from hadimg.fitting.solving.solvers import Solution

    Float = NDArray[np.float64]

__all__ = ["Errors", "estimate_errors"]


@dataclass(frozen=True, eq=False)
class Errors:
    """How far the parameters of a solution may be off.

    Parameters
    ----------
    kind : str
        A key of `KINDS`.
    covariance : ndarray, shape (P, P), or None
        Of all parameters; rows and columns of those without an error of their own are zero. None where a direction
        changes nothing, so that there is no covariance.
    stderr : dict of str to float or None
        Standard errors by name.
    reasons : dict of str to str
        Why there is none, for each parameter without one.
    dof : int
        Numbers fitted less free parameters that no bound holds.
    sigma : float or None
        Root of the mean weighted square, with `dof`; for a robust loss, of the mean loss.
    told : Identifiability
        What the data can tell.
    warnings : tuple of str
        Sentences for the caller.
    """

    kind: str
    covariance: Float | None
    stderr: dict[str, float | None]
    reasons: dict[str, str]
    dof: int
    sigma: float | None
    told: Identifiability
    warnings: tuple[str, ...]

    @property
    def correlation(self) -> Float | None:
        """The covariance with a diagonal of ones, and zeros where there is no error."""
        if self.covariance is None:
            return None
        root = np.sqrt(np.maximum(np.diag(self.covariance), 0.0))  # rounding may leave less
        unit: Float = self.covariance / np.outer(*[np.where(root > 0, root, 1.0)] * 2)
        np.fill_diagonal(unit, 1.0)
        return unit


def estimate_errors(problem: Problem, parameters: ParameterMap, solution: Solution, *, kind: str) -> Errors:
    """Return standard errors and covariance at a solution, and what the data can tell at all.

    Parameters
    ----------
    problem : Problem
        What was fitted; for the kinds ``"sandwich"`` and ``"block"`` also a `Scattering`.
    parameters : ParameterMap
        As in the solve.
    solution : Solution
        Where it ended.
    kind : str
        A key of `KINDS`.
    """
    chain = parameters.jacobian(solution.xi)
    loose = solution.held == 0
    rows = triangle(problem.rows(solution.theta)[0] @ chain[loose].T)
    names = [name for name, is_loose in zip(parameters.free, loose, strict=True) if is_loose]
    told = identify(names, rows)
    moving = loose.copy()
    moving[loose] = rows.length > 0
    dof = problem.count - int(moving.sum())
    sigma = float(np.sqrt(2 * solution.cost / dof)) if dof > 0 else None
    reasons = _held_back(parameters, solution, told)
    refusal = _refusal(kind, told, int(moving.sum()), sigma)
    matrix, warnings = None, list(told.warnings)
    if refusal is None:
        try:
            own = covariance(
                rows.part(rows.length > 0),
                kind,
                variance=(sigma or 0.0) ** 2,
                scatter=_scatter(problem, solution, kind, chain[moving]),
            )
        except ArgumentError as error:
            refusal = error.reason
            warnings.append(f"no standard errors: {error}")
        else:
            matrix = chain[moving].T @ own @ chain[moving]
    stderr, reasons = _stderr(parameters, matrix, reasons, refusal)
    errors = Errors(kind, matrix, stderr, reasons, dof, sigma, told, ())
    return _with_warnings(errors, parameters, warnings)


def _scatter(problem: Problem, solution: Solution, kind: str, chain: Float) -> Scatter | None:
    if kind not in ("sandwich", "block") or not isinstance(problem, Scattering):
        return None
    found = problem.scatter(solution.theta, kind)
    bread = None if found.bread is None else chain @ found.bread @ chain.T
    return found._replace(meat=chain @ found.meat @ chain.T, bread=bread)


def _held_back(parameters: ParameterMap, solution: Solution, told: Identifiability) -> dict[str, str]:
    """Return why parameters have no error, before any is computed."""
    lower, upper = parameters.bounds
    reasons = dict.fromkeys(parameters.fixed, "fixed")
    for f, name in enumerate(parameters.free):
        if solution.held[f]:
            side, bound = ("lower", lower[f]) if solution.held[f] < 0 else ("upper", upper[f])
            reasons[name] = f"held by its {side} bound {_told_bound(parameters, name, side, float(bound))}"
    for direction in told.directions:
        largest = max(abs(part) for part in direction.values())
        reasons |= {name: "not identifiable" for name, part in direction.items() if abs(part) > 0.01 * largest}
    return reasons


def _told_bound(parameters: ParameterMap, name: str, side: str, bound: float) -> str:
    """Return a bound as the caller knows it: that of the parameter, not of the scale that it is fitted on."""
    own = (parameters.lower if side == "lower" else parameters.upper)[parameters.names.index(name)]
    scaled = name in parameters.scaled
    return f"{own:g}" if scaled or own == bound else f"{bound:g}, which a tie passes on"


def _refusal(kind: str, told: Identifiability, moving: int, sigma: float | None) -> str | None:
    """Return why there are no errors at all, or None."""
    mixed = [direction for direction in told.directions if len(direction) > 1]
    if mixed:
        return "not known while others are not identifiable"
    if moving == 0:
        return "nothing is free to move"
    if kind == "absolute":
        return None
    if sigma is None:
        return "no more pixels than free parameters"
    return "the fit is exact: nothing tells the noise" if sigma == 0 else None


def _stderr(
    parameters: ParameterMap, matrix: Float | None, reasons: dict[str, str], refusal: str | None
) -> tuple[dict[str, float | None], dict[str, str]]:
    """Return the standard error of each parameter, and the reason where there is none."""
    stderr: dict[str, float | None] = {}
    told = dict(reasons)
    for k, name in enumerate(parameters.names):
        variance = 0.0 if matrix is None else float(matrix[k, k])
        blocked = _blocked(parameters, name, reasons)
        known = blocked is None and variance > 0 and np.isfinite(variance)
        stderr[name] = float(np.sqrt(variance)) if known else None
        if not known:
            told[name] = blocked or refusal or "does not follow what is free"
    return stderr, {name: told[name] for name in parameters.names if stderr[name] is None}


def _blocked(parameters: ParameterMap, name: str, reasons: dict[str, str]) -> str | None:
    """Return why a parameter has no error: its own reason, or that of one that it is tied to."""
    if name not in parameters.ties:
        return reasons.get(name)
    sources = parameters.ties[name].of
    blocks = {source: _blocked(parameters, source, reasons) for source in sources}
    worse = [source for source in sources if blocks[source] not in (None, "fixed")]
    if not worse and any(blocks[source] is None for source in sources):
        return None
    source = worse[0] if worse else sources[0]
    return f"tied to {source}: {blocks[source]}"


def _with_warnings(errors: Errors, parameters: ParameterMap, warnings: list[str]) -> Errors:
    """Return the same errors with sentences on what is badly known."""
    free = [parameters.names.index(name) for name in parameters.free if errors.stderr[name] is not None]
    if errors.correlation is not None:
        names = [parameters.names[k] for k in free]
        warnings += correlation_warnings(names, errors.correlation[np.ix_(free, free)])
    for k in free:
        name, room = parameters.names[k], float(parameters.upper[k] - parameters.lower[k])
        off = errors.stderr[name]
        if off is not None and off > room / 4:
            warnings.append(f"{name} is hardly determined: its standard error {off:.3g} is over a quarter of its range")
    return replace(errors, warnings=tuple(warnings))
