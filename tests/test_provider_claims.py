"""From what a provider stated to an identity: every claim is optional, and none is taken for more than it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_first_login import Assurance, Identity, Kind, NationalId, Standing, Text
from flask_first_login.providers import ClaimNames, Claims, Oidc, Provider, Registration, government, social
from internals import PRESETS, Identify, may_verify

AT = datetime(2026, 9, 1, 4, 30, tzinfo=UTC)
CLEAR = "A123456789"
NAMES = ClaimNames(
    name="cn",
    verified="uid_verified",
    kind="account_type",
    kinds=MappingProxyType({"general": Kind.GENERAL, "official": Kind.CIVIL_SERVANT}),
)

myegov = government(NAMES)
ecpa = government(ClaimNames(name="cn"), always=Kind.CIVIL_SERVANT)


def claims(at: datetime = AT, **values: object) -> Claims:
    return Claims("myegov", "https://login.example", "subject-1", at, values)


# --- a government provider ---


def test_a_full_set_of_claims_becomes_an_identity() -> None:
    stated = claims(
        uid=CLEAR,
        cn="王小明",
        name="wang123",
        uid_verified=True,
        account_type="official",
        birthdate="1990-01-31",
        email="wang@example.com",
        email_verified=True,
        amr=["pwd", "x509"],
    )

    assert myegov(stated) == Identity(
        provider="myegov",
        issuer="https://login.example",
        subject="subject-1",
        standing=Standing.GOVERNMENT,
        kind=Kind.CIVIL_SERVANT,
        assurance=Assurance.VERIFIED,
        signed_in_at=AT,
        method="pwd x509",
        name="王小明",
        national_id=NationalId.parse(CLEAR),
        birth_date=date(1990, 1, 31),
        email="wang@example.com",
    )


@pytest.mark.parametrize(("identify", "kind"), [(myegov, Kind.UNKNOWN), (ecpa, Kind.CIVIL_SERVANT)])
def test_no_claims_at_all_still_become_an_identity(identify: Identify, kind: Kind) -> None:
    who = identify(claims())

    assert (who.kind, who.name, who.national_id, who.birth_date, who.email) == (kind, None, None, None, None)
    assert not who.national_id_invalid
    assert who.method == "unknown"


@pytest.mark.parametrize(
    ("uid", "found", "invalid"),
    [
        pytest.param(CLEAR, CLEAR, False, id="a number"),
        pytest.param(" a123-456-789 ", CLEAR, False, id="written loosely"),
        pytest.param("Ａ１２３４５６７８９", CLEAR, False, id="full width"),
        pytest.param("", None, False, id="empty, as where the agency did not apply for it"),
        pytest.param("  \u3000", None, False, id="blank"),
        pytest.param(None, None, False, id="null"),
        pytest.param("A123456788", None, True, id="a wrong check digit"),
        pytest.param("not given", None, True, id="words"),
        pytest.param("A12345****", None, True, id="masked"),
        pytest.param("A12345\u202e6789", None, True, id="a direction mark inside"),
        pytest.param(CLEAR + " " * 300 + "X", None, True, id="a number only if cut"),
        pytest.param(123456789, None, True, id="an integer"),
        pytest.param([CLEAR], CLEAR, False, id="a list of one, as of a directory"),
        pytest.param([], None, True, id="an empty list"),
        pytest.param([CLEAR, CLEAR], None, True, id="a list of two"),
        pytest.param([[CLEAR]], None, True, id="a list of lists"),
        pytest.param({"value": CLEAR}, None, True, id="an object"),
        pytest.param(False, None, True, id="false"),
    ],
)
def test_a_national_id_is_there_missing_or_invalid(uid: object, found: str | None, invalid: bool) -> None:
    who = myegov(claims(uid=uid, cn="王小明"))

    assert (who.national_id.reveal() if who.national_id else None, who.national_id_invalid) == (found, invalid)


@pytest.mark.parametrize(
    ("at", "accepted"),
    [(datetime(2030, 12, 31, 15, 59, tzinfo=UTC), True), (datetime(2030, 12, 31, 16, 0, tzinfo=UTC), False)],
)
def test_the_day_of_the_sign_in_in_taipei_decides_about_an_old_resident_number(at: datetime, accepted: bool) -> None:
    who = myegov(claims(at=at, uid="AC12345679"))

    assert (who.national_id is not None) is accepted
    assert who.national_id_invalid is not accepted


@pytest.mark.parametrize(
    ("values", "assurance"),
    [
        ({"uid": CLEAR, "cn": "王小明", "uid_verified": True}, Assurance.VERIFIED),
        ({"uid": CLEAR, "cn": "王小明", "uid_verified": False}, Assurance.DECLARED),
        ({"uid": CLEAR, "cn": "王小明"}, Assurance.DECLARED),
        ({"uid": CLEAR}, Assurance.NONE),
        ({"cn": "王小明"}, Assurance.NONE),
        ({"uid": "A123456788", "cn": "王小明"}, Assurance.NONE),
        ({"uid": CLEAR, "cn": "  "}, Assurance.NONE),
        ({}, Assurance.NONE),
    ],
)
def test_name_and_id_in_the_profile_are_declared_and_only_the_providers_word_makes_them_verified(
    values: dict[str, Any], assurance: Assurance
) -> None:
    assert myegov(claims(**values)).assurance is assurance


@pytest.mark.parametrize("flag", ["true", "True", "1", "Y", "false", "0", "N", 1, 1.0, [True], {"value": True}, None])
def test_only_the_json_value_true_is_a_vouching(flag: object) -> None:
    assert myegov(claims(uid=CLEAR, cn="王小明", uid_verified=flag)).assurance is Assurance.DECLARED


def test_a_provider_that_never_vouches_cannot_be_made_to_by_a_claim() -> None:
    silent = government(ClaimNames(name="cn"))

    assert silent(claims(uid=CLEAR, cn="王小明", uid_verified=True, verified=True)).assurance is Assurance.DECLARED


def test_ecpa_serves_verified_civil_servants_whatever_it_sends() -> None:
    who = ecpa(claims(account_type="general", uid_verified=False))

    assert (who.kind, who.assurance) == (Kind.CIVIL_SERVANT, Assurance.VERIFIED)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("official", Kind.CIVIL_SERVANT),
        (" official ", Kind.CIVIL_SERVANT),
        ("general", Kind.GENERAL),
        ("Official", Kind.UNKNOWN),
        ("civil_servant", Kind.UNKNOWN),
        ("", Kind.UNKNOWN),
        (None, Kind.UNKNOWN),
        (["official"], Kind.CIVIL_SERVANT),
        (["official", "general"], Kind.UNKNOWN),
        (True, Kind.UNKNOWN),
    ],
)
def test_only_the_values_that_are_mapped_make_a_kind(value: object, kind: Kind) -> None:
    assert myegov(claims(account_type=value)).kind is kind


def test_a_provider_without_a_kind_claim_leaves_the_kind_unknown() -> None:
    assert government(ClaimNames())(claims(account_type="official")).kind is Kind.UNKNOWN


@pytest.mark.parametrize(
    ("stated", "found"),
    [
        ("1990-01-31", date(1990, 1, 31)),
        ("19900131", date(1990, 1, 31)),
        ("1990/1/31", date(1990, 1, 31)),
        ("1990.01.31", date(1990, 1, 31)),
        ("1990年1月31日", date(1990, 1, 31)),
        ("１９９０/０１/３１", date(1990, 1, 31)),
        ("1990-01-31T00:00:00+08:00", date(1990, 1, 31)),
        ("1990-01-31 00:00:00", date(1990, 1, 31)),
        ("1908-02-29", date(1908, 2, 29)),
        ("079/01/31", date(1990, 1, 31)),
        ("103/02/28", date(2014, 2, 28)),
        ("民國79年1月31日", date(1990, 1, 31)),
        ("中華民國 079 年 01 月 31 日", date(1990, 1, 31)),
        ("民國0790131", date(1990, 1, 31)),
        ("民國前3年5月1日", date(1909, 5, 1)),
        ("民前1/12/31", date(1911, 12, 31)),
        # a day that is none, or that is not told whole
        ("1990", None),
        ("0000-01-31", None),
        ("民國0年1月31日", None),
        ("1990-02-30", None),
        ("", None),
        (19900131, None),
        ("2026-09-02", None),
        ("2026-09-01", date(2026, 9, 1)),
        ("1066-10-14", None),
        # a day that is guessed would make two people one, or one two
        ("79/01/31", None),
        ("0790131", None),
        ("790131", None),
        ("0079/01/31", None),
        ("31/01/1990", None),
        ("1990-01-30T16:00:00Z", None),
    ],
)
def test_a_birth_date_is_read_in_either_calendar_and_never_guessed(stated: object, found: date | None) -> None:
    assert myegov(claims(birthdate=stated)).birth_date == found


def test_years_of_the_republic_are_read_where_the_provider_is_known_to_count_them() -> None:
    told = government(replace(NAMES, years_of_republic=True))

    for stated in ("79/01/31", "0790131", "790131", "0079/01/31", "079-01-31", "1990/01/31", "19900131"):
        assert told(claims(birthdate=stated)).birth_date == date(1990, 1, 31), stated
    for stated in ("31/01/79", "0000131", "150/01/31", "1990013"):
        assert told(claims(birthdate=stated)).birth_date is None, stated


@pytest.mark.parametrize(
    ("amr", "method"),
    [
        (["pwd"], "pwd"),
        (["x509", "pwd"], "x509 pwd"),
        ("certificate", "certificate"),
        ([], "unknown"),
        ([""], "unknown"),
        (["pwd", 1], "unknown"),
        ({"pwd": 1}, "unknown"),
        (None, "unknown"),
        (["x" * 100], "x" * 40),
        ("x" * 100, "x" * 40),
        (["pwd\r\nlogged in as admin\x1b[2J"], "pwd  logged in as admin[2J"),
        (["\u202e"], "unknown"),
    ],
)
def test_the_method_is_short_and_on_one_line(amr: object, method: str) -> None:
    assert myegov(claims(amr=amr)).method == method
    assert social(claims(amr=amr)).method == method


def test_a_claim_that_the_provider_does_not_send_is_not_looked_for() -> None:
    names = ClaimNames(birth_date=None, email=None, method=None)

    who = government(names)(claims(birthdate="1990-01-31", email="w@example.com", amr=["pwd"]))

    assert (who.birth_date, who.email, who.method) == (None, None, "unknown")


# --- names ---


@pytest.mark.parametrize(
    ("stated", "name"),
    [
        ("王小明", "王小明"),
        ("  王小明\n", "王小明"),
        ("NGUYEN\u3000VAN AN", "NGUYEN VAN AN"),
        ("NGUYEN\r\nVAN", "NGUYEN  VAN"),
        ("王\u202e小\u2066明\u200b", "王小明"),
        ("王\x00小\x1b明\x7f", "王小明"),
        ("王\ud800小明", "王小明"),
        ("王\ue000明", "王\ue000明"),
        ("王\U00031350明", "王\U00031350明"),
        ("葛\U000e0100小明", "葛\U000e0100小明"),
        ("瓦歷斯‧諾幹", "瓦歷斯‧諾幹"),
        ("x" * 300, "x" * 200),
        ("\u200b\u202e", None),
        ("", None),
        (["王小明"], "王小明"),
        (["王小明", "王大明"], None),
        (42, None),
    ],
    ids=ascii,
)
def test_a_name_loses_what_steers_a_page_or_a_log_and_keeps_every_rare_character(
    stated: object, name: str | None
) -> None:
    """Private-use and newly encoded characters stand in real names: losing one makes another name of it."""
    assert myegov(claims(cn=stated)).name == name


@given(st.text())
def test_no_word_of_a_provider_breaks_a_line_or_turns_its_direction(stated: str) -> None:
    word = claims(cn=stated).word("cn") or ""

    assert len(word.splitlines()) <= 1
    assert not {"\u202a", "\u202b", "\u202d", "\u202e", "\u2066", "\u2067", "\u200e", "\u200f", "\x1b"} & set(word)
    assert word == word.strip()
    assert len(word) <= 200
    word.encode()


# --- a social provider ---

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from([CLEAR, "official", "1990-01-01"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
claim_sets = st.dictionaries(
    st.sampled_from(
        ["uid", "national_id", "uid_verified", "account_type", "kind", "birthdate", "cn", "name", "email", "amr"]
    ),
    anything,
)


def presets(standing: Standing) -> list[Provider]:
    """Every preset of one standing, in each protocol it speaks."""
    return [one for variants in PRESETS.values() for one in variants.values() if one.standing is standing]


def named(provider: Provider) -> str:
    return f"{provider.name}-{type(provider.protocol).__name__}"


def test_a_social_provider_gives_a_name_an_email_and_a_method() -> None:
    who = social(claims(name="Wang", email="wang@example.com", email_verified=True, amr=["fpt"]))

    assert (who.name, who.email, who.method) == ("Wang", "wang@example.com", "fpt")
    assert who.is_social


@pytest.mark.slow
@pytest.mark.parametrize("provider", presets(Standing.SOCIAL), ids=named)
@given(values=claim_sets)
def test_whatever_a_social_provider_sends_makes_no_id_no_kind_and_no_assurance(
    provider: Provider, values: dict[str, Any]
) -> None:
    who = provider.identify(claims(**values))

    assert (who.standing, who.kind, who.assurance) == (Standing.SOCIAL, Kind.UNKNOWN, Assurance.NONE)
    assert (who.national_id, who.national_id_invalid, who.birth_date) == (None, False, None)


@pytest.mark.slow
@pytest.mark.parametrize("provider", presets(Standing.GOVERNMENT), ids=named)
@given(values=claim_sets)
def test_whatever_a_government_provider_sends_becomes_an_identity(provider: Provider, values: dict[str, Any]) -> None:
    who = provider.identify(claims(**values))

    assert (who.standing, who.issuer, who.subject) == (Standing.GOVERNMENT, "https://login.example", "subject-1")
    assert who.national_id is None or not who.national_id_invalid


@pytest.mark.parametrize("vouched", [True, "true", "True", "Y", "1", 1])
def test_an_email_that_the_provider_checked_is_kept(vouched: object) -> None:
    assert social(claims(email="wang@example.com", email_verified=vouched)).email == "wang@example.com"


@pytest.mark.parametrize("vouched", [None, False, "false", "N", "0", 0, 2, "maybe", ["true"], [], {}])
def test_an_email_that_nobody_checked_is_not_kept(vouched: object) -> None:
    assert social(claims(email="wang@example.com", email_verified=vouched)).email is None


def test_an_address_of_a_relay_is_nobodys() -> None:
    """It is made for one portal and hides whose mail it forwards, so no host may take it for a person."""
    for address in ("4x7@privaterelay.appleid.com", "4X7@PrivateRelay.AppleID.com"):
        assert social(claims(name="Wang", email=address, email_verified="true")).email is None
    kept = "privaterelay.appleid.com@example.com"
    assert social(claims(email=kept, email_verified="true", is_private_email="false")).email == kept


# --- which claim says what ---


def test_a_claim_may_be_reached_by_a_path() -> None:
    names = ClaimNames("attributes.uid.0", "person.cn", "proof.0.by_card", "roles.1", NAMES.kinds, "more.born")
    stated: dict[str, Any] = {
        "attributes": {"uid": [CLEAR]},
        "person": {"cn": "王小明"},
        "proof": [{"by_card": True}],
        "roles": ["staff", "official"],
        "more": {"born": "079/01/31"},
    }

    who = government(names)(claims(**stated))

    assert who.national_id == NationalId.parse(CLEAR)
    assert (who.name, who.assurance, who.kind) == ("王小明", Assurance.VERIFIED, Kind.CIVIL_SERVANT)
    assert who.birth_date == date(1990, 1, 31)


def test_a_claim_that_bears_a_whole_name_is_meant_before_a_path() -> None:
    for name in ("https://id.example.gov.tw/uid", "attributes.uid"):
        stated: dict[str, Any] = {name: CLEAR, "attributes": {"uid": "A200000003"}}
        who = government(ClaimNames(national_id=name))(claims(**stated))
        assert who.national_id == NationalId.parse(CLEAR)


@pytest.mark.parametrize(
    "path", ["a.b.c", "a.x", "list.2", "list.-1", "list.x", "list.0.0", "text.0", "nothing.uid", "a."]
)
def test_a_path_that_leads_nowhere_finds_nothing_and_takes_no_part_of_a_text(path: str) -> None:
    stated = claims(a={"b": "text"}, list=[CLEAR, "x"], text=CLEAR)

    assert stated.value(path) is None
    assert not government(ClaimNames(national_id=path))(stated).national_id_invalid


@pytest.mark.parametrize(
    ("family", "given", "name"),
    [
        ("王", "小明", "王小明"),
        (" 王 ", "小明 ", "王小明"),
        ("Lee", "Ann", "Ann Lee"),
        ("García", "José", "José García"),
        ("王", None, "王"),
        ("", "小明", "小明"),
        (None, " ", None),
        (["王"], ["小明"], "王小明"),
        (["王", "黃"], "小明", "小明"),
    ],
)
def test_a_name_may_be_put_together_in_the_order_of_its_script(family: object, given: object, name: str | None) -> None:
    two = government(ClaimNames(name=("family_name", "person.given")))

    assert two(claims(family_name=family, person={"given": given})).name == name


def test_a_text_that_was_set_vouches_for_somebody_and_no_other_one_does() -> None:
    by_level = government(replace(NAMES, verified="proof.level=3"))

    assert by_level(claims(uid=CLEAR, cn="王小明", proof={"level": "3"})).assurance is Assurance.VERIFIED
    for level in ("2", "33", " 3", "3 ", "３", 3, True, ["3"], None, ""):
        assert by_level(claims(uid=CLEAR, cn="王小明", proof={"level": level})).assurance is Assurance.DECLARED, level


# --- what is shown of them ---


def test_claims_show_neither_the_person_nor_their_values() -> None:
    shown = repr(claims(uid=CLEAR, cn="王小明"))

    assert "myegov" in shown
    assert not [secret for secret in ("subject-1", CLEAR, "王小明") if secret in shown]


def test_a_registration_does_not_show_its_secret() -> None:
    provider = Provider(
        "tanet",
        Text("TANet", "臺灣學術網路"),
        Text("Sign in with TANet", "使用臺灣學術網路帳號登入"),
        Standing.GOVERNMENT,
        Oidc("https://oidc.example"),
        myegov,
    )

    assert "hush" not in repr(Registration(provider, "client-1", lambda: "hush"))


@pytest.mark.parametrize("issuer", ["https://oidc.example/v1", "https://oidc.example/v1/"])
def test_discovery_stands_under_the_issuer(issuer: str) -> None:
    assert Oidc(issuer).discovery_url == "https://oidc.example/v1/.well-known/openid-configuration"


@pytest.mark.parametrize(("name", "proves"), [("myegov", True), ("google", False)])
def test_whether_a_stronger_sign_in_proves_somebody_is_unknown_of_a_hosts_function_so_its_standing_decides(
    name: str, proves: bool
) -> None:
    preset = PRESETS[name]["oidc"]
    assert may_verify(replace(preset, identify=lambda claims: preset.identify(claims))) is proves
    assert may_verify(preset) is proves
    assert not may_verify(replace(preset, identify=government(ClaimNames())))
