"""Where accounts are kept: the port (`base`), and two that fill it (`memory`, `sqlalchemy`)."""

from .base import Accounts, NumberCases, PersonalRecords, Rekeys
from .records import Dispute, Review, Settled, VerdictChange

__all__ = ["Accounts", "Dispute", "NumberCases", "PersonalRecords", "Rekeys", "Review", "Settled", "VerdictChange"]
