"""What stands around the mocks: nginx in front of them, and a proxy through which their connections can be cut."""

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from tests.mock_process import ROOT
from tests.turns import PATIENCE

SITE = ROOT / "docs" / "deployment" / "nginx.conf"
NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr error;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


def free_ports(count: int) -> list[int]:
    """So many that were free a moment ago."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [sock.getsockname()[1] for sock in sockets]


@contextmanager
def running_nginx(folder: Path, upstreams: Sequence[int]) -> Iterator[str]:
    """The documented site in front of mocks on these three ports; where nginx is reached."""
    port = free_ports(1)[0]
    site = SITE.read_text().replace("listen 4020;", f"listen 127.0.0.1:{port};")
    for number, upstream in enumerate(upstreams):
        site = site.replace(f"127.0.0.1:{4021 + number};", f"127.0.0.1:{upstream};")
    (folder / "site.conf").write_text(site)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder))
    command = [_nginx(), "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE
        while not _answers(port):
            assert process.poll() is None, "nginx has ended"
            assert time.monotonic() < deadline, "nginx does not get ready"
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _nginx() -> str:
    """Its path. Where it is missing, the test is skipped, but not in CI."""
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("nginx is not installed: .ci/run does it")
        pytest.skip("nginx is not installed: apt-get install nginx-light")
    return found


def _answers(port: int) -> bool:
    with suppress(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    return False


class TcpProxy:
    """Passes on what connections to `port` bring, until they are cut; where it `refuses`, no new ones."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._sock = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._sock.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.refuses = False
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> int:
        """Close every connection, in the middle of whatever is under way; how many there were."""
        with self._lock:
            cut, self._open = self._open, set()
        for sock in cut:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        return len(cut) // 2

    def close(self) -> None:
        self.refuses = True
        self._sock.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._sock.accept()
            except OSError:
                return
            with self._lock:  # whoever is not refused now is cut by the next one who cuts
                try:
                    server = None if self.refuses else socket.create_connection(("127.0.0.1", self._target))
                except OSError:
                    server = None
                if server is None:
                    client.close()
                    continue
                self._open |= {client, server}
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while chunk := source.recv(65536):
                sink.sendall(chunk)
        for sock in (source, sink):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._open -= {source, sink}
        source.close()
