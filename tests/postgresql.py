"""A PostgreSQL server of the tests' own, on loopback: all processes of one run share it, and the last one stops it."""

import fcntl
import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from tests.turns import PATIENCE

SUPERUSER = "kordkit"
_SETTINGS = {"shared_buffers": "32MB", "max_connections": "200", "listen_addresses": "127.0.0.1"}
_HURRY = {"fsync": "off", "full_page_writes": "off"}  # nobody needs the data once the tests are over
_numbers = count()


class NoPostgresqlError(Exception):
    """What is missing, and how to get it."""


@dataclass(frozen=True)
class Server:
    """`folder` holds all of it. It is stopped and started at the same port. `durable`: nor does a power cut harm it."""

    folder: Path
    port: int
    durable: bool = False

    def url(self, database: str) -> str:
        return f"postgresql://{SUPERUSER}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """Its URL."""
        name = f"test_{os.getpid()}_{next(_numbers)}"
        self.run("psql", "-q", "-d", "postgres", "-c", f"CREATE DATABASE {name}")
        return self.url(name)

    def run(self, program: str, *arguments: str) -> None:
        where = ("-h", "127.0.0.1", "-p", str(self.port), "-U", SUPERUSER)
        subprocess.run([_binary(program), *where, *arguments], check=True, timeout=PATIENCE, capture_output=True)

    def start(self) -> None:
        chosen = _SETTINGS if self.durable else _SETTINGS | _HURRY
        settings = " ".join(f"-c {name}={value}" for name, value in chosen.items())
        options = f"-p {self.port} -k {self.folder} {settings}"
        self._control("start", "-l", str(self.folder / "log"), "-o", options)

    def stop(self, mode: str = "fast") -> None:
        self._control("stop", "-m", mode)

    def remove(self) -> None:
        with suppress(subprocess.CalledProcessError):  # it is stopped already
            self.stop("immediate")
        shutil.rmtree(self.folder)

    def _control(self, what: str, *arguments: str) -> None:
        _as_servant("pg_ctl", what, "-w", "-D", str(self.folder / "data"), *arguments)


def fresh_server(*, durable: bool = False) -> Server:
    """Started; whoever asked for it stops it and removes its folder. Raises NoPostgresqlError."""
    _binary("initdb")
    folder = Path(tempfile.mkdtemp(prefix="kordkit-postgresql-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server = Server(folder, free.getsockname()[1], durable)
    arguments = ("-A", "trust", "-U", SUPERUSER, "-E", "UTF8", "--no-locale", "--no-sync")
    _as_servant("initdb", "-D", str(folder / "data"), *arguments)
    server.start()
    return server


@contextmanager
def shared_server(folder: Path) -> Iterator[Server]:
    """The server of all who name this folder at the same time. Raises NoPostgresqlError."""
    with _register(folder) as users:
        if not users.get("server"):
            server = fresh_server()
            users["server"] = [str(server.folder), server.port]
        server = Server(Path(users["server"][0]), users["server"][1])
        users["processes"] = [*users.get("processes", []), os.getpid()]
    try:
        yield server
    finally:
        with _register(folder) as users:
            users["processes"] = [number for number in users["processes"] if number != os.getpid() and _lives(number)]
            if not users["processes"]:
                server.remove()
                users.clear()


@contextmanager
def _register(folder: Path) -> Iterator[dict[str, Any]]:
    """Who uses the server, as nobody else sees or changes it in the meantime."""
    with (folder / "postgresql.json").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        users = json.loads(file.read() or "{}")
        yield users
        file.seek(0)
        file.truncate()
        file.write(json.dumps(users))


def _lives(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


def _binary(name: str) -> str:
    """Debian keeps the server's programs off the PATH. Raises NoPostgresqlError."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = next((str(folder / name) for folder in folders if (folder / name).exists()), None) or shutil.which(name)
    if found is None:
        raise NoPostgresqlError(f"there is no {name}: apt-get install postgresql")
    return found


def _as_servant(program: str, *arguments: str) -> None:
    """The server refuses to run as root."""
    servant: dict[str, Any] = {}
    if os.geteuid() == 0:
        servant = {"user": "nobody", "group": "nogroup", "extra_groups": []}
    subprocess.run(
        [_binary(program), *arguments],
        check=True,
        timeout=PATIENCE,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,  # a pipe would be held open by the server
        stderr=subprocess.DEVNULL,
        cwd="/",
        **servant,
    )
