"""One person's name in two spellings: what is the same, what may be, and what is another person's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from flask_first_login import Assurance, identity_linked
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.testing import BY_ECPA, BY_MYEGOV, NATIONAL_ID
from internals import _FORMS, Create, Likeness, likeness, written_in
from support.host_portal import Host, code_of

SAME, MAY_BE, CHANGED, OTHER = Likeness.SAME, Likeness.MAY_BE, Likeness.CHANGED, Likeness.OTHER
DOTS = "·・‧•．･⋅∙"
PAIRS: list[tuple[str, str | None, Likeness]] = [
    # one character in another form
    *(
        (one, other, SAME)
        for one, other in (
            ("黃大文", "黄大文"), ("溫大文", "温大文"), ("林峰", "林峯"), ("臺大文", "台大文"), ("吳青", "呉靑"),
            ("樂小明", "\uf914小明"), ("葛小明", "葛\U000e0101小明"), ("葛小明", "葛\ufe00小明"),
        )
    ),
    # what stands between, and how wide it is
    *((f"瓦歷斯{one}諾幹", f"瓦歷斯{other}諾幹", SAME) for one in DOTS for other in (*DOTS, " ", "")),
    ("NGUYEN VAN AN", "ｎｇｕｙｅｎ\u3000Van An", SAME),
    ("王小明", None, SAME),
    ("王小明", " \u3000", SAME),
    # masked, and after a marriage
    *(("陳大文", masked, MAY_BE) for masked in ("陳○文", "陳〇文", "陳*文", "陳＊文", "陳Ｏ文", "陳O文", "陳**")),
    ("林美惠", "陳林美惠", MAY_BE),
    ("司馬林惠", "林惠", MAY_BE),
    # a new name, or another script
    ("王小明", "王大同", CHANGED),
    ("王小明", "李小明", CHANGED),
    ("王小明", "Wang Hsiao-Ming", CHANGED),
    ("NGUYEN VAN AN", "AN NGUYEN", CHANGED),
    # another person
    ("王小明", "李小美", OTHER),
    ("Ann Lee", "Bob Doe", OTHER),
    ("王小明", "王", CHANGED),
    ("陳大文", "林○文", OTHER),
    ("陳大文", "陳○○文", CHANGED),
    *((f"{one}大文", f"{other}小美", OTHER) for one, other in ("余餘", "范範", "于於", "沈瀋", "葉業")),
    *((f"王{one}", f"王{other}", CHANGED) for one, other in ("昇升", "傑杰", "修脩", "煇輝", "堃坤")),
    ("王\ue000明", "王明", CHANGED),
]  # fmt: skip


def test_names_are_compared_by_what_is_written_and_not_by_how() -> None:
    for one, other, expected in PAIRS:
        assert (likeness(one, other), likeness(other, one)) == (expected, expected), (one, other)


def test_a_mask_that_hides_the_surname_fits_nobody() -> None:
    """Where a name counts, whoever writes their own could else write one that is everybody's."""
    for masked in ("○○○", "○大文", "***", "ＯＯＯ", "○"):
        assert likeness("陳大文", masked) < MAY_BE, masked


def test_no_character_has_two_standard_forms_and_no_standard_form_is_one_of_another() -> None:
    forms = [form for row in _FORMS for form in row[1:]]

    assert len(forms) == len(set(forms)) > 80
    assert not {row[0] for row in _FORMS} & set(forms)
    assert all(row[0].encode("cp950") for row in _FORMS)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("王小明", "王小明"),
        ("黄大文", "黃大文"),
        ("林峯", "林峰"),
        ("瓦歷斯・諾幹", "瓦歷斯‧諾幹"),
        ("葛\U000e0101小明", "葛小明"),
        ("\uf914小明", "樂小明"),
        ("王小明\u200b", "王小明"),
        ("𠮷田", None),  # a form of 吉 that no table of names knows
        ("游堃", None),  # a character of its own: written otherwise, it would be another name
        ("王\ue000明", None),
        ("José", None),
    ],
)
def test_a_name_is_written_in_an_encoding_in_its_standard_form_or_not_at_all(name: str, written: str | None) -> None:
    assert written_in(name, "cp950") == written
    assert replace(BY_ECPA, name=name).name_in("cp950") == written
    assert replace(BY_ECPA, name=name).name_fits("cp950") is (written is not None)
    assert written_in(name, "utf-8") == name


# --- a sign-in ---


def arrives(name: str, **facts: Any) -> tuple[str, list[object], list[str]]:
    """Who proved the number as 陳大文 comes with this name: the last page's code, what the host hears, what is kept."""
    host = Host(MemoryAccounts()).mounted()
    stored = replace(BY_ECPA, name="陳大文", assurance=Assurance.VERIFIED, national_id=NATIONAL_ID, birth_date=None)
    account = host.accounts.carry_out(Create(), stored)
    told: list[object] = []

    def linked(app: object, *, account: str, another_name: bool) -> None:
        told.append(another_name)

    comes = replace(BY_MYEGOV, name=name, national_id=NATIONAL_ID, birth_date=None)
    with identity_linked.connected_to(linked, host.app):
        code = code_of(host.arrives(replace(comes, **{"assurance": Assurance.VERIFIED, **facts})))
    kept = host.accounts.get(account)
    assert kept is not None
    return code, told, [known.name or "" for known in kept.identities]


def test_a_name_vetoes_no_two_proofs_of_one_number_and_an_operator_hears_of_another_one(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "flask_first_login.events")
    for name, noted in (
        ("陳大文", False),
        ("陳○文", False),
        ("王陳大文", False),
        ("陳小美", True),
        ("CHEN DA-WEN", True),
    ):
        caplog.clear()
        assert arrives(name) == ("", [noted], ["陳大文", name])
        assert ("event=another_name" in caplog.text) is noted
        assert name not in caplog.text


def test_a_slip_in_a_number_opens_no_strangers_account() -> None:
    """An agency's record with a wrong number that passes the check digit is a proof too: the name says whose it is."""
    assert arrives("李小美") == ("conflicting_facts", [], ["陳大文"])


def test_a_name_that_somebody_typed_counts_and_so_does_a_birth_date() -> None:
    assert arrives("陳小美", assurance=Assurance.DECLARED)[0] == "conflicting_facts"
    assert arrives("陳○文", assurance=Assurance.DECLARED)[0] == "not_verified"
