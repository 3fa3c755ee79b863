"""Ctrl-C while the processes still start: what it tells them stands right behind the job."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_a_halt_that_comes_with_the_job_is_not_part_of_it() -> None:
    code = "from loadtests.generator import process; print(process._line())"
    told = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps({"role": "coordinator"}) + "\nhalt\n",
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    assert told.stdout.strip() == str((b'{"role": "coordinator"}', b"halt\n"))
