"""The keys that every provider may have, whatever it speaks; those of a protocol stand with it (`base`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..identity import Kind, Standing
from ..outbound_settings import proxy, roots
from ..setting_fields import NOTHING, key, setting
from ..setting_readers import flag, flag_or, function, one_of, text, urls, words
from ..text import Text
from .claim_names import claims_of_setting, kinds_of_claims
from .claims import Enrich, Identify
from .protocols import OAuth2, Oidc, Posted, ProviderProtocol

#: What the ``protocol`` key calls each.
PROTOCOLS: Mapping[str, type[ProviderProtocol]] = MappingProxyType({"oidc": Oidc, "oauth2": OAuth2, "ticket": Posted})


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderKeys:
    """The keys that every provider may have, whatever it speaks."""

    preset: str = field(
        metadata=key(
            text,
            "Whose design it takes, so that one may stand twice: two schools at Google, say, each with a `title`.",
            shown="its own name",
        )
    )
    protocol: str = setting("oidc", one_of(*PROTOCOLS), "What the provider speaks.")
    standing: Standing = field(
        metadata=key(
            one_of(*Standing), "Whether it may assert a national ID at all. That of a preset cannot be changed."
        )
    )
    title: Text = field(metadata=key(words, "Its name, in both languages."))
    button: Text | None = setting(None, words, "What its sign-in button says, whole.", shown="made of the title")
    identify: Identify | None = setting(
        None,
        function,
        "The function that makes an identity of the claims, `identify(claims) -> Identity`, where names of claims are "
        "not enough.",
        shown="reads the `claims`",
    )
    enrich: Enrich | None = setting(
        None,
        function,
        "A function that says what the provider leaves out, `enrich(claims) -> Mapping`: eCPA may tell an account "
        "alone. What the provider states itself stays.",
    )
    claims: Mapping[str, Any] = setting(
        NOTHING,
        claims_of_setting,
        "Government only: which claim says what, by its name or a path such as `attributes.uid` or `roles.0`; `name` "
        'may be two, `["family_name", "given_name"]`. Who is verified is told by `verified` alone, where it is named: '
        "by JSON `true`, or by the very text that is set, as in `level=3`.",
    )
    years_of_republic: bool = setting(
        False,
        flag,
        "Government only: whether a birth date counts years of the Republic where it does not say so itself, such as "
        "`0750101` or `75/01/01`. `民國75年1月1日`, `075/01/01` and years of four digits are read anywhere.",
    )
    kinds: Mapping[str, Kind] = setting(
        NOTHING,
        kinds_of_claims,
        "Government only: what the values of the `kind` claim mean. Any other value leaves the kind unknown.",
    )
    former_issuers: tuple[str, ...] = setting(
        (),
        urls,
        "Issuers under which its identities were kept before it moved: who is known under one of them by the same "
        "subject is the same person. No other provider of this portal may be, or have been, at one of them.",
    )
    refuses_embedded: bool | str = setting(
        False,
        flag_or("android"),
        "Whether it turns away browsers inside other apps, or those of Android alone: a learner in one "
        "is told how to open a real browser.",
        shown="as its preset",
    )
    allow_private: bool = setting(
        False,
        flag,
        "Whether it may live at an address of a private network, such as an agency's own; not beside a `verify` of "
        "yours, which makes its calls itself.",
    )
    proxy: str | None = setting(
        None, proxy, "The forward proxy through which it is called, in place of `FIRST_LOGIN_PROXY`.", secret=True
    )
    ca_bundle: Path | None = setting(
        None, roots, "Root certificates that are trusted for it, beside the public ones and `FIRST_LOGIN_CA_BUNDLE`."
    )
