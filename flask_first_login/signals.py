"""What is told. A receiver learns what happened; it can never change a sign-in, and its failure never stops one.

Every signal's sender is the Flask app. None carries a national ID, a token or a claim.
"""

from __future__ import annotations

import logging

from blinker import NamedSignal, Namespace
from flask import current_app

logger = logging.getLogger("flask_first_login")

_signals = Namespace()

#: A learner signed in. ``account`` is the account id, ``provider`` its name, ``first`` whether the account is new.
signed_in = _signals.signal("first-login-signed-in")

#: An identity was bound to an existing account. ``account``, ``provider``.
identity_linked = _signals.signal("first-login-identity-linked")

#: The hours of a learner were assessed at a sign-in. ``account``, ``report`` (a `HoursReport`).
hours_assessed = _signals.signal("first-login-hours-assessed")

#: A sign-in failed or was refused. ``provider``, ``code``, ``support_code``.
sign_in_failed = _signals.signal("first-login-sign-in-failed")

#: A government provider sent another national ID for a known identity; the stored one stays. ``account``, ``provider``.
national_id_under_review = _signals.signal("first-login-national-id-under-review")

#: A person removed this portal at their provider; with ``deletion`` they also asked that their data be deleted.
#: ``account`` (None when nobody here has the identity), ``provider``, ``confirmation_code``.
identity_revoked = _signals.signal("first-login-identity-revoked")


def tell(signal: NamedSignal, **facts: object) -> None:
    """Send ``signal`` from the current app. A receiver that raises is logged by its kind; the sign-in goes on."""
    sender = current_app._get_current_object()  # type: ignore[attr-defined]  # the app itself, as Flask's own signals send it
    for receiver in signal.receivers_for(sender):
        try:
            receiver(sender, **facts)
        except Exception as error:
            logger.error("a receiver of %s failed: %s", signal.name, type(error).__name__)
