"""A portal for several processes, whose every visit to ``/arrive/PROVIDER`` brings one person: for gunicorn."""

from __future__ import annotations

import os
from dataclasses import replace

from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker
from werkzeug.wrappers import Response

from flask_first_login import Assurance, FirstLogin, current_vault
from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from flask_first_login.testing import BY_ECPA, BY_MYEGOV
from internals import admit, handles_sign_in_errors, here
from support.pages import PROVIDERS

PERSON = {"ecpa": BY_ECPA, "myegov": replace(BY_MYEGOV, assurance=Assurance.VERIFIED)}


def portal() -> Flask:
    app = Flask("portal")
    app.config.from_prefixed_env()
    app.config["FIRST_LOGIN_PROVIDERS"] = PROVIDERS
    engine = create_engine(os.environ["DATABASE_URL"], hide_parameters=True, pool_size=16)
    FirstLogin(app, accounts=SQLAlchemyAccounts(sessionmaker(engine), current_vault))

    @app.get("/arrive/<provider>")
    @handles_sign_in_errors
    def arrive(provider: str) -> Response:
        response = admit(here(), PERSON[provider])
        response.headers["Process"] = str(os.getpid())
        return response

    return app
