"""Processes of a load, forked from one that has imported Locust, which costs more than a load.

What a test may look at is what they report and how a run ends. How they come up by themselves, and what becomes of them
when somebody kills or stops them, is for those that `kordkit load` starts: see run/test_processes.py.
"""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from loadtests.run import children

ROOT = Path(__file__).resolve().parents[2]

# What is started instead of a generator: has one forked on its own channels, and ends as that does.
STAND_IN = """
import json, os, socket, sys
ended, tell = os.pipe()
alive, held = os.pipe()
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as forks:
    forks.connect(sys.argv[1])
    socket.send_fds(forks, [json.dumps(dict(os.environ)).encode()], [0, 1, 2, tell, alive])
os.close(tell)
sys.exit(int(os.read(ended, 4) or 1))
"""


@contextmanager
def running_forks() -> Iterator[Callable[[], None]]:
    """What is to be called in a process whose loads shall be forked."""
    with TemporaryDirectory() as folder:
        path = str(Path(folder, "forks"))
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listener.bind(path)
        command = [sys.executable, "-m", "tests.loadtests.forking", str(listener.fileno())]
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, pass_fds=[listener.fileno()]):
            listener.close()
            yield partial(use, path)


def use(path: str) -> None:
    children.GENERATOR = (sys.executable, "-E", "-S", "-c", STAND_IN, path)
