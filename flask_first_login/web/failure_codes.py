"""What a failure is: a stable code, whose fault it is, what happened in plain words, what to do now."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from ..text import Text


class Fault(StrEnum):
    """Whose fault a failure is; it decides the status of the answer."""

    LEARNER = "learner"
    FLOW = "flow"
    PROVIDER = "provider"
    PORTAL = "portal"


STATUS = MappingProxyType({Fault.LEARNER: 400, Fault.FLOW: 400, Fault.PROVIDER: 502, Fault.PORTAL: 503})


@dataclass(frozen=True, slots=True)
class Failure:
    """One code of the closed list. ``what`` happened, in plain words; ``now``, what to do; ``now_alone``, what where
    nothing is drawn of the other way to sign in of which ``now`` speaks."""

    code: str
    fault: Fault
    title: Text
    what: Text
    now: Text
    own_status: int | None = None
    now_alone: Text | None = None

    @property
    def status(self) -> int:
        return self.own_status or STATUS[self.fault]
