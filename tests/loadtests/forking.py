"""`python -m tests.loadtests.forking NUMBER`: forks a generator for every message at the socket of that number.

A message is an environment, and five channels: those of the generator, one that is told its exit code, and one that
ends when nobody waits for that any more. Then it is killed, as everyone is when standard input ends.
"""

import json
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

LARGEST = 1 << 17  # bytes of environment


class Fork(NamedTuple):
    """`gone` is a channel whose other end it holds alone."""

    number: int
    gone: int
    tell: int
    alive: int


class Forks:
    """Knows neither gevent nor what that patches: whoever is forked has all of it to itself."""

    def __init__(self, asked: socket.socket) -> None:
        self._asked = asked
        self._receive, self._select = socket.recv_fds, select.select
        self._fork, self._wait, self._close = os.fork, os.waitpid, os.close  # gevent's wait for its loop
        self._running: list[Fork] = []

    def serve(self, main: Callable[[], int]) -> None:
        """Until standard input ends."""
        while True:
            channels = [channel for fork in self._running for channel in (fork.gone, fork.alive)]
            ready, _, _ = self._select([0, self._asked.fileno(), *channels], [], [])
            for fork in list(self._running):
                if fork.alive in ready or 0 in ready:
                    os.kill(fork.number, signal.SIGKILL)
                if fork.gone in ready:
                    self._bury(fork)
            if 0 in ready:
                return
            if self._asked.fileno() in ready:
                self._begin(main)

    def _begin(self, main: Callable[[], int]) -> None:
        environment, (*channels, tell, alive), _, _ = self._receive(self._asked, LARGEST, 5)
        gone, held = os.pipe()
        number = self._fork()
        if not number:
            self._close(tell)
            _be_generator(main, channels, json.loads(environment))
        for channel in (held, *channels):
            self._close(channel)
        self._running.append(Fork(number, gone, tell, alive))

    def _bury(self, fork: Fork) -> None:
        _, status = self._wait(fork.number, 0)
        os.write(fork.tell, str(os.waitstatus_to_exitcode(status) & 255).encode())
        for channel in (fork.gone, fork.tell, fork.alive):
            self._close(channel)
        self._running.remove(fork)


def _be_generator(main: Callable[[], int], channels: list[int], environment: dict[str, str]) -> None:
    code = 1
    import gevent

    try:
        os.setsid()
        for number, channel in enumerate(channels):
            os.dup2(channel, number)
        os.environ.clear()
        os.environ.update(environment)
        gevent.reinit()  # its loop asks the kernel by a channel that it would share with all of them
        code = main()
    except BaseException:  # whatever it is must not go on as if this were the parent
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


if __name__ == "__main__":
    forks = Forks(socket.socket(fileno=int(sys.argv[1])))
    from loadtests.generator.process import main  # patches the process

    import_module("loadtests.generator.coordinator")  # imported on use, and here in advance
    import_module("loadtests.generator.worker")

    forks.serve(main)
