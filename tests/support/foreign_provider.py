"""An OpenID provider that nobody here wrote: django-oauth-toolkit, in a process of its own.

``python foreign_provider.py CALLBACK FOLDER`` serves it on loopback, with one person and two relying parties that are
answered at CALLBACK, keeps its database in FOLDER, and prints its address. It shares no code with us above HTTP and
cryptography: oauthlib speaks the protocol, jwcrypto signs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponseRedirect

SECRET = "a-secret-of-the-foreign-provider"


def configure(folder: str) -> None:
    key = rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    settings.configure(
        SECRET_KEY="of-this-provider-alone",
        ALLOWED_HOSTS=["127.0.0.1"],
        LOGIN_URL="/arrive",
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "oauth2_provider",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": Path(folder, "foreign.db")}},
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True,
            "OIDC_RSA_PRIVATE_KEY": key.decode(),
            "PKCE_REQUIRED": True,
            "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
            "SCOPES": {"openid": "who it is", "profile": "the profile"},
        },
    )
    django.setup()


def state_claims() -> None:
    """What this provider says of its person, under names of its own."""
    from oauth2_provider.oauth2_validators import OAuth2Validator

    class Stating(OAuth2Validator):  # type: ignore[misc]  # it ships no types
        oidc_claim_scope = None

        def get_additional_claims(self) -> dict[str, Callable[[object], object]]:
            return {
                "person_no": lambda _: "A223456781",
                "full_name": lambda _: "張公正",
                "role": lambda _: "officer",
                "proven": lambda _: True,
            }

    settings.OAUTH2_PROVIDER["OAUTH2_VALIDATOR_CLASS"] = Stating


def add_pages() -> None:
    from django.urls import include, path

    settings.ROOT_URLCONF = (path("arrive", arrive), path("o/", include("oauth2_provider.urls")))


def arrive(request: HttpRequest) -> HttpResponseRedirect:
    """The one person of this provider signs in there, without a password: this is loopback."""
    from django.contrib.auth import get_user_model, login

    login(request, get_user_model().objects.get(), "django.contrib.auth.backends.ModelBackend")
    return HttpResponseRedirect(request.GET["next"])


def populate(callback: str) -> None:
    from django.contrib.auth import get_user_model
    from oauth2_provider.models import get_application_model

    call_command("migrate", verbosity=0)
    get_user_model().objects.create_user("kungcheng")
    for client_id, algorithm in [("portal", "RS256"), ("portal-with-a-shared-key", "HS256")]:
        get_application_model().objects.create(
            client_id=client_id,
            client_secret=SECRET,
            hash_client_secret=False,
            client_type="confidential",
            authorization_grant_type="authorization-code",
            redirect_uris=callback,
            algorithm=algorithm,
            skip_authorization=True,
        )


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""


if __name__ == "__main__":
    callback, folder = sys.argv[1:]
    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # plain http, on loopback
    configure(folder)
    state_claims()
    add_pages()
    populate(callback)
    with make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet) as server:
        print(f"http://127.0.0.1:{server.server_port}/o", flush=True)
        server.serve_forever()
