"""What each document holds, as JSON Schema 2020-12: every object is closed and has every member it names."""

from __future__ import annotations

from collections.abc import Mapping

from ...hours import Verdict
from ...identity import Kind
from ..failure_texts import Fault
from .shapes import LANG, NAME, TEXT, URL, YES_NO, Schema, closed, document, either, maybe, perhaps, ref, said, several

BROWSER = "For the browser itself to go to: by a link or `location.assign`, not by `fetch`."
_SCREEN = {
    "key": said(NAME, "Stable; the screen's name in every address."),
    "page_url": said(URL, "The same screen as a page."),
    "title": TEXT,
    "answers": {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "description": "What is known so far, by each question's name: from the address, and from standing here.",
    },
    "choices": several(ref("Choice")),
    "back": either("LoginPlace", "ScreenPlace"),
}
_CONTACT = {
    "key": NAME,
    "title": TEXT,
    "phone": said(TEXT, "As it is printed."),
    "tel": said({"type": "string", "pattern": r"^\+?\d+$"}, "As it is dialled."),
    "hours": maybe(TEXT),
    "email": TEXT,
}
_COLUMN = closed(
    key=NAME,
    title=TEXT,
    groups=several(closed(title=maybe(TEXT), warning=maybe(TEXT), providers=several(ref("Provider")))),
    unavailable=said(maybe(TEXT), "What to say in place of an empty column."),
    note=maybe(TEXT),
    note_link=said(maybe(TEXT), "The note's last sentence, a link to the questions and answers."),
)
_IDENTITY = closed(
    provider=NAME,
    title=TEXT,
    name=maybe(TEXT),
    kind={"enum": [*Kind]},
    kind_label=maybe(TEXT),
    masked_id=ref("MaskedId"),
    leave=said(maybe(closed(post_url=URL, which=NAME)), "How to give it up; null for the only one."),
)
_POST = closed(name=NAME, label=TEXT, post_url=said(URL, "For a POST with the token."))
_ONCE_MORE = closed(title=TEXT, text=TEXT, provider=ref("Provider"))
_REMEDY = closed(
    text=TEXT,
    label=maybe(TEXT),
    url=maybe(URL),
    screen=said(maybe(NAME), "The screen that `url` leads to, where it leads to one."),
)
_REASON = closed(code=NAME, text=TEXT, remedies=said(several(_REMEDY), "Alternatives: any one is enough."))

