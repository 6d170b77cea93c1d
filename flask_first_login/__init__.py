"""The first sign-in of a learning portal in Taiwan: the guide, the sign-in, the account, and the hours."""

from .accounts import VerdictChange
from .completions import assess_completion
from .errors import (
    AccountConflict,
    AccountGone,
    ConfigError,
    FirstLoginError,
    FlowError,
    InvalidNationalId,
    SignInError,
    SignInRefused,
)
from .extension import FirstLogin
from .hours import Authority, AuthorityReport, HoursReport, Learner, Reason, Remedy, Requirements, Verdict
from .identity import Account, Assurance, Identity, Kind, Standing
from .national_id import NationalId
from .signals import (
    hours_assessed,
    hours_changed,
    identity_left,
    identity_linked,
    identity_revoked,
    national_id_disputed,
    national_id_under_review,
    sign_in_failed,
    signed_in,
)
from .state import current_vault
from .text import Text
from .web.learner.hours_required import hours_required

__version__ = "0.2.0"

__all__ = [
    "Account",
    "AccountConflict",
    "AccountGone",
    "Assurance",
    "Authority",
    "AuthorityReport",
    "ConfigError",
    "FirstLogin",
    "FirstLoginError",
    "FlowError",
    "HoursReport",
    "Identity",
    "InvalidNationalId",
    "Kind",
    "Learner",
    "NationalId",
    "Reason",
    "Remedy",
    "Requirements",
    "SignInError",
    "SignInRefused",
    "Standing",
    "Text",
    "Verdict",
    "VerdictChange",
    "assess_completion",
    "current_vault",
    "hours_assessed",
    "hours_changed",
    "hours_required",
    "identity_left",
    "identity_linked",
    "identity_revoked",
    "national_id_disputed",
    "national_id_under_review",
    "sign_in_failed",
    "signed_in",
]
