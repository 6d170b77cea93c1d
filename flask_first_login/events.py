"""The keys of the journal's events, under the name of their logger, by which a host imports them; see `journal`."""

from .journal import KEYS

__all__ = ["KEYS"]
