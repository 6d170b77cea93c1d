"""django-allauth as its quick start sets it up, with two providers of OpenID Connect."""

from __future__ import annotations

from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

from benchmarks.party import RelyingParty
from flask_first_login import sandbox


def configure(at: str) -> None:
    settings.configure(
        SECRET_KEY="django-insecure-of-the-benchmark",
        ALLOWED_HOSTS=["localhost"],
        ROOT_URLCONF="allauth.urls",  # its addresses and no others
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        AUTHENTICATION_BACKENDS=[
            "django.contrib.auth.backends.ModelBackend",
            "allauth.account.auth_backends.AuthenticationBackend",
        ],
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "allauth",
            "allauth.account",
            "allauth.socialaccount",
            "allauth.socialaccount.providers.openid_connect",
        ],
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
            "allauth.account.middleware.AccountMiddleware",
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        SOCIALACCOUNT_LOGIN_ON_GET=True,  # else it asks first, which costs it a page more
        SOCIALACCOUNT_PROVIDERS={
            "openid_connect": {
                "OAUTH_PKCE_ENABLED": True,
                "APPS": [provider(at, name) for name in ("myegov", "google")],
            }
        },
    )


def provider(at: str, name: str) -> dict[str, Any]:
    given = sandbox.settings(at)[name]
    return {
        "provider_id": name,
        "name": name,
        "client_id": given["client_id"],
        "secret": given["client_secret"],
        # The provider wants a nonce, and allauth sends none.
        "settings": {"server_url": given["issuer"], "auth_params": {"nonce": "of-this-benchmark"}},
    }


def app(at: str) -> Any:
    configure(at)
    django.setup()
    call_command("migrate", verbosity=0)
    return get_wsgi_application()


PARTY = RelyingParty("django-allauth", app, "/oidc/myegov/login/", login="/login/")
