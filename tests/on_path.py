"""A `kordkit` for shells to find, which forks as tests/processes.py does.

To a shell it is the command: arguments, folder, environment, channels and exit code are as they should be, signals
reach it, and it is gone when the process that the shell started is killed.
"""

import ast
import multiprocessing.connection
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.processes import Command

# What the shell starts: tells the address below who it is, and ends as what was forked there.
STAND_IN = """#!{python} -ISE
import _signal, _socket, os, sys
asked = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM, 0)
asked.connect({address!r})
channels = b"".join(number.to_bytes(4, sys.byteorder) for number in range(3))
told = repr((sys.argv[1:], os.getcwd(), dict(os.environ))).encode()
asked.sendmsg([len(told).to_bytes(4, "big")], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, channels)])
asked.sendall(told)
for number in (_signal.SIGINT, _signal.SIGTERM):
    _signal.signal(number, lambda number, _: asked.send(bytes([number])))
sys.exit(asked.recv(1)[0])
"""


@contextmanager
def on_path(begin: Callable[[], None] | None = None) -> Iterator[Path]:
    """The folder that it is in. `begin` is called in each process before anything else."""
    with TemporaryDirectory() as name, closing(socket.socket(socket.AF_UNIX)) as listening:
        folder = Path(name)
        address, command = str(folder / "asked"), folder / "kordkit"
        listening.bind(address)
        listening.listen()
        command.write_text(STAND_IN.format(python=sys.executable, address=address))
        command.chmod(0o700)
        threading.Thread(target=_serve, args=(listening, begin), daemon=True).start()
        try:
            yield folder
        finally:
            listening.shutdown(socket.SHUT_RDWR)


def _serve(listening: socket.socket, begin: Callable[[], None] | None) -> None:
    while True:
        try:
            asked, _ = listening.accept()
        except OSError:
            return
        threading.Thread(target=_stand_for, args=(asked, begin), daemon=True).start()


def _stand_for(asked: socket.socket, begin: Callable[[], None] | None) -> None:
    with closing(asked), suppress(OSError):  # where it is killed, nobody waits for an answer
        length, channels, _, _ = socket.recv_fds(asked, 4, 3)
        with asked.makefile("rb") as file:
            words, folder, environment = ast.literal_eval(file.read(int.from_bytes(length, "big")).decode())
        command = Command(Path(folder), *words, environment=environment, channels=channels, begin=begin)
        for channel in channels:
            os.close(channel)
        try:
            while command.sentinel not in multiprocessing.connection.wait([command.sentinel, asked]):
                if not (number := asked.recv(1)):
                    return
                command.send_signal(number[0])
            code = command.wait()
            asked.sendall(bytes([code if code >= 0 else 128 - code]))
        finally:
            command.kill()
