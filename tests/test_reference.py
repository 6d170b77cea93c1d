"""The page of all settings says what the code says."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

import reference
from internals import Settings, base, protocols, registrations, settings_of, ticket_verifiers


def test_the_page_of_the_settings_says_what_the_code_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert reference.main(["--check"]) == 0, capsys.readouterr().out


def test_a_page_that_is_missing_or_says_something_else_is_told_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "docs" / "settings.md"
    assert reference.main(["--check", "--page", str(page)]) == 1
    assert reference.main(["--page", str(page)]) == 0
    assert reference.main(["--check", "--page", str(page)]) == 0
    page.write_text(page.read_text("utf-8").replace("[2, 5]", "[3, 5]").replace("`2`", "`3`"), "utf-8")
    assert reference.main(["--check", "--page", str(page)]) == 1
    assert "run `make reference`" in capsys.readouterr().out


def test_every_setting_stands_on_the_page_with_what_it_means() -> None:
    page = reference.page()
    for one in fields(Settings):
        assert f"| `FIRST_LOGIN_{one.name.upper()}`" in page
        assert one.metadata["meaning"] in page
        assert one.metadata["read"].__doc__


def test_every_key_that_a_provider_may_have_stands_on_the_page_with_what_it_means() -> None:
    """Whichever dataclass says of its fields that they are settings."""
    modules = (base, protocols, registrations, ticket_verifiers)
    found = [value for module in modules for value in vars(module).values()]
    kinds = {kind for kind in found if isinstance(kind, type) and is_dataclass(kind) and settings_of(kind)}
    assert kinds == {kind for kinds in reference.KINDS.values() for kind in kinds}
    page = reference.page()
    assert [line[4:] for line in page.splitlines() if line.startswith("### ")] == [*reference.KINDS]
    for kind in kinds:
        for key, field in settings_of(kind).items():
            assert f"| `{key}`" in page
            assert field.metadata["meaning"] in page
            assert field.metadata["read"].__doc__


def test_no_secret_has_a_default() -> None:
    secrets = [one.name for one in fields(Settings) if one.metadata["secret"]]
    assert secrets == ["national_id_keys", "national_id_index_key", "proxy", "providers"]
    assert not [name for name in secrets if getattr(Settings(), name)]
