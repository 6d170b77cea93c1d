"""What a learner may change of their account, each by POST with the token of the document that offered it."""

from __future__ import annotations

from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as AnyResponse

from ..failures import handles_sign_in_errors
from ..forms import AnewForm, JoinForm, LeaveForm
from ..navigation import Here, here
from ..pages import provider_title
from ..sign_in.unlink import KEEP, POINTS, REMOVE, TITLE, give_up
from ..sign_in.views import begin_anew, begin_to_join
from .parts import answered, given_body, given_token, of_person, signed_in


@handles_sign_in_errors
def join(name: str) -> AnyResponse:
    """Begin to add another way to sign in; says where at the provider the browser goes on."""
    at = here()
    signed_in(at)
    return instead_of_redirect(at, "join", begin_to_join(at, name, JoinForm(formdata=MultiDict(given_token()))))


@handles_sign_in_errors
def anew(name: str) -> AnyResponse:
    """Sign out here and begin a sign-in with another account; says where at the provider the browser goes on."""
    at = here()
    return instead_of_redirect(at, "anew", begin_anew(at, name, AnewForm(formdata=MultiDict(given_token()))))


@handles_sign_in_errors
def leave(name: str) -> AnyResponse:
    """Give up a way to sign in: asked once without ``confirmed``, it says what that means."""
    at = here()
    signed_in(at)
    given = given_body()
    match given:
        case {"which": str(which), "confirmed": bool(yes)} if len(given) == 2:
            said = {"confirmed": "1"} if yes else {}
        case _:
            raise BadRequest
    form = LeaveForm(formdata=MultiDict({**given_token(), **said, "which": which}))
    return instead_of_redirect(at, "left", give_up(at, name, form, _what_leaving_means))


def _what_leaving_means(at: Here, name: str, form: LeaveForm) -> AnyResponse:
    say = at.words.plain
    return answered(
        at,
        "leaving",
        title=say(TITLE),
        provider={"name": name, "title": say(provider_title(at, name))},
        points=[say(one) for one in POINTS],
        label=say(REMOVE),
        cancel_label=say(KEEP),
    )


def instead_of_redirect(at: Here, kind: str, redirect: AnyResponse) -> AnyResponse:
    """Say where a redirect of a page leads, with the cookies it sets: a script can read no redirect."""
    if redirect.status_code != 303:
        return redirect
    response = answered(at, kind, next_url=redirect.headers["Location"])
    for cookie in redirect.headers.getlist("Set-Cookie"):
        response.headers.add("Set-Cookie", cookie)
    return of_person(response)
