"""The documents about one person, and about what they may change; see `documents` for what holds of each."""

from __future__ import annotations

from typing import Annotated

from ...hours import Verdict
from ...identity import Kind
from ...text import Text
from .documents import Banner, Column, Document, GuideLink
from .page_parts import Block, Comparison, Items, Link
from .problem_details import Provider, Wait
from .schema import BrowserUrl, Component, Part, Url

Token = Annotated[str, "For the header X-CSRFToken."]
MaskedNumber = Annotated[str, ("pattern", r"^[A-Z][A-D0-9]\d{4}\*{4}$")]
IdTitle = Annotated[Text | None, "What its owner calls the number: that of an ID card or of a resident certificate."]
IdNote = Annotated[Text | None, "Why there is no number to show, where one is expected."]
MaskedId = Annotated[MaskedNumber | None, "The national ID, its last four hidden.", Component("MaskedId")]


class PostButton(Part):
    """A change of the account, or of who is signed in."""

    name: str
    label: Text
    post_url: Annotated[Url, "For a POST with the token."]


class Leave(Part):
    """How to give a way to sign in up: by a POST with the token."""

    post_url: Url
    which: str


class Identity(Part):
    """One way in which the learner can sign in."""

    provider: str
    title: Text
    name: str | None
    kind: Kind
    kind_label: Text | None
    masked_id: MaskedId
    id_title: IdTitle
    id_note: IdNote
    leave: Annotated[Leave | None, "How to give it up; null for the only one."]


class Account(Document, kind="account"):
    """The ways in which the learner can sign in, and the government providers they may add."""

    identities: list[Identity]
    joinable: list[PostButton]
    csrf_token: Annotated[str | None, "For the header X-CSRFToken; null where nothing can be changed."]


class Remedy(Part):
    """What to do: in words, and where."""

    text: Text
    label: Text | None = None
    url: Url | None = None
    screen: Annotated[str | None, "The screen that `url` leads to, where it leads to one."] = None


class Reason(Part):
    """Why not, and what to do about it."""

    code: str
    text: Text
    remedies: Annotated[list[Remedy], "Alternatives: any one is enough."]


class Authority(Part):
    """One authority's verdict."""

    key: str
    title: Text
    verdict: Verdict
    verdict_label: Text
    reasons: list[Reason]


class NamedAuthority(Part):
    """An authority by its key, and what it is called."""

    key: str
    title: Text


class Cause(Part):
    """What is to be said of the hours of some authorities, for one reason."""

    authorities: list[NamedAuthority]
    verdict: Verdict
    shown_as: Annotated[
        Verdict, "As what to draw it: who said that they are a civil servant waits for what is not for others."
    ]
    verdict_label: Text
    why: Annotated[Text | None, "Why, in a sentence, unless the label says it all."]
    reason: Annotated[Reason | None, "The reason, with what to do; null where nothing is against it."]
    kept_until: Annotated[Text | None, "Until when what is learned now is kept, where the portal keeps it for a time."]


class Step(Part):
    """What to press: a link, or a button that posts with the token."""

    label: Text
    url: BrowserUrl
    by_post: bool = False


class Who(Part):
    """As whom the learner is signed in."""

    name: str | None
    provider_title: Text
    kind_label: Annotated[Text | None, "Null for a social account."]
    masked_id: MaskedId
    id_title: IdTitle
    id_note: IdNote
    sign_out: Annotated[Step | None, "For whoever this is not."]


class SignedIn(Part):
    """As whom somebody is signed in already, and the ways on: any of the columns would lead to another account."""

    text: Text
    who: Who
    go_on: Step
    hours: Step
    another: Annotated[Step | None, "Sign out, and choose another account."]
    csrf_token: Token | None


class Login(Document, kind="login"):
    """The login page: every provider of this portal, in two columns."""

    title: Text
    signed_in: SignedIn | None
    banner: Banner
    guide: GuideLink
    faq: Link
    columns: list[Column]
    comparison: Comparison | None
    phone_url: Annotated[Url, "A picture of a QR code: the page's address, for a phone."]
    ways: Annotated[Items, "What a general member does to earn hours."]
    note: Annotated[Text, "What stands below the columns."]


