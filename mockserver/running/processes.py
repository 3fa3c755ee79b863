"""A command with a companion: a process of our own that is there while the command runs, and never longer."""

import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import Any, BinaryIO

GRACE_SECONDS = 5.0  # that a companion has to end by itself
KEYBOARD = (signal.SIGINT, signal.SIGQUIT)  # a terminal sends these to its whole foreground group
FORWARDED = (signal.SIGTERM, signal.SIGHUP)
KILLED = 128  # plus the number of the signal: how shells tell of a command that one has ended
TIMED_OUT = 124  # as timeout(1) has it


class CompanionEndedError(Exception):
    """Before it was ready; it has said why. `status` is its exit code."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the companion ended with {status}")
        self.status = status


class Companion:
    """A process forked from this one, in a session of its own, so that no Ctrl-C reaches it. It ends with this one."""

    def __init__(self, pid: int, reports: int, lifeline: int) -> None:
        self._pid = pid
        self._reports = reports
        self._lifeline = lifeline

    @classmethod
    def fork(cls) -> "Companion | Callable[[Mapping[str, Any]], None]":
        """Here the companion; in its own process, what tells this one that it is ready. No thread may run."""
        reports, writer = os.pipe()
        reader, lifeline = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid:
            os.close(writer)
            os.close(reader)
            return cls(pid, reports, lifeline)
        os.setsid()
        os.close(reports)
        os.close(lifeline)
        _be_silent()
        threading.Thread(target=_end_with, args=(reader,), name="lifeline", daemon=True).start()

        def ready(said: Mapping[str, Any]) -> None:
            with os.fdopen(writer, "wb") as pipe:
                pipe.write(json.dumps(said).encode() + b"\n")

        return ready

    def wait_until_ready(self) -> Any:
        """What it said. Raises CompanionEndedError."""
        with os.fdopen(self._reports, "rb") as pipe:
            said = pipe.readline()
        if not said:
            raise CompanionEndedError(self._reap())
        return json.loads(said)

    def stop(self) -> tuple[bool, int]:
        """Whether it was still there and ended because of this, and its exit code."""
        if not self._pid:
            return False, 0
        ended, status = os.waitpid(self._pid, os.WNOHANG)
        if ended:
            self._pid = 0
            return False, os.waitstatus_to_exitcode(status)
        os.kill(self._pid, signal.SIGTERM)
        killer = threading.Timer(GRACE_SECONDS, os.kill, (self._pid, signal.SIGKILL))
        killer.start()
        try:
            status = self._reap()
            return status >= 0, status  # it does not die of the signal that it is sent here
        finally:
            killer.cancel()

    def _reap(self) -> int:
        _, status = os.waitpid(self._pid, 0)
        self._pid = 0
        return os.waitstatus_to_exitcode(status)


def _be_silent() -> None:
    """Nothing comes in, and what goes out is no output of the command."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)


def _end_with(lifeline: int) -> None:
    """The other end of it is held by the process that forked this one, and closes with that, however it ends."""
    select.select([lifeline], [], [])
    os.kill(os.getpid(), signal.SIGTERM)


class Attendant:
    """Runs commands, and sees to it that signals get there. What comes before the first has begun ends this process.

    `told` is the number of the last signal that came since then, 0: none did.
    """

    def __init__(self) -> None:
        self.told = 0
        self._begun = False
        self._process: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []
        for number in (*KEYBOARD, *FORWARDED):
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._handle)

    def run(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        output: BinaryIO | None = None,
        seconds: float | None = None,
    ) -> int:
        """Its exit code as shells tell it.

        With an `output`, that is where it speaks to, and it is asked nothing. When it has taken `seconds` it is ended.
        Raises OSError if it cannot be started.
        """
        self._begun = True
        ways = {} if output is None else {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": subprocess.STDOUT}
        with subprocess.Popen(command, env=environment, **ways) as process:  # type: ignore[call-overload]
            self._process = process
            for number in self._early:
                self._forward(number, process)
            try:
                code = _waited_for(process, seconds)
            finally:
                self._process = None
        return code if code >= 0 else KILLED - code

    def _handle(self, number: int, _: FrameType | None) -> None:
        if not self._begun:
            raise SystemExit(KILLED + number)
        self.told = number
        if self._process is None:
            self._early.append(number)
        else:
            self._forward(number, self._process)

    def _forward(self, number: int, process: subprocess.Popen[bytes]) -> None:
        if number not in KEYBOARD or not _in_foreground():  # there the terminal has told the command as well
            process.send_signal(number)


def _waited_for(process: "subprocess.Popen[bytes]", seconds: float | None) -> int:
    """Its exit code, TIMED_OUT if it was ended."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.terminate()
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    return TIMED_OUT


def _in_foreground() -> bool:
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
