"""Finding the parameters of masks by gradient, from what people really have."""

from hadimg.fitting.sums import Sums

__all__ = ["Sums"]
