"""Who verifies a posted ticket: a function of the portal, or one of ours, by what the portal sets for it.

The verifiers of ours are in `ecpa` and `myegov`. These are slow to import: they bring the cryptography and the client
of the network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..outbound_settings import credential
from ..setting_fields import Given, key, setting, settings_of
from ..setting_readers import Unfit, names, not_empty, one_of, text, url, whole
from .protocols import Posted

AES = (
    "aes256-cts-hmac-sha384-192",
    "aes128-cts-hmac-sha256-128",
    "aes256-cts-hmac-sha1-96",
    "aes128-cts-hmac-sha1-96",
)


RC4 = "rc4-hmac"
#: Each by all the names that it has in MIT's Kerberos, and by its number.
KNOWN_AS: Mapping[str, str] = {
    **{name: name for name in (*AES, RC4)},
    **dict.fromkeys(("aes256-sha2", "20"), AES[0]),
    **dict.fromkeys(("aes128-sha2", "19"), AES[1]),
    **dict.fromkeys(("aes256-cts", "aes256-sha1", "18"), AES[2]),
    **dict.fromkeys(("aes128-cts", "aes128-sha1", "17"), AES[3]),
    **dict.fromkeys(("arcfour-hmac", "arcfour-hmac-md5", "23"), RC4),
}
TOKEN1 = "twGovT1"


class KeytabUnfit(ValueError):
    """A keytab, or what is set beside it, with which no ticket can be verified; ``setting`` is the key to change."""

    def __init__(self, setting: str, what: str, fix: str) -> None:
        super().__init__(what)
        self.setting, self.what, self.fix = setting, what, fix


def etypes(value: object) -> tuple[str, ...]:
    """a list of names such as `aes256-cts-hmac-sha1-96` or `rc4-hmac`, as `klist -e` or krb5.conf writes them"""
    if not isinstance(value, list | tuple) or not value:
        raise Unfit
    found = [KNOWN_AS.get(str(name).lower().removeprefix("deprecated:")) for name in value]
    if None in found:
        raise Unfit("names a way to encrypt that is not known.", f"Known: {', '.join((*AES, RC4))}.")
    return tuple(dict.fromkeys(name for name in found if name is not None))


def file(value: object) -> Path:
    """the path of a file"""
    if isinstance(value, str | Path) and str(value).strip():
        return Path(str(value).strip())
    raise Unfit


@dataclass(frozen=True, slots=True)
class SoapService:
    """MyEGov's profile service, which verifies a Token1 in place of a function of the portal."""

    url: str = field(
        metadata=key(url, "MyEGov: the profile service that verifies a Token1, in place of `verify`.", name="soap_url")
    )
    service_id: str = field(metadata=key(credential, "MyEGov: the number of this portal at the profile service."))
    method: str = setting(
        "GetProfileColumns",
        one_of("GetProfileColumns", "GetProfileColumns2"),
        "MyEGov: which method of the profile service is called.",
        name="soap_method",
    )
    subject_keys: tuple[str, ...] = setting(
        ("account", "uid"), not_empty(names), "MyEGov: the first of these columns that is sent is the person's key."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceKey:
    """The key of a Kerberos service, with which this portal opens a ticket by itself: ``verify`` is ``keytab``."""

    keytab: Path = field(
        metadata=key(
            file,
            "With `verify` as `keytab`: the file with the key of the service. Whoever reads it can sign in as anybody.",
        )
    )
    service: str = field(
        metadata=key(text, "With a keytab: the name of this application, to which tickets are made out.")
    )
    realm: str = field(metadata=key(text, "With a keytab: the realm of the service, in its very letters."))
    client_realms: tuple[str, ...] = setting(
        (), not_empty(names), "With a keytab: the realms whose people are taken.", shown="the `realm`"
    )
    etypes: tuple[str, ...] = setting(
        AES,
        etypes,
        "With a keytab: how a ticket may be encrypted. Under `rc4-hmac`, whoever sees one may guess a key that was "
        "made of a password, and then sign in as anybody.",
    )
    clock_skew: int = setting(
        300,
        whole(1, 600),
        "With a keytab: by how many seconds this portal's clock and the provider's may differ.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyService:
    """A service that opens tickets for this portal: ``verify`` is ``service``."""

    verify_url: str = field(metadata=key(url, "With a service that verifies: where a ticket is posted to it."))
    apid: str = field(metadata=key(credential, "With a service that verifies: the name of this application there."))


OURS: Mapping[str, type] = {"soap": SoapService, "keytab": ServiceKey, "service": VerifyService}


def read_verifier(given: Given, read: Mapping[str, Any], known: object) -> Any:
    """Read who verifies the tickets of a provider, of which the rest was ``read``; ``known`` is whom its design names.

    Of a ``given`` that has a problem, what comes back is nothing to use.
    """
    is_soap = not given.has("verify") and given.has("soap_url") and read.get("answer_fields") == (TOKEN1,)
    verify = "soap" if is_soap else given.read_key(Posted, "verify", known)
    asked = OURS.get(verify) if isinstance(verify, str) else None
    for kind in OURS.values():
        if kind is not asked:
            given.no_effect(*settings_of(kind))
    if asked is None:
        return verify
    settings, once = given.read(asked), read.get("single_use") or read.get("answer_fields", ())
    if len(once) != 1:
        given.problem("single_use", "must name the one field that holds the ticket.", f"Known: {', '.join(once)}.")
    return verify if given.problems else _made(given, asked, settings, once[0])


def _made(given: Given, kind: type, settings: dict[str, Any], field_name: str) -> object:
    if kind is SoapService:
        from .myegov import SoapVerifier

        return SoapVerifier(**settings)
    from .ecpa import ServiceVerifier, by_keytab

    if kind is VerifyService:
        return ServiceVerifier(**settings, field_name=field_name)
    try:
        return by_keytab(ServiceKey(**settings), field_name)
    except KeytabUnfit as error:
        given.problem(error.setting, error.what, error.fix)
        return None
