"""The answer of a provider: read from the query, or carried over to a GET of this site from a cross-site POST.

A browser sends no ``SameSite=Lax`` cookie with a POST that another site caused, so neither our transaction nor the
host's session would be there. The POST therefore touches nothing (see `web.headers`): its fields are sealed into a
cookie for a minute, and the browser goes on by GET, where Lax cookies are sent. The host's session stays Lax, and
nothing personal enters a URL.

There is one slot, of two parts: a later answer takes the place of an earlier one, so that a page which posts a hundred
times fills no header. What is inside tells which answer it is, and which part of it.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Self

from flask import Response as FlaskResponse
from flask import after_this_request, redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.wrappers import Response

from ...errors import SealError, SignInError
from ...providers import Posted
from ...providers.answers import BESIDE_ERROR, LONGEST_BESIDE
from ...providers.protocols import ProviderProtocol
from .sealed_cookies import ANSWER_PART

#: What the address of a carried-over answer has: its tag.
CARRIED = "bridged"
LARGEST = 64 * 1024
MOST_PARTS = 2
#: Octets of a part, so that with the rest of its head, its seal and its name it is half of what an answer may take.
PART = 1820
#: Octets that tell the provider and the tag of an answer.
HEAD = 16
TAG = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider answered, and all by which it is known: its ``path_state`` where the state is part of the
    address, the ``tag`` of one that was carried over, and its ``fields`` once they are read. ``came_before`` says that
    its code or ticket was used already."""

    provider: str
    protocol: ProviderProtocol
    path_state: str = ""
    tag: str = ""
    fields: dict[str, str] = field(default_factory=dict, repr=False)
    came_before: bool = False

    @classmethod
    def of_request(cls, provider: str, protocol: ProviderProtocol, path_state: str | None) -> Self:
        """Know the answer that this request brings by GET.

        :raises MethodNotAllowed: it comes by another way than the provider's.
        """
        given = request.args.get(CARRIED, "")
        tag = given if protocol.form_post and TAG.fullmatch(given) else ""
        if request.method == "POST" or (protocol.form_post and not tag):
            raise MethodNotAllowed(["POST"] if protocol.form_post else ["GET"])
        return cls(provider, protocol, path_state or "", tag)

    def read(self) -> Self:
        """Read the fields, from the address or from where they were carried over.

        :raises SignInError: ``bad_request`` or ``expired``, when they are not whole.
        """
        if self.protocol.form_post:
            return replace(self, fields=_carried_over(self.provider, self.tag))
        return replace(self, fields=known_fields(request.args, self.provider, self.protocol))

    @property
    def state(self) -> str:
        """The state that came back; empty from a provider that sends none."""
        return self.path_state if isinstance(self.protocol, Posted) else self.fields.get("state", "")

    @property
    def digest(self) -> str:
        """A short digest of the ticket that names an answer without a state; empty where there is a state."""
        if not isinstance(self.protocol, Posted) or self.protocol.state_in_path:
            return ""
        parts = [self.fields.get(name, "") for name in self.protocol.once]
        return hashlib.sha256("\0".join(["ended", *parts]).encode()).hexdigest()[:16] if any(parts) else ""


def known_fields(given: MultiDict[str, str], provider: str, protocol: ProviderProtocol) -> dict[str, str]:
    """Take those of the parameters that the protocol knows, each at most once, and the beginning of what tells more of
    an error.

    :raises SignInError: ``bad_request`` for a repeated one: which of two would be meant is the attacker's choice.
    """
    names = (*protocol.answer_fields, "state")
    if any(len(given.getlist(name)) > 1 for name in names):
        raise SignInError("bad_request", provider=provider, phase="callback", detail="repeated parameter")
    beside = {name: given[name][:LONGEST_BESIDE] for name in BESIDE_ERROR if name in given and name not in names}
    return beside | {name: given[name] for name in names if name in given}


def carry_over(provider: str, protocol: ProviderProtocol) -> Response:
    """Seal what was posted, and send the browser on to the same address by GET.

    :raises SignInError: ``bad_request`` when it is too much to carry.
    """
    plain = json.dumps(known_fields(request.form, provider, protocol), separators=(",", ":")).encode()
    packed = _packed(plain)
    parts = [packed[start : start + PART] for start in range(0, len(packed), PART)]
    if len(plain) > LARGEST or len(parts) > MOST_PARTS:
        raise SignInError("bad_request", provider=provider, phase="callback", detail="too large")
    tag = secrets.token_hex(4)
    response = redirect(url_for("first_login.callback", **{**(request.view_args or {}), CARRIED: tag}), 303)
    for number, part in enumerate(parts):
        token = ANSWER_PART.seal_octets(_head(provider, tag) + bytes([number, len(parts)]) + part)
        ANSWER_PART.put(response, token, str(number))
    return response


def _packed(plain: bytes) -> bytes:
    """Make it as small as it gets: a ticket as hex has no repetition, and without a search for any it is half."""
    without_search = zlib.compressobj(strategy=zlib.Z_HUFFMAN_ONLY)
    return min(zlib.compress(plain), without_search.compress(plain) + without_search.flush(), key=len)


def _unpacked(packed: bytes) -> dict[str, str]:
    """:raises SealError: it is not all of an answer."""
    unpacking = zlib.decompressobj()
    try:
        fields = json.loads(unpacking.decompress(packed, LARGEST))
    except (zlib.error, ValueError, RecursionError):
        raise SealError("not what was packed") from None
    if not unpacking.eof or not isinstance(fields, dict) or not all(isinstance(text, str) for text in fields.values()):
        raise SealError("not all of what was packed")
    return fields


def _head(provider: str, tag: str) -> bytes:
    """Make what the parts of one answer have in common."""
    return hashlib.sha256(f"{provider} {tag}".encode()).digest()[:HEAD]


def _carried_over(provider: str, tag: str) -> dict[str, str]:
    """Open the fields that were carried over to this request.

    :raises SignInError: ``expired`` when they are gone, are not whole or were not sealed for this provider.
    """
    try:
        fields = _unpacked(b"".join(_parts(_head(provider, tag))))
    except SealError:
        raise SignInError("expired", provider=provider, phase="callback", detail="bridge") from None
    after_this_request(_without_parts)  # whatever comes of it
    return fields


def _parts(head: bytes) -> Iterator[bytes]:
    """Open what the slot holds of the answer with this head. One that holds another answer is left to that.

    :raises SealError: it is gone, cut, swapped, or of another answer.
    """
    number, count = 0, 1
    while number < count:
        octets = ANSWER_PART.open_octets(ANSWER_PART.token(str(number)))
        place, parts = octets[HEAD : HEAD + 2] if len(octets) > HEAD + 2 else (MOST_PARTS, 0)
        if octets[:HEAD] != head or place != number or parts > MOST_PARTS or (number > 0 and parts != count):
            raise SealError("not this part of this answer")
        yield octets[HEAD + 2 :]
        number, count = number + 1, parts


def _without_parts(response: FlaskResponse) -> FlaskResponse:
    for number in range(MOST_PARTS):
        ANSWER_PART.drop(response, str(number))
    return response
