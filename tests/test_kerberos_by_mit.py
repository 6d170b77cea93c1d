"""eCPA's verifier beside MIT's Kerberos: each takes what the other makes, and ours takes nothing that MIT's refuses."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flask_first_login import SignInError
from flask_first_login.providers import Ticket
from internals import PRETEND_KEY, ApReq, ApReqVerifier, ap_req, register
from support.kerberos_tickets import AES128, AES128_SHA2, AES256, AES256_SHA2, NAMES, RC4, Forge, entry, keytab, tlv
from support.mit_kerberos import REALM, Mit, Realm, realm_up

pytestmark = pytest.mark.slow

#: A service under each way of encryption, as MIT names it.
SERVICES = {
    "By128": ("aes128-cts", AES128),
    "CrossHRD": ("aes256-cts", AES256),
    "BySha256": ("aes128-sha2", AES128_SHA2),
    "BySha384": ("aes256-sha2", AES256_SHA2),
    "OldHRD": ("arcfour-hmac", RC4),
}
PEOPLE = ["a" * length for length in range(1, 20)] + ["A123456789", "li.ming-3", "x" * 100]


@pytest.fixture(scope="module")
def realm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Realm]:
    with realm_up(
        tmp_path_factory.mktemp("realm"), PEOPLE, {name: how for name, (how, _) in SERVICES.items()}
    ) as realm:
        yield realm


@pytest.fixture(scope="module")
def mit(realm: Realm) -> Mit:
    return Mit()


def verifier(path: Path, service: str, **changes: Any) -> ApReqVerifier:
    own = {"login_url": "https://ecpa.example.gov.tw/login", "verify": "keytab", "etypes": [*NAMES.values()]}
    given = {**own, "keytab": str(path), "service": service, "realm": REALM, **changes}
    registrations, problems = register({"ecpa": given})
    assert problems == []
    verify: Any = registrations["ecpa"].provider.protocol.verify  # type: ignore[union-attr]  # eCPA posts tickets
    return verify  # type: ignore[no-any-return]  # ours


def ours(verify: ApReqVerifier, message: bytes) -> tuple[str | None, str]:
    """Whose ticket it is, or why it is nobody's."""
    ticket = Ticket("ecpa", "https://ecpa.dgpa.gov.tw", {"APReqEncodedData": message.hex()}, datetime.now(UTC))
    try:
        return verify(ticket).subject, ""
    except SignInError as refused:
        return None, refused.detail


def theirs(mit: Mit, message: bytes, service: str, path: Path) -> str | None:
    try:
        return mit.account(message, service, path)
    except OSError:
        return None


def test_every_ticket_of_a_real_realm_is_read_as_mit_reads_it(realm: Realm, mit: Mit) -> None:
    path = realm.keytab(*SERVICES)
    caches = {person: realm.sign_in(person) for person in PEOPLE}
    verifiers = {service: verifier(path, service) for service in SERVICES}
    read = 0
    for service, verify in verifiers.items():
        for person, cache in caches.items():
            message = mit.ticket(service, cache)
            assert ours(verify, message) == (person, "")
            assert theirs(mit, message, service, path) == f"{person}@{REALM}"
            assert {other for other, by in verifiers.items() if ours(by, message)[0]} == {service}
            read += 1
    assert read >= 100


def test_a_second_sign_in_with_the_same_ticket_is_another(realm: Realm, mit: Mit) -> None:
    """A realm hands one ticket out for hours: what is good once is the authenticator, which is made anew."""
    cache = realm.sign_in("A123456789")
    first, second = (ApReq.read(mit.ticket("CrossHRD", cache).hex()) for _ in range(2))
    assert first.ticket == second.ticket
    assert first.fingerprint != second.fingerprint


def test_the_ticket_of_the_pretend_ecpa_is_a_true_one(tmp_path: Path, mit: Mit) -> None:
    service, home, path = "portal-at-ecpa", "ECPA.SANDBOX.INVALID", tmp_path / "sandbox.keytab"
    path.write_bytes(keytab(entry(service, home, 1, AES256_SHA2, PRETEND_KEY)))
    for account in ("kungcheng", *PEOPLE):
        stated = {"account": account, "caller": account, "service": service, "realm": home, "time": int(time.time())}
        assert mit.account(ap_req(stated), service, path, home) == f"{account}@{home}"


def test_a_new_key_of_the_realm_needs_a_new_keytab_and_the_old_one_says_so(realm: Realm, mit: Mit) -> None:
    old = realm.keytab("CrossHRD")
    verify = verifier(old, "CrossHRD")
    realm.administer("cpw -randkey -e aes256-cts:normal CrossHRD")
    message = mit.ticket("CrossHRD", realm.sign_in("A123456789"))
    assert ours(verify, message) == (None, "the ticket is sealed by a key of version 2, which the keytab has not")
    new = old.with_name("new.keytab")
    realm.administer(f"ktadd -norandkey -k {new} CrossHRD")
    assert ours(verifier(new, "CrossHRD"), message)[0] == "A123456789"


