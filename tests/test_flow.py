"""The wizard as data: the shipped flow holds together; one that does not is refused with every reason at once."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_first_login import FlowError, Text
from flask_first_login.flow import (
    NOTICES,
    SOCIAL_WARNING,
    STANDARD,
    Choose,
    Contact,
    Download,
    Flow,
    Go,
    Item,
    Items,
    Option,
    Page,
    Paragraph,
    Question,
    See,
    SignIn,
    Visit,
    Warning,
    check,
    diagram,
    paths,
)
from internals import Problem, ends, implied, remembered, trail
from internals import walk_answer as answer


def said(words: str) -> Text:
    return Text(words, f"{words}（中文）")


# --- a small portal's own flow: two questions, four ways to end ---

MEMBER = Question(
    "member",
    "",
    "member",
    title=said("Member?"),
    about=said("Member"),
    ask=said("Are you a member?"),
    error=said("Select yes if you are a member"),
    options=(Option("yes", said("Yes"), then="tanet"), Option("no", said("No"), then="school")),
)
SCHOOL = Question(
    "school",
    "school",
    "school",
    title=said("School?"),
    about=said("School"),
    ask=said("Are you at a school?"),
    error=said("Select yes if you are at a school"),
    options=(Option("yes", said("Yes"), then="apply"), Option("no", said("No"), then="ask")),
)
TANET = Page("tanet", "tanet", said("Education account"), (), exit=SignIn("tanet", said("Sign in")))
APPLY = Page("apply", "school/apply", said("Apply"), (Contact("desk"),), exit=Go("form", said('Read "how"')))
FORM = Page(
    "form", "school/apply/form", said("Form"), (Download("guide", said("Guide")),), exit=Visit("form", said("Go"))
)
ASK = Page("ask", "school/ask", said("Ask"), (See("help", said("Help")),), exit=Choose(("tanet", "city")))
HELP = Page("help", "help", said("Help"), (Paragraph(said("Wait {sync} minutes.")),))
HOST: dict[str, Any] = {
    "start": "member",
    "screens": (MEMBER, SCHOOL, TANET, APPLY, FORM, ASK),
    "providers": frozenset({"tanet", "city"}),
    "links": frozenset({"form", "guide"}),
    "contacts": frozenset({"desk"}),
    "references": (HELP,),
}


def with_screen(changed: Question | Page) -> dict[str, Any]:
    """The small portal's flow with one screen changed."""
    return {"screens": tuple({**{one.key: one for one in HOST["screens"]}, changed.key: changed}.values())}


def with_words(words: Text) -> dict[str, Any]:
    """The small portal's flow with these words deep inside a page, where a check could forget to look."""
    deep = Items((Item(said("Top"), (Items((Item(said("Below"), (Warning(words),)),)),)),))
    return with_screen(replace(TANET, blocks=(deep,)))


# --- the shipped flow ---


def test_the_shipped_flow_has_no_problem() -> None:
    assert check(STANDARD) == []


def test_the_shipped_flow_has_exactly_the_paths_that_were_reviewed() -> None:
    assert "\n".join(paths(STANDARD)) == Path(__file__).with_name("paths.txt").read_text("utf-8").rstrip("\n")


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("identity", ""),
        ("account", "civil-servant"),
        ("no-account", "civil-servant/no-account"),
        ("ecpa-guide", "civil-servant/no-account/ecpa-guide"),
        ("ecpa-login", "civil-servant/ecpa"),
        ("egov-official-login", "civil-servant/egov"),
        ("certificate", "public"),
        ("egov-account", "public/certificate"),
        ("egov-login", "public/certificate/egov-login"),
        ("egov-register", "public/certificate/egov-register"),
        ("no-certificate", "public/no-certificate"),
        ("notices", "notices"),
    ],
)
def test_every_screen_keeps_its_key_and_its_address(key: str, path: str) -> None:
    assert STANDARD.by_key[key].path == path
    assert STANDARD.by_path[path].key == key


def test_there_is_no_screen_but_these() -> None:
    assert len(STANDARD.screens) == 11
    assert STANDARD.references == (NOTICES,)


def test_the_wizard_never_offers_a_civil_servant_a_social_provider() -> None:
    offered = {end for one in STANDARD.screens if one.path.startswith("civil-servant") for end in ends(one)}
    assert offered == {"sign in: ecpa", "sign in: myegov"}


def test_who_needs_proof_of_hours_is_led_to_myegov_alone() -> None:
    offered = {end for one in STANDARD.screens if one.path.startswith("public/certificate") for end in ends(one)}
    assert offered == {"sign in: myegov", "visit: myegov_register"}


