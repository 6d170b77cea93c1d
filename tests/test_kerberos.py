"""eCPA's ticket, verified with the key of the application: what it proves, and all that it must not."""

from __future__ import annotations

import os
import random
import struct
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flask_first_login import SignInError
from flask_first_login.providers import Claims, NamesOneUse, Ticket
from internals import ENCTYPES, ApReq, ApReqRefused, ApReqVerifier, register
from support.kerberos_tickets import (
    AES128_SHA2,
    AES256,
    AES256_SHA2,
    NAMES,
    OCTETS,
    RC4,
    REALM,
    SERVICE,
    Forge,
    encrypted,
    entry,
    flags,
    keytab,
    name,
    number,
    sealed,
    sequence,
    text,
    tlv,
)

NOW = datetime(2026, 11, 27, 4, 0, tzinfo=UTC)
KEYS = {enctype: bytes([enctype]) * size for enctype, size in OCTETS.items()}  # the same in each worker of pytest
KEYTAB = keytab(*(entry(SERVICE, REALM, 1, enctype, key) for enctype, key in KEYS.items()))
ALL = [*NAMES.values()]
GOOD = Forge(KEYS[AES256])
OLD = Forge(KEYS[RC4], RC4, RC4)


def settings(path: Path, **changes: Any) -> dict[str, Any]:
    own = {"login_url": "https://ecpa.example.gov.tw/login", "verify": "keytab", "keytab": str(path)}
    given = {**own, "service": SERVICE, "realm": REALM, **changes}
    return {key: value for key, value in given.items() if value is not None}


def wrong(path: Path, **changes: Any) -> list[tuple[str, str]]:
    """What is said of a provider with these settings: of which key, and what."""
    _, problems = register({"ecpa": settings(path, **changes)})
    return [(problem.where.rpartition("[")[2].strip("]'"), f"{problem.what} {problem.fix}") for problem in problems]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "ecpa.keytab"
    path.write_bytes(KEYTAB)
    return path


@pytest.fixture(scope="module")
def made(path: Path) -> Callable[..., ApReqVerifier]:
    def make(**changes: Any) -> ApReqVerifier:
        registrations, problems = register({"ecpa": settings(path, **changes)})
        assert problems == []
        verify: Any = registrations["ecpa"].provider.protocol.verify  # type: ignore[union-attr]  # eCPA posts tickets
        return verify  # type: ignore[no-any-return]  # ours

    return make


@pytest.fixture(scope="module")
def verify(made: Callable[..., ApReqVerifier]) -> ApReqVerifier:
    return made(etypes=ALL)


def posted(message: bytes | str, at: datetime = NOW) -> Ticket:
    digits = message if isinstance(message, str) else message.hex()
    return Ticket("ecpa", "https://ecpa.dgpa.gov.tw", {"loginType": "0", "APReqEncodedData": digits}, at)


def ticket(forge: Forge) -> Ticket:
    return posted(forge.made_at(NOW.timestamp()))


def refusal(verify: ApReqVerifier, given: Ticket) -> tuple[str, str]:
    with pytest.raises(SignInError) as refused:
        verify(given)
    assert (refused.value.provider, refused.value.phase) == ("ecpa", "ticket")
    assert given.fields["APReqEncodedData"][:40] not in str(refused.value) or not given.fields["APReqEncodedData"]
    return refused.value.code, refused.value.detail


# --- what holds ---


@pytest.mark.parametrize("enctype", OCTETS, ids=NAMES.get)
def test_a_ticket_proves_an_account(verify: ApReqVerifier, enctype: int) -> None:
    """Of every length of a name, so that the last block is cut everywhere, under each key and each session key."""
    for length in (*range(1, 34), 255):
        for session in OCTETS:
            who = ("陳" if length == 3 else "a") * length
            forge = Forge(KEYS[enctype], enctype, session, client=(who,), made=-20, authenticated=-3600, starts=-60)
            claims = verify(ticket(forge))
            assert (claims.subject, claims.values) == (who, {"account": who, "realm": REALM}), (length, session)
            assert (claims.provider, claims.issuer) == ("ecpa", "https://ecpa.dgpa.gov.tw")
            assert (claims.at, claims.proved_at) == (NOW - timedelta(seconds=20), NOW - timedelta(hours=1))


