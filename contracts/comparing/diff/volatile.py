"""What two servers may lawfully answer otherwise: ids, moments, hosts. It is taken out of their answers by its form.

A moment becomes its distance from the day on which the journey began, an id the number of the booking, in the order in
which they were met. How either is written stays to be seen.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from contracts.exchange import Answer
from contracts.spec.contract import Contract
from contracts.target.redaction import MADE_UP

DAY = 86_400
NEAR = 370 * DAY  # a number that is no further from now may be a moment in Unix seconds
BOOKING = ("id", "confirmation_number")  # the members by which a booking is known
START, CONTACT, CURSOR, INVITE = "start_at", "contact", "next_cursor", "ics_url"

Fields = Mapping[str, tuple[Any, ...]]
"""Of an answer, by name, the values that came under it: `status code`, `header allow`, `slots[].hostId`."""

_INSTANT = re.compile(r"\b(\d{4}-\d\d-\d\d)(?=T|%20| )|\b(\d{8})(?=T\d{6})")
_KEY = re.compile(rf"\b\w*{MADE_UP}\w+")
_NUMBER = re.compile(r"[0-9]{1,15}")
_FORMS = ("BookingId", "ConfirmationNumber")  # schemas, where the contract has them


class Volatile:
    """Of one server. `run` is what its made-up names have in common; `began` are Unix seconds of its own clock.

    `exact`: its clock stands still, so that moments and what is left of limits must be the same.
    """

    def __init__(self, contract: Contract, url: str, run: str, began: float, *, exact: bool) -> None:
        self.exact = exact
        self._run = run
        self._began = int(began)
        self._day = datetime.fromtimestamp(self._began // DAY * DAY, UTC).date()
        parts = urlsplit(url)
        self._places = [(url.rstrip("/"), "{server}"), (f"{parts.scheme}://{parts.netloc}", "{origin}")]
        self._places.append((parts.netloc, "{host}"))
        self._form = _form_of_ids(contract)
        self._labels: dict[str, int] = {}
        self._told: dict[str, str] = {}
        self._starts: dict[str, Any] = {}  # of bookings, by id
        self._made: dict[tuple[bytes, tuple[str, ...]], Fields] = {}
        headers = contract.rate_limits.headers
        self._counts = {headers["remaining"].lower(), headers["reset"].lower(), "retry-after"}
        self._limit = headers["limit"].lower()
        self._limits = {str(policy.limit) for policy in contract.rate_limits.policies.values()}
        self._identity = str(contract.rule("http.request_id")["header"]).lower()

    def forget(self) -> None:
        """Another part of the journey begins: bookings are numbered anew."""
        self._labels.clear()
        self._starts.clear()
        self._told.clear()

    def learn(self, answer: Answer) -> None:
        """Notes the bookings that stand in it."""
        if BOOKING[-1].encode() not in answer.body:
            return
        for booking in bookings(answer.json):
            for name in BOOKING:
                if booking[name].casefold() not in self._labels:
                    self._label(booking[name])
                    self._told.clear()
            self._starts[booking[BOOKING[0]]] = booking.get(START)

    def of_several(self, item: Any) -> Any:
        """An item of a list. Bookings that start together are listed by id, and so in any order: who has them is left
        out."""
        if not (isinstance(item, dict) and BOOKING[0] in item and START in item):
            return item
        if list(self._starts.values()).count(item[START]) < 2:
            return item
        return {name: value for name, value in item.items() if name not in (*BOOKING, CONTACT)}

    def once(self, body: bytes, make: Callable[[], Fields]) -> Fields:
        """What is made of a body, which each part of the journey begins with: made once."""
        known = (body, tuple(self._labels))
        if known not in self._made:
            self._made[known] = make()
        return self._made[known]

    def text(self, text: str) -> str:
        if (known := self._told.get(text)) is None:  # slots name the same hosts and days again and again
            known = self._told[text] = self._without(text)
        return known

    def _without(self, text: str) -> str:
        for place, word in self._places:
            text = text.replace(place, word)
        text = _KEY.sub("{key}", text.replace(self._run, "{run}"))
        for known in sorted(self._labels, key=len, reverse=True):
            text = re.sub(re.escape(known), lambda it: self._shown(it[0]), text, flags=re.IGNORECASE)
        if self._form is not None:
            text = self._form.sub(lambda it: self._shown(it[0]), text)
        return _INSTANT.sub(self._from_today, text)

    def value(self, name: str, value: Any) -> Any:
        """Of a member of a body."""
        if not isinstance(value, str):
            return value
        if name == CURSOR:
            return "{cursor}" if value else value
        if name == INVITE:
            return "{address}" + (urlsplit(value).path[-4:] if "://" in value else value)
        return self.text(value)

    def header(self, name: str, value: str, sent: Mapping[str, str]) -> str:
        """`name` in lower case; `sent` are the request's headers."""
        if name == self._identity:
            own = next((given for header, given in sent.items() if header.lower() == name), None)
            return "{as sent}" if value == own else "{id}" if value else value
        if name in self._counts and not self.exact:
            return "{number}" if _NUMBER.fullmatch(value) else value
        if name == self._limit and not self.exact and value in self._limits:
            return "{limit}"  # which of several is told depends on what is left of each
        if _NUMBER.fullmatch(value):
            away = int(value) - self._began
            return f"{{now}}{away:+d}" if abs(away) < NEAR else value
        if (moment := _http_date(value)) is not None:
            return f"{{date{moment - self._began:+d}}}" if self.exact else "{date}"
        return self.text(value)

    def _label(self, found: str) -> int:
        return self._labels.setdefault(found.casefold(), len(self._labels) + 1)

    def _shown(self, found: str) -> str:
        case = "lower" if found.islower() else "upper" if found.isupper() else "mixed"
        return f"{{booking {self._label(found)}, {case} case, {len(found)} characters}}"

    def _from_today(self, found: re.Match[str]) -> str:
        try:
            away = (datetime.fromisoformat(found[0]).date() - self._day).days
        except ValueError:
            return found[0]
        form = "" if "-" in found[0] else "basic "
        return f"{{{form}day{away:+d}}}" if abs(away) * DAY < NEAR else found[0]


def dates_moved(text: str, by: timedelta) -> str:
    """The moments that stand in a text, so much later; whole days."""

    def moved(found: re.Match[str]) -> str:
        try:
            day = datetime.fromisoformat(found[0]).date() + by
        except (ValueError, OverflowError):
            return found[0]
        return day.isoformat() if "-" in found[0] else day.strftime("%Y%m%d")

    return _INSTANT.sub(moved, text)


def bookings(body: Any) -> Iterator[Mapping[str, Any]]:
    """Those that stand in an answer."""
    if isinstance(body, dict):
        if all(isinstance(body.get(name), str) and body[name] for name in BOOKING):
            yield body
        for inner in body.values():
            yield from bookings(inner)
    elif isinstance(body, list):
        for inner in body:
            yield from bookings(inner)


def _form_of_ids(contract: Contract) -> re.Pattern[str] | None:
    schemas = contract.document["components"]["schemas"]
    patterns = [str(schemas[name].get("pattern", "")).strip("^$") for name in _FORMS if name in schemas]
    stated = "|".join(filter(None, patterns))
    return re.compile(rf"\b(?:{stated})\b") if stated else None


def _http_date(value: str) -> int | None:
    try:
        return int(parsedate_to_datetime(value).timestamp()) if value.endswith("GMT") else None
    except ValueError:
        return None