@pytest.mark.parametrize("key", ["egov-login", "egov-register", "no-certificate"])
def test_the_whole_social_warning_stands_on_the_page_and_what_is_to_be_pressed_above_it(key: str) -> None:
    screen = STANDARD.by_key[key]
    assert isinstance(screen, Page)
    assert Warning(SOCIAL_WARNING) in screen.after  # beside each social button stands what it costs


def test_registration_opens_beside_the_wizard_and_the_way_back_in_stands_below_it() -> None:
    register = STANDARD.by_key["egov-register"]
    assert isinstance(register, Page)
    assert register.exit == Visit(
        "myegov_register", Text("Go to MyEGov to register", "前往我的e政府註冊"), new_window=True
    )
    assert (
        See("egov-login", Text("I have registered: sign in to MyEGov", "已完成註冊，登入我的e政府")) in register.after
    )


# --- a host's own flow ---


def test_a_host_may_write_a_flow_of_its_own() -> None:
    assert paths(Flow(**HOST)) == [
        "member=yes | / > /tanet | sign in: tanet",
        "member=no school=yes | / > /school > /school/apply > /school/apply/form | visit: form",
        "member=no school=no | / > /school > /school/ask | sign in: tanet",
        "member=no school=no | / > /school > /school/ask | sign in: city",
    ]


def test_a_flow_needs_neither_links_nor_contacts_nor_reference_pages() -> None:
    only = replace(MEMBER, options=tuple(replace(one, then=one.value) for one in MEMBER.options))
    yes, no = replace(TANET, key="yes", path="yes"), replace(TANET, key="no", path="no")
    assert len(paths(Flow("member", (only, yes, no), frozenset({"tanet"})))) == 2