@pytest.mark.parametrize(
    "forge",
    [
        GOOD.but(kvno=None),
        GOOD.but(kvno=0),
        GOOD.but(made=299),
        GOOD.but(made=-299),
        GOOD.but(authenticated=-86_400, ends=-299),
        GOOD.but(authenticated=299),
        GOOD.but(options=1 << 29),  # mutual authentication, which no browser waits for
        GOOD.but(more={10: tlv(0x30, sequence({0: number(1), 1: tlv(0x04, bytes(3000))}))}),  # a PAC, unread
    ],
    ids=repr,
)
def test_what_means_nothing_here_stops_nobody(verify: ApReqVerifier, forge: Forge) -> None:
    assert verify(ticket(forge)).subject == "alice"


def test_rfc_8009_and_rfc_3962_agree_with_their_own_examples() -> None:
    """RFC 8009, appendix A; RFC 3961's folding is in every ticket above, and the two were written apart."""
    key = bytes.fromhex("3705D96080C17728A0E800EAB6E0D23C")
    sample = "84D7F30754ED987BAB0BF3506BEB09CFB55402CEF7E6877CE99E247E52D16ED4421DFDF8976C"
    opened = ENCTYPES["aes128-cts-hmac-sha256-128"].open(key, 2, bytes.fromhex(sample))
    assert opened == bytes.fromhex("000102030405")
    key = bytes.fromhex("6D404D37FAF79F9DF0D33568D320669800EB4836472EA8A026D16B7182460C52")
    sample = "4ED7B37C2BCAC8F74F23C1CF07E62BC7B75FB3F637B9F559C7F664F69EAB7B6092237526EA0D1F61CB20D69D10F2"
    opened = ENCTYPES["aes256-cts-hmac-sha384-192"].open(key, 2, bytes.fromhex(sample))
    assert opened == bytes.fromhex("000102030405")


def test_what_is_too_short_to_be_sealed_opens_to_nothing() -> None:
    for known in ENCTYPES.values():
        for length in range(70):
            assert known.open(os.urandom(known.octets), 2, os.urandom(length)) is None


def test_people_of_another_realm_come_in_only_where_it_is_named_and_as_nobody_of_ours(
    made: Callable[..., ApReqVerifier],
) -> None:
    """Two realms may each have an alice: she of the other one is not she of ours."""
    stranger = GOOD.but(client_realm="OTHER.ECPA")
    assert refusal(made(), ticket(stranger))[0] == "ticket_refused"
    both = made(client_realms=[REALM, "OTHER.ECPA"])
    assert verify_as(both, stranger).subject == "OTHER.ECPA\\alice"
    assert verify_as(both, GOOD).subject == "alice"
    assert refusal(both, ticket(GOOD.but(client=("OTHER.ECPA\\alice",))))[0] == "ticket_refused"
    assert refusal(made(client_realms=["other.ecpa"]), ticket(stranger))[0] == "ticket_refused"


def verify_as(verify: ApReqVerifier, forge: Forge) -> Claims:
    return verify(ticket(forge))


def test_clocks_may_differ_by_as_much_as_is_set(made: Callable[..., ApReqVerifier]) -> None:
    verify = made(clock_skew=10)
    assert verify(ticket(GOOD.but(made=-10))).subject == "alice"
    assert refusal(verify, ticket(GOOD.but(made=-11)))[0] == "expired"


# --- what does not ---

