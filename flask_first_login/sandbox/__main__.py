"""``python -m flask_first_login.sandbox``: run the pretend providers until interrupted."""

from __future__ import annotations

from argparse import ArgumentParser

from ..errors import ConfigError
from .app import run

parser = ArgumentParser(prog="python -m flask_first_login.sandbox", description="Pretend identity providers.")
parser.add_argument("--host", default="127.0.0.1", help="a loopback address (default: 127.0.0.1)")
parser.add_argument("--port", type=int, default=5001, help="0 picks a free one (default: 5001)")
chosen = parser.parse_args()
try:
    run(chosen.host, chosen.port)
except ConfigError as error:
    parser.error(str(error))
