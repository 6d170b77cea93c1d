"""What tests need of the product beyond its doors: a module that moves is named here alone."""

from __future__ import annotations

from flask_first_login import doctor, failure_limiter, journal, national_id, signals
from flask_first_login.accounts import used_digests as digests_module
from flask_first_login.accounts.admission import admit as admit_to_store
from flask_first_login.accounts.admission import look_up, use_each_once
from flask_first_login.accounts.interruptions import again
from flask_first_login.accounts.key_rotation import Resealed
from flask_first_login.accounts.mariadb import MARIADB
from flask_first_login.accounts.records import Admission, Judgement, Known, Presented, Pruned, rules_version
from flask_first_login.accounts.rows import of_the_person, of_the_sign_in
from flask_first_login.addresses import is_admitted, is_safe_endpoint, origin_of
from flask_first_login.cli import commands, output
from flask_first_login.cli.audit import os_user
from flask_first_login.doctor import Finding, Severity, examine
from flask_first_login.doctor.pages import LOST
from flask_first_login.errors import Phase, Problem, ProblemsError, SealError
from flask_first_login.failure_limiter import FailureLimiter
from flask_first_login.flow import login_page
from flask_first_login.flow.model import exits
from flask_first_login.flow.walk import answer as walk_answer
from flask_first_login.flow.walk import ends, implied, remembered, trail
from flask_first_login.host_session import OPENED_BY, FlaskSession, HostSession
from flask_first_login.hours import AUTHORITIES, ENVIRONMENTAL, LIFELONG, TEACHER, UnknownKind, assess
from flask_first_login.identity import NumberState, account_id_of
from flask_first_login.journal import KEYS, Event, Result
from flask_first_login.languages import serves
from flask_first_login.leaving import Leave, Stay, Staying, decide_unlink
from flask_first_login.linking import (
    Acknowledge,
    Create,
    Decision,
    IdChange,
    Link,
    Refusal,
    Refuse,
    SameNationalId,
    SignIn,
    decide,
    kept_as,
)
from flask_first_login.names import _FORMS, Likeness, likeness, written_in
from flask_first_login.national_id import TAIPEI, IdKind
from flask_first_login.providers import (
    base,
    connections,
    discovery_and_keys,
    http_client,
    protocols,
    registrations,
    ticket_verifiers,
)
from flask_first_login.providers.apple import AppleSecret
from flask_first_login.providers.base import Client, Start
from flask_first_login.providers.claims import Enrich, Identify, Verify, enriched
from flask_first_login.providers.claims_to_identity import may_verify
from flask_first_login.providers.code_flow import CodeClient, ask_for_token
from flask_first_login.providers.discovery_and_keys import (
    MOST_KEYS,
    MOST_RENEWALS,
    RENEWAL_SECONDS,
    RETRY_SECONDS,
    STALE_SECONDS,
    Endpoints,
    Kept,
    endpoints,
    signing_keys,
)
from flask_first_login.providers.ecpa import ApReqVerifier, ServiceVerifier
from flask_first_login.providers.facebook import subject_of
from flask_first_login.providers.http_answer import LARGEST_ANSWER, ProviderUnreachable
from flask_first_login.providers.http_answer import Answer as HttpClientAnswer
from flask_first_login.providers.http_client import (
    AnswerUnusable,
    Asked,
    Wire,
    failure,
    get_json,
)
from flask_first_login.providers.kerberos import ApReq, ApReqRefused
from flask_first_login.providers.kerberos_keys import ENCTYPES
from flask_first_login.providers.myegov import SoapVerifier, parse_xml, read_columns
from flask_first_login.providers.network import Network
from flask_first_login.providers.oidc import OpenIdClient
from flask_first_login.providers.presets import GOOGLE as PRESETS_GOOGLE
from flask_first_login.providers.presets import PRESETS
from flask_first_login.providers.registrations import client_for, register
from flask_first_login.providers.ticket import LARGEST_FIELD, TicketClient
from flask_first_login.pseudonyms import holds_number, may_hold_number
from flask_first_login.reasons import REASONS
from flask_first_login.sandbox import issuers
from flask_first_login.sandbox.apple import FAULTS as APPLE_FAULTS
from flask_first_login.sandbox.apple import AppleProvider
from flask_first_login.sandbox.ecpa import FAULTS as ECPA_FAULTS
from flask_first_login.sandbox.ecpa import KEY as PRETEND_KEY
from flask_first_login.sandbox.ecpa import ap_req, verify
from flask_first_login.sandbox.facebook import FAULTS as FACEBOOK_FAULTS
from flask_first_login.sandbox.facebook import signed_request, user_id
from flask_first_login.sandbox.issuers import APPLE, ECPA, FACEBOOK, MYEGOV, MYEGOV_TICKET, SERVICE_ID, Issuer
from flask_first_login.sandbox.issuers import GOOGLE as ISSUERS_GOOGLE
from flask_first_login.sandbox.myegov import FAULTS as MYEGOV_FAULTS
from flask_first_login.sandbox.openid import FAULTS as OPENID_FAULTS
from flask_first_login.sandbox.personas import PERSONAS, Family
from flask_first_login.sandbox.provider import HUGE, ExpiringStore
from flask_first_login.sandbox.signing import Keys, base64url
from flask_first_login.sealing import LONGEST_SEALED, LostKeyError, Seal, Vault
from flask_first_login.setting_fields import settings_of
from flask_first_login.settings import PREFIX, Settings, read_settings
from flask_first_login.signals import Signal, tell
from flask_first_login.state import EXTENSION, AppState, renew_session, state_of
from flask_first_login.support_desks import DESKS, SupportDesk
from flask_first_login.testing import pretend_providers
from flask_first_login.testing.identities import at_once, there
from flask_first_login.testing.pretend_providers import BY_CODE, CANCELLABLE, CANCELLED, ISSUERS, URL
from flask_first_login.testing.pretend_providers import FAULTS as PRETEND_PROVIDERS_FAULTS
from flask_first_login.testing.pretend_providers import answer as pretend_providers_answer
from flask_first_login.testing.sign_in import Browser, form_with
from flask_first_login.text import version_of
from flask_first_login.unbroken_names import DATE, NAMES
from flask_first_login.web import own_templates, page_cache, template_texts
from flask_first_login.web.api import problem_details
from flask_first_login.web.api.schema import ABSENT, Component, Part, Schema, Url, members_of, schema_of
from flask_first_login.web.blueprint import METHODS
from flask_first_login.web.embedded_browsers import is_embedded
from flask_first_login.web.failure_kinds import Action, Failure
from flask_first_login.web.failures import FAILURES, failed, handles_sign_in_errors
from flask_first_login.web.learner.causes import ORDER, causes
from flask_first_login.web.learner.receipt import Receipt, receipt_of
from flask_first_login.web.navigation import LONGEST, here, safe_next
from flask_first_login.web.next_steps import NextSteps, next_steps
from flask_first_login.web.sign_in import form_post, sealed_cookies, trial_page, trial_sign_in, unlink
from flask_first_login.web.sign_in.finish import NeedsConsent, finish_sign_in, resolve_account
from flask_first_login.web.sign_in.form_post import Answer as FormPostAnswer
from flask_first_login.web.sign_in.reauthentication import CLOCKS_APART, FRESH, Proof, is_fresh, note_proof
from flask_first_login.web.sign_in.repeated_answer import SOON
from flask_first_login.web.sign_in.sealed_cookies import ENDED, PROOF, Sealed
from flask_first_login.web.sign_in.sign_out import left_open
from flask_first_login.web.sign_in.social_consent import ACCEPTED, LEAD, POINTS
from flask_first_login.web.sign_in.transaction import Transaction
from flask_first_login.web.sign_in.trial_page import AS_PSEUDONYM, _decision, _identity, masked
from flask_first_login.web.sign_in.views import admit
from flask_first_login.web.template_texts import BY_ENGLISH
from flask_first_login.words import Words, load_words