OTHER_KEY = os.urandom(32)
REFUSED: dict[str, tuple[Forge, str, str]] = {
    "another key": (GOOD.but(key=OTHER_KEY), "ticket_refused", "not sealed by our key"),
    "another key, no version": (GOOD.but(key=OTHER_KEY, kvno=None), "ticket_refused", "not sealed by our key"),
    "another service": (GOOD.but(service=("Payroll",)), "ticket_refused", "another service"),
    "a service of two parts": (GOOD.but(service=(SERVICE, "host")), "ticket_refused", "another service"),
    "a service in other letters": (GOOD.but(service=("crosshrd",)), "ticket_refused", "another service"),
    "another realm": (GOOD.but(realm="OTHER.ECPA"), "ticket_refused", "another service or of another realm"),
    "a person of another realm": (GOOD.but(client_realm="OTHER.ECPA"), "ticket_refused", "client_realms"),
    "over": (GOOD.but(authenticated=-7200, ends=-301), "expired", "over"),
    "not yet": (GOOD.but(authenticated=301), "expired", "not valid yet"),
    "starts later": (GOOD.but(starts=301), "expired", "not valid yet"),
    "proved later, starts now": (GOOD.but(authenticated=301, starts=0), "expired", "not valid yet"),
    "an old authenticator": (GOOD.but(made=-301), "expired", "301 s before our clock"),
    "an authenticator to come": (GOOD.but(made=301), "expired", "-301 s before our clock"),
    "another's authenticator": (GOOD.but(caller=("bob",)), "ticket_refused", "another person's"),
    "an authenticator of another realm": (GOOD.but(caller_realm="X"), "ticket_refused", "another person's"),
    "an account in two parts": (GOOD.but(client=("alice", "admin")), "ticket_refused", "several parts"),
    "a slash in a part": (GOOD.but(client=("alice/admin",)), "ticket_refused", "a name"),
    "a backslash in a part": (GOOD.but(client=("TEST.ECPA\\alice",)), "ticket_refused", "a name"),
    "a NUL": (GOOD.but(client=("alice\0",)), "ticket_refused", "a text"),
    "a line break": (GOOD.but(client=("alice\nbob",)), "ticket_refused", "a text"),
    "no UTF-8": (GOOD.but(client=(b"\xff\xfe",)), "ticket_refused", "a text"),
    "an empty account": (GOOD.but(client=("",)), "ticket_refused", "a text"),
    "no account": (GOOD.but(client=()), "ticket_refused", "a name"),
    "a NUL in the service": (GOOD.but(service=("CrossHRD\0",)), "ticket_refused", "a text"),
    "a key of another version": (GOOD.but(kvno=15), "ticket_refused", "version 15"),
    "a negative version": (GOOD.but(kvno=-1), "ticket_refused", "version -1"),
    "a month that is none": (GOOD.but(more={5: tlv(0x18, b"20261327040000Z")}), "ticket_refused", "a time"),
    "a part of a second": (GOOD.but(more={7: tlv(0x18, b"20361127040000.5Z")}), "ticket_refused", "a time"),
    "another zone": (GOOD.but(more_of_caller={5: tlv(0x18, b"20261127120000+0800")}), "ticket_refused", "a time"),
    "no time": (GOOD.but(more_of_caller={5: tlv(0x18)}), "ticket_refused", "a time"),
    "a million microseconds": (GOOD.but(more_of_caller={4: number(1_000_000)}), "ticket_refused", "the authenticator"),
    "another Kerberos": (GOOD.but(more_of_caller={0: number(4)}), "ticket_refused", "the authenticator"),
    "marked invalid": (GOOD.but(flags=0x01800000), "ticket_refused", "invalid"),
    "for a session key": (GOOD.but(options=1 << 30), "ticket_refused", "session key"),
    "said to be sealed otherwise": (GOOD.but(announced=AES256_SHA2), "ticket_refused", "not sealed by our key"),
    "sealed in an unknown way": (GOOD.but(announced=3), "ticket_refused", "enctype 3"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_ticket_is_refused_that_has_one_thing_wrong(verify: ApReqVerifier, case: str) -> None:
    forge, code, detail = REFUSED[case]
    found = refusal(verify, ticket(forge))
    assert found[0] == code
    assert detail in found[1]


def test_rc4_is_taken_only_where_it_is_named(made: Callable[..., ApReqVerifier]) -> None:
    plain = made()
    assert refusal(plain, ticket(OLD)) == (
        "ticket_refused",
        "the ticket is sealed by rc4-hmac, for which there is no key",
    )
    assert refusal(plain, ticket(GOOD.but(session=RC4)))[0] == "ticket_refused"
    assert made(etypes=["rc4-hmac"])(ticket(OLD)).subject == "alice"


def test_a_key_of_another_application_in_the_same_keytab_opens_nothing(tmp_path: Path) -> None:
    """Who signed in at one application has not signed in at the other."""
    other = os.urandom(32)
    path = tmp_path / "two.keytab"
    path.write_bytes(keytab(entry(SERVICE, REALM, 1, AES256, KEYS[AES256]), entry("Payroll", REALM, 1, AES256, other)))
    registrations, _ = register({"ecpa": settings(path)})
    verify: Any = registrations["ecpa"].provider.protocol.verify  # type: ignore[union-attr]  # eCPA posts tickets
    for forge in (GOOD.but(key=other), GOOD.but(key=other, service=("Payroll",))):
        assert refusal(verify, ticket(forge))[0] == "ticket_refused"


def test_the_keys_of_a_rotation_hold_side_by_side(tmp_path: Path) -> None:
    new = os.urandom(32)
    path = tmp_path / "rotated.keytab"
    path.write_bytes(keytab(entry(SERVICE, REALM, 1, AES256, KEYS[AES256]), entry(SERVICE, REALM, 258, AES256, new)))
    registrations, _ = register({"ecpa": settings(path)})
    verify: Any = registrations["ecpa"].provider.protocol.verify  # type: ignore[union-attr]  # eCPA posts tickets
    for forge in (GOOD, GOOD.but(kvno=None), GOOD.but(key=new, kvno=258), GOOD.but(key=new, kvno=None)):
        assert verify(ticket(forge)).subject == "alice"
    assert refusal(verify, ticket(GOOD.but(key=new, kvno=1)))[0] == "ticket_refused"
    assert refusal(verify, ticket(GOOD.but(key=new, kvno=2)))[0] == "ticket_refused"


# --- how it is written ---


def test_cut_short_anywhere_it_is_refused(verify: ApReqVerifier) -> None:
    for forge in (GOOD, OLD):
        message = forge.made_at(NOW.timestamp())
        for length in range(len(message)):
            assert refusal(verify, posted(message[:length]))[0] == "ticket_refused"


def test_no_changed_bit_of_a_ciphertext_holds_and_those_that_do_make_no_new_ticket(verify: ApReqVerifier) -> None:
    for forge in (GOOD, OLD, GOOD.but(session=RC4), Forge(KEYS[AES128_SHA2], AES128_SHA2, AES256_SHA2)):
        message = forge.made_at(NOW.timestamp())
        read = ApReq.read(message.hex())
        within = {
            at
            for part in (read.ticket.octets, read.authenticator.octets)
            for at in range(message.index(part), message.index(part) + len(part))
        }
        assert len(within) == len(read.ticket.octets) + len(read.authenticator.octets)
        held = [at for at in range(len(message) * 8) if holds(verify, flipped(message, at))]
        assert not [at for at in held if at // 8 in within]
        assert 30 < len(held) < 60  # options, the type of the service's name, and a version that becomes none
        assert {ApReq.read(flipped(message, at).hex()).fingerprint for at in held} == {read.fingerprint}


def flipped(message: bytes, bit: int) -> bytes:
    octets = bytearray(message)
    octets[bit // 8] ^= 1 << bit % 8
    return bytes(octets)


def holds(verify: ApReqVerifier, message: bytes) -> bool:
    try:
        verify(posted(message))
    except SignInError as refused:
        assert refused.code in {"ticket_refused", "expired"}  # noqa: PT017  # and no other error
        return False
    return True


def test_nothing_that_was_edited_at_random_raises_anything_else(verify: ApReqVerifier) -> None:
    chosen = random.Random(7)  # noqa: S311  # a test that fails must fail again
    message = GOOD.made_at(NOW.timestamp())
    for _ in range(1500):
        octets = bytearray(message)
        for _ in range(chosen.randint(1, 4)):
            at = chosen.randrange(len(octets))
            octets[at : at + chosen.randint(0, 3)] = chosen.randbytes(chosen.randint(0, 3))
        holds(verify, bytes(octets))


MESSAGE = GOOD.made_at(NOW.timestamp())
DIGITS = MESSAGE.hex()
INNER = MESSAGE[4:]  # after the tag and the length in three octets
assert MESSAGE[:2] == b"\x6e\x82"
MALFORMED: dict[str, bytes | str] = {
    "nothing": "",
    "an odd number of digits": DIGITS[:-1],
    "no digits": "票證",
    "full-width digits": DIGITS.replace("6e", "６e", 1),
    "a blank before": f" {DIGITS}",
    "a line break after": f"{DIGITS}\n",
    "blanks within": f"{DIGITS[:2]} {DIGITS[2:]}",
    "0x": f"0x{DIGITS}",
    "base64": "boIBpjCCAaKgAwIBBaEDAgEO",
    "a trailing octet": MESSAGE + b"\0",
    "two messages": MESSAGE * 2,
    "framed as GSS-API frames it": tlv(0x60, bytes.fromhex("06092a864886f712010202"), b"\1\0", MESSAGE),
    "a ticket alone": tlv(0x61, MESSAGE[4:]),
    "an indefinite length": b"\x6e\x80" + INNER + b"\0\0",
    "a length that is longer than it need be": b"\x6e\x83\0" + MESSAGE[2:4] + INNER,
    "a length in five octets": b"\x6e\x85\0\0\0" + MESSAGE[2:4] + INNER,
    "a huge length": b"\x6e\x84\x7f\xff\xff\xff" + INNER,
    "a huge length in three octets": b"\x6e\x83\xff\xff\xff" + INNER,
    "a length of 127 octets": b"\x6e\xff" + INNER,
    "a tag of two octets": b"\x7f\x6e" + MESSAGE[1:],
    "nesting": b"".join(tlv(0x6E, bytes(1)) for _ in range(3)),
    "zeros": bytes(8000),
    "names without end": tlv(0x6E, sequence({0: tlv(0x30, *[tlv(0x1B)] * 3500)})),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_what_is_not_written_as_der_is_refused(verify: ApReqVerifier, case: str) -> None:
    code, detail = refusal(verify, posted(MALFORMED[case]))
    assert code == "ticket_refused"
    assert detail
    assert verify.one_use_key(posted(MALFORMED[case])) is None


@pytest.mark.parametrize(
    ("posting", "what"),
    [
        (MALFORMED["framed as GSS-API frames it"], "GSS-API"),
        (b"\xa1\x81\x9e\x30" + bytes(90), "SPNEGO"),
        (b"NTLMSSP\0\1\0\0\0" + bytes(28), "NTLM"),
        (b"ntlm".hex().upper().replace("6E", "4E"), "a length"),
        (b"\x7e\x03\x30\x01\x00", "an error of Kerberos"),
    ],
)
def test_what_came_in_place_of_a_ticket_is_named(verify: ApReqVerifier, posting: bytes | str, what: str) -> None:
    code, detail = refusal(verify, posted(posting))
    assert code == "ticket_refused"
    assert what in detail


def inner(**changes: bytes | None) -> bytes:
    """A message whose clear part has other fields."""
    part = encrypted(AES256, sealed(AES256, KEYS[AES256], 2, b"x"), 1)
    fields = {"0": number(5), "1": number(14), "2": flags(0), "3": b"", "4": part, **changes}
    ticket = {"0": number(5), "1": text(REALM), "2": name(SERVICE), "3": part}
    ticket.update({key[1:]: value for key, value in changes.items() if key.startswith("t") and value is not None})
    fields["3"] = fields["3"] or tlv(0x61, sequence({int(key): value for key, value in ticket.items()}))
    return tlv(
        0x6E, sequence({int(key): value for key, value in fields.items() if value is not None and key.isdigit()})
    )


@pytest.mark.parametrize(
    "message",
    [
        inner(**{"0": number(4)}),
        inner(**{"1": number(15)}),
        inner(**{"2": None}),
        inner(**{"5": number(1)}),
        inner(**{"2": tlv(0x03, b"\0\0")}),
        inner(**{"2": tlv(0x03, b"\1\0\0\0\0")}),
        inner(**{"0": tlv(0x02, b"\0\5")}),
        inner(**{"0": tlv(0x02)}),
        inner(**{"0": tlv(0x02, bytes(9) + b"\5")}),
        inner(t0=number(4)),
        inner(t4=number(1)),
        inner(t2=sequence({0: number(1)})),
        inner(t1=tlv(0x0C, REALM.encode())),
        inner(t2=sequence({1: tlv(0x30, text(SERVICE)), 0: number(1)})),
    ],
    ids=range(14),
)
def test_a_message_of_another_kind_is_refused(message: bytes) -> None:
    with pytest.raises(ApReqRefused):
        ApReq.read(message.hex())


# --- what is good once ---


def test_what_is_good_once_is_the_authenticator_until_its_time_is_over(verify: ApReqVerifier) -> None:
    assert isinstance(verify, NamesOneUse)
    first, second = ticket(GOOD), ticket(GOOD)
    key = verify.one_use_key(first)
    assert key is not None
    assert key != verify.one_use_key(second)
    assert key[1] >= NOW + timedelta(minutes=10)
    assert first.fields["APReqEncodedData"] not in key[0]
    capitals = replace(first, fields={**first.fields, "APReqEncodedData": first.fields["APReqEncodedData"].upper()})
    assert verify.one_use_key(capitals) == key


# --- settings ---


def test_the_keytab_is_judged_when_the_portal_starts(tmp_path: Path, path: Path) -> None:
    def holding(octets: bytes) -> Path:
        made = tmp_path / f"{len(list(tmp_path.iterdir()))}.keytab"
        made.write_bytes(octets)
        return made

    only_rc4 = keytab(entry(SERVICE, REALM, 14, RC4, KEYS[RC4]))
    assert wrong(tmp_path / "none") == [
        (
            "keytab",
            "cannot be read: no such file or directory. Write the path of the file, and let this user alone read it.",
        )
    ]
    assert [key for key, _ in wrong(tmp_path)] == ["keytab"]
    for octets in (b"", b"\5\1", b"keys", KEYTAB[:-1], KEYTAB[:9], KEYTAB + b"\0\0", b"\5\2\0\0\0\5\0\1\0\xffA"):
        assert wrong(holding(octets)) == [
            ("keytab", "is not a keytab, or not all of one. Use the file that the agency or ktutil wrote, unchanged.")
        ]
    assert wrong(holding(b"\5\2")) == [("keytab", f"has no key for {SERVICE}@{REALM}. It has: none.")]
    assert wrong(path, service="Payroll") == [("keytab", f"has no key for Payroll@{REALM}. It has: {SERVICE}@{REALM}.")]
    assert wrong(path, realm="test.ecpa")[0][0] == "keytab"
    assert wrong(path, keytab=f" {path}\n", service=f"{SERVICE}\n", realm=f"{REALM} ") == []
    [(key, said)] = wrong(holding(only_rc4))
    assert (key, "rc4-hmac" in said, "AES" in said) == ("etypes", True, True)
    assert wrong(holding(only_rc4), etypes=["rc4-hmac"]) == []
    hole = struct.pack(">i", -6) + bytes(6)
    assert wrong(holding(KEYTAB[:2] + hole + KEYTAB[2:] + hole)) == []


def test_a_keytab_that_may_not_be_read_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbidden)
    [(key, said)] = wrong(path)
    assert (key, said.startswith("cannot be read: permission denied.")) == ("keytab", True)


STARTS = """
import sys
from flask import Flask
from flask_first_login import ConfigError, FirstLogin
from flask_first_login.accounts.memory import MemoryAccounts

path, etype = sys.argv[1:]
app = Flask("portal")
ecpa = {"login_url": "https://ecpa.example.gov.tw/login", "verify": "keytab", "keytab": path, "etypes": [etype]}
app.config |= {"SECRET_KEY": "a secret of the tests and of nothing else"}
app.config |= {"FIRST_LOGIN_PROVIDERS": {"ecpa": {**ecpa, "service": "CrossHRD", "realm": "TEST.ECPA"}}}
try:
    FirstLogin(app, accounts=MemoryAccounts())
except ConfigError as error:
    print(error)
else:
    print("starts")
"""


@pytest.mark.slow
def test_without_rc4_in_openssl_the_portal_says_so_when_it_starts(path: Path) -> None:
    """Not at the first sign-in; and who does not ask for RC4 needs it not."""

    def started(etype: str) -> str:
        command = [sys.executable, "-c", STARTS, str(path), etype]
        environment = {**os.environ, "CRYPTOGRAPHY_OPENSSL_NO_LEGACY": "1"}
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
        return ended.stdout

    assert "FIRST_LOGIN_PROVIDERS['ecpa']['etypes']: names rc4-hmac, which" in started("rc4-hmac")
    assert started("aes256-cts-hmac-sha1-96") == "starts\n"


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"keytab": None}, "keytab"),
        ({"keytab": ""}, "keytab"),
        ({"service": None}, "service"),
        ({"realm": None}, "realm"),
        ({"etypes": ["des-cbc-md5"]}, "etypes"),
        ({"etypes": []}, "etypes"),
        ({"etypes": "aes256-cts"}, "etypes"),
        ({"clock_skew": 0}, "clock_skew"),
        ({"clock_skew": 3600}, "clock_skew"),
        ({"client_realms": []}, "client_realms"),
        ({"verify": "keytap"}, "verify"),
        ({"verify_url": "https://ecpa.example.gov.tw/verify"}, "verify_url"),
        ({"soap_url": "https://ecpa.example.gov.tw/soap"}, "soap_url"),
        ({"allow_private": True}, "allow_private"),
        ({"single_use": ["loginType", "APReqEncodedData"]}, "single_use"),
        ({"claims": {"national_id": "uid"}}, "claims"),
        ({"claims": {"verified": "by_certificate"}}, "claims"),
    ],
    ids=repr,
)
def test_a_setting_of_the_keytab_that_cannot_be_is_refused(path: Path, changes: dict[str, Any], key: str) -> None:
    assert key in [found for found, _ in wrong(path, **changes)]


