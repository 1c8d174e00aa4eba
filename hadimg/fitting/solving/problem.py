"""What a solver knows of a fit, and nothing else: the contract between pictures and numbers.

A solver minimises half the sum of the squared rows of a `Problem`; that the rows stand for millions of pixels, for
cells or for radii, and that a robust loss is in them already, is the problem's own affair. ``theta`` is always the full
vector of P parameters: `hadimg.fitting.solving.solvers.solve` chains through a map of parameters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hadimg.fitting.sums import Sums

    Float = NDArray[np.float64]

__all__ = ["Problem", "Scatter", "Scattering"]


class Problem(Protocol):
    """Cost and derivatives as functions of the full vector of parameters."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the P parameters."""
        ...

    @property
    def count(self) -> int:
        """How many numbers are fitted: pixels of weight above zero, times channels. Never the number of rows."""
        ...

    @property
    def target_norm(self) -> float:
        """Root of the weighted sum of the squared target: residuals below 1e-12 of it are rounding, not misfit."""
        ...

    def sums(self, theta: Float, order: int) -> Sums:
        """Return the cost; from order 1 on the gradient (P,), from order 2 on the Gauss-Newton matrix (P, P)."""
        ...

    def rows(self, theta: Float) -> tuple[Float, Float]:
        """Return a Jacobian (n, P) and a residual (n,) whose products with each other are those of all pixels.

        ``n`` is the same at every ``theta``. Half the squared residual is the cost of `sums`, the product of the
        Jacobian with the residual its gradient.
        """
        ...


class Scatter(NamedTuple):
    """What errors that are not all alike do to the gradient; the covariances of the kind "sandwich" need it.

    Parameters
    ----------
    meat : ndarray of float64, shape (P, P)
        Sum over pixels, or over blocks of pixels, of the outer products of their shares of the gradient.
    bread : ndarray of float64, shape (P, P), or None
        Expected second derivative of the cost where it is not the product of the rows: for a robust loss, the sum of
        ``(slope + 2 z bend)`` times the outer products of the plain residuals' derivatives.
    shares : int
        How many pixels or blocks were added up, in the whole picture; 0 where nobody counted. A few tell less than
        they seem to: the fit has followed them, which is put right by ``shares / (shares - F)``.
    """

    meat: Float
    bread: Float | None = None
    shares: int = 0


@runtime_checkable
class Scattering(Protocol):
    """A problem that can tell how its pixels' shares of the gradient scatter."""

    def scatter(self, theta: Float, kind: str) -> Scatter:
        """Return the scatter of single pixels (``kind="sandwich"``) or of blocks of 16 x 16 (``kind="block"``)."""
        ...
