"""Everybody signs in everywhere, and nowhere outside the sealed column does a national ID stand in clear."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, Response, request
from sqlalchemy import text

from example_app.members import db
from flask_first_login.testing import SignInAs
from internals import PERSONAS, issuers, signals

pytestmark = pytest.mark.slow

NUMBER = re.compile(r"[A-Z][A-D0-9]\d{8}")
NUMBERS = sorted({found for one in PERSONAS for found in NUMBER.findall(repr(one))})
SIGNALS = [one for one in vars(signals).values() if isinstance(one, signals.Signal)]
DOCUMENTS = ("account", "hours", "outcome")


@pytest.fixture
def seen(app: Flask, caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """What leaves the portal: answers with their headers and addresses, and the payload of every signal."""
    caplog.set_level("DEBUG")
    told: list[str] = []

    def note_answer(response: Response) -> Response:
        if not response.direct_passthrough:
            told.append(f"{request.url} {response.headers} {response.get_data(as_text=True)}")
        return response

    def note_signal(sender: object, **facts: object) -> None:
        told.append(f"{facts!r} {[str(one) for one in facts.values()]}")

    app.after_request(note_answer)
    for one in SIGNALS:
        one.connect(note_signal, app)
    yield told
    for one in SIGNALS:
        one.disconnect(note_signal, app)


def test_no_national_id_stands_in_clear_in_pages_addresses_cookies_signals_logs_json_or_files(
    app: Flask,
    seen: list[str],
    sign_in_as: SignInAs,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    with app.app_context():
        engine = db.engine
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode=WAL")).scalar_one() == "wal"
        arrived = 0
        for persona, provider in everybody():
            client = app.test_client()
            arrived += sign_in_as(client, persona, provider, identity="civil-servant").account is not None
            for document in DOCUMENTS:
                client.get(f"/first-login/api/v1/{document}")
            client.get("/my-hours")
            seen.append(repr(client._cookies))
        written = b"".join(path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file())
    for arguments in (["hours", "report"], ["hours", "summary"]):
        seen.append(app.test_cli_runner().invoke(args=["first-login", *arguments]).output)

    assert arrived > len(PERSONAS)
    assert {path.suffix for path in tmp_path.rglob("portal.db*")} >= {".db", ".db-wal"}
    everything = "\n".join([*seen, caplog.text])
    assert "A12345****" in everything  # what was looked at does show people, masked
    assert "林曉明".encode() in written  # and the files do hold them
    assert len(NUMBERS) >= 5
    assert [number for number in NUMBERS if number in everything.upper() or number.encode() in written.upper()] == []


def everybody() -> Iterator[tuple[str, str]]:
    """Every persona at every provider that knows it."""
    for issuer in (issuers.MYEGOV, issuers.ECPA, issuers.GOOGLE, issuers.FACEBOOK, issuers.APPLE):
        for persona in issuer.personas:
            yield persona, issuer.name
