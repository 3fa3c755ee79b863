"""What only a control API can do to a server: take time back, make keys, use up a limit at once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from contracts.harness.session import Session
from contracts.harness.slots import instant
from contracts.outcome import NotRunError
from contracts.target.control import ControlApi


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that the check made; `label` is its name among Credentials.keys."""

    label: str
    revoke: Callable[[], None]


class Steering:
    """For rules that need Need.CONTROL. Every method raises NotRunError where no control API was named."""

    def __init__(self, session: Session, control: ControlApi | None) -> None:
        self._session = session
        self._given = control

    @contextmanager
    def moved(self, seconds: int) -> Iterator[None]:
        """A time so far ahead; afterwards the server has the time and the state that it had before."""
        control, target = self._control, self._session.target
        paces = target.pacer.snapshot()
        try:
            with target.clock.undone(), control.kept():
                self._session.wait(seconds)
                yield
        finally:
            target.pacer.restore(paces)

    def new_key(self, expires_at: int | None = None) -> NewKey:
        """Makes a public key of the check's organization, which expires at a moment in Unix seconds or never."""
        credentials = self._session.credentials
        expiry = None if expires_at is None else instant(expires_at)
        identity, value = self._control.make_key(str(credentials.organization), expiry)
        label = f"made_{len(credentials.keys)}"
        self._session.target.credentials = replace(credentials, keys={**credentials.keys, label: value})
        return NewKey(label, partial(self._control.revoke_key, identity))

    def confirm(self, booking_id: str) -> None:
        """As staff would."""
        self._control.confirm(booking_id)

    def set_remaining(self, policy: str, label: str, remaining: int) -> None:
        """Lets a key, or its organization, have that much left of a policy."""
        session, credentials = self._session, self._session.credentials
        if session.contract.rate_limits.policies[policy].scope == "key":
            organization = credentials.organization_of(label)
            subject = self._control.key_id(str(organization), credentials.keys[label][-4:])
        else:
            subject = f"org_{session.organization_header(label)}"
        self._control.set_remaining(policy, subject, remaining)

    @property
    def _control(self) -> ControlApi:
        if self._given is None:
            raise NotRunError("it needs --control")
        return self._given
