"""The providers of the source document, ready to be completed with what each gave the portal at registration."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ..errors import SignInError
from ..identity import Kind, Standing
from ..text import Text
from .base import Provider
from .claims import Claims, Identify, Ticket
from .claims_to_identity import ClaimNames, government, social
from .protocols import OAuth2, Oidc, Posted


def no_verifier(ticket: Ticket) -> Claims:
    """Stand where the integrator's function will; registration without one is refused."""
    raise SignInError("not_available", provider=ticket.provider, phase="ticket", detail="no verifier")


ECPA = Provider(
    name="ecpa",
    title=Text("eCPA", "人事服務網eCPA"),
    button=Text("Sign in with eCPA", "使用人事服務網eCPA帳號登入"),
    standing=Standing.GOVERNMENT,
    protocol=Posted(
        issuer="https://ecpa.dgpa.gov.tw",
        login_url="",
        answer_fields=("loginType", "APReqEncodedData"),
        verify=no_verifier,
        single_use=("APReqEncodedData",),
    ),
    identify=government(ClaimNames(national_id="uid", name="cn"), always=Kind.CIVIL_SERVANT),
)


def _myegov(protocol: Oidc | Posted, identify: Identify) -> Provider:
    return Provider(
        name="myegov",
        title=Text("MyEGov", "我的e政府"),
        button=Text("Sign in with MyEGov", "使用我的e政府帳號登入"),
        standing=Standing.GOVERNMENT,
        protocol=protocol,
        identify=identify,
    )


MYEGOV = _myegov(
    Oidc(
        issuer="https://login.cp.gov.tw/v1",
        scope="openid profile email",
        token_auth="client_secret_post",
        # Asks for a new sign-in (OpenID Connect Core 1.0, 3.1.2.1), in which a certificate may be used: from its own
        # session MyEGov would send the learner back at once as they were. What `acr_values` it knows is not published.
        step_up_params=MappingProxyType({"prompt": "login"}),
        choose_account_params=MappingProxyType({"prompt": "login"}),
    ),
    government(
        ClaimNames(
            national_id="uid",
            name="cn",  # `name` is the name of the account, not of the person
            verified="uid_verified",
            kind="account_type",
            kinds=MappingProxyType({"general": Kind.GENERAL, "official": Kind.CIVIL_SERVANT}),
        )
    ),
)
MYEGOV_TICKET = _myegov(
    Posted(
        issuer="https://www.cp.gov.tw",
        login_url="https://www.cp.gov.tw/portal/Clogin.aspx",
        answer_fields=("twGovT1",),
        verify=no_verifier,
        login_params=MappingProxyType({"level": "1"}),
        step_up_params=MappingProxyType({"level": "2"}),
    ),
    government(
        ClaimNames(
            national_id="uid",
            name="CN",
            verified="certificate",
            kind="UserType",
            kinds=MappingProxyType({"民眾": Kind.GENERAL, "公務員": Kind.CIVIL_SERVANT}),
            birth_date=None,
            email="mail",
            method="SecureLevel",
        )
    ),
)
FACEBOOK = Provider(
    name="facebook",
    title=Text("Facebook", "Facebook"),
    button=Text("Continue with Facebook", "使用Facebook帳號登入"),
    standing=Standing.SOCIAL,
    protocol=OAuth2(
        issuer="https://www.facebook.com",
        authorize_url="https://www.facebook.com/{version}/dialog/oauth",
        token_url="https://graph.facebook.com/{version}/oauth/access_token",
        profile_url="https://graph.facebook.com/{version}/me",
        scope="public_profile email",
        profile_params=MappingProxyType({"fields": "id,name,email"}),
        proof=True,
        graph_version="v26.0",
    ),
    identify=social,
    refuses_embedded="android",
)
GOOGLE = Provider(
    name="google",
    title=Text("Google", "Google"),
    button=Text("Sign in with Google", "使用Google帳戶登入"),
    standing=Standing.SOCIAL,
    protocol=Oidc(
        issuer="https://accounts.google.com",
        scope="openid profile email",
        issuer_aliases=frozenset({"accounts.google.com"}),
    ),
    identify=social,
    refuses_embedded=True,
)
APPLE = Provider(
    name="apple",
    title=Text("Apple", "Apple"),
    button=Text("Sign in with Apple", "使用Apple登入"),
    standing=Standing.SOCIAL,
    protocol=Oidc(
        issuer="https://appleid.apple.com",
        scope="openid name email",
        token_auth="client_secret_post",
        form_post=True,
        posts_events=True,
        choose_account_params=MappingProxyType({}),  # its page names the account and lets another be used, always
    ),
    identify=social,
)

#: Each preset by name, as each protocol it speaks; the first is spoken when the setting does not say.
PRESETS: Mapping[str, Mapping[str, Provider]] = MappingProxyType(
    {
        "ecpa": {"ticket": ECPA},
        "myegov": {"oidc": MYEGOV, "ticket": MYEGOV_TICKET},
        "facebook": {"oauth2": FACEBOOK},
        "google": {"oidc": GOOGLE},
        "apple": {"oidc": APPLE},
    }
)
