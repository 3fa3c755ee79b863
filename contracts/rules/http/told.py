"""What refusals tell: every one that any rule got is read, against what others saw of bookings and organizations."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from contracts.exchange import Answer, member
from contracts.harness.check import Check
from contracts.observe import refusals
from contracts.outcome import Broken, NotRunError
from contracts.rules.access.tenancy import foreign_organization, organization_mismatch, unknown_booking
from contracts.rules.bookings.cancellation import already_canceled
from contracts.rules.bookings.refusals import taken_slot
from contracts.rules.bookings.self_service import contact_mismatch
from contracts.rules.limits.limits import keys_independent
from contracts.rules.rule import Rule

TELLING = 8  # characters from which on a word alone is taken for somebody's
COMMON = 3  # characters up to which nothing is: properties make contacts called "_"
NAMED = ("id", "name", "tagline", "description", "displayName", "companyName")


def _refusals_tell_nothing(check: Check) -> None:
    refused = [answer for answer in check.target.answers if refusals.is_refusal(check.contract, answer)]
    if not refused:
        raise NotRunError("nothing was refused")
    bookings, organizations = _of_bookings(check), _of_organizations(check)
    secrets: dict[str | None, Mapping[str, str]] = {}  # by the organization that they are to be kept from
    found: dict[str, Broken] = {}
    for answer in refused:
        own = check.credentials.organization_of(answer.request.key) if answer.request.key else None
        if own not in secrets:
            others = {text for slug, texts in organizations.items() if slug != own for text in texts}
            secrets[own] = refusals.folded(sorted(bookings | (others - organizations.get(own or "", set()))))
        breach = refusals.judged(check.contract, answer, secrets[own])
        if breach is not None:
            found.setdefault(breach.statement, Broken(breach.expected, breach.seen, answer, breach.statement))
    if found:
        raise ExceptionGroup("refusals that tell something", list(found.values()))


refusals_tell_nothing = Rule(
    "told.refusals-tell-nothing",
    refusals.STATEMENT,
    "A refusal tells nothing that its asker could not know",
    _refusals_tell_nothing,
    frozenset(),
    follows=(
        contact_mismatch,
        foreign_organization,
        organization_mismatch,
        keys_independent,
        taken_slot,
        already_canceled,
        unknown_booking,
    ),
    requests=0,
)


def _of_bookings(check: Check) -> set[str]:
    """Contacts, ids and numbers of the bookings that the check made."""
    found: set[str] = set()
    for answer in check.target.answers:
        if answer.request.operation == "createBooking" and answer.status < 300:
            contact = member(_sent(answer), "contact")
            told = [*(contact.values() if isinstance(contact, dict) else ())]
            told += [answer.member("booking", "id"), answer.member("booking", "confirmation_number")]
            email = member(contact, "email")
            told += [email.partition("@")[0]] if isinstance(email, str) else []
            found |= {text for text in told if isinstance(text, str) and _is_telling(text)}
    return found


def _of_organizations(check: Check) -> Mapping[str | None, set[str]]:
    """By slug what each organization's own key was told of it, where it is telling."""
    found: dict[str | None, set[str]] = {}
    for answer in check.target.answers:
        label = answer.request.key
        if answer.status == 200 and label is not None and answer.request.operation in {"getOrganization", "getService"}:
            texts = found.setdefault(check.credentials.organization_of(label), set())
            texts |= {text for text in _named(answer.json) if _is_telling(text)}
    return found


def _named(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in NAMED and isinstance(inner, str):
                yield inner
            else:
                yield from _named(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner)


def _is_telling(text: str) -> bool:
    """A short word may stand in any sentence."""
    return len(text) >= TELLING or (len(text) > COMMON and any(character in text for character in " _@+"))


def _sent(answer: Answer) -> Any:
    try:
        return orjson.loads(answer.request.content or b"")
    except orjson.JSONDecodeError:
        return None
