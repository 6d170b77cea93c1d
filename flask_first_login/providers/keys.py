"""What each key of a provider's settings means; `docs/settings.md` adds the types and the defaults of the code."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "preset": "Whose design it takes, so that one may stand twice: two schools at Google, say, each with its own "
        "`title`.",
        "protocol": "What the provider speaks.",
        "standing": "Whether it may assert a national ID at all. That of a preset cannot be changed.",
        "title": "Its name, in both languages.",
        "button": "What its sign-in button says, whole.",
        "claims": "Government only: which claim says what. The names are `national_id`, `name`, `verified`, `kind`, "
        "`birth_date`, `email` and `method`. Who is verified is told by `verified` alone, where it is named.",
        "kinds": "Government only: what the values of the `kind` claim mean, each `civil_servant` or `general`. Any "
        "other value leaves the kind unknown.",
        "identify": "Where names of claims are not enough: the function that makes them an identity, "
        "`identify(claims) -> Identity`.",
        "allow_private": "Whether it may live at an address of a private network, such as an agency's own; not beside "
        "a `verify` of yours, which makes its calls itself.",
        "client_id": "What the provider gave at registration.",
        "client_secret": "What the provider gave at registration.",
        "issuer": "Who it is, exactly as it says itself; with OpenID Connect, discovery tells the rest.",
        "authorization_origin": "Where browsers sign in, when that is another origin than the issuer's: our pages let "
        "their forms lead there.",
        "scope": "What is asked for, with a blank between; with OpenID Connect, `openid` is one of them.",
        "algorithms": "Which signatures of an ID token are taken. The provider's metadata may narrow it.",
        "token_auth": "Where the client secret travels: in a header or in the body.",
        "authorize_params": "Further parameters of the address that a sign-in begins at.",
        "step_up_params": "Parameters that ask for a stronger sign-in; with any, learners are offered one. Of "
        "`acr_values`, one must come back. Not for a social provider, where nobody is proven.",
        "required_claims": "What an ID token must say, such as Google's `hd` for accounts of one organisation; `*` is "
        "any text. An `hd` of `authorize_params` is required by itself.",
        "form_post": "Whether the answer is posted, as Apple's is.",
        "team_id": "Apple: the ten characters of the team.",
        "key_id": "Apple: the ten characters of the key.",
        "private_key": "Apple: the whole `.p8` file. The client secret is signed with it, anew for each sign-in.",
        "graph_version": "Facebook: which version of the Graph API is called.",
        "authorize_url": "Where the browser is sent to sign in.",
        "token_url": "Where the code is exchanged.",
        "profile_url": "Where the profile is read.",
        "profile_params": "Parameters of the profile call.",
        "subject": "Which field of the profile is the person's stable key.",
        "appsecret_proof": "Facebook: whether the profile call proves that it knows the secret.",
        "login_url": "Where the browser is sent to sign in.",
        "return_param": "Which parameter of `login_url` names our return address.",
        "login_params": "Further parameters of `login_url`.",
        "fields": "The fields that are posted back.",
        "single_use": "Those of the fields that are good once only.",
        "state_in_path": "Whether the return address may vary in its path, so that the sign-in's state travels there.",
        "verify": "The function that verifies a ticket and says who it is: `verify(ticket) -> Claims`.",
        "soap_url": "MyEGov: the profile service that verifies a Token1, in place of `verify`.",
        "service_id": "MyEGov: the number of this portal at the profile service.",
        "soap_method": "MyEGov: which method of the profile service is called.",
        "subject_keys": "MyEGov: the first of these columns that is sent is the person's key.",
    }
)
