"""Hadamard matrices, the orders of their rows, and the fast transform.

>>> fwht([1, 0, 1, 0, 0, 1, 1, 0])
array([ 4,  2,  0, -2,  0,  2,  0,  2])
"""

from hadimg.walsh.linear import transform_map
from hadimg.walsh.matrices import determinant_bound, hadamard_matrix, is_hadamard, nearest_orders, normal_form
from hadimg.walsh.orders import ORDERS, walsh_order
from hadimg.walsh.transform import NORMS, fwht, fwht2, fwhtn, ifwht, ifwht2, ifwhtn

__all__ = [
    "NORMS",
    "ORDERS",
    "determinant_bound",
    "fwht",
    "fwht2",
    "fwhtn",
    "hadamard_matrix",
    "ifwht",
    "ifwht2",
    "ifwhtn",
    "is_hadamard",
    "nearest_orders",
    "normal_form",
    "transform_map",
    "walsh_order",
]