SCHEMAS: Mapping[str, Schema] = {
    "Problem": perhaps(
        closed(
            "A refusal (RFC 9457). `code` is stable; the other words are for people.",
            title=TEXT,
            status={"type": "integer", "minimum": 400, "maximum": 599},
            detail=TEXT,
            code=NAME,
        ),
        remedy=said(TEXT, "What to do now; of a sign-in that failed."),
        support_code=said({"type": "string", "pattern": "^[0-9A-F]{8}$"}, "Also in the portal's log."),
        fault=said({"enum": [*Fault]}, "Whose it is; of a sign-in that failed."),
        way_on=said(maybe(URL), "What to offer first."),
        way_on_label=said(maybe(TEXT), "The words on it."),
        way_on_warning=said(maybe(TEXT), "What it costs: to be read before it is pressed."),
        alternatives=said(several(URL), "What else to offer."),
        offers=said(
            several(closed(title=maybe(TEXT), warning=maybe(TEXT), providers=several(ref("Provider")))),
            "The alternatives by what they cost: a `warning` is to be read before one of its providers is pressed.",
        ),
        guide_url=said(URL, "The guide, from its beginning."),
        contacts=several(closed(title=TEXT, phone=TEXT, email=TEXT)),
        providers=said(several(ref("Provider")), "Where to sign in once more, when the last time is too long ago."),
        errors=said(several(closed(name=NAME, detail=TEXT)), "What is missing, by the name of its field."),
    ),
    "Portal": document(
        "portal",
        "Where everything begins.",
        service=said(TEXT, "The portal's name."),
        languages=several(closed(tag=LANG, name=TEXT, url=URL)),
        home_url=URL,
        start=ref("ScreenPlace"),
        notices=maybe(ref("ScreenPlace")),
        login_url=URL,
        faq_url=URL,
        account_url=URL,
        hours_url=URL,
        outcome_url=URL,
        acknowledgement_url=URL,
        description_url=URL,
        contacts=several(ref("Contact")),
    ),
    "Contact": closed("A support desk.", **_CONTACT),
    "ContactLines": closed("The lines of one support desk.", type="contact", **_CONTACT),
    "LoginPlace": closed("On to the login page.", kind="login", url=URL),
    "ScreenPlace": closed("On to a screen of the wizard.", kind="screen", screen=NAME, url=URL),
    "SignInPlace": closed("Off to a provider.", kind="sign_in", provider=NAME, url=said(URL, BROWSER)),
    "VisitPlace": closed("To a page elsewhere.", kind="visit", url=said(URL, BROWSER), new_window=YES_NO),
    "Choice": closed("An answer given so far.", screen=NAME, about=TEXT, label=TEXT, change_url=URL),
    "Screen": either("Question", "Page"),
    "Question": document(
        "question",
        "One question of the wizard.",
        **_SCREEN,
        name=said(NAME, "The parameter of the answer."),
        lead=maybe(TEXT),
        ask=TEXT,
        hint=maybe(TEXT),
        error=said(TEXT, "What to say when nothing was chosen."),
        options=several(closed(value=NAME, label=TEXT, next=either("ScreenPlace", "SignInPlace"))),
        chosen=said(maybe(NAME), "The answer that the address remembers."),
        answer_url=said(URL, "Where to ask, with the answer added, whether it is one; options also say it."),
    ),
    "Page": document(
        "page",
        "Advice, then the way on.",
        **_SCREEN,
        blocks=several(ref("Block")),
        way=maybe(ref("Way")),
        providers=said(several(ref("Provider")), "Among these the reader chooses."),
        unavailable=said(maybe(TEXT), "What to say where this portal has no way on."),
        after=said(several(ref("Block")), "What stands below the way on."),
    ),
    "Way": closed(
        "The primary button.",
        label=TEXT,
        suffix=said(maybe(TEXT), "Said after the label to those who cannot see where it leads (WCAG 2.4.9)."),
        note=maybe(TEXT),
        to=either("ScreenPlace", "SignInPlace", "VisitPlace"),
    ),
    "Provider": closed(
        "A way to sign in.",
        name=NAME,
        label=TEXT,
        suffix=said(maybe(TEXT), "Said after the label to those who cannot see in which column it stands."),
        icon_url=maybe(URL),
        start_url=said(URL, BROWSER),
    ),
    "Block": either("Words", "Heading", "See", "Visit", "Download", "ContactLines", "Items"),
    "Words": closed(type={"enum": ["paragraph", "warning", "inset"]}, text=TEXT),
    "Heading": closed(type="heading", id=maybe(NAME), text=TEXT),
    "See": closed("A link to another screen, beside the way.", type="see", label=TEXT, screen=NAME, url=URL),
    "Visit": closed(
        "A link that leaves the portal; where `url` is null the label is plain text.",
        type="visit",
        label=TEXT,
        url=maybe(URL),
        new_window=YES_NO,
    ),
    "Download": closed(type="download", label=TEXT, url=URL, format=maybe(NAME)),
    "Items": closed(
        "A list; ordered when its numbers mean something.",
        type="items",
        ordered=YES_NO,
        items=several(closed(text=TEXT, parts=several(ref("Block")))),
    ),
    "Answer": document("answer", "Where an answer leads.", next=either("ScreenPlace", "SignInPlace")),
    "Login": document(
        "login",
        "The login page: every provider of this portal, in two columns.",
        title=TEXT,
        banner=closed(title=TEXT, texts=several(TEXT)),
        guide=closed(label=TEXT, to=ref("ScreenPlace")),
        faq=closed(label=TEXT, url=said(URL, BROWSER)),
        columns=several(_COLUMN),
    ),
    "Faq": document(
        "faq",
        "Questions and answers.",
        title=TEXT,
        entries=several(closed(id=NAME, question=TEXT, answers=several(TEXT))),
    ),
    "MaskedId": said(
        maybe({"type": "string", "pattern": r"^[A-Z][A-D0-9]\d{4}\*{4}$"}), "The national ID, its last four hidden."
    ),
    "Account": document(
        "account",
        "The ways in which the learner can sign in, and the government providers they may add.",
        identities=several(_IDENTITY),
        joinable=several(_POST),
        csrf_token=said(maybe(NAME), "For the header X-CSRFToken; null where nothing can be changed."),
    ),
    "Authority": closed(
        "One authority's verdict.",
        key=NAME,
        title=TEXT,
        verdict={"enum": [*Verdict]},
        verdict_label=TEXT,
        reasons=several(_REASON),
    ),
    "Hours": document(
        "hours",
        "May the hours be sent to the authorities, why not, and what to do.",
        title=TEXT,
        certificate_shows_id=YES_NO,
        authorities=several(ref("Authority")),
        others=said(several(_POST), "Accounts that would earn hours, for a social one."),
        csrf_token=maybe(NAME),
    ),
    "Outcome": document(
        "outcome",
        "What came of the sign-in.",
        title=TEXT,
        lead=TEXT,
        notices=several(ref("Block")),
        masked_id=ref("MaskedId"),
        authorities=several(ref("Authority")),
        others=said(
            maybe(closed(title=TEXT, providers=several(_POST), csrf_token=NAME)), "Where the answers ask for more."
        ),
        again=said(maybe(_ONCE_MORE), "The same sign-in, once what is missing was supplied."),
        step_up=said(maybe(_ONCE_MORE), "A stronger sign-in, for who is not verified yet."),
        next=closed(label=TEXT, url=said(URL, BROWSER)),
        restart_url=URL,
    ),
    "Acknowledgement": document(
        "acknowledgement",
        "What a social identity costs. It waits ten minutes for the learner to accept.",
        title=TEXT,
        provider=closed(name=NAME, title=TEXT),
        mismatch=said(maybe(TEXT), "What the learner answered that this sign-in can never give."),
        lead=TEXT,
        points=several(TEXT),
        alternatives=said(several(ref("Provider")), "What would give it, the first advised first."),
        label=said(TEXT, "What the learner accepts, beside a box to tick."),
        waiting=said(NAME, "Send it back with the learner's word: it says which sign-in they accept."),
        version=said(NAME, "Send it back too: it says which words they accept."),
        csrf_token=said(NAME, "For the header X-CSRFToken."),
        cancel_url=URL,
    ),
    "Acknowledged": document("acknowledged", "The learner is signed in.", next_url=said(URL, "The outcome.")),
    "Anew": document("anew", "Nobody is signed in; a sign-in has begun.", next_url=said(URL, BROWSER)),
    "Join": document("join", "The sign-in has begun.", next_url=said(URL, BROWSER)),
    "Leaving": document(
        "leaving",
        "What it means to give up a way to sign in; ask again with `confirmed` true to do it.",
        title=TEXT,
        provider=closed(name=NAME, title=TEXT),
        points=several(TEXT),
        label=TEXT,
        cancel_label=TEXT,
    ),
    "Left": document("left", "It was given up.", next_url=said(URL, "The hours report.")),
    "LeftOrLeaving": either("Left", "Leaving"),
    "LeaveRequest": closed(which=NAME, confirmed=YES_NO),
    "AcknowledgeRequest": closed(acknowledged=YES_NO, waiting=NAME, version=NAME),
    "Description": said({"type": "object"}, "OpenAPI 3.1."),
}
