"""Where accounts are kept: the ports a store fills (`base`), what they speak of (`records`), and two stores of ours.

`memory` keeps dictionaries, `sqlalchemy` the host's own database. Nothing here knows a web framework or a provider, and
nothing decides whose an identity is: that is `linking`.
"""

from .base import Accounts, Imports, Moves, NumberCases, PersonalRecords, Rekeys, WholeSignIns
from .members import Member, Outcome
from .records import Dispute, KeptAt, Review, Settled, VerdictChange

__all__ = [
    "Accounts",
    "Dispute",
    "Imports",
    "KeptAt",
    "Member",
    "Moves",
    "NumberCases",
    "Outcome",
    "PersonalRecords",
    "Rekeys",
    "Review",
    "Settled",
    "VerdictChange",
    "WholeSignIns",
]
