"""`make test COVERAGE=yes` measures the fast tests, and those alone: what is traced takes up to twice as long."""

import sys

import coverage
import pytest


@pytest.fixture
def measured(pytestconfig: pytest.Config) -> bool:
    return bool(pytestconfig.getoption("cov_source", default=None))


@pytest.mark.slow
def test_slow_tests_are_not_measured() -> None:
    assert coverage.Coverage.current() is None
    assert sys.gettrace() is None


def test_fast_tests_are_measured_where_coverage_is_asked_for(measured: bool) -> None:
    assert (coverage.Coverage.current() is not None) is measured
