"""Import this to load at once what the first sign-in loads otherwise: Authlib, joserfc and cryptography.

For a server that loads the app before it forks its workers: they share what is loaded before.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages

from . import providers, sealing

__all__ = ["providers", "sealing"]

for _module in walk_packages(providers.__path__, f"{providers.__name__}."):
    import_module(_module.name)
