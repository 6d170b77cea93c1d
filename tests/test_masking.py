"""No log carries a national ID, however it was written; everything else in it stays as it was."""

from __future__ import annotations

import io
import logging
import uuid
from collections.abc import Iterator, Mapping
from hashlib import sha256

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from flask_first_login import FirstLogin
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.masking import MaskNationalIds, mask, mask_logs
from flask_first_login.testing import NATIONAL_ID

# --- what is masked ---


@pytest.mark.parametrize(
    ("written", "masked"),
    [
        ("A123456789", "A12345****"),
        ("a123456789", "A12345****"),
        ("Ａ１２３４５６７８９", "A12345****"),
        ("ａ123456７８９", "A12345****"),
        ("A123456780", "A12345****"),
        ("A800000014", "A80000****"),
        ("A900000001", "A90000****"),
        ("AC12345679", "AC1234****"),
        ("ＡＣ12345679", "AC1234****"),
        ("A 123456789", "A12345****"),
        ("A123-456-789", "A12345****"),
        ("A-1-2-3-4-5-6-7-8-9", "A12345****"),
        ("A123 456\u3000789", "A12345****"),
        ("A12345\u20146789", "A12345****"),
    ],
)
@pytest.mark.parametrize(
    "around",
    ["{}", "身分證{}號", "id={}", "'{}',", "({})", "<b>{}</b>", "x_{}_y", "/learner/{}/hours", "號碼：{}。", "{}\n{}"],
)
def test_a_number_is_masked_wherever_it_stands(written: str, masked: str, around: str) -> None:
    assert mask(around.format(written, written)) == around.format(masked, masked)


@pytest.mark.parametrize(
    "text",
    ["?id%3DA123456789%26", "a%20A123456789", repr("\nA123456789"), repr("\x1bA123456789"), repr("號\u3000A123456789")],
)
def test_an_escape_before_a_number_hides_nothing(text: str) -> None:
    assert mask(text) == text.replace("A123456789", "A12345****")


def test_every_number_in_a_text_is_masked() -> None:
    assert mask("A123456789,A223456781 A800000014") == "A12345****,A22345**** A80000****"


# --- what is not ---


@pytest.mark.parametrize(
    "text",
    [
        "",
        "signed in provider=ecpa decision=Create",
        "A12345****",
        "A12345678",
        "A1234567890",
        "AA123456789",
        "A323456789",
        "A023456789",
        "1234567890",
        "at 2026-03-01 09:30:15.123456+08:00",
        "T 2026-03-01 1",
        "a 1 2 3 4 5 6 7 8 0",
        "02-2192-7111",
        "E100",
        "support code B7K2-19QX",
        "port A1 23456 789012",
    ],
)
def test_other_text_is_left_alone(text: str) -> None:
    assert mask(text) == text


@given(st.uuids(), st.binary())
def test_hashes_and_random_ids_are_left_alone(some_id: uuid.UUID, content: bytes) -> None:
    digest = sha256(content).hexdigest()
    text = f"{some_id} {some_id.hex} {digest} {digest.upper()}"
    assert mask(text) == text


@given(st.text())
def test_what_has_no_number_and_what_was_masked_stay_as_they_are(text: str) -> None:
    assert mask(mask(text)) == mask(text)


# --- records ---


class Student:
    """Something of a host, whose text has a number in it."""

    def __str__(self) -> str:
        return "student A123456789"


class Broken:
    def __str__(self) -> str:
        raise RuntimeError("no text")


