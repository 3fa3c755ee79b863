"""The mock that an agent has started, in a process of its own, and the requests that reach it."""

import http.client
import json
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from mcp.server.mcpserver.exceptions import ToolError

MOST_BYTES = 64 << 10  # of an answer that is shown; a contract may have more
START_SECONDS = 30.0
ANSWER_SECONDS = 60.0
COMMAND = (sys.executable, "-P", "-m", "mockserver.agents.child")  # -P: nothing of the folder that it is started in


class OwnMock:
    """At most one at a time. Every method raises ToolError, with a sentence for the agent."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="kordkit-mcp-")
        self._said: deque[str] = deque(maxlen=20)  # the end of its log: what went wrong, if it did
        self._changing = threading.Lock()
        self._ready: Mapping[str, Any] = {}
        self.target = Path(self._folder.name) / "ready.json"

    def start(self, flags: Sequence[str]) -> Mapping[str, Any]:
        """What its ready-file says."""
        with self._changing:
            if self._runs():
                raise ToolError(f"a mock is running already, at {self._ready['url']}: use it, or stop_mock first")
            arguments = ("mock", "--port=0", f"--ready-file={self.target}", "--log-format=json", *flags)
            process = self._process = subprocess.Popen(
                (*COMMAND, *arguments),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            self._said.clear()
            log = threading.Thread(target=self._listen, args=[process], daemon=True)
            log.start()
            watchdog = threading.Timer(START_SECONDS, process.kill)
            watchdog.start()
            assert process.stdout is not None
            banner = process.stdout.readline()  # it comes once the ready-file is there
            watchdog.cancel()
            if not banner:
                self._end()
                log.join(ANSWER_SECONDS)
                raise ToolError(f"the mock did not start: {' '.join(self._said).strip() or 'it said nothing'}")
            self._ready = json.loads(self.target.read_bytes())
            return self._ready

    def stop(self) -> None:
        with self._changing:
            self._end()

    def close(self) -> None:
        self.stop()
        self._folder.cleanup()

    @property
    def ready(self) -> Mapping[str, Any]:
        if not self._runs():
            raise ToolError("no mock is running: start_mock first")
        return self._ready

    def control(self, method: str, path: str, body: Any = None, query: Mapping[str, Any] | None = None) -> Any:
        """What the control API answers; None for an answer without a body."""
        headers = {"Content-Type": "application/json"}
        sent = None if body is None else json.dumps(body).encode()
        status, _, answer = self.ask(method, urlsplit(self.ready["control_url"]).path + path, query, headers, sent)
        read = json.loads(answer) if answer else None
        if not http.client.OK <= status < http.client.MULTIPLE_CHOICES:
            raise ToolError(read["detail"] if isinstance(read, dict) and "detail" in read else f"status {status}")
        return read

    def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body of an answer; nothing is followed, so nothing leaves the mock."""
        if not path.startswith("/"):
            raise ToolError(f"a path begins with /, which {path} does not")
        address = urlsplit(self.ready["url"])
        asked = f"{path}?{urlencode(query, doseq=True)}" if query else path
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=ANSWER_SECONDS)
        try:
            connection.request(method, asked, body, dict(headers or {}))
            answer = connection.getresponse()
            if answer.getheader("Content-Type", "").startswith("text/event-stream"):
                raise ToolError("this is a stream, which has no end: read_journal shows the same requests")
            return answer.status, dict(answer.getheaders()), answer.read()
        except (OSError, http.client.HTTPException, ValueError) as error:  # faults do that, too
            raise ToolError(f"there was no answer: {type(error).__name__}: {error}") from error
        finally:
            connection.close()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(ANSWER_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()

    def _runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        with process.stderr as log:
            self._said.extend(line.rstrip() for line in log)
