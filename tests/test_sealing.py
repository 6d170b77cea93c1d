"""What a browser carries for us is sealed, and a national ID at rest is sealed and indexed."""

from __future__ import annotations

import base64
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_first_login import ConfigError, FirstLoginError, InvalidNationalId, NationalId
from internals import LONGEST_SEALED, LostKeyError, Seal, SealError, Vault

SECRET, OLDER = "the portal's secret key", b"\x00\xffthe one before it"
KEYS = [base64.urlsafe_b64encode(bytes([n]) * 32).decode() for n in range(1, 5)]
NUMBER = NationalId.parse("A123456789")
OTHER_NUMBER = NationalId.parse("A223456781")
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.fixture
def seal() -> Seal:
    return Seal([SECRET], purpose="transaction")


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the clock to so many seconds from a fixed start."""
    start = 1_800_000_000.0

    def set_clock(seconds: float) -> None:
        monkeypatch.setattr(time, "time", lambda: start + seconds)

    return set_clock


# --- what a browser carries ---

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=10), _JSON, max_size=4))
def test_whatever_was_sealed_comes_back(value: dict[str, object]) -> None:
    seal = Seal([SECRET], purpose="transaction")
    assert seal.open(seal.seal(value), max_age=600) == value


def test_nothing_of_a_sealed_value_can_be_read(seal: Seal) -> None:
    sealed = seal.seal({"verifier": "a-secret-of-this-sign-in"})
    assert b"secret" not in base64.urlsafe_b64decode(sealed)
    assert sealed != seal.seal({"verifier": "a-secret-of-this-sign-in"})


@pytest.mark.parametrize("secret", [SECRET, OLDER, "祕密", "x"])
def test_any_secret_key_that_flask_takes_can_seal(secret: str | bytes) -> None:
    one, another = (Seal([secret], purpose="bridge") for _ in range(2))
    assert another.open(one.seal({"code": "c"}), max_age=60) == {"code": "c"}


def test_a_secret_is_the_same_as_text_and_as_bytes() -> None:
    sealed = Seal(["祕密"], purpose="bridge").seal({})
    assert Seal(["祕密".encode()], purpose="bridge").open(sealed, max_age=60) == {}


def test_an_older_secret_opens_and_the_current_one_seals() -> None:
    """CVE-2025-47278: a fallback key that signs keeps the key alive that was to be retired."""
    before, now = Seal([OLDER], purpose="transaction"), Seal([SECRET, OLDER], purpose="transaction")
    assert now.open(before.seal({"n": 1}), max_age=600) == {"n": 1}
    with pytest.raises(SealError):
        before.open(now.seal({"n": 1}), max_age=600)
    after = Seal([SECRET], purpose="transaction")
    assert after.open(now.seal({"n": 1}), max_age=600) == {"n": 1}
    with pytest.raises(SealError):
        after.open(before.seal({"n": 1}), max_age=600)


@pytest.mark.parametrize(
    ("secret", "purpose"),
    [(SECRET, "bridge"), (SECRET, "transaction "), (SECRET, "Transaction"), (SECRET, ""), ("another", "transaction")],
)
def test_a_value_sealed_for_another_purpose_or_app_is_nothing_here(seal: Seal, secret: str, purpose: str) -> None:
    with pytest.raises(SealError):
        seal.open(Seal([secret], purpose=purpose).seal({"n": 1}), max_age=600)


@pytest.mark.parametrize(
    ("age", "max_age"), [(0, 0), (0, 600), (600, 600), (59, 60), (-30, 600)], ids=lambda value: str(value)
)
def test_a_sealed_value_opens_until_it_is_too_old(
    seal: Seal, at: Callable[[float], None], age: int, max_age: int
) -> None:
    at(0)
    sealed = seal.seal({"n": 1})
    at(age)
    assert seal.open(sealed, max_age=max_age) == {"n": 1}


@pytest.mark.parametrize(("age", "max_age"), [(1, 0), (61, 60), (601, 600), (86_400, 600), (-61, 600)])
def test_a_sealed_value_that_is_too_old_or_from_the_future_is_refused(
    seal: Seal, at: Callable[[float], None], age: int, max_age: int
) -> None:
    at(0)
    sealed = seal.seal({"n": 1})
    at(age)
    with pytest.raises(SealError):
        seal.open(sealed, max_age=max_age)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "=",
        "x",
        "null",
        "{}",
        "gAAAAA==",
        "gAAAAABn",
        "\x00",
        "祕密",
        "\ud800",
        "a b",
        "%",
        "A" * 4096,
        "A" * 1_000_000,
        base64.urlsafe_b64encode(b"\x80" + bytes(8) + bytes(16) + bytes(16) + bytes(32)).decode(),
    ],
    ids=lambda token: repr(token[:12]) + str(len(token)),
)
def test_what_was_never_sealed_is_refused(seal: Seal, token: str) -> None:
    with pytest.raises(SealError):
        seal.open(token, max_age=600)


@given(st.text() | st.text(_ALPHABET + "=", min_size=100, max_size=200))
def test_no_text_that_we_did_not_make_is_anything_but_refused(token: str) -> None:
    with pytest.raises(SealError):
        Seal([SECRET], purpose="transaction").open(token, max_age=600)


def test_a_sealed_value_with_any_one_character_changed_is_refused(seal: Seal) -> None:
    sealed = seal.seal({"n": 1})
    changed = [
        sealed[:place] + _ALPHABET[(_ALPHABET.find(sealed[place]) + 1) % 64] + sealed[place + 1 :]
        for place in range(len(sealed))
    ]
    assert [_opened(seal, token) for token in changed] == [None] * len(sealed)


@pytest.mark.parametrize(
    "spelling",
    ["{0}\n", " {0}", "{0}=", "{0}A", "{0}====", "!{0}", "{1}", "{2}", "{3}"],
    ids=["newline", "blank", "padding", "more", "much-padding", "foreign", "unpadded", "inner", "loose-bits"],
)
def test_a_sealed_value_has_one_spelling_so_that_once_used_stays_used(seal: Seal, spelling: str) -> None:
    sealed = seal.seal({"n": "12345678901234567890"})
    bare = sealed.rstrip("=")
    loose = bare[:-1] + _ALPHABET[_ALPHABET.index(bare[-1]) + 1] + sealed[len(bare) :]
    assert base64.urlsafe_b64decode(loose) == base64.urlsafe_b64decode(sealed)
    with pytest.raises(SealError):
        seal.open(spelling.format(sealed, bare, sealed[:9] + "\t" + sealed[9:], loose), max_age=600)


def test_a_value_too_long_for_a_cookie_is_refused_and_not_lost_in_the_browser(seal: Seal) -> None:
    fits = "x" * 2900
    assert seal.open(seal.seal({"code": fits}), max_age=60) == {"code": fits}
    assert len(seal.seal({"code": fits})) <= LONGEST_SEALED
    with pytest.raises(SealError, match="too long for a cookie"):
        seal.seal({"code": fits + "x" * 100})


def test_a_value_longer_than_any_cookie_of_ours_is_not_even_opened(seal: Seal) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("flask_first_login.sealing.LONGEST_SEALED", 10_000)
        sealed = seal.seal({"code": "x" * 3000})
    with pytest.raises(SealError):
        seal.open(sealed, max_age=60)


def test_a_sign_in_on_its_way_fits_in_four_hundred_characters(seal: Seal) -> None:
    way = {"p": "myegov", "s": "s" * 22, "n": "n" * 22, "v": "v" * 43, "next": "/courses/1204/claim?year=2026"}
    assert len(seal.seal(way)) <= 400


def test_a_national_id_cannot_be_sealed_into_a_cookie(seal: Seal) -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        seal.seal({"national_id": NUMBER})


def test_why_a_sealed_value_does_not_open_is_not_told(seal: Seal, at: Callable[[float], None]) -> None:
    at(0)
    sealed = seal.seal({"n": 1})
    at(601)
    forged = sealed[:-9] + "AAAAAAAA="
    foreign = Seal([SECRET], purpose="bridge").seal({})
    told = {_refusal(seal, token) for token in (sealed, forged, foreign, "", "x" * 5000)}
    assert told == {"not a value sealed for 'transaction', or too old None True"}


@pytest.mark.parametrize("secrets", [[], [""], [b""], [SECRET, ""]])
def test_without_a_secret_nothing_is_sealed(secrets: list[str | bytes]) -> None:
    with pytest.raises(ConfigError, match=r"SECRET_KEY: is not set.*secrets\.token_hex\(32\)") as error:
        Seal(secrets, purpose="transaction")
    assert SECRET not in str(error.value)


@pytest.mark.parametrize("bare", [SECRET, OLDER])
def test_a_bare_secret_is_not_taken_for_a_list_of_one_character_keys(bare: str | bytes) -> None:
    with pytest.raises(TypeError, match="must be a list"):
        Seal(bare, purpose="transaction")  # type: ignore[arg-type]  # the mistake itself


def test_a_seal_shows_its_purpose_and_nothing_else(seal: Seal) -> None:
    assert repr(seal) == str(seal) == "<Seal 'transaction'>"


def _opened(seal: Seal, token: str) -> dict[str, object] | None:
    try:
        opened: dict[str, object] = seal.open(token, max_age=600)
    except SealError:
        return None
    return opened


def _refusal(seal: Seal, token: str) -> str:
    with pytest.raises(SealError) as error:
        seal.open(token, max_age=600)
    return f"{error.value} {error.value.__cause__} {error.value.__suppress_context__}"


# --- national IDs at rest ---


@pytest.fixture
def vault() -> Vault:
    return Vault([KEYS[0]], KEYS[3])


@pytest.mark.parametrize(
    "number",
    ["A123456789", "A100000001", "O200000006", "A812345671", "AB12345677", "Y100000000"],
)
def test_a_number_that_was_sealed_comes_back(vault: Vault, number: str) -> None:
    national_id = NationalId.parse(number, on=date(2030, 12, 31))
    opened = vault.decrypt(vault.encrypt(national_id), index=vault.index(national_id))
    assert (opened, opened.reveal(), opened.kind) == (national_id, number, national_id.kind)


def test_a_sealed_number_holds_nothing_in_clear_and_never_looks_the_same_twice(vault: Vault) -> None:
    one, two = vault.encrypt(NUMBER), vault.encrypt(NUMBER)
    assert one != two
    assert NUMBER.reveal().encode() not in one + base64.urlsafe_b64decode(one)


def test_an_old_resident_number_is_read_back_after_such_numbers_ended(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = NationalId.parse("AB12345677", on=date(2030, 12, 31))
    sealed = vault.encrypt(number)
    monkeypatch.setattr("flask_first_login.national_id.OLD_RESIDENT_ENDS", date(2020, 1, 1))
    with pytest.raises(InvalidNationalId):
        NationalId.parse("AB12345677")
    assert vault.decrypt(sealed, index=vault.index(number)) == number


def test_an_index_is_32_bytes_that_are_the_same_for_a_number_under_any_sealing_key(vault: Vault) -> None:
    assert len(vault.index(NUMBER)) == 32
    assert vault.index(NUMBER) == Vault([KEYS[1], KEYS[0]], KEYS[3]).index(NationalId.parse("a1234-56789"))


def test_an_index_differs_by_number_and_by_key(vault: Vault) -> None:
    indexes = {vault.index(NUMBER), vault.index(OTHER_NUMBER), Vault([KEYS[0]], KEYS[2]).index(NUMBER)}
    assert len(indexes) == 3


def test_a_number_sealed_under_an_older_key_opens_until_the_key_is_gone(vault: Vault) -> None:
    sealed, index = vault.encrypt(NUMBER), vault.index(NUMBER)
    assert Vault([KEYS[1], KEYS[0]], KEYS[3]).decrypt(sealed, index=index) == NUMBER
    with pytest.raises(LostKeyError, match=r"none of the keys in FIRST_LOGIN_NATIONAL_ID_KEYS.*Put the key"):
        Vault([KEYS[1]], KEYS[3]).decrypt(sealed, index=index)


def test_a_rotated_number_no_longer_needs_the_older_key(vault: Vault) -> None:
    both, newest = Vault([KEYS[1], KEYS[0]], KEYS[3]), Vault([KEYS[1]], KEYS[3])
    rotated = both.rotate(vault.encrypt(NUMBER))
    assert newest.decrypt(rotated, index=newest.index(NUMBER)) == NUMBER
    with pytest.raises(LostKeyError):
        vault.decrypt(rotated, index=vault.index(NUMBER))


def test_a_new_key_seals_and_the_older_one_only_opens(vault: Vault) -> None:
    with pytest.raises(LostKeyError):
        vault.decrypt(Vault([KEYS[1], KEYS[0]], KEYS[3]).encrypt(NUMBER), index=vault.index(NUMBER))


@pytest.mark.parametrize("sealed", [b"", b"A123456789", b"\x00\xff", b"gAAAAABn"])
def test_what_the_vault_never_sealed_is_refused(vault: Vault, sealed: bytes) -> None:
    with pytest.raises(LostKeyError):
        vault.decrypt(sealed, index=vault.index(NUMBER))
    with pytest.raises(LostKeyError):
        vault.rotate(sealed)


def test_a_sealed_number_opens_only_for_its_own_index(vault: Vault) -> None:
    with pytest.raises(LostKeyError, match="not the one that its index names"):
        vault.decrypt(vault.encrypt(NUMBER), index=vault.index(OTHER_NUMBER))
    with pytest.raises(LostKeyError, match="FIRST_LOGIN_NATIONAL_ID_INDEX_KEY"):
        Vault([KEYS[0]], KEYS[2]).decrypt(vault.encrypt(NUMBER), index=vault.index(NUMBER))


def test_no_error_of_the_vault_repeats_a_number_or_a_key(vault: Vault) -> None:
    with pytest.raises(LostKeyError) as error:
        vault.decrypt(vault.encrypt(NUMBER), index=b"")
    shown = f"{error.value!r} {vault!r} {vault} {error.value.__cause__}"
    assert NUMBER.reveal() not in shown
    assert [key for key in KEYS if key in shown] == []
    assert repr(vault) == "<Vault>"


_TOO_SHORT = base64.urlsafe_b64encode(b"k" * 16).decode()
_STANDARD = base64.b64encode(b"\xfb" * 32).decode()


@pytest.mark.parametrize(
    ("keys", "index_key", "problems"),
    [
        ([], KEYS[3], ["KEYS: is not a list of at least one key."]),
        (KEYS[0], KEYS[3], ["KEYS: is not a list of at least one key."]),
        ([KEYS[0], "changeme"], KEYS[3], ["KEYS[1]: is not 32 bytes"]),
        ([""], KEYS[3], ["KEYS[0]: is not 32 bytes"]),
        ([_TOO_SHORT, KEYS[0]], KEYS[3], ["KEYS[0]: is not 32 bytes"]),
        ([_STANDARD], KEYS[3], ["KEYS[0]: is not 32 bytes"]),
        ([KEYS[0] + "\n"], KEYS[3], ["KEYS[0]: is not 32 bytes"]),
        (["祕密"], KEYS[3], ["KEYS[0]: is not 32 bytes"]),
        ([KEYS[0]], None, ["INDEX_KEY: is not set."]),
        ([KEYS[0]], "", ["INDEX_KEY: is not set."]),
        ([KEYS[0]], "changeme", ["INDEX_KEY: is not 32 bytes"]),
        ([KEYS[0]], _TOO_SHORT, ["INDEX_KEY: is not 32 bytes"]),
        ([KEYS[1], KEYS[0]], KEYS[0], ["INDEX_KEY: is also one of FIRST_LOGIN_NATIONAL_ID_KEYS"]),
        (["one", "two"], "three", ["KEYS[0]: is", "KEYS[1]: is", "INDEX_KEY: is not 32 bytes"]),
    ],
)
def test_bad_keys_are_refused_all_at_once_with_the_command_that_makes_a_good_one(
    keys: list[str], index_key: str | None, problems: list[str]
) -> None:
    with pytest.raises(ConfigError) as error:
        Vault(keys, index_key)
    told = [str(problem) for problem in error.value.problems]
    expected = [f"FIRST_LOGIN_NATIONAL_ID_{problem}" for problem in problems]
    assert [line[: len(start)] for line, start in zip(told, expected, strict=True)] == expected
    assert [line for line in told if "Fernet.generate_key()" not in line] == []
    assert [key for key in [*KEYS, "changeme", _TOO_SHORT, _STANDARD] if key in str(error.value)] == []


def test_the_command_in_the_message_makes_a_good_key() -> None:
    with pytest.raises(ConfigError) as error:
        Vault([], KEYS[3])
    command = shlex.split(error.value.problems[0].fix.partition(": ")[2])
    made = subprocess.run([sys.executable, *command[1:]], capture_output=True, check=True, text=True).stdout.strip()
    vault = Vault([made], KEYS[3])
    assert vault.decrypt(vault.encrypt(NUMBER), index=vault.index(NUMBER)) == NUMBER


@pytest.mark.parametrize("error", [SealError, LostKeyError])
def test_every_error_of_sealing_is_one_of_ours(error: type[Exception]) -> None:
    assert issubclass(error, FirstLoginError)


def test_the_pseudonyms_of_a_secret_are_what_stores_hold_already() -> None:
    made = Seal([SECRET, OLDER], purpose="pseudonym").pseudonyms("A123456789")
    assert made == [
        "604f268a70cac511726416db10bb3b6449e07d01e6437420cc2b57e19d6f8c7b",
        "44e5645fe01575958e0451798243208509903e9188574e2930e9a3a3e7928851",
    ]
