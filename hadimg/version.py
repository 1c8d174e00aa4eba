"""The version of hadimg, said once."""

__version__ = "0.1.0"