class Asked(Part):
    """Which page of the portal asked for hours that cannot be uploaded, and sent the learner here."""

    text: Text
    authority: NamedAuthority
    way_back: Annotated[Step | None, "Null as long as that page would send them here again."]


class Hours(Document, kind="hours"):
    """May the hours be uploaded to the authorities, why not, and what to do."""

    title: Text
    asked: Annotated[Asked | None, "The page that sent the learner here, if one did."]
    causes: list[Cause]
    primary: Annotated[Step, "The best next step for the learner's hours."]
    side: Annotated[Step | None, "Another way on, to be drawn weaker."]
    certificate_shows_id: bool
    authorities: list[Authority]
    others: Annotated[list[PostButton], "Accounts that would earn hours, for a social one."]
    csrf_token: Token | None


class Others(Part):
    """Sign-ins that would serve the learner better."""

    title: Text
    providers: list[PostButton]
    csrf_token: Token


class OnceMore(Part):
    """A sign-in once more, and why."""

    title: Text
    text: Text
    provider: Provider


class Outcome(Document, kind="outcome"):
    """What came of the sign-in."""

    title: Text
    lead: Text
    seal: Annotated[Verdict, "The verdict of the whole."]
    who: Who
    causes: Annotated[list[Cause], "One row a cause, the best first, what does not concern the learner last."]
    wait: Annotated[Wait | None, "Where the hours wait for an account to be synchronised."]
    primary: Annotated[Step, "The best next step for the learner's hours."]
    side: Annotated[Step, "Another way on, to be drawn weaker."]
    signed_in: Annotated[Text, "When."]
    notices: list[Block]
    left_open: Annotated[Text | None, "At which provider the learner stays signed in after signing out here."]
    masked_id: MaskedId
    authorities: list[Authority]
    others: Annotated[Others | None, "What else would serve the learner better, beside the primary step."]
    again: Annotated[OnceMore | None, "The same sign-in, once what is missing was supplied."]
    step_up: Annotated[OnceMore | None, "A stronger sign-in, for who is not verified yet."]
    next: Link
    restart_url: Url
    csrf_token: Annotated[str | None, "For the header X-CSRFToken; null where nothing is posted."]


class NamedProvider(Part):
    """What a provider is called."""

    name: str
    title: Text


class Acknowledgement(Document, kind="acknowledgement"):
    """What a social identity costs. It waits ten minutes for the learner to accept."""

    title: Text
    provider: NamedProvider
    mismatch: Annotated[Text | None, "What the learner answered that this sign-in can never give."]
    lead: Text
    points: list[Text]
    keep: Annotated[Step | None, "The strong button: the first of the alternatives, which keeps the hours."]
    alternatives: Annotated[list[Provider], "What would give it, the first advised first."]
    label: Annotated[Text, "What the learner accepts, beside a box to tick."]
    go_on: Annotated[Text, "What the weaker button says that sends their word."]
    comparison: Comparison | None
    waiting: Annotated[str, "Send it back with the learner's word: it says which sign-in they accept."]
    version: Annotated[str, "Send it back too: it says which words they accept."]
    csrf_token: Token
    cancel_url: Url


class AcknowledgeRequest(Part):
    """The learner's word."""

    acknowledged: bool
    waiting: str
    version: str


class Acknowledged(Document, kind="acknowledged"):
    """The learner is signed in."""

    next_url: Annotated[Url, "The outcome."]


class Join(Document, kind="join"):
    """The sign-in has begun."""

    next_url: BrowserUrl


class Anew(Document, kind="anew"):
    """Nobody is signed in; a sign-in has begun."""

    next_url: BrowserUrl


class SignedOut(Document, kind="signed_out"):
    """Nobody is signed in."""

    next_url: Annotated[BrowserUrl, "The login page, or where the browser signs out at the provider."]


class LeaveRequest(Part):
    """Which way to sign in to give up; `confirmed` once the learner was told what that means."""

    which: str
    confirmed: bool


class Leaving(Document, kind="leaving"):
    """What it means to give up a way to sign in; ask again with `confirmed` true to do it."""

    title: Text
    provider: NamedProvider
    points: list[Text]
    label: Text
    cancel_label: Text


class Left(Document, kind="left"):
    """It was given up."""

    next_url: Annotated[Url, "The hours report."]


LeftOrLeaving = Annotated[Left | Leaving, Component("LeftOrLeaving")]
