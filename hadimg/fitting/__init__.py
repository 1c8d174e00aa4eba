"""Finding the parameters of masks by gradient, from what people really have."""

from hadimg.fitting.gradient import MaskingGradient, masking_gradient
from hadimg.fitting.objective import Objective
from hadimg.fitting.observations import Observations
from hadimg.fitting.sums import Sums

__all__ = ["MaskingGradient", "Objective", "Observations", "Sums", "masking_gradient"]