PLANTED: dict[str, tuple[dict[str, Any], Problem]] = {
    "a key used twice": (
        {"references": (HELP, replace(HELP, path="more"))},
        Problem("key 'help'", "is used by 2 screens.", "Give each screen its own."),
    ),
    "a path used twice": (
        with_screen(replace(ASK, path="tanet")),
        Problem("path 'tanet'", "is used by 2 screens.", "Give each screen its own."),
    ),
    "a parameter used twice": (
        with_screen(replace(SCHOOL, name="member")),
        Problem("parameter 'member'", "is used by 2 screens.", "Give each screen its own."),
    ),
    "a start that is no screen": (
        {"start": "begin"},
        Problem("start 'begin'", "is no screen of the flow.", "Name the key of the first question."),
    ),
    "a page that leads nowhere": (
        with_screen(replace(FORM, exit=Go("gone", said("On")))),
        Problem("screen 'form'", "leads to 'gone', which is none of the screens.", "Add it, or lead elsewhere."),
    ),
    "an option that leads to a reference page": (
        with_screen(replace(SCHOOL, options=(*SCHOOL.options, Option("maybe", said("Perhaps"), then="help")))),
        Problem(
            "screen 'school=maybe'", "leads to 'help', which is none of the screens.", "Add it, or lead elsewhere."
        ),
    ),
    "a screen with two ways in": (
        with_screen(replace(SCHOOL, options=(*SCHOOL.options, Option("maybe", said("Perhaps"), then="ask")))),
        Problem(
            "screen 'ask'",
            "is reached by more than one way or leads back (school=no, school=maybe).",
            "A flow is a tree: give each way a screen of its own.",
        ),
    ),
    "a way back to the start": (
        with_screen(replace(TANET, exit=Go("member", said("Again")))),
        Problem(
            "screen 'member'",
            "is reached by more than one way or leads back (tanet).",
            "A flow is a tree: give each way a screen of its own.",
        ),
    ),
    "a screen out of reach": (
        {"screens": (*HOST["screens"], replace(TANET, key="lost", path="lost"))},
        Problem("screen 'lost'", "cannot be reached.", "Lead an option to it, or remove it."),
    ),
    "a key of two segments": (
        {"references": (*HOST["references"], replace(HELP, key="help/new", path="help/new"))},
        Problem(
            "screen 'help/new'", "has a key that no address can hold.", "Use small letters, digits, '-', '_' and '.'."
        ),
    ),
    "a path with a capital letter": (
        with_screen(replace(TANET, path="Tanet")),
        Problem("screen 'tanet'", "has the path 'Tanet'.", "Use small letters, digits, '-' and inner '/'."),
    ),
    "a path with an outer slash": (
        with_screen(replace(TANET, path="/tanet")),
        Problem("screen 'tanet'", "has the path '/tanet'.", "Use small letters, digits, '-' and inner '/'."),
    ),
    "a path with an empty segment": (
        with_screen(replace(TANET, path="a//b")),
        Problem("screen 'tanet'", "has the path 'a//b'.", "Use small letters, digits, '-' and inner '/'."),
    ),
    "a parameter that our own URLs use": (
        with_screen(replace(SCHOOL, name="next")),
        Problem(
            "screen 'school'",
            "has the parameter 'next'.",
            "Use small letters, and none of: data, endpoint, errors, from, lang, meta, name, new, next, path, ref, "
            "submitted.",
        ),
    ),
    "a question with one option": (
        {"screens": (replace(MEMBER, options=MEMBER.options[:1]), TANET)},
        Problem("screen 'member'", "has fewer than two options.", "Offer at least two, or make it a page."),
    ),
    "an answer offered twice": (
        with_screen(replace(MEMBER, options=tuple(replace(one, value="yes") for one in MEMBER.options))),
        Problem("screen 'member'", "has the answer 'yes' 2 times.", "Give each option its own value."),
    ),
    "a path that never ends": (
        with_screen(replace(FORM, exit=None)),
        Problem("screen 'form'", "has no way on, so its path never ends.", "Give it an exit."),
    ),
    "a reference page with a way on": (
        {"references": (replace(HELP, exit=SignIn("tanet", said("Sign in"))),)},
        Problem(
            "screen 'help'", "is a reference page with a way on, which no path shows.", "Use a See or a Visit instead."
        ),
    ),
    "a choice of no provider": (
        with_screen(replace(ASK, exit=Choose(()))),
        Problem("screen 'ask'", "offers a choice of no provider.", "Name at least one."),
    ),
    "an unknown provider to sign in with": (
        with_screen(replace(TANET, exit=SignIn("tanit", said("Sign in")))),
        Problem("screen 'tanet'", "names the provider 'tanit', which the flow does not know.", "Known: city, tanet."),
    ),
    "an unknown provider to choose": (
        with_screen(replace(ASK, exit=Choose(("tanet", "town")))),
        Problem("screen 'ask'", "names the provider 'town', which the flow does not know.", "Known: city, tanet."),
    ),
    "an unknown link to visit": (
        with_screen(replace(TANET, after=(Visit("map", said("Map")),))),
        Problem("screen 'tanet'", "names the link 'map', which the flow does not know.", "Known: form, guide."),
    ),
    "an unknown document to fetch": (
        {"references": (replace(HELP, blocks=(Download("law", said("Law")),)),)},
        Problem("screen 'help'", "names the link 'law', which the flow does not know.", "Known: form, guide."),
    ),
    "an unknown contact": (
        {"contacts": frozenset()},
        Problem("screen 'apply'", "names the contact 'desk', which the flow does not know.", "Known: none."),
    ),
    "an unknown screen to see": (
        with_screen(replace(TANET, blocks=(Items((Item(said("Read"), (See("notes", said("Notes")),)),)),))),
        Problem(
            "screen 'tanet'",
            "names the screen 'notes', which the flow does not know.",
            "Known: apply, ask, form, help, member, school, tanet.",
        ),
    ),
    "a text without English": (
        with_words(Text(" ", "請稍候")),
        Problem("screen 'tanet', text ' '", "has no English.", "Write it beside the other language."),
    ),
    "a text without Chinese": (
        with_words(Text("Wait {sync} minutes", "")),
        Problem("screen 'tanet', text 'Wait {sync} minutes'", "has no Chinese.", "Write it beside the other language."),
    ),
    "a brace that is not closed": (
        with_words(Text("Wait {sync minutes", "請稍候{sync}分鐘")),
        Problem(
            "screen 'tanet', text 'Wait {sync minutes'", "has a brace that is not closed.", "Write '{{' for a brace."
        ),
    ),
    "placeholders that differ": (
        with_words(Text("Wait {sync} minutes", "請稍候")),
        Problem(
            "screen 'tanet', text 'Wait {sync} minutes'",
            "has other placeholders in English than in Chinese.",
            "Use the same in both.",
        ),
    ),
    "an unknown placeholder": (
        with_words(Text("Dear {name}", "{name}您好")),
        Problem("screen 'tanet', text 'Dear {name}'", "has the placeholder 'name'.", "Known: social, sync."),
    ),
}


@pytest.mark.parametrize(("change", "problem"), PLANTED.values(), ids=PLANTED.keys())
def test_a_flow_is_refused_for(change: dict[str, Any], problem: Problem) -> None:
    with pytest.raises(FlowError) as refused:
        Flow(**{**HOST, **change})
    assert refused.value.problems == (problem,)


