"""Profiles of lenses and cameras that other tools measured, as masks.

No profile data belong to hadimg: a database is a folder that the user names.
"""

from hadimg.profiles.dng import DngProfile, Opcode, parse_opcodes, read_dng
from hadimg.profiles.dng_gain_map import GainArea
from hadimg.profiles.dng_write import format_opcodes
from hadimg.profiles.flat_field import write_flat_field
from hadimg.profiles.gain_tables import table_mask
from hadimg.profiles.hugin import HuginPicture, parse_hugin, read_hugin
from hadimg.profiles.lensfun import LensfunChooser, read_lensfun
from hadimg.profiles.lensfun_data import Camera, Database, Lens
from hadimg.profiles.lensfun_write import Setting, write_lensfun
from hadimg.profiles.libcamera_rkisp1 import RockchipShading, parse_rockchip, read_rockchip
from hadimg.profiles.libcamera_rpi import RpiShading, parse_rpi, read_rpi
from hadimg.profiles.micasense import parse_micasense, read_micasense
from hadimg.profiles.readings import (
    aligned_corners,
    integer_halves,
    mono_dataset,
    sony_vignetting,
    spectacle_vignette,
)

__all__ = [
    "Camera",
    "Database",
    "DngProfile",
    "GainArea",
    "HuginPicture",
    "Lens",
    "LensfunChooser",
    "Opcode",
    "RockchipShading",
    "RpiShading",
    "Setting",
    "aligned_corners",
    "format_opcodes",
    "integer_halves",
    "mono_dataset",
    "parse_hugin",
    "parse_micasense",
    "parse_opcodes",
    "parse_rockchip",
    "parse_rpi",
    "read_dng",
    "read_hugin",
    "read_lensfun",
    "read_micasense",
    "read_rockchip",
    "read_rpi",
    "sony_vignetting",
    "spectacle_vignette",
    "table_mask",
    "write_flat_field",
    "write_lensfun",
]
