"""Where accounts are kept: the port (`base`), and two that fill it (`memory`, `sqlalchemy`)."""

from .base import Accounts, PersonalRecords
from .records import VerdictChange

__all__ = ["Accounts", "PersonalRecords", "VerdictChange"]
