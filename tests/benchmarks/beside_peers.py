"""Our login page and sign-in beside those of other libraries, each set up as its documentation says: ``make bench``.

The peers are installed into an environment of their own, with all that the tests need. One that cannot be imported
fails this part: a comparison that was left out would look like one that was won.
"""

from __future__ import annotations

from benchmarks.kept_alive import sandbox_kept_alive
from benchmarks.missed import Goal, Missed, Why, profiles, tell
from benchmarks.party import Party, callbacks
from benchmarks.peers import allauth, dance, multipass, security, social_auth
from benchmarks.ratios import Call, measure, request, show
from benchmarks.sign_in import OURS

PEERS = (allauth.PARTY, dance.PARTY, multipass.PARTY, security.PARTY, social_auth.PARTY)
TIMES = 50
ANEW = "ours: login page, drawn anew"
GOALS = [
    *(Goal("ours: login page", f"{peer.name}: login page", 1.0) for peer in PEERS if peer.login),
    # Of the example of Flask-Multipass, which is a list of two links, there is nothing to draw.
    *(Goal(ANEW, f"{peer.name}: login page", 1.0) for peer in (allauth.PARTY, security.PARTY)),
    *(Goal("ours: start", f"{peer.name}: start", 1.0) for peer in PEERS),
    *(Goal("ours: callback", f"{peer.name}: callback", 1.0) for peer in PEERS if peer.persona),
]


def pages(parties: list[Party]) -> dict[str, Call]:
    """The login page of each that has one, and the start of a sign-in."""
    found: dict[str, Call] = {}
    for party in parties:
        kind, app = party.kind, party.app
        if kind.login is not None:
            found[f"{kind.name}: login page"] = request(app, kind.login)
        found[f"{kind.name}: start"] = request(app, kind.start, kind.method)
    return found | {ANEW: request(parties[0].app, f"{OURS.login}?next=/courses")}


def main() -> list[Missed]:
    with sandbox_kept_alive() as base:
        parties = [Party.at(base, kind) for kind in (OURS, *PEERS)]
        measured = pages(parties)
        signing_in = [party for party in parties if party.kind.persona is not None]
        found = measure(measured, times=20) | callbacks(signing_in, TIMES)
        why: dict[str, Why] = profiles(measured) | {"ours: callback": parties[0].why()}
        return show("Beside other libraries, at the same provider over http", found, GOALS, why)


if __name__ == "__main__":
    tell(main())
