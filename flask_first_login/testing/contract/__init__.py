"""The suite that every way to keep accounts must pass, the host's own as well as ours."""

from .identities import OfIdentities
from .kept import OfWhatIsKept
from .leaving import OfLeaving
from .numbers import OfNationalIds


class AccountsContract(OfIdentities, OfNationalIds, OfLeaving, OfWhatIsKept):
    """What every `Accounts` must do. Subclass it as ``Test...`` and give it a fixture named ``accounts``."""
