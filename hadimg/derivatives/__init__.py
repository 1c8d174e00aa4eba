"""Derivatives of matrices by matrices: lazy linear maps, one rule a function, the layouts of others, and checks.

>>> import numpy as np
>>> from hadimg.derivatives import check_derivative, constant, identity, rules
>>> y, x = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0, 6.0], [7.0, 8.0]])
>>> derivative = rules.hadamard_product(y, x, identity((2, 2)), constant((2, 2), (2, 2)))  # of Y * X by Y
>>> derivative.dense()
array([[5., 0., 0., 0.],
       [0., 6., 0., 0.],
       [0., 0., 7., 0.],
       [0., 0., 0., 8.]])
>>> bool(check_derivative(lambda y: y * x, derivative, y))
True
"""

from hadimg.derivatives import rules
from hadimg.derivatives.checks import AdjointReport, DerivativeReport, check_adjoint, check_derivative
from hadimg.derivatives.elementary import constant, from_matrix, from_partials, identity
from hadimg.derivatives.layout import (
    LAYOUTS,
    from_slides,
    kronecker_index,
    to_slides,
    transposition_index,
    unvec_rows,
    vec_rows,
)
from hadimg.derivatives.linear_map import LinearMap

__all__ = [
    "LAYOUTS",
    "AdjointReport",
    "DerivativeReport",
    "LinearMap",
    "check_adjoint",
    "check_derivative",
    "constant",
    "from_matrix",
    "from_partials",
    "from_slides",
    "identity",
    "kronecker_index",
    "rules",
    "to_slides",
    "transposition_index",
    "unvec_rows",
    "vec_rows",
]
