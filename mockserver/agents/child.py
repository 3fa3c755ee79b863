"""Runs a kordkit command that ends with whoever started it: its standard input is a pipe that closes with them."""

import os
import signal
import sys
import threading
from importlib import import_module


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=_end_with_input, name="starter", daemon=True).start()
    import_module("kordkit").main()
