"""Webhooks of the server under test: endpoints that a rule registers, and what is delivered to them."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from contracts.delivery import Delivery
from contracts.harness.inbox import Inbox
from contracts.harness.session import Session
from contracts.outcome import NotRunError
from contracts.spec.webhooks import Webhooks
from contracts.target.control import ControlApi, RefusedError


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One that is registered; `secret` is what its deliveries are to be signed with."""

    id: str
    secret: str
    path: str


class Reception:
    """For rules that need Need.WEBHOOKS. Every method raises NotRunError where there is no receiver."""

    def __init__(self, session: Session, control: ControlApi | None, inbox: Inbox | None) -> None:
        self._session = session
        self._control_given = control
        self._inbox_given = inbox

    @property
    def stated(self) -> Webhooks:
        """What the contract says of them."""
        webhooks = self._session.contract.webhooks
        if webhooks is None:
            raise NotRunError("the contract has no webhooks")
        return webhooks

    @contextmanager
    def endpoint(self, *events: str, answers: Sequence[int] = (), secret: str | None = None) -> Iterator[Endpoint]:
        """One for these events, or all, of the check's organization, as long as it is looked at. It answers with these
        statuses, one after the other, and takes what comes after them."""
        path = self._inbox.new_path(answers)
        try:
            identity, made = self.register(self._inbox.url + path, *events, secret=secret)
        except RefusedError as error:
            raise NotRunError(f"no endpoint could be registered: {error}") from error
        try:
            yield Endpoint(identity, made, path)
        finally:
            self._control.remove_webhook(identity)

    def register(self, url: str, *events: str, secret: str | None = None) -> tuple[str, str]:
        """The id and the secret of an endpoint. Raises RefusedError."""
        names = events or tuple(self.stated.payloads)
        return self._control.make_webhook(str(self._session.credentials.organization), url, names, secret)

    def takes(self, url: str) -> bool:
        """Whether an endpoint may be there."""
        try:
            identity, _ = self.register(url)
        except RefusedError:
            return False
        self._control.remove_webhook(identity)
        return True

    @property
    def loopback(self) -> str:
        """A URL on this machine."""
        return self._inbox.url

    def delivered(self, endpoint: Endpoint, count: int) -> Sequence[Delivery]:
        """What the endpoint got in all, when it is that many or nothing more is due."""
        if not self._inbox.wait(endpoint.path, count, 0):
            self._control.advance(0)  # which carries out what is due
            self._inbox.wait(endpoint.path, count, self._inbox.patience)
        return self._inbox.at(endpoint.path)

    def settled(self, endpoint: Endpoint) -> Sequence[Delivery]:
        """What the endpoint got in all, when nothing more is due."""
        self._control.advance(0)
        return self._inbox.at(endpoint.path)

    def logged(self, endpoint: Endpoint) -> Collection[str]:
        """The ids of its deliveries that the server knows."""
        return self._control.deliveries(endpoint.id)

    def resend(self, delivery: str) -> bool:
        """Whether it is sent again."""
        try:
            self._control.resend(delivery)
        except RefusedError:
            return False
        return True

    @property
    def _control(self) -> ControlApi:
        if self._control_given is None:
            raise NotRunError("it needs --control")
        return self._control_given

    @property
    def _inbox(self) -> Inbox:
        if self._inbox_given is None:
            raise NotRunError("it needs --webhooks")
        return self._inbox_given
