"""The five providers, pretend, on loopback: development and tests without any agency's approval.

Real HTTP, in the protocol that each provider really speaks, and really signed tokens; but every
person is made up (see `personas`). One process serves them all::

    python -m flask_first_login.sandbox --port 5001
    app.config["FIRST_LOGIN_PROVIDERS"] = sandbox.settings("http://127.0.0.1:5001")

============================  =============================================================
``/myegov``                   OpenID Connect
``/myegov-ticket``            posts Token1, gives the profile by SOAP
``/ecpa``                     posts a ticket that `ecpa.verify` verifies
``/google``                   OpenID Connect
``/facebook``                 OAuth 2.0 and the Graph API
``/apple``                    OpenID Connect, posts the code, wants a signed client secret
============================  =============================================================

In a browser, each shows a page to choose who signs in. A test that has no browser adds
``login_hint=<persona key>`` to the provider's address, and the answer comes back at once: a
redirect, or a page with the form that a person would post.

To see how a relying party bears a provider that errs, open ``/`` and switch a fault on, or
``POST /<name>/_fault`` the JSON ``{"fault": "<name>"}``, a name in the ``FAULTS`` of the provider's own
module. ``{"fault": null}`` makes the provider as it was at the start, so that Apple also forgets who has
consented. What Facebook posts when somebody leaves, `facebook.signed_request` makes.

Here lives what plays a provider, one module a provider: `openid` (MyEGov and Google), `apple`, `facebook`,
`ecpa` and `myegov` (by ticket), each with its faults. They stand on `code_flow` or `ticket`, and those on
`provider`; who may sign in and which clients are registered is data, in `personas` and `issuers`. What a
relying party computes or checks does not belong here, and is not borrowed from ours: a mistake would agree
with itself.
"""

from .app import create_sandbox, run
from .issuers import settings

__all__ = ["create_sandbox", "run", "settings"]
