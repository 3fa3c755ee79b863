"""One of two servers on a journey: how it is asked, and how it is put into the state that the other one begins in."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime

from contracts.comparing.diff.fields import fields_of
from contracts.comparing.diff.volatile import Fields, Volatile
from contracts.comparing.diff.witness import Seen, StoppedClock, Witness
from contracts.errors import ContractError, TargetError, UnreachableError
from contracts.exchange import Answer, Request
from contracts.harness.check import Check
from contracts.harness.clean_up import CleanUp
from contracts.harness.counting import ALGORITHMS
from contracts.harness.fakes import Fakes
from contracts.harness.ledger import Ledger
from contracts.harness.slots import instant
from contracts.outcome import Broken, BudgetError, NotRunError
from contracts.rules.rule import Rule
from contracts.rules.selection import Plan
from contracts.run.preflight import not_found
from contracts.spec.contract import Contract
from contracts.target.client import UnansweredError
from contracts.target.clock import ServerClock, unix_seconds
from contracts.target.control import ControlApi, RefusedError
from contracts.target.credentials import Credentials
from contracts.target.pacing import Pacer


class Side:
    """`name` is A or B. `run` is what the names that it makes up have in common; both sides draw from one `seed`."""

    def __init__(
        self,
        name: str,
        contract: Contract,
        credentials: Credentials,
        *,
        run: str,
        seed: int,
        may_write: bool,
        rate: float | None = None,
        max_requests: int | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        self.name = name
        self.contract = contract
        self.credentials = credentials
        self.control: ControlApi | None = None
        if credentials.control_url:
            self.control = ControlApi(credentials.control_url, credentials.admin_token, credentials.ca_bundle)
        self.run, self._seed, self._rate = f"{run}{name.lower()}", seed, rate
        self.target = Witness(
            contract,
            credentials,
            ServerClock(None),
            self._pacer(),
            max_requests=max_requests,
            may_write=may_write,
            authority=credentials.ca_bundle,
        )
        self.ledger = ledger or Ledger(None)
        self._check = self._new_check(None)
        self._start: bytes | None = None
        self._volatile = Volatile(contract, credentials.url, self.run, unix_seconds(), exact=False)

    # Time and state

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Whatever happens inside, a server with a control API is left in the state it had."""
        if self.control is None:
            yield
            return
        with self.control.kept():
            yield

    def stop(self, moment: int | None = None) -> int:
        """Its clock stands still, at that moment or where it is; the next whole second is given back."""
        control = self._steered
        control.stop_clock(None if moment is None else instant(moment))
        return int(self._health()) + 1

    def begin_at(self, moment: int) -> None:
        """From here on every scene begins with its dataset, at that moment, with all limits."""
        control = self._steered
        control.reset()
        control.clear_limits()
        self._start = control.state()
        self.target.clock = StoppedClock(control, moment)
        self._volatile = Volatile(self.contract, self.credentials.url, self.run, moment, exact=True)

    def follow(self, other: "Side") -> None:
        """Takes the time of the other server, which has no clock that could be moved."""
        moment = other._check.now()
        if self.control is not None:
            self.control.reset()
            with suppress(RefusedError):  # it is ahead, and no clock goes back
                self.control.set_clock(instant(moment))
        for side in (self, other):
            side._volatile = Volatile(side.contract, side.credentials.url, side.run, moment, exact=False)

    # The journey

    def unknown(self, asked: Plan) -> str:
        """What it is to be asked about and does not know, or ""; where its control API says that it does, no flag is
        wrong, and it is the server that differs."""
        return not_found(self._new_check(self.control), asked)

    def visit(self, rule: Rule | None) -> tuple[Sequence[Seen], str]:
        """What came of putting a rule's question, or of looking round before the first, and why it was not put to its
        end, or "". Raises UnreachableError where nothing was ever answered."""
        if self._start is not None:
            self._put_back()
        self.target.seen.clear()
        self._volatile.forget()
        reason = ""
        try:
            if rule is None:
                self._look_round()
            else:
                rule.ask(self._check)
        except (Broken, UnansweredError, ExceptionGroup):
            pass  # whether it is right is not what is asked here
        except (BudgetError, NotRunError) as error:
            reason = str(error)
        except (ContractError, TargetError, UnreachableError):
            raise
        except Exception as error:  # a fault of ours, at an answer that nobody thought of: the rest goes on
            reason = f"kordkit itself failed, please report it: {error!r}"
        return tuple(self.target.seen), reason

    def fields(self, seen: Seen) -> Fields:
        return fields_of(self.contract, seen, self._volatile)

    def question(self, seen: Seen) -> tuple[str, str, str, str]:
        """What was asked, as far as it can be compared with what the other side asked."""
        request = seen.request
        content = (request.content or b"").decode("utf-8", "replace")
        return request.method, str(request.key), self._volatile.text(request.url), self._volatile.text(content)

    # A recorded session

    def now(self) -> float:
        """Unix seconds of its clock."""
        return self._check.now() if self.control is None else self._health()

    def begin_replay(self, moment: float) -> None:
        """From here on its days are counted from that moment, with its dataset where it has a control API."""
        if self.control is not None:
            self.control.reset()
            self.control.clear_limits()
        self._volatile = Volatile(self.contract, self.credentials.url, self.run, moment, exact=False)

    def reach(self, moment: float) -> None:
        """Its clock stands still at that moment, if it can be moved."""
        if self.control is not None:
            with suppress(RefusedError):  # it is there already
                self.control.stop_clock(instant(int(moment)))

    def may_send(self, request: Request) -> bool:
        operation = self.contract.operations.get(request.operation or "")
        return self.target.may_write or (operation is not None and request.method == "GET" == operation.method)

    def unknown_key(self) -> str:
        return self._check.unknown_key()

    def put(self, request: Request) -> Seen:
        """What came of it. What was booked is written down. Raises UnreachableError."""
        self.target.seen.clear()
        with suppress(UnansweredError):
            answer = self.target.send(request, paced=self.control is None)
            if request.operation == "createBooking":
                body = Answer(request, 0, {}, request.content or b"", 0, 0).json
                self._check.bookings.record(answer, body if isinstance(body, dict) else {}, None)
        return self.target.seen[-1]

    def clean_up(self) -> list[str]:
        """Cancels what was booked where no state is put back; a line for each booking that is left."""
        if self.control is not None:
            self.ledger.forget()
        left = [] if self.ledger.settled else CleanUp(self._check, self._check.bookings).cancel_all()
        self.ledger.close()
        return left

    def _look_round(self) -> None:
        check = self._check
        for slug in check.catalogue.services():
            check.catalogue.service(slug)
        _ = check.settings
        check.offers.offered()

    def _put_back(self) -> None:
        assert self._start is not None
        self._steered.restore(self._start)
        assert isinstance(self.target.clock, StoppedClock)
        self.target.clock.rewind()
        self.target.pacer = self._pacer()
        self.target.answers.clear()
        self.target.credentials = self.credentials
        self._check = self._new_check(self.control)

    def _new_check(self, control: ControlApi | None) -> Check:
        return Check(self.contract, self.target, Fakes(self._seed, self.run), self.ledger, control)

    def _pacer(self) -> Pacer:
        windows = ALGORITHMS[self.contract.rate_limits.algorithm].windows
        return Pacer(self._rate, windows=windows)

    def _health(self) -> float:
        return datetime.fromisoformat(str(self._steered.health()["now"])).timestamp()

    @property
    def _steered(self) -> ControlApi:
        if self.control is None:
            raise TargetError(f"{self.credentials.url} has no control API")
        return self.control
