"""How the workers of one mock ask one another for what each of them keeps for itself."""

import os
import select
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

PATIENCE_SECONDS = 2.0  # for the answers; where a worker has died, another takes its place and answers
MAX_WORD = 64  # bytes


class Siblings:
    """`asking` has a pair of connected datagram sockets for each worker: to write to it, and to be read by it.

    With a question goes a pipe for the answer, so there are neither addresses nor files that could be left behind.
    """

    def __init__(self, number: int, asking: Sequence[tuple[socket.socket, socket.socket]]) -> None:
        self._questions = asking[number][1]
        self._others = [asks for other, (asks, _) in enumerate(asking) if other != number]
        self._answering: list[Callable[[bytes], bytes | None]] = []

    def ask(self, word: bytes) -> list[bytes]:
        """What the others answer; of one that does not in time, what it has said so far is left out."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        pending = {self._asked(other, word): bytearray() for other in self._others}
        answers = []
        while pending:
            readable, _, _ = select.select(list(pending), [], [], max(0.0, deadline - time.monotonic()))
            for pipe in readable or list(pending):
                chunk = os.read(pipe, 1 << 16) if readable else b""
                pending[pipe] += chunk
                if not chunk:
                    os.close(pipe)
                    answer = pending.pop(pipe)
                    if readable:
                        answers.append(bytes(answer))
        return answers

    def _asked(self, other: socket.socket, word: bytes) -> int:
        """The end of the pipe in which its answer will be."""
        reading, writing = os.pipe()
        try:
            socket.send_fds(other, [word], [writing], socket.MSG_DONTWAIT)
        except BlockingIOError:
            pass  # so many wait already that it will not be answered in time either
        finally:
            os.close(writing)
        return reading

    def answer(self, answering: Callable[[bytes], bytes | None]) -> None:
        """Answer the others from now on, in a thread for all who do; `answering` must not ask them in turn, and gives
        None for a word that is not its own."""
        self._answering.append(answering)
        if len(self._answering) == 1:
            threading.Thread(target=self._answer_all, name="siblings", daemon=True).start()

    def _answer_all(self) -> None:
        while True:
            word, pipes, _, _ = socket.recv_fds(self._questions, MAX_WORD, 1)
            with suppress(BrokenPipeError), os.fdopen(pipes[0], "wb") as pipe:  # who asked may have given up
                answers = (answering(word) for answering in self._answering)
                pipe.write(next((answer for answer in answers if answer is not None), b""))
