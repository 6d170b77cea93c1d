"""Every page, in every state, and every document says each word in the language of its reader, and each can be
translated: no English in Chinese, no Chinese in English, neither in a language that a catalog adds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from babel.dates import get_month_names
from werkzeug.wrappers import Response

from flask_first_login import Assurance, Identity, Kind, SignInError, hours_required
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.providers import Claims
from flask_first_login.testing import BY_ECPA, BY_GOOGLE, BY_MYEGOV, OTHER_NATIONAL_ID
from internals import AUTHORITIES, FAILURES, Create, Phase, assess, here, trial_page
from support.documents import API, words_of
from support.host_portal import Host, fields_of
from support.learner import OWN_VISIT
from support.pages import PREFIX, PROVIDERS, QUESTIONS, SCREENS
from support.pseudo_language import LOCALE, pseudo_catalog, sentences
from test_ways_in import now, press

Visits = Iterator[tuple[str, Response]]
HAN = re.compile("[\u3400-\u9fff]+")
LATIN = re.compile("[A-Za-z]{2,}")
#: Names in every language: of companies and systems, of forms of files, of what operators look up.
NAMES = re.compile(
    r"eCPA|QR Code|Google|Facebook|Apple|MyEGov|Chrome|Safari|Edge|Q&A|"
    r"PDF|ID|IC|OpenID|Cookie|token|ticket|discovery|JWKS|userinfo|claims"
)
#: Addresses, tokens, keys of settings, somebody's data, and the months, which Babel names.
MONTHS = "|".join(get_month_names(locale=LOCALE).values())
NO_WORDS = re.compile(
    r"[\w.+-]+@[\w.-]+|(?<!\w)(https?:/)?/[\w/.?=&%-]+|[\w.=-]{30,}|\b[A-Z]\*+\d+|\b[a-z]+_[a-z_]+\b"
    rf"|王(小明|\*+)|{MONTHS}",
    re.ASCII,
)
#: What a test sign-in shows to operators as it stands in settings and logs.
OF_OPERATORS = re.compile(rf"none|[a-z_]+: \w+|{'|'.join(FAILURES)}")
TAGS = ("zh-Hant-TW", "en", LOCALE)
NO_ID: dict[str, Any] = {"national_id": None, "assurance": Assurance.NONE}
PEOPLE: dict[str, Identity] = {
    "official": BY_ECPA,
    "citizen": BY_MYEGOV,
    "verified": replace(BY_MYEGOV, assurance=Assurance.VERIFIED),
    "without ID": replace(BY_MYEGOV, **NO_ID),
    "wrong ID": replace(BY_MYEGOV, **NO_ID, national_id_invalid=True),
    "unknown kind": replace(BY_MYEGOV, kind=Kind.UNKNOWN),
    "without name": replace(BY_ECPA, name=None, birth_date=None),
}
ANSWERS = (
    "",
    "identity=civil-servant&account=egov",
    "identity=public&certificate=yes",
    "identity=public&certificate=no",
)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Host:
    agency = {**PROVIDERS["myegov"], "standing": "government", "title": {"en": "Education account", "zh": "教育帳號"}}
    settings: dict[str, Any] = {
        "FIRST_LOGIN_PROVIDERS": {**PROVIDERS, "tanet": agency},
        "FIRST_LOGIN_PUBLIC_PROVIDERS": ["myegov", "tanet", "google"],
        "FIRST_LOGIN_TRANSLATIONS": pseudo_catalog(tmp_path_factory.mktemp("words"), ["Education account"]),
    }
    made = Host(MemoryAccounts(), **settings).mounted()

    @made.app.get("/course")
    @hours_required("environmental")
    def course() -> str:
        return "a course"

    return made


def visits(host: Host, lang: str) -> Visits:
    """Every page in every state, as one browser after the other meets it."""
    yield from of_the_guide(host, lang)
    for answers in ANSWERS:
        for code in FAILURES:
            for provider in ("myegov", "google"):
                path = f"{PREFIX}/sign-in/{provider}/problem/{code}?{answers}&lang={lang}"
                yield path, host.learner().get(path)
        yield from of_a_social_learner(host, lang, answers)
        for name, identity in PEOPLE.items():
            yield from of_a_learner(host, lang, answers, replace(identity, subject=f"{lang} {answers} {name}"))
    yield from of_an_account(host, lang)
    yield from of_an_operator(host, lang)


def of_the_guide(host: Host, lang: str) -> Visits:
    client = host.app.test_client()
    for path in SCREENS:
        yield path, client.get(f"{PREFIX}{path}?lang={lang}")
    for path in QUESTIONS:
        yield f"{path} unanswered", client.get(f"{PREFIX}{path}?lang={lang}&submitted=1")
    for name in PROVIDERS:
        yield f"hand-off {name}", client.get(f"{PREFIX}/sign-in/{name}?lang={lang}")
        yield f"nobody answers {name}", client.get(f"{PREFIX}/sign-in/{name}?lang={lang}", headers=OWN_VISIT)
        yield f"old form {name}", client.post(f"{PREFIX}/sign-in/{name}?lang={lang}")
        yield f"strange answer {name}", client.get(f"{PREFIX}/sign-in/{name}/callback?lang={lang}&error=access_denied")
    yield "not allowed", client.post(f"{PREFIX}/login?lang={lang}")
    yield "too large", client.post(f"{PREFIX}/acknowledge?lang={lang}", data={"a": "a" * 70_000})
    yield "nothing waits", client.get(f"{PREFIX}/acknowledge?lang={lang}")
    yield "nobody", client.get(f"{PREFIX}/hours?lang={lang}")
    yield "deletion", client.get(f"{PREFIX}/sign-in/facebook/data-deletion/abc?lang={lang}")
    documents = [f"screens/{key}{rest}" for key in host.state.flow.by_key for rest in ("", "/answer")]
    for path in ("portal", "login", "faq", "account", "hours", "outcome", "acknowledgement", "nothing", *documents):
        yield f"JSON {path}", client.get(f"{API}/{path}?lang={lang}")


def of_a_social_learner(host: Host, lang: str, answers: str) -> Visits:
    learner, path = host.learner(), f"{PREFIX}/acknowledge?lang={lang}&{answers}"
    host.arrives(replace(BY_GOOGLE, subject=f"{lang} {answers}"), learner, f"?lang={lang}&{answers}")
    page = learner.get(path)
    yield "consent", page
    yield "JSON consent", learner.get(f"{API}/acknowledgement?lang={lang}&{answers}")
    fields = fields_of(page, "csrf_token", "waiting", "version")
    yield "no consent", learner.post(path, fields)
    yield "old consent", learner.post(path, fields | {"acknowledged": "y", "version": "0123456789ab"})
    learner.post(path, fields | {"acknowledged": "y"})
    for place in ("outcome", "hours"):
        yield f"social {place}", learner.get(f"{PREFIX}/{place}?lang={lang}&{answers}")
        yield f"JSON social {place}", learner.get(f"{API}/{place}?lang={lang}&{answers}")


def of_a_learner(host: Host, lang: str, answers: str, identity: Identity) -> Visits:
    learner = host.learner()
    host.arrives(now(identity), learner, f"?lang={lang}&{answers}")
    for page in ("outcome?", "outcome?new=1&", "hours?"):
        yield f"{identity.subject} {page}", learner.get(f"{PREFIX}/{page}lang={lang}&{answers}")
        yield f"JSON {identity.subject} {page}", learner.get(f"{API}/{page}lang={lang}&{answers}")
    yield "login again", learner.get(f"{PREFIX}/login?lang={lang}")
    guarded = learner.get("/course")
    if guarded.status_code in {302, 303}:
        place = guarded.headers["Location"]
        yield "hours required", learner.get(f"{place}{'&' if '?' in place else '?'}lang={lang}")
    host.accounts.erase(host.owner(identity))  # type: ignore[attr-defined]  # a store that has it


def of_an_account(host: Host, lang: str) -> Visits:
    """What is added to an account, given up, and refused."""
    learner, own = host.learner(), replace(BY_ECPA, subject=f"account {lang}")
    host.arrives(now(own, timedelta(hours=1)), learner)
    hours = f"{PREFIX}/hours?lang={lang}"
    yield "a proof is asked for", press(learner, learner.get(hours), "/join")
    host.arrives(now(own), learner)
    host.joins = host.owner(own)
    for number in (OTHER_NATIONAL_ID, BY_MYEGOV.national_id):
        added = now(replace(BY_MYEGOV, subject=f"added {lang}", national_id=number))
        yield "joined", host.arrives(added, learner, f"?lang={lang}")
    host.joins = None
    page = learner.get(hours)
    yield "two ways in", page
    yield "JSON two ways in", learner.get(f"{API}/account?lang={lang}")
    for place in (0, 1):
        asked = press(learner, page, "/leave", place)
        yield "are you sure", asked
    yield "given up", press(learner, asked, "/leave")
    yield "hours after it", learner.get(hours)
    host.accounts.erase(host.owner(own))  # type: ignore[attr-defined]  # as above


def of_an_operator(host: Host, lang: str) -> Visits:
    """A test sign-in that works, and one that fails at each step and in each way."""
    values = {"a": "王小明", "b": 5, "c": [1], "d": {"e": 1}, "f": None, "g": "h"}
    claims, person = Claims("ecpa", BY_ECPA.issuer, "1", datetime.now(UTC), values), replace(BY_ECPA, method="m")
    codes = [(code, Phase.TOKEN) for code in FAILURES] + [("provider_error", phase) for phase in trial_page.PHASES]
    tried = [trial_page.Tried(error=SignInError(code, provider="ecpa", phase=phase)) for code, phase in codes]
    for outcome in [trial_page.Tried(claims, person, Create(), assess([person], AUTHORITIES)), *tried]:
        with host.app.test_request_context(f"{PREFIX}/sign-in/ecpa/try?lang={lang}"):
            yield f"trial {outcome.error}", trial_page.draw(here(), "ecpa", outcome)


# --- what an answer says ---


class Said(HTMLParser):
    """Every text of a page, those of attributes too, but the switch, which names each language in itself."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts, self._silent = list[str](), ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.texts += [value or "" for name, value in attrs if name in {"aria-label", "title", "alt", "placeholder"}]
        if tag in {"style", "script", "code"} or ("class", "fl-language") in attrs:
            self._silent = tag

    def handle_endtag(self, tag: str) -> None:
        self._silent = "" if tag == self._silent else self._silent

    def handle_data(self, data: str) -> None:
        self.texts += [] if self._silent else [data]


def said_in(response: Response) -> Iterable[str]:
    text = response.get_data(as_text=True)
    if not response.is_json:
        return Said(text).texts
    document = {**json.loads(text), "languages": [], "fault": None, "support_code": None}
    return words_of(document)


@pytest.mark.slow
@pytest.mark.parametrize("lang", TAGS)
def test_each_word_is_in_the_language_of_its_reader(host: Host, lang: str) -> None:
    in_english = {run for english in sentences() for run in HAN.findall(english)} if lang == "en" else set[str]()
    foreign = {"zh-Hant-TW": [LATIN], "en": [HAN], LOCALE: [HAN, LATIN]}[lang]
    wrong, pages = dict[str, str](), 0
    for name, response in visits(host, lang):
        if response.status_code in {302, 303}:
            continue
        pages += 1
        said = (text for text in said_in(response) if not OF_OPERATORS.fullmatch(text.strip()))
        left = "\n".join(NAMES.sub("", NO_WORDS.sub("", text)) for text in said)
        for word in {found for letters in foreign for found in letters.findall(left)} - in_english:
            wrong.setdefault(word, name)
    assert wrong == {}
    assert pages > 250
