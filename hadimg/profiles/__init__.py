"""Profiles of lenses and cameras that other tools measured, as masks.

No profile data belong to hadimg: a database is a folder that the user names.
"""

from hadimg.profiles.lensfun import LensfunChooser, read_lensfun
from hadimg.profiles.lensfun_data import Camera, Database, Lens
from hadimg.profiles.lensfun_write import Setting, write_lensfun

__all__ = ["Camera", "Database", "Lens", "LensfunChooser", "Setting", "read_lensfun", "write_lensfun"]
