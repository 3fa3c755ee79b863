"""What a status means by the shipped contract."""

from contracts.spec.contract import Contract
from loadtests.measure.statuses import Statuses

meaning = Statuses.of(Contract.load()).meaning
