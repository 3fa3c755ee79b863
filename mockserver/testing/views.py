"""Parts of a mock as tests move and look at them. What they give is what the control API answers (docs/mock.md)."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, overload
from urllib.parse import quote

from mockserver.testing.control import Control, ControlError

Moment = str | datetime
"""An RFC 3339 time such as 2025-12-01T08:00:00Z, or a datetime that knows its time zone."""

_EVERY = str(10**9)  # requests


def written(moment: Moment) -> str:
    """RFC 3339. Raises ValueError for a datetime without a time zone."""
    if isinstance(moment, str):
        return moment
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone: say datetime(..., tzinfo=UTC)")
    return moment.isoformat()


class Clock:
    """Runs or stands still, and goes forward only; what falls due on the way happens in its order."""

    def __init__(self, control: Control) -> None:
        self._control = control

    @property
    def now(self) -> datetime:
        """In UTC, in whole seconds."""
        return datetime.fromisoformat(self._control.ask("GET", "/clock")["now"])

    @property
    def frozen(self) -> bool:
        return bool(self._control.ask("GET", "/clock")["frozen"])

    def advance(self, by: float | timedelta) -> None:
        """By so many seconds. Raises ControlError for a step back."""
        seconds = by.total_seconds() if isinstance(by, timedelta) else by
        self._control.ask("POST", "/clock/advance", {"seconds": seconds})

    def move_to(self, moment: Moment) -> None:
        """Raises ControlError for an earlier time than `now`."""
        self._control.ask("PUT", "/clock", {"now": written(moment)})

    def freeze(self) -> None:
        self._control.ask("PUT", "/clock", {"frozen": True})

    def run(self) -> None:
        """Go on from where it stands."""
        self._control.ask("PUT", "/clock", {"frozen": False})


class Limits:
    def __init__(self, control: Control) -> None:
        self._control = control

    def off(self) -> None:
        """Nothing is counted, no rate-limit header is sent."""
        self._control.ask("PUT", "/limits", {"enabled": False})

    def on(self) -> None:
        self._control.ask("PUT", "/limits", {"enabled": True})

    def use(self, algorithm: str) -> None:
        self._control.ask("PUT", "/limits", {"algorithm": algorithm})

    def set_remaining(self, policy: str, subject: str, remaining: int) -> None:
        """`subject` is the id of a key or of an organization, a client's address, or a confirmation number.

        Raises ControlError for a policy, key or organization that there is not.
        """
        path = f"/limits/{quote(policy, safe='')}/{quote(subject, safe='')}"
        self._control.ask("PUT", path, {"remaining": remaining})

    def counters(self) -> list[dict[str, Any]]:
        """Who has used what: `policy`, `subject`, `used`, `remaining`, `reset`."""
        return list(self._control.ask("GET", "/limits")["counters"])

    def clear(self) -> None:
        """Forget what was used."""
        self._control.ask("DELETE", "/limits")


class Faults:
    def __init__(self, control: Control) -> None:
        self._control = control

    def add(self, profile: str | None = None, /, **rule: Any) -> list[str]:
        """`add("flaky")`, or `add(action={"kind": "error", "status": 503}, match={...}, times=1)`; gives their ids.

        Raises ControlError with the place of what is wrong.
        """
        stated = rule if profile is None else {"profile": profile, **rule}
        return [fault["id"] for fault in self._control.ask("POST", "/faults", stated)["faults"]]

    def remove(self, fault_id: str) -> None:
        self._control.ask("DELETE", f"/faults/{quote(fault_id, safe='')}")

    def clear(self) -> None:
        self._control.ask("DELETE", "/faults")

    def all(self) -> list[dict[str, Any]]:
        """Those in force, with how often each `matched` and `fired`."""
        return list(self._control.ask("GET", "/faults")["faults"])


class Matching(ABC, Sequence[dict[str, Any]]):
    """What `matching()` finds, as it is now: each look asks anew."""

    @abstractmethod
    def matching(self) -> list[dict[str, Any]]: ...

    @overload
    def __getitem__(self, index: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, index: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, index: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        return self.matching()[index]

    def __len__(self) -> int:
        return len(self.matching())

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.matching())


class Requests(Matching):
    """The journal, oldest first: `method`, `path`, `operation`, `status`, `body`, `answer` and more of each request.

    Keys, e-mail addresses, phone numbers and notes are masked in it; look at the bookings for those.
    """

    def __init__(self, control: Control) -> None:
        self._control = control

    def matching(self, **words: str | int) -> list[dict[str, Any]]:
        """By `operation`, `organization`, `method`, `path`, `key`, `header`, `status`, `cause`, `since`, `until`."""
        query = {word: str(wanted) for word, wanted in words.items()}
        newest_first = self._control.ask("GET", "/requests", limit=_EVERY, **query)["requests"]
        return list(reversed(newest_first))

    def verify(self, count: int | Mapping[str, int] | None = None, /, **match: Any) -> None:
        """That so many came: at least one unless told, or `{"at_least": 1, "at_most": 2}`.

        Raises AssertionError, which says what came near, and ControlError for a name that there is not.
        """
        self._verify({"match": match} if count is None else {"match": match, "count": count})

    def verify_order(self, *matches: Mapping[str, Any]) -> None:
        """That they came in this order, whatever came between them. Raises as `verify`."""
        self._verify({"order": matches})

    def _verify(self, wanted: object) -> None:
        try:
            self._control.ask("POST", "/requests/verify", wanted)
        except ControlError as refusal:
            if "near_misses" not in refusal.answer:
                raise
            raise AssertionError(str(refusal)) from None

    def clear(self) -> None:
        self._control.ask("DELETE", "/requests")


class Bookings(Matching):
    """Those of all organizations as staff see them, by organization and start; canceled ones, too."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def matching(self, **words: str) -> list[dict[str, Any]]:
        """By `organization` (its slug) and `status`."""
        return list(self._control.ask("GET", "/bookings", **words)["bookings"])

    def confirm(self, booking_id: str) -> dict[str, Any]:
        """As staff do. Raises ControlError."""
        return dict(self._control.ask("POST", f"/bookings/{quote(booking_id, safe='')}/confirm")["booking"])

    def cancel(self, booking_id: str) -> dict[str, Any]:
        """As staff do, without regard to notice. Raises ControlError."""
        return dict(self._control.ask("POST", f"/bookings/{quote(booking_id, safe='')}/cancel")["booking"])


