"""Reads only: organization, service, a week's slots."""

from loadtests.api.steps import Flow
from loadtests.scenarios.visitor import Visitor


def browse(visitor: Visitor) -> Flow:
    yield from visitor.look_around()