def test_two_screens_that_lead_only_to_each_other_are_both_out_of_reach() -> None:
    one = replace(APPLY, key="one", path="one", exit=Go("two", said("On")))
    two = replace(APPLY, key="two", path="two", exit=Go("one", said("Back")))
    with pytest.raises(FlowError) as refused:
        Flow(**{**HOST, "screens": (*HOST["screens"], two, one)})
    assert [problem.where for problem in refused.value.problems] == ["screen 'one'", "screen 'two'"]


def test_a_flow_with_many_problems_is_refused_once_with_all_of_them() -> None:
    with pytest.raises(FlowError) as refused:
        Flow(
            start="begin",
            screens=(
                replace(MEMBER, path="Member", options=(Option("yes", said("Yes"), then="gone"),)),
                replace(SCHOOL, path="Member", name="member"),
                replace(SCHOOL, path="school", options=(Option("a", said("A"), "ask"), Option("a", said("B"), "ask"))),
                replace(ASK, title=Text("Ask", ""), exit=Choose(())),
                replace(FORM, exit=None, after=(Paragraph(Text("{one", "{二")), Paragraph(Text("{sync}", "{one}")))),
            ),
            providers=frozenset(),
            references=(replace(HELP, exit=SignIn("tanet", Text("", "登入"))),),
        )
    assert str(refused.value).splitlines() == [
        "The first-login flow has 21 problems:",
        "- key 'school': is used by 2 screens. Give each screen its own.",
        "- path 'Member': is used by 2 screens. Give each screen its own.",
        "- parameter 'member': is used by 2 screens. Give each screen its own.",
        "- start 'begin': is no screen of the flow. Name the key of the first question.",
        "- screen 'member=yes': leads to 'gone', which is none of the screens. Add it, or lead elsewhere.",
        "- screen 'school=yes': leads to 'apply', which is none of the screens. Add it, or lead elsewhere.",
        "- screen 'ask': is reached by more than one way or leads back (school=no, school=a, school=a). "
        "A flow is a tree: give each way a screen of its own.",
        "- screen 'member': has the path 'Member'. Use small letters, digits, '-' and inner '/'.",
        "- screen 'member': has fewer than two options. Offer at least two, or make it a page.",
        "- screen 'school': has the path 'Member'. Use small letters, digits, '-' and inner '/'.",
        "- screen 'school': has the answer 'a' 2 times. Give each option its own value.",
        "- screen 'ask': offers a choice of no provider. Name at least one.",
        "- screen 'ask', text 'Ask': has no Chinese. Write it beside the other language.",
        "- screen 'form': has no way on, so its path never ends. Give it an exit.",
        "- screen 'form': names the link 'guide', which the flow does not know. Known: none.",
        "- screen 'form', text '{one': has a brace that is not closed. Write '{{' for a brace.",
        "- screen 'form', text '{sync}': has other placeholders in English than in Chinese. Use the same in both.",
        "- screen 'form', text '{sync}': has the placeholder 'one'. Known: social, sync.",
        "- screen 'help': is a reference page with a way on, which no path shows. Use a See or a Visit instead.",
        "- screen 'help': names the provider 'tanet', which the flow does not know. Known: none.",
        "- screen 'help', text '登入': has no English. Write it beside the other language.",
    ]


# --- finding one's way ---


def test_a_screen_knows_which_screens_and_answers_led_to_it() -> None:
    assert [(screen.key, given) for screen, given in trail(STANDARD, "egov-register")] == [
        ("identity", "public"),
        ("certificate", "yes"),
        ("egov-account", "no"),
    ]


def test_an_advice_page_on_the_way_has_no_answer() -> None:
    assert [(screen.key, given) for screen, given in trail(STANDARD, "ecpa-guide")] == [
        ("identity", "civil-servant"),
        ("account", "none"),
        ("no-account", None),
    ]


@pytest.mark.parametrize("key", ["identity", "notices", "nowhere"])
def test_nothing_led_to_the_first_screen_a_reference_page_or_an_unknown_one(key: str) -> None:
    assert trail(STANDARD, key) == []
    assert implied(STANDARD, key) == {}


@pytest.mark.parametrize(
    ("key", "answers"),
    [
        ("account", {"identity": "civil-servant"}),
        ("ecpa-guide", {"identity": "civil-servant", "account": "none"}),
        ("egov-login", {"identity": "public", "certificate": "yes", "egov": "yes"}),
        ("no-certificate", {"identity": "public", "certificate": "no"}),
    ],
)
def test_standing_on_a_screen_implies_the_answers_that_led_there(key: str, answers: dict[str, str]) -> None:
    assert implied(STANDARD, key) == answers


