"""What the authorities make of every account: streamed row by row, or counted, for programs and for operators.

Any program may ask it with a session of its own; it needs neither Flask nor the command line.
"""

from .facts_in_sql import UNREADABLE, needs_python
from .rows import Row, count_accounts, rows
from .summary import Count, summary

__all__ = ["UNREADABLE", "Count", "Row", "count_accounts", "needs_python", "rows", "summary"]
