"""The national ID: which numbers are well-formed, and that none slips out in clear."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, tzinfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from flask_first_login import FirstLoginError, InvalidNationalId, NationalId
from internals import TAIPEI, IdKind, national_id

BEFORE = date(2030, 12, 31)
CLEAR = "A123456789"

# The official table and weights once more, spelt out, so that the code is not tested against itself.
LETTERS = dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (10, 11, 12, 13, 14, 15, 16, 17, 34, 18, 19, 20, 21, 22, 35, 23, 24, 25, 26, 27, 28, 29, 32, 30, 31, 33),
        strict=True,
    )
)
WEIGHTS = {1: 8, 2: 7, 3: 6, 4: 5, 5: 4, 6: 3, 7: 2, 8: 1, 9: 1}  # by the place in the text; the letter is place 0


def letter_weight(letter: str) -> int:
    return LETTERS[letter] // 10 + 9 * (LETTERS[letter] % 10)


def completed(letter: str, second: str, middle: str) -> str:
    """The one well-formed number with these first nine characters."""
    units = {"A": "0", "B": "1", "C": "2", "D": "3"}.get(second, second)
    total = letter_weight(letter) + sum(WEIGHTS[at] * int(d) for at, d in enumerate(units + middle, start=1))
    return f"{letter}{second}{middle}{-total % 10}"


def parses(text: str) -> bool:
    try:
        return NationalId.parse(text, on=BEFORE).reveal() == text
    except InvalidNationalId:
        return False


def replaced(number: str, at: int, character: str) -> str:
    return number[:at] + character + number[at + 1 :]


letters = st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
middles = st.text("0123456789", min_size=7, max_size=7)
citizens = st.builds(completed, letters, st.sampled_from("12"), middles)
numbers = st.builds(completed, letters, st.sampled_from("1289ABCD"), middles)

# --- which texts are numbers ---


@pytest.mark.parametrize(
    "text",
    [
        "A123456789",
        "A100000001",
        "A200000003",
        "I100000003",
        "O200000006",
        "W100000001",
        "X100000009",
        "Z200000004",
        "A223456781",
        "A100000010",
        "L100000000",
        "Y100000000",
    ],
)
def test_a_well_formed_citizen_number_is_accepted(text: str) -> None:
    assert NationalId.parse(text).reveal() == text
    assert NationalId.parse(text).kind is IdKind.CITIZEN


@pytest.mark.parametrize(
    "text",
    [
        "A123456788",
        "A900000001",
        "A323456789",
        "A,23456789",
        "AE12345678",
        "A023456789",
        "A723456789",
        "1123456789",
        "AAA2345678",
        "A12345678",
        "A1234567890",
        "",
        "   ",
        "A12345****",
        "A12345678X",
        "A123456789;",
        "A123456789\0",
        "身分證字號",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidNationalId):
        NationalId.parse(text)


@given(letters, st.sampled_from("1289ABCD"), middles)
def test_every_number_has_exactly_one_check_digit(letter: str, second: str, middle: str) -> None:
    stem = f"{letter}{second}{middle}"

    assert [stem + digit for digit in "0123456789" if parses(stem + digit)] == [completed(letter, second, middle)]


@pytest.mark.parametrize(
    ("second", "kind"),
    [
        *((digit, IdKind.CITIZEN) for digit in "12"),
        *((digit, IdKind.RESIDENT) for digit in "89"),
        *((letter, IdKind.OLD_RESIDENT) for letter in "ABCD"),
    ],
)
def test_the_second_character_tells_whose_number_it_is(second: str, kind: IdKind) -> None:
    number = NationalId.parse(completed("F", second, "1234567"), on=BEFORE)

    assert number.kind is kind
    assert ("居留證" in number.title.zh) is (kind is not IdKind.CITIZEN)
    assert ("舊式" in number.title.zh) is (kind is IdKind.OLD_RESIDENT)


@pytest.mark.parametrize("second", "034567EFGHIJKLMNOPQRSTUVWXYZ")
def test_no_other_second_character_is_accepted(second: str) -> None:
    assert not any(parses(f"A{second}1234567{digit}") for digit in "0123456789")


# --- what the check digit can see, and what its weights cannot ---


@given(numbers, st.sampled_from([2, 6, 8, 9]), st.sampled_from("0123456789"))
def test_a_wrong_digit_under_an_odd_weight_other_than_five_is_always_refused(number: str, at: int, digit: str) -> None:
    assume(digit != number[at])

    assert not parses(replaced(number, at, digit))


@given(numbers, st.integers(2, 9), st.sampled_from("0123456789"))
def test_a_wrong_digit_is_refused_wherever_its_weight_can_show_it(number: str, at: int, digit: str) -> None:
    assume(WEIGHTS[at] * (int(digit) - int(number[at])) % 10 != 0)

    assert not parses(replaced(number, at, digit))


@pytest.mark.parametrize(
    ("at", "step"), [(3, 5), (5, 5), (7, 5), *((4, step) for step in (2, 4, 6, 8))]
)  # weights 6, 4 and 2 cannot show a difference of five, and weight 5 cannot show an even one
@given(number=numbers)
def test_a_wrong_digit_that_its_weight_cannot_show_makes_another_well_formed_number(
    at: int, step: int, number: str
) -> None:
    assert parses(replaced(number, at, str((int(number[at]) + step) % 10)))


@given(letters, middles, st.permutations("1289"))
def test_another_sex_or_kind_under_the_same_check_digit_is_always_refused(
    letter: str, middle: str, seconds: list[str]
) -> None:
    number = completed(letter, seconds[0], middle)

    assert not any(parses(replaced(number, 1, second)) for second in seconds[1:])


@given(letters, middles, st.permutations("ABCD"))
def test_another_second_letter_under_the_same_check_digit_is_always_refused(
    letter: str, middle: str, seconds: list[str]
) -> None:
    number = completed(letter, seconds[0], middle)

    assert not any(parses(replaced(number, 1, second)) for second in seconds[1:])


@given(numbers, st.integers(2, 7))
def test_two_neighbouring_digits_swapped_are_refused(number: str, at: int) -> None:
    """Neighbouring weights differ by one, so every such swap shows."""
    assume(number[at] != number[at + 1])

    assert not parses(number[:at] + number[at + 1] + number[at] + number[at + 2 :])


@given(letters, st.permutations("1289"), st.text("0123456789", min_size=6, max_size=6))
def test_the_first_two_digits_swapped_are_refused(letter: str, firsts: list[str], rest: str) -> None:
    number = completed(letter, firsts[0], firsts[1] + rest)

    assert not parses(letter + firsts[1] + firsts[0] + number[3:])


@given(numbers)
def test_the_last_two_digits_swapped_go_unnoticed_since_both_have_weight_one(number: str) -> None:
    assert parses(number[:8] + number[9] + number[8])


@given(numbers, letters)
def test_a_wrong_letter_is_refused_wherever_its_two_digits_can_show_it(number: str, letter: str) -> None:
    assume((letter_weight(letter) - letter_weight(number[0])) % 10 != 0)

    assert not parses(letter + number[1:])


@pytest.mark.slow
@pytest.mark.parametrize("alike", ["AMW", "KLY", "JVX", "HU", "GT", "FS", "ER", "DOQ", "CIP", "BNZ"])
@given(number=numbers)
def test_letters_of_the_same_remainder_cannot_be_told_apart(alike: str, number: str) -> None:
    """All 26 letters fall into these ten groups; only between groups does a wrong letter show."""
    assert len({parses(letter + number[1:]) for letter in alike}) == 1


# --- how it may be written ---


@pytest.mark.parametrize(
    "text",
    [
        "a123456789",
        "  A123456789\r\n",
        "A123-456-789",
        "A123 456 789",
        "A123\u2013456\u2014789",
        "Ａ１２３４５６７８９",
        "ａ１２３４５６７８９",
        "Ａ１２３－４５６\u3000７８９",
        "\u00a0A123456789\u00a0",
    ],
)
def test_width_case_blanks_and_dashes_do_not_matter(text: str) -> None:
    assert NationalId.parse(text) == NationalId.parse(CLEAR)


@pytest.mark.parametrize(
    "text",
    [
        "A١٢٣٤٥٦٧٨٩",
        "A12345678९",
        "A①23456789",
        "A¹23456789",
        "𝐀𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗",
        "Ⓐ123456789",
        "А123456789",
        "Α123456789",
        "ı100000003",
        "\u212a123456783",
        "A123\u200b456789",
        "\u202eA123456789",
        "A123456789\ud800",
    ],
    ids=ascii,
)
def test_letters_and_digits_of_other_scripts_are_refused(text: str) -> None:
    """NFKC would fold circled and mathematical ones, and upper-casing the dotless i: neither is what a person has."""
    with pytest.raises(InvalidNationalId):
        NationalId.parse(text)


@pytest.mark.parametrize("text", ["A" * 10_000, CLEAR + " " * 10_000, "-" * 10_000 + CLEAR, "１" * 10_000])
def test_a_text_of_ten_thousand_characters_is_refused_unread(text: str) -> None:
    with pytest.raises(InvalidNationalId, match="ten letters and digits"):
        NationalId.parse(text)


@pytest.mark.parametrize("value", [None, True, 123456789, 1.5, b"A123456789", ["A123456789"], {"uid": "A123456789"}])
def test_what_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(InvalidNationalId):
        NationalId.parse(value)  # type: ignore[arg-type]  # a claim can hold anything JSON can


def test_a_number_cannot_be_made_without_being_checked() -> None:
    with pytest.raises(InvalidNationalId):
        NationalId("A123456788")


# --- old resident numbers, until 2031-01-01 ---

OLD = completed("A", "C", "1234567")


def test_an_old_resident_number_is_accepted_on_the_last_day_of_2030() -> None:
    assert NationalId.parse(OLD, on=date(2030, 12, 31)).kind is IdKind.OLD_RESIDENT


@pytest.mark.parametrize("on", [date(2031, 1, 1), date(2040, 6, 1)])
def test_an_old_resident_number_is_refused_from_2031_on(on: date) -> None:
    with pytest.raises(InvalidNationalId, match="2031-01-01"):
        NationalId.parse(OLD, on=on)


@pytest.mark.parametrize("second", "1289")
def test_every_other_number_is_accepted_after_2031_too(second: str) -> None:
    assert NationalId.parse(completed("A", second, "1234567"), on=date(2040, 6, 1))


def clock(moment: datetime) -> type:
    class Clock:
        @staticmethod
        def now(zone: tzinfo) -> datetime:
            return moment.astimezone(zone)

    return Clock


def test_without_a_day_it_is_today_in_taipei_that_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(national_id, "datetime", clock(datetime(2030, 12, 31, 15, 59, tzinfo=UTC)))
    assert NationalId.parse(OLD)

    monkeypatch.setattr(national_id, "datetime", clock(datetime(2030, 12, 31, 16, 0, tzinfo=UTC)))
    with pytest.raises(InvalidNationalId):
        NationalId.parse(OLD)


def test_taipei_is_eight_hours_ahead_of_utc() -> None:
    assert datetime(2031, 1, 1, tzinfo=TAIPEI) == datetime(2030, 12, 31, 16, tzinfo=UTC)


# --- a value ---


def test_two_readings_of_the_same_number_are_one_value() -> None:
    assert NationalId.parse("a123-456-789") == NationalId.parse(CLEAR)
    assert len({NationalId.parse("a123-456-789"), NationalId.parse(CLEAR)}) == 1


def test_another_number_is_another_value() -> None:
    assert NationalId.parse("A223456781") != NationalId.parse(CLEAR)


def test_a_number_does_not_equal_its_text() -> None:
    assert NationalId.parse(CLEAR) != CLEAR


def test_a_number_never_changes() -> None:
    number = NationalId.parse(CLEAR)

    with pytest.raises(AttributeError):
        number._number = "A223456781"
    with pytest.raises(AttributeError):
        del number._number
    with pytest.raises(AttributeError):
        number.note = "x"
    assert number.reveal() == CLEAR


# --- nothing shows it ---


@dataclass(frozen=True)
class Holder:
    national_id: NationalId


@given(numbers)
def test_the_mask_hides_the_last_four_characters(number: str) -> None:
    assert NationalId.parse(number, on=BEFORE).masked == number[:6] + "****"


SHOWN: dict[str, Callable[[NationalId], str]] = {
    "repr": repr,
    "str": str,
    "ascii": ascii,
    "format": format,
    "f-string": lambda number: f"{number}",
    "f-string with repr": lambda number: f"{number!r:>40}",
    "percent": lambda number: "%s %r" % (number, number),  # noqa: UP031  # logging formats this way
    "containers": lambda number: str([number]) + str({number: number}) + repr((number,)),
    "a dataclass": lambda number: repr(Holder(number)),
    "a dataclass as a dictionary": lambda number: repr(asdict(Holder(number))),
    "json with str": lambda number: json.dumps({"national_id": number}, default=str),
    "a log record": lambda number: logging.makeLogRecord({"msg": "seen %s", "args": (number,)}).getMessage(),
}


@pytest.mark.parametrize("shown", SHOWN.values(), ids=SHOWN)
def test_only_the_mask_is_shown(shown: Callable[[NationalId], str]) -> None:
    text = shown(NationalId.parse(CLEAR))

    assert "A12345****" in text
    assert "6789" not in text


def test_a_format_fills_the_mask_to_its_width() -> None:
    assert f"{NationalId.parse(CLEAR):>12}" == "  A12345****"


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_number_is_not_pickled_alone_or_inside_another_value(protocol: int) -> None:
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(NationalId.parse(CLEAR), protocol)
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(Holder(NationalId.parse(CLEAR)), protocol)


def test_json_refuses_a_number() -> None:
    with pytest.raises(TypeError) as refused:
        json.dumps({"national_id": NationalId.parse(CLEAR)})
    assert "6789" not in str(refused.value)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_is_the_number_itself(copied: Callable[[NationalId], NationalId]) -> None:
    number = NationalId.parse(CLEAR)

    assert copied(number) is number


def test_a_number_has_no_dictionary_to_be_dumped() -> None:
    with pytest.raises(TypeError):
        vars(NationalId.parse(CLEAR))


@given(numbers, st.sampled_from(["", "X", "-x", "\n1", "  "]), st.integers(1, 9))
def test_a_refusal_never_repeats_the_text_in_message_arguments_or_traceback(number: str, tail: str, step: int) -> None:
    text = number[:9] + str((int(number[9]) + step) % 10) + tail

    with pytest.raises(InvalidNationalId) as refused:
        NationalId.parse(text, on=BEFORE)

    told = "".join(traceback.format_exception(refused.value)) + repr(refused.value) + repr(refused.value.args)
    assert text.strip() not in told
    assert text[2:9] not in told


def test_a_refusal_is_an_error_of_this_package_and_a_value_error() -> None:
    assert issubclass(InvalidNationalId, FirstLoginError)
    assert issubclass(InvalidNationalId, ValueError)