@pytest.mark.parametrize(
    ("value", "to"),
    [
        ("civil-servant", "account"),
        ("public", "certificate"),
        ("", None),
        ("Public", None),
        ("account", None),
        (None, None),
    ],
)
def test_only_an_answer_that_is_offered_leads_on(value: str | None, to: str | None) -> None:
    identity = STANDARD.by_key["identity"]
    assert isinstance(identity, Question)
    assert answer(identity, value) == to


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({}, {}),
        ({"identity": ["public"]}, {"identity": "public"}),
        ({"identity": ["public"], "egov": ["no"]}, {"identity": "public", "egov": "no"}),
        ({"identity": ["admin"]}, {}),
        ({"identity": [""]}, {}),
        ({"identity": []}, {}),
        ({"identity": ["public", "public"]}, {}),
        ({"identity": ["public", "civil-servant"]}, {}),
        ({"account": ["none"], "uid": ["A123456789"], "next": ["//evil.example"]}, {"account": "none"}),
        ({"certificate": ["ecpa"]}, {}),
    ],
)
def test_of_a_query_only_known_answers_given_once_are_remembered(
    given: dict[str, list[str]], kept: dict[str, str]
) -> None:
    assert remembered(STANDARD, given) == kept


NAMES_AND_TOKENS = st.sampled_from(
    [*STANDARD.answer_tokens, *sorted(frozenset().union(*STANDARD.answer_tokens.values())), "next", "uid", "", "\0"]
)


@given(st.dictionaries(NAMES_AND_TOKENS, st.lists(NAMES_AND_TOKENS, max_size=3)))
def test_nothing_outside_the_closed_set_of_answers_is_ever_remembered(query: dict[str, list[str]]) -> None:
    for name, token in remembered(STANDARD, query).items():
        assert token in STANDARD.answer_tokens[name]
        assert query[name] == [token]


# --- the picture ---


@pytest.mark.parametrize(
    ("language", "picture"),
    [
        (
            "en",
            """\
flowchart TD
  s0{{"Member?"}}
  s1{{"School?"}}
  s2["Education account"]
  s3["Apply"]
  s4["Form"]
  s5["Ask"]
  s0 -->|"Yes"| s2
  s0 -->|"No"| s1
  s1 -->|"Yes"| s3
  s1 -->|"No"| s5
  s2 -->|"Sign in"| s2e0(["tanet"])
  s3 -->|"Read #quot;how#quot;"| s4
  s4 -->|"Go"| s4e0(["form"])
  s5 -->|"Choose to sign in with"| s5e0(["tanet"])
  s5 -->|"Choose to sign in with"| s5e1(["city"])
""",
        ),
        (
            "zh",
            """\
flowchart TD
  s0{{"Member?（中文）"}}
  s1{{"School?（中文）"}}
  s2["Education account（中文）"]
  s3["Apply（中文）"]
  s4["Form（中文）"]
  s5["Ask（中文）"]
  s0 -->|"Yes（中文）"| s2
  s0 -->|"No（中文）"| s1
  s1 -->|"Yes（中文）"| s3
  s1 -->|"No（中文）"| s5
  s2 -->|"Sign in（中文）"| s2e0(["tanet"])
  s3 -->|"Read #quot;how#quot;（中文）"| s4
  s4 -->|"Go（中文）"| s4e0(["form"])
  s5 -->|"選擇登入"| s5e0(["tanet"])
  s5 -->|"選擇登入"| s5e1(["city"])
""",
        ),
    ],
)
def test_the_picture_of_a_flow_keeps_a_screen_apart_from_a_provider_of_the_same_name(
    language: str, picture: str
) -> None:
    assert diagram(Flow(**HOST), language) == picture


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_option_and_every_way_out_is_one_labelled_edge_of_the_picture(language: str) -> None:
    edges = [line for line in diagram(STANDARD, language).splitlines() if "-->" in line]
    questions = [one for one in STANDARD.screens if isinstance(one, Question)]
    options = [getattr(option.label, language) for question in questions for option in question.options]
    assert all(re.fullmatch(r'  s\d+ -->\|"[^"]+"\| s\d+(e\d\(\["[a-z_]+"\]\))?', edge) for edge in edges)
    assert all(sum(f'|"{label}"|' in edge for edge in edges) == options.count(label) for label in options)
    assert len(edges) == len(options) + 1 + len(paths(STANDARD)) == 19
