"""Killed at any moment, a mock loses nothing that it has acknowledged, and leaves nothing half done.

Ten random SIGKILLs for each database, thirty in `make thorough`; `make crash` does two hundred (KORDKIT_KILLS).
"""

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

from tests.effort import draws
from tests.mockserver.deployment.clients import Told
from tests.mockserver.deployment.mocks import running
from tests.mockserver.deployment.traffic import Load, audit

KILLS = int(os.environ.get("KORDKIT_KILLS", draws(30)))
CLIENTS = 16
LONGEST = 0.4  # seconds of load between two of them


def test_a_process_with_a_file_is_killed_under_load(tmp_path: Path, studio: list[str]) -> None:
    draw = random.Random(KILLS)
    told = Told()
    with running(tmp_path, [*studio, "--state", f"sqlite:///{tmp_path / 'state.db'}"]) as [mock]:
        with Load([mock.url], CLIENTS, told).running():
            for _ in range(KILLS):
                time.sleep(draw.uniform(0.0, LONGEST))
                mock.kill()
                mock.start()
        audit(mock.url, told)
    assert told.statuses[0] > 0, "nobody was interrupted"


def test_workers_on_a_server_are_killed_under_load(
    tmp_path: Path, studio: list[str], new_database: Callable[[], str]
) -> None:
    """One of three; every tenth time all of them, and their parent."""
    draw = random.Random(KILLS)
    told = Told()
    with running(tmp_path, [*studio, "--state", new_database(), "--workers", "3"]) as [mock]:
        with Load([mock.url], CLIENTS, told).running():
            for turn in range(KILLS):
                time.sleep(draw.uniform(0.0, LONGEST))
                if turn % 10 == 9:
                    mock.kill()
                    mock.start()
                else:
                    mock.kill_a_worker(draw)
        audit(mock.url, told)
    assert told.statuses[0] > 0, "nobody was interrupted"