def test_a_way_to_encrypt_has_every_name_that_operators_read(made: Callable[..., ApReqVerifier]) -> None:
    for named in ("rc4-hmac", "arcfour-hmac", "DEPRECATED:arcfour-hmac", 23):
        assert made(etypes=[named])(ticket(OLD)).subject == "alice"
        assert refusal(made(etypes=[named]), ticket(GOOD))[0] == "ticket_refused"
    for named in ("aes256-cts-hmac-sha1-96", "aes256-cts", "AES256-SHA1", 18):
        assert made(etypes=[named])(ticket(GOOD)).subject == "alice"
        assert refusal(made(etypes=[named]), ticket(GOOD.but(session=RC4)))[0] == "ticket_refused"


def test_any_provider_that_posts_such_a_ticket_may_have_it_opened(path: Path) -> None:
    own = {"protocol": "ticket", "standing": "government", "title": {"en": "Agency", "zh": "機關"}, "fields": ["t"]}
    registrations, problems = register({"agency": {**settings(path), **own, "issuer": "https://agency.example.tw"}})
    assert problems == []
    verify: Any = registrations["agency"].provider.protocol.verify  # type: ignore[union-attr]  # it posts tickets
    claims = verify(Ticket("agency", "https://agency.example.tw", {"t": MESSAGE.hex()}, NOW))
    assert (claims.provider, claims.subject) == ("agency", "alice")


def test_a_claim_that_the_portal_adds_itself_may_have_any_name(path: Path) -> None:
    assert wrong(path, claims={"national_id": "uid"}, enrich=dict) == []
    assert wrong(path, claims={"national_id": "account"}) == []


def test_a_key_beside_another_verifier_is_refused(path: Path) -> None:
    found = [key for key, _ in wrong(path, verify=print)]
    assert found == ["keytab", "service", "realm"]


def test_neither_the_key_nor_the_field_shows_itself(verify: ApReqVerifier) -> None:
    given = ticket(GOOD)
    shown = repr((verify, given, verify(given), ApReq.read(given.fields["APReqEncodedData"]), verify.acceptor.keys))
    for key in KEYS.values():
        assert repr(key)[2:-1] not in shown
        assert key.hex() not in shown
    assert given.fields["APReqEncodedData"][:60] not in shown
    assert "alice" not in shown
