"""Our file format in the registry of imageio, whichever of the two is imported first, at no cost to the other.

imageio looks into two tables of its module ``imageio.config``. Where that module is loaded, we enter ourselves there;
where it is not, we wait until it is.
"""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

__all__ = ["register"]

WATCHED = "imageio.config"


def register() -> None:
    """Make ``imageio.v3.imread("a.hadi")`` and ``imwrite`` work; calling it again changes nothing.

    Examples
    --------
    >>> register()
    >>> import imageio.config
    >>> imageio.config.known_plugins["hadimg"].class_name
    'HadiPlugin'
    """
    config = sys.modules.get(WATCHED)
    if config is not None and hasattr(config, "known_plugins"):
        _enter(config)
    elif not any(isinstance(finder, _Watcher) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Watcher())


def _enter(config: Any) -> None:
    """Add our plugin and our suffix, as imageio documents it for plugins of others."""
    if "hadimg" in config.known_plugins:
        return
    config.known_plugins["hadimg"] = config.PluginConfig(
        name="hadimg", class_name="HadiPlugin", module_name="hadimg.io.imageio_plugin"
    )
    suffix = config.FileExtension(name="HADI, pictures in Hadamard matrices", extension=".hadi", priority=["hadimg"])
    config.extension_list.append(suffix)
    config.known_extensions.setdefault(".hadi", []).append(suffix)


class _Watcher(MetaPathFinder):
    """Wait for the tables of imageio to be loaded, then step aside."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Find that one module as usual, and have it end its loading with our entry."""
        if name != WATCHED:
            return None
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def load_and_enter(module: ModuleType) -> None:
                load(module)
                _enter(module)

            spec.loader.exec_module = load_and_enter  # type: ignore[method-assign]  # of this one loader
        return spec
