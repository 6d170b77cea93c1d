"""Every URL of the package with its view, and the hooks that run before and after all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, current_app, make_response, redirect, request
from flask.sansio.app import App
from flask.sansio.blueprints import BlueprintSetupState
from markupsafe import Markup
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response
from werkzeug.wsgi import get_input_stream

from ..errors import place_of
from ..masking import log_exception
from ..text import Text
from . import failures, guide, phone_code
from .api import guide_views, learner_views, openapi, problem_details
from .headers import keep_nothing, private, refuse_frames, set_headers
from .learner import first_identity, hours_page, receipt
from .learner.hours_required import check_guards
from .navigation import as_ascii, by_json, here
from .page_cache import KeptResponse
from .pages import HTML, render
from .sign_in import provider_notifications, sign_out, social_consent, unlink, views

FROM_PROVIDERS = ("callback", "deauthorise", "data_deletion", "notified")
LARGEST_REQUEST = 64 * 1024
View = Callable[..., Any]
#: What our views refuse by; a host's handler of such a number, which Flask asks first, is for its own views.
OURS_TO_SAY = {400, *problem_details.OF_STATUS}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY")
NOT_FOUND_TITLE = Text("We cannot find this page", "找不到這個頁面")
NOT_FOUND = Text(
    "The address may be incomplete, or the page may have moved. You can start again from the beginning.",
    "網址可能不完整，或頁面已經移動。您可以從頭開始。",
)
CANNOT = Text(
    "The request was not one that this page expects. Nothing was changed. You can start again from the beginning.",
    "這個頁面無法處理您的要求，資料沒有任何變更。您可以從頭開始。",
)


class _OnOneHost(BlueprintSetupState):
    """Adds every address to the host of the portal, in an app that tells hosts apart."""

    def add_url_rule(
        self, rule: str, endpoint: str | None = None, view_func: View | None = None, **options: Any
    ) -> None:
        if (host := self.options.get("host")) is not None:
            options["host"] = host
        super().add_url_rule(rule, endpoint, view_func, **options)


class _Blueprint(Blueprint):
    def make_setup_state(
        self, app: App, options: dict[str, Any], first_registration: bool = False
    ) -> BlueprintSetupState:
        return _OnOneHost(self, app, options, first_registration)


blueprint = _Blueprint(
    "first_login", __name__, template_folder="templates", static_folder="static", static_url_path="/static"
)


@blueprint.after_request
def finish(response: Response) -> Response:
    """Give every answer its headers; a kept page has them already."""
    return response if isinstance(response, KeptResponse) else set_headers(response)


blueprint.after_request(keep_nothing)


@blueprint.app_template_filter("fl_kind")
def kind(block: object) -> str:
    """Name the kind of a block of a page, by which the template draws it."""
    return type(block).__name__.lower()


def let_answers_in(app: App) -> None:
    """Exempt what providers post from a host's `CSRFProtect`: they cannot know its token.

    Something else protects each of them: an answer is taken only with the sealed cookie of a sign-in that began in
    this very browser, a notice of revocation only with the provider's signature.
    """
    if "csrf" in app.extensions:
        for endpoint in FROM_PROVIDERS:
            app.extensions["csrf"].exempt(f"{__name__}.{endpoint}")


# A host's `CSRFProtect` that is set up before us checks before our hooks run; one that is set up later, after them.
blueprint.record(lambda setup: let_answers_in(setup.app))
blueprint.before_app_request(lambda: let_answers_in(current_app) if _is_posted_to_us() else None)
blueprint.before_app_request(check_guards)


def _refuse_frames(response: Response) -> Response:
    return refuse_frames(response) if request.blueprint == blueprint.name else response


# Hooks of an app run in the reverse of their order: this one after those of the host, whenever it adds them.
blueprint.record(lambda setup: setup.app.after_request_funcs.setdefault(None, []).insert(0, _refuse_frames))


def _is_posted_to_us() -> bool:
    return request.method == "POST" and request.blueprint == blueprint.name


@blueprint.before_app_request
def lead_on_within_this_site() -> Response | None:
    """Redirect an address of ours with a slash too many to a path: Werkzeug would redirect to whatever host the Host
    header names."""
    error = request.routing_exception
    if not isinstance(error, RequestRedirect):
        return None
    where = urlsplit(error.new_url)
    adapter = current_app.create_url_adapter(request)
    try:
        endpoint, _ = adapter.match(where.path.removeprefix(request.script_root)) if adapter is not None else ("", {})
    except HTTPException:
        return None
    path = where._replace(scheme="", netloc="").geturl()
    return redirect(path, error.code) if str(endpoint).startswith(f"{blueprint.name}.") else None


@blueprint.before_request
def bound() -> None:
    """Limit the body to 64 KiB, percent-encode a query that is not ASCII, as browsers do, and read the path of a screen
    without a slash at its end."""
    try:
        request.max_content_length = LARGEST_REQUEST
    except AttributeError:  # Flask 3.0 can set it for a whole app alone
        request.stream = get_input_stream(request.environ, max_content_length=LARGEST_REQUEST)
    if request.view_args and "path" in request.view_args:
        request.view_args["path"] = request.view_args["path"].removesuffix("/")
    if not request.query_string.isascii():
        request.query_string = as_ascii(request.query_string)


@blueprint.errorhandler(HTTPException)
def refused(error: HTTPException) -> Response | tuple[Response, int]:
    """Answer a request that cannot be served with a plain page in the learner's language, not with the host's page."""
    if by_json():
        return problem_details.refused(error)
    if isinstance(error, InternalServerError):
        return _of_the_portal()
    is_missing = isinstance(error, NotFound)
    title, what = (NOT_FOUND_TITLE, NOT_FOUND) if is_missing else (problem_details.CANNOT_TITLE, CANNOT)
    response = render("not_found.html", title, what=what)
    if isinstance(error, MethodNotAllowed):
        response.allow.update(error.valid_methods or ())  # RFC 9110, section 15.5.6
    return response, error.code or 400


def _of_the_portal() -> tuple[Response, int]:
    """Draw the page of an error that Flask has logged. Where the host's layout or context processor is what failed, it
    is drawn without them."""
    failure = failures.FAILURES["portal_error"]
    try:
        response = render("not_found.html", failure.title, what=failure.what)
    except Exception as error:
        log_exception(error, "no page can be drawn: %s", place_of(error))
        words = here().words
        title, what = words(failure.title), words(failure.what)
        page = Markup('<!DOCTYPE html><html lang="{}"><title>{}</title><h1>{}</h1><p>{}</p></html>')
        html = str(page.format(words.tag, title.striptags(), title, what))
        response = make_response(html, {"Content-Type": HTML})
    return private(response), 500


def _route(endpoint: str, view: View, *rules: str, methods: tuple[str, ...] = ("GET",), is_safe: bool = True) -> None:
    """Add a view.

    A page is the same with a slash at the end of its address: Werkzeug would redirect from one to the other, to
    whatever host the request names. Every method is routed, so that a wrong one gets our page and not Flask's. A GET
    that begins or completes something (not ``is_safe``) takes no HEAD: a look whether a link is there must not use it
    up.
    """
    allowed = {*methods, "HEAD"} if "GET" in methods and is_safe else set(methods)

    def checked(**values: str) -> Any:
        if request.method == "OPTIONS":  # Flask's own answer would list every method that is routed
            return Response(status=204, headers={"Allow": ", ".join(sorted({*allowed, "OPTIONS"}))})
        try:
            if request.method not in allowed:
                raise MethodNotAllowed(sorted(allowed))
            return view(**values)
        except HTTPException as error:
            if error.code not in OURS_TO_SAY:
                raise
            return refused(error)

    checked.__name__ = checked.__qualname__ = endpoint  # by which `let_answers_in` exempts it
    for rule in rules:
        is_json = rule.startswith("/api/")
        blueprint.add_url_rule(rule, endpoint, checked, methods=METHODS, strict_slashes=is_json)


_route("login", guide.login, "/login")
_route("faq", guide.faq, "/faq")
_route("phone_code", phone_code.phone_code, "/phone/<page>.svg")
_route("start", views.start, "/sign-in/<name>", methods=("GET", "POST"), is_safe=False)
_route(
    "callback",
    views.callback,
    "/sign-in/<name>/callback",
    "/sign-in/<name>/callback/<state>",
    methods=("GET", "POST"),
    is_safe=False,
)
_route("test", views.test, "/sign-in/<name>/try", methods=("GET", "POST"), is_safe=False)
_route("problem", failures.problem, "/sign-in/<provider>/problem/<code>")
_route("deauthorise", provider_notifications.deauthorise, "/sign-in/<name>/deauthorise", methods=("POST",))
_route("data_deletion", provider_notifications.data_deletion, "/sign-in/<name>/data-deletion", methods=("POST",))
_route("notified", provider_notifications.notified, "/sign-in/<name>/notifications", methods=("POST",))
_route("deletion_status", provider_notifications.deletion_status, "/sign-in/<name>/data-deletion/<code>")
_route("join", views.join, "/sign-in/<name>/join", methods=("POST",))
_route("log_in_again", first_identity.log_in_again, "/log-in-again", methods=("POST",))
_route("anew", views.anew, "/sign-in/<name>/anew", methods=("POST",))
_route("leave", unlink.leave, "/sign-in/<name>/leave", methods=("POST",))
_route("sign_out", sign_out.sign_out, "/sign-out", methods=("POST",))
_route("signed_out", sign_out.signed_out, "/signed-out")
_route("acknowledge", social_consent.acknowledge, "/acknowledge", methods=("GET", "POST"))
_route("outcome", receipt.outcome, "/outcome")
_route("hours", hours_page.hours, "/hours")
_route("api_portal", guide_views.portal, "/api/v1/portal")
_route("api_login", guide_views.login, "/api/v1/login")
_route("api_faq", guide_views.faq, "/api/v1/faq")
_route("api_screen", guide_views.screen, "/api/v1/screens/<key>")
_route("api_answer", guide_views.answer, "/api/v1/screens/<key>/answer")
_route("api_account", learner_views.account, "/api/v1/account")
_route("api_hours", learner_views.hours, "/api/v1/hours")
_route("api_outcome", learner_views.outcome, "/api/v1/outcome")
_route("api_acknowledgement", learner_views.acknowledgement, "/api/v1/acknowledgement", methods=("GET", "POST"))
_route("api_join", learner_views.join, "/api/v1/join/<name>", methods=("POST",))
_route("api_anew", learner_views.anew, "/api/v1/anew/<name>", methods=("POST",))
_route("api_sign_out", learner_views.sign_out, "/api/v1/sign-out", methods=("POST",))
_route("api_leave", learner_views.leave, "/api/v1/leave/<name>", methods=("POST",))
_route("api_description", openapi.openapi, "/api/v1/openapi.json")
_route("api_unknown", guide_views.unknown, "/api/<path:path>")
_route("screen", guide.screen, "/", "/<path:path>")
