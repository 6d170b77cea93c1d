"""Where accounts are kept: the port (`base`), and two that fill it (`memory`, `sqlalchemy`)."""

from .base import Accounts, PersonalRecords, Rekeys
from .records import VerdictChange

__all__ = ["Accounts", "PersonalRecords", "Rekeys", "VerdictChange"]