# --- what nobody issued ---

HOUR = 3600
#: Changes of a ticket that both must judge alike.
ALIKE: dict[str, dict[str, Any]] = {
    "good": {},
    "good, a long name": {"client": ("x" * 100,)},
    "good, in Chinese": {"client": ("陳大文",)},
    "no version": {"kvno": None},
    "version 0": {"kvno": 0},
    "a version that is none": {"kvno": 9},
    "another key": {"key": bytes(range(32))},
    "another key, no version": {"key": bytes(range(32)), "kvno": None},
    "over": {"authenticated": -2 * HOUR, "ends": -HOUR},
    "over, within the skew": {"authenticated": -HOUR, "ends": -200},
    "not yet": {"authenticated": HOUR, "ends": 2 * HOUR},
    "not yet, within the skew": {"authenticated": 200},
    "starts later": {"starts": HOUR, "ends": 2 * HOUR},
    "an old authenticator": {"made": -600},
    "an authenticator to come": {"made": 600},
    "clocks apart within the skew": {"made": -240},
    "another's authenticator": {"caller": ("bob",)},
    "an authenticator of another realm": {"caller_realm": "OTHER.ECPA"},
    "marked invalid": {"flags": 0x01800000},
    "another way of encryption": {"announced": 3},
    "mutual authentication": {"options": 1 << 29},
}
#: Changes that MIT's function passes over, and why we do not.
STRICTER: dict[str, tuple[dict[str, Any], str]] = {
    "another service in clear": ({"service": ("Payroll",)}, "another service"),
    "another realm in clear": ({"realm": "OTHER.ECPA"}, "of another realm"),
    "a person of another realm": ({"client_realm": "OTHER.ECPA"}, "client_realms does not name"),
    "for a session key": ({"options": 1 << 30}, "session key"),
    "an account in two parts": ({"client": ("alice", "admin")}, "several parts"),
    "a slash in a part": ({"client": ("alice/admin",)}, "a name"),
    "a NUL in a part": ({"client": ("al\0ice",)}, "a text"),
    "a line break in a part": ({"client": ("al\nice",)}, "a text"),
    "no account": ({"client": ()}, "a name"),
}
#: Ways to write a message that is good, of which MIT's reader takes some that are no DER.
WRITTEN: dict[str, Callable[[bytes], bytes]] = {
    "a trailing octet": lambda message: message + b"\0",
    "two in a row": lambda message: message * 2,
    "a length that is longer than it need be": lambda message: b"\x6e\x83\0" + message[2:],
    "an indefinite length": lambda message: b"\x6e\x80" + message[4:] + b"\0\0",
    "cut short": lambda message: message[:-1],
    "framed": lambda message: tlv(0x60, bytes.fromhex("06092a864886f712010202"), b"\1\0", message),
}


def test_what_nobody_issued_is_judged_as_mit_judges_it_or_more_strictly(tmp_path: Path, realm: Realm, mit: Mit) -> None:
    service, judged, stricter = "CrossHRD", 0, set[str]()
    keys = {enctype: Forge().key[: 16 if enctype in {AES128, AES128_SHA2, RC4} else 32] for enctype in NAMES}
    path = tmp_path / "forged.keytab"
    path.write_bytes(keytab(*(entry(service, REALM, 1, enctype, key) for enctype, key in keys.items())))
    verify = verifier(path, service)

    def judge(case: str, message: bytes, why: str = "") -> None:
        nonlocal judged
        judged += 1
        (account, detail), other = ours(verify, message), theirs(mit, message, service, path)
        if account is not None:
            assert other is not None, (case, "ours alone takes it")
            assert other.startswith(account), case
        elif other is not None:
            assert why, (case, detail)
            assert why in detail, (case, detail)
            stricter.add(case)

    for enctype, key in keys.items():
        for session in (AES256, enctype) if enctype != AES256 else (AES256, RC4, AES128):
            good = Forge(key, enctype, session)
            for case, changes in ALIKE.items():
                other_key = {"key": bytes(len(key))} if "key" in changes else {}
                judge(case, good.but(**{**changes, **other_key}).made_at(time.time()))
            for case, (changes, why) in STRICTER.items():
                judge(case, good.but(**changes).made_at(time.time()), why)
            for case, written in WRITTEN.items():
                judge(case, written(good.made_at(time.time())), "malformed")
    assert judged >= 300
    assert set(STRICTER) <= stricter
    assert stricter - set(STRICTER) == {"a trailing octet", "two in a row", "a length that is longer than it need be"}
