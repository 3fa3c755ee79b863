"""What the API promises, with the state in a database: tests of the mock in memory, chosen for what they ask of it."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests import postgresql
from tests.mockserver.limits.test_policies import (  # noqa: F401
    limited,
    of_platform,
    test_a_creation_counts_against_both_and_so_does_its_replay,
    test_a_refusal_waits_for_the_last_of_minute_hour_and_day,
    test_a_refused_request_consumes_nothing,
)
from tests.mockserver.limits.test_self_service import (  # noqa: F401
    begin,
    test_a_match_gives_back_its_own_unit_and_no_earlier_failure,
    test_ten_wrong_guesses_shut_the_owner_out_until_the_window_is_over,
)
from tests.mockserver.snapshots.conftest import work  # noqa: F401
from tests.mockserver.snapshots.test_state import (
    test_an_exported_state_goes_on_in_another_mock_of_the_same_dataset as goes_on,
)
from tests.mockserver.test_clock import (  # noqa: F401
    test_a_frozen_clock_stands_where_it_was_put_and_a_running_one_goes_on,
    test_a_key_expires_when_the_clock_gets_there,
    test_date_header_journal_and_last_use_follow_the_clock,
    test_what_has_expired_is_forgotten_as_the_clock_moves,
)
from tests.mockserver.test_control import (  # noqa: F401
    test_a_reset_brings_the_keys_of_the_dataset_back,
    test_a_reset_forgets_bookings_and_begins_their_ids_anew,
    test_the_value_of_a_made_key_is_told_once,
)
from tests.mockserver.test_idempotency import (  # noqa: F401
    post,
    test_a_key_is_kept_for_a_day_from_the_arrival_of_its_first_request,
    test_a_second_request_while_the_first_still_runs_is_told_to_come_again,
    test_conflicts_and_broken_rules_are_given_again_though_they_would_end_otherwise_now,
    test_keys_are_told_apart_by_case_and_belong_to_one_api_key,
    test_the_first_answer_is_given_again_byte_for_byte,
)
from tests.mockserver.test_limits_control import test_an_algorithm_taken_at_run_time_counts_by_its_own_rule  # noqa: F401


@pytest.mark.parametrize("algorithm", ["sliding-window"])  # whose counters are the longest
def test_an_exported_state_goes_on_in_another_mock(start: Callable[..., Any], work: Any, algorithm: str) -> None:  # noqa: F811
    goes_on(start, work, algorithm)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def urls(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], str]:
    """Of the first, second, … mock that a test starts; the next test begins anew with them."""
    folder: Path = tmp_path_factory.mktemp("states")
    server: postgresql.Server | None = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql_server")
    known: dict[int, str] = {}

    def url(number: int) -> str:
        if number not in known:
            known[number] = server.new_database() if server else f"sqlite:///{folder / f'{number}.db'}"
        return known[number]

    return url


@pytest.fixture
def door() -> str:
    return "direct"


@pytest.fixture
def state_settings(urls: Callable[[int], str]) -> Callable[[], dict[str, Any]]:
    numbers = count()
    return lambda: {"state": urls(next(numbers)), "anew": True}
