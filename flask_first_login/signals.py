"""The signals by which a host hears what happened. A receiver can never change a sign-in, nor stop one by failing.

The sender of every signal is the Flask app. None carries a national ID, a token or a claim. A receiver names the facts
it wants, ``def receiver(app, *, account)``, and is given no others.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from blinker import ANY, NamedSignal
from flask import current_app

from .traces import leave_trace

F = TypeVar("F", bound=Callable[..., Any])


class Signal(NamedSignal):
    """A blinker signal that keeps its receivers: one that is defined inside ``create_app`` hears too.

    Blinker itself forgets such a function as soon as ``create_app`` ends, and nobody notices that hours are not
    released. Where several apps are made in one process, ``@hours_changed.connect_via(app)`` hears of one app alone.
    """

    def connect(self, receiver: F, sender: Any = ANY, weak: bool = False) -> F:
        return super().connect(receiver, sender, weak)


#: A learner signed in. ``account`` is the account id, ``provider`` its name, ``first`` whether the account is new.
signed_in = Signal("first-login-signed-in")

#: An identity was bound to an existing account. ``account``, ``provider``, ``another_name``: whether it has another
#: name than the account, which an operator should look at.
identity_linked = Signal("first-login-identity-linked")

#: A learner gave up one of several ways to sign in. ``account``, ``provider``.
identity_left = Signal("first-login-identity-left")

#: The hours of a learner were assessed at a sign-in. ``account``, ``report`` (a `HoursReport`).
hours_assessed = Signal("first-login-hours-assessed")

#: An authority's verdict is another than at the last sign-in: the moment to look at what is held. ``account``,
#: ``report``, ``changes`` (of `VerdictChange`, each with the verdict ``before`` and ``after``). The first verdict on an
#: account, or of an authority that is new to the portal, is no change: there was nothing that it could differ from.
hours_changed = Signal("first-login-hours-changed")

#: A sign-in failed or was refused. ``provider``, ``code``, ``support_code``.
sign_in_failed = Signal("first-login-sign-in-failed")

#: A government provider sent another national ID for a known identity; the stored one stays. ``account``, ``provider``.
national_id_under_review = Signal("first-login-national-id-under-review")

#: A national ID that this account brought is held by another one, which has proven it or was first with it. What is
#: told is of the account that has no number now, and nothing of the other one. ``account``, ``provider``.
national_id_disputed = Signal("first-login-national-id-disputed")

#: A person removed this portal at their provider; with ``deletion`` they also asked that their data be deleted.
#: ``account`` (None when nobody here has the identity), ``provider``, ``confirmation_code``.
identity_revoked = Signal("first-login-identity-revoked")


def tell(signal: NamedSignal, **facts: object) -> None:
    """Send ``signal`` from the current app. A receiver that raises leaves a trace; the sign-in goes on."""
    sender = current_app._get_current_object()  # type: ignore[attr-defined]  # the app itself, as Flask's own signals send it
    for receiver in signal.receivers_for(sender):
        try:
            receiver(sender, **_wanted(receiver, facts))
        except Exception as error:
            leave_trace(error, "a receiver of %s failed: %s", signal.name, type(error).__name__, propagates=False)


def _wanted(receiver: Callable[..., object], facts: Mapping[str, object]) -> Mapping[str, object]:
    """Choose the facts that the receiver takes: a fact that a later version adds must not break it."""
    try:
        takes = inspect.signature(receiver).parameters
    except ValueError:  # of a builtin that does not say
        return facts
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in takes.values()):
        return facts
    return {name: fact for name, fact in facts.items() if name in takes}
