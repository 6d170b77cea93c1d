"""The table of accounts and of what each of them earns, made by the very rules by which hours are judged.

Each kind of account is judged at its best: a person of whom nothing is missing. What a host's own rules make of one
hangs on the person, so none is asked. A host's own authorities and providers stand in it by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from ...hours import AuthorityReport, HoursReport, UnknownKind, Verdict, assess
from ...identity import Account, Assurance, Identity, Kind, Standing
from ...linking import SameNationalId, numbers_of
from ...national_id import NationalId
from ...reasons import NOT_CIVIL_SERVANT
from ...text import Text
from ..api.page_parts import AccountKind, Cell, Comparison, ComparisonRow
from ..navigation import Here

TITLE = Text("Which account does what", "用哪個帳號，差在哪裡")
CAPTION = Text("Where your hours can be uploaded, by account", "每一種帳號，時數可以上傳到哪裡")
CORNER = Text("Hours are uploaded to", "時數上傳到")
ID_ON_CERTIFICATE = Text("ID number on certificates", "證書上的身分證字號")
MERGED = Text("Records can be merged", "紀錄可以合併")
YES, NO, NEVER = Text("Yes", "可以"), Text("Not possible", "不行"), Text("Never", "永遠不行")
SHOWN, NOT_SHOWN = Text("Shown", "有"), Text("Not shown", "沒有")
CIVIL_SERVANTS_ONLY = Text("Civil servants only", "限公務人員")
NOT_FOR_THIS, MISSING = Text("Not for this kind", "不適用"), Text("Something is missing", "尚缺資料")


@dataclass(frozen=True, slots=True)
class _Column:
    """One kind of account: the providers that this portal has of it, and how such an account is judged."""

    key: str
    title: Text
    providers: tuple[str, ...]
    report: HoursReport
    merges: bool


def comparison(at: Here) -> Comparison | None:
    """Compare the accounts with which one can sign in here; None where there is nothing to compare."""
    columns = [*_columns(at)]
    if len(columns) < 2:
        return None
    return Comparison(
        title=TITLE,
        caption=CAPTION,
        corner=CORNER,
        accounts=[
            AccountKind(
                key=column.key,
                title=column.title,
                providers=[at.state.registrations[name].provider.title for name in column.providers],
            )
            for column in columns
        ],
        rows=[*_rows(at, columns)],
    )


def earned_by(at: Here, provider: str) -> list[Text]:
    """Name the authorities to which hours can be uploaded by this provider, for a learner with these answers."""
    keys = ("civil", "general") if at.answers.get("identity") == "civil-servant" else ("general", "civil")
    found = {column.key: column.report for column in _columns(at) if provider in column.providers}
    report = next((found[key] for key in keys if key in found), None)
    return [line.authority.title for line in report.values() if line.uploadable] if report is not None else []


def _columns(at: Here) -> Iterator[_Column]:
    settings = at.state.settings
    civil, public = settings.civil_servant_providers, settings.public_providers
    for key, title, names, standing, kind in (
        ("civil", Text("Official account", "公務帳號"), civil, Standing.GOVERNMENT, Kind.CIVIL_SERVANT),
        ("general", Text("General member", "一般會員"), public, Standing.GOVERNMENT, Kind.GENERAL),
        ("social", Text("Social account", "社群帳號"), (*civil, *public), Standing.SOCIAL, Kind.UNKNOWN),
    ):
        registered = [name for name in dict.fromkeys(names) if name in at.state.registrations]
        providers = [name for name in registered if at.state.registrations[name].provider.standing is standing]
        if providers:
            best = _at_best(standing, kind)
            report = assess([best], at.state.authorities, unknown_kind=UnknownKind(settings.unknown_kind))
            merges = bool(numbers_of(Account("example", (best,)))) and settings.same_national_id == SameNationalId.LINK
            yield _Column(key, title, tuple(providers), report, merges)


def _at_best(standing: Standing, kind: Kind) -> Identity:
    """Return somebody with an account of this kind of whom nothing is missing; a social one can say nothing."""
    is_known = standing is Standing.GOVERNMENT
    return Identity(
        provider="example",
        issuer="example",
        subject="example",
        standing=standing,
        kind=kind,
        assurance=Assurance.VERIFIED if is_known else Assurance.NONE,
        signed_in_at=datetime.now(UTC),
        name="王小明",
        national_id=NationalId("A123456789") if is_known else None,
        birth_date=date(1990, 1, 1) if is_known else None,
    )


def _rows(at: Here, columns: list[_Column]) -> Iterator[ComparisonRow]:
    for authority in at.state.authorities:
        cells = [_cell(column.report[authority.key]) for column in columns]
        yield ComparisonRow(key=authority.key, title=authority.title, cells=cells)
    shown = [(SHOWN if column.report.certificate_shows_id else NOT_SHOWN) for column in columns]
    yield _yes_or_no("id_on_certificate", ID_ON_CERTIFICATE, shown, SHOWN)
    merged = [YES if column.merges else NEVER if column.key == "social" else NO for column in columns]
    yield _yes_or_no("merged", MERGED, merged, YES)


def _cell(line: AuthorityReport) -> Cell:
    match line.verdict:
        case Verdict.UPLOADABLE:
            label = YES
        case Verdict.NOT_APPLICABLE:
            label = CIVIL_SERVANTS_ONLY if NOT_CIVIL_SERVANT in line.reasons else NOT_FOR_THIS
        case Verdict.HELD:
            label = MISSING
        case Verdict.REFUSED:
            label = NEVER
    return Cell(verdict=line.verdict, label=label)


def _yes_or_no(key: str, title: Text, labels: list[Text], good: Text) -> ComparisonRow:
    verdicts = [Verdict.UPLOADABLE if label is good else Verdict.REFUSED for label in labels]
    cells = [Cell(verdict=verdict, label=label) for verdict, label in zip(verdicts, labels, strict=True)]
    return ComparisonRow(key=key, title=title, cells=cells)
