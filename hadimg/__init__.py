"""Per-pixel gains as matrices: putting a mask on a picture is a Hadamard product."""

__version__ = "0.1.0"