class Seen(logging.Filter):
    """Keeps every record that comes by, as the handler after it gets it."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def filter(self, record: logging.LogRecord) -> bool:
        self.records.append(record)
        return True


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def log() -> Iterator[logging.Logger]:
    """A logger as a host has one, with the filter on its handler; what it wrote is ``log.handlers[0].stream``."""
    logger = logging.getLogger("a host")
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(logging.Formatter("%(message)s"))
    handler.addFilter(MaskNationalIds())
    logger.addHandler(handler)
    yield logger
    logger.removeHandler(handler)


def written(log: logging.Logger) -> str:
    (handler,) = log.handlers
    assert isinstance(handler, logging.StreamHandler)
    text: str = handler.stream.getvalue()
    return text


@pytest.mark.parametrize(
    ("message", "args"),
    [
        ("learner A123456789", ()),
        ("learner %s", ("A123456789",)),
        ("learner %s", (Student(),)),
        ("learner %r", (["A123456789"],)),
        ("learner A12345%s", ("6789",)),
        ("learner %(id)s", ({"id": "A123456789"},)),
        ("learner %s%%", ("Ａ１２３４５６７８９",)),
        (Student(), ()),
    ],
)
def test_a_number_is_masked_in_the_message_and_in_its_arguments(
    log: logging.Logger, seen: Seen, message: object, args: tuple[object, ...]
) -> None:
    log.handlers[0].addFilter(seen)
    log.warning(message, *args)
    assert "A12345****" in written(log)
    assert "6789" not in written(log)
    assert "A123456789" not in f"{seen.records[0].msg!s} {seen.records[0].args}"


@pytest.mark.parametrize(
    ("message", "args"),
    [("learner %.3s", ("A123456789",)), ("learner %(name)s", ({"name": "A12", "id": "A123456789"},))],
)
def test_an_argument_of_which_the_message_shows_less_goes_no_further(
    log: logging.Logger, seen: Seen, message: str, args: tuple[object, ...]
) -> None:
    log.handlers[0].addFilter(seen)
    log.warning(message, *args)
    assert written(log) == "learner A12\n"
    assert not seen.records[0].args


def test_a_record_without_a_number_goes_on_with_its_arguments(log: logging.Logger, seen: Seen) -> None:
    log.handlers[0].addFilter(seen)
    log.warning("%s signed in by %s", "a learner", "ecpa", extra={"provider": "ecpa"})
    (record,) = seen.records
    assert (record.msg, record.args) == ("%s signed in by %s", ("a learner", "ecpa"))
    assert written(log) == "a learner signed in by ecpa\n"


@pytest.mark.parametrize(
    ("message", "args"), [("learner %d", ("A123456789",)), ("A123456789 %s %s", ("x",)), ("learner %s", (Broken(),))]
)
def test_a_line_that_cannot_be_written_ends_nothing_and_shows_nothing(
    log: logging.Logger, capsys: pytest.CaptureFixture[str], message: str, args: tuple[object, ...]
) -> None:
    log.warning(message, *args)
    assert written(log) == f"{message.replace('6789', '****')} (with arguments that do not fit)\n"
    assert "A123456789" not in "".join(capsys.readouterr())


def test_a_number_is_masked_in_a_traceback_and_the_rest_of_it_stays(log: logging.Logger) -> None:
    try:
        raise ValueError("no such learner: A123456789")
    except ValueError:
        log.exception("it failed")
    assert "ValueError: no such learner: A12345****" in written(log)
    assert "Traceback (most recent call last):" in written(log)
    assert "A123456789" not in written(log)


def test_a_traceback_without_a_number_is_left_to_the_handlers(log: logging.Logger, seen: Seen) -> None:
    log.handlers[0].addFilter(seen)
    try:
        raise ValueError("nothing of anybody")
    except ValueError:
        log.exception("it failed")
    assert seen.records[0].exc_info is not None


@pytest.mark.parametrize("extra", [{"learner": "A123456789"}, {"path": "/learner/Ａ１２３４５６７８９"}])
def test_a_number_is_masked_in_what_a_handler_gets_beside_the_message(
    log: logging.Logger, extra: Mapping[str, object]
) -> None:
    log.handlers[0].setFormatter(logging.Formatter("{message} {" + next(iter(extra)) + "}", style="{"))
    log.warning("seen", extra=extra)
    assert written(log).endswith("A12345****\n")


def test_a_number_is_masked_in_a_stack(log: logging.Logger) -> None:
    log.warning("seen", stack_info=True)  # the source line of this very call is printed: A123456789
    assert "A12345****" in written(log)


# --- installed ---


def test_our_own_loggers_have_it_once_however_many_apps_there_are() -> None:
    for name in ("one", "two"):
        FirstLogin(Flask(name), accounts=MemoryAccounts())
    for name in ("flask_first_login", "flask_first_login.audit"):
        assert [type(one) for one in logging.getLogger(name).filters] == [MaskNationalIds]


def test_what_we_log_is_masked_for_every_handler(caplog: pytest.LogCaptureFixture) -> None:
    FirstLogin(Flask("one"), accounts=MemoryAccounts())
    logging.getLogger("flask_first_login").warning("by mistake: %s", NATIONAL_ID.reveal())
    assert caplog.messages == ["by mistake: A12345****"]


def test_a_logger_that_has_the_filter_gets_no_second_one() -> None:
    logger = logging.getLogger("another host")
    mask_logs(logger)
    mask_logs(logger)
    assert len(logger.filters) == 1
