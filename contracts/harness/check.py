"""What a rule is handed: a session with the server, what may be expected of it, and the helpers that set a scene."""

from collections.abc import Iterator
from contextlib import contextmanager

from contracts.harness.bookings import Bookings
from contracts.harness.catalogue import Catalogue
from contracts.harness.charges import Charges
from contracts.harness.expectations import Expectations
from contracts.harness.fakes import Fakes
from contracts.harness.inbox import Inbox
from contracts.harness.ledger import Ledger
from contracts.harness.limits import Limits
from contracts.harness.offers import Offers
from contracts.harness.settings import Settings
from contracts.harness.steering import Steering
from contracts.harness.webhooks import Reception
from contracts.harness.windows import Windows
from contracts.spec.contract import Contract
from contracts.target.client import Target
from contracts.target.control import ControlApi


class Check(Expectations):
    """The `expect…` methods raise Broken.

    What a rule needs only in order to ask its question is fetched through the methods that raise NotRunError: a rule
    does not fail for what another rule is there to find.
    """

    def __init__(
        self,
        contract: Contract,
        target: Target,
        fakes: Fakes,
        ledger: Ledger,
        control: ControlApi | None = None,
        *,
        write_budget: int | None = None,
        inbox: Inbox | None = None,
    ) -> None:
        super().__init__(contract, target, fakes)
        self.control = control
        self.ledger = ledger
        self.catalogue = Catalogue(self)
        self.offers = Offers(self, self.catalogue)
        self.bookings = Bookings(self, self.offers, ledger, write_budget)
        self.limits = Limits(self, self.offers, self.bookings, alone=control is not None)
        self.windows = Windows(self, self.limits)
        self.charges = Charges(self, self.limits)
        self.steering = Steering(self, control)
        self.webhooks = Reception(self, control, inbox)

    def adopt(self, contract: Contract) -> None:
        if contract.longest_range != self.contract.longest_range:
            self.offers.look_again()
        super().adopt(contract)
        self.limits.forget()

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Where the server is steered, what happens meanwhile has not happened afterwards."""
        if self.control is None:
            yield
            return
        with self.steering.moved(0), self.forgotten(), self.bookings.forgotten():
            yield
        self.limits.forget()

    @property
    def service_slug(self) -> str:
        """Of the service under test. Raises NotRunError where there is none."""
        return self.offers.service_slug

    @property
    def settings(self) -> Settings:
        """Of the service under test."""
        return self.catalogue.settings(self.service_slug)
