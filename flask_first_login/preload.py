"""Import this to load at once what is otherwise loaded by the first who signs in or asks for JSON.

For a server that loads the app before it forks its workers: what is loaded before, they share.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages

from . import providers, sealing, web

__all__ = ["providers", "sealing", "web"]

for _package in (providers, web):
    for _module in walk_packages(_package.__path__, f"{_package.__name__}."):
        import_module(_module.name)