class Webhooks:
    """Receivers, and what was sent to them. `organization` is the slug of the mock's first one."""

    def __init__(self, control: Control, organization: str | None) -> None:
        self._control = control
        self._organization = organization

    def register(self, url: str, *events: str, organization: str | None = None, secret: str | None = None) -> Any:
        """The webhook, its full `secret` included: one is made if none is given. Raises ControlError."""
        wanted = {"organization": organization or self._organization, "url": url, "events": events}
        return self._control.ask("POST", "/webhooks", wanted if secret is None else {**wanted, "secret": secret})

    def all(self) -> list[dict[str, Any]]:
        return list(self._control.ask("GET", "/webhooks")["webhooks"])

    def remove(self, webhook_id: str) -> None:
        self._control.ask("DELETE", f"/webhooks/{quote(webhook_id, safe='')}")

    def clear(self) -> None:
        self._control.ask("DELETE", "/webhooks")

    def deliveries(self, **words: str) -> list[dict[str, Any]]:
        """Oldest first, by `booking`, `event`, `webhook` and `state`, each with `payload` and `attempts`.

        What is due is tried before, so nobody has to wait for it; a retry is due when the clock has been moved there.
        """
        self._control.ask("POST", "/clock/advance", {"seconds": 0})
        newest_first = self._control.ask("GET", "/deliveries", limit=_EVERY, **words)["deliveries"]
        return list(reversed(newest_first))

    def resend(self, delivery_id: str) -> dict[str, Any]:
        """With its id and all its retries. Raises ControlError."""
        return dict(self._control.ask("POST", f"/deliveries/{quote(delivery_id, safe='')}/resend"))
