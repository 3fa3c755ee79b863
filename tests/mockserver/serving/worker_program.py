"""A program of several workers that serve a small application, as other processes meet it.

`worker_program.py COUNT [MODE]`: prints the port when all serve, and tells of deaths on stderr. MODE `broken`: no
worker gets as far as serving. MODE `poisoned`: none does but the first ones. MODE `hopeless`: the same, and the parent
gives up soon. MODE `stuck`: they do not end when they should. MODE `slow`: the first takes long to get ready. MODE
`talkative`: each has much to say at its end.
"""

import json
import os
import sys
import time
from collections.abc import Iterable
from typing import Any

from mockserver.serving import server, siblings, workers
from mockserver.serving.sockets import bind_each


def main(count: int, mode: str) -> None:
    sockets = bind_each("127.0.0.1", 0, count)
    parent = os.getpid()

    def announce(said: dict[str, Any]) -> None:
        print(json.dumps({"port": sockets[0].getsockname()[1], **said}), flush=True)
        if mode in ("poisoned", "hopeless"):
            os.environ["POISONED"] = "yes"  # for those that are forked from now on

    def tell(sentence: str) -> None:
        print(sentence, file=sys.stderr, flush=True)

    siblings.PATIENCE_SECONDS = 1000.0
    if mode == "hopeless":
        workers.HOPE_SECONDS = 0.2
    family = workers.Workers(count, announce, tell)
    try:
        worker = family.run()
    except workers.WorkersFailedError as failure:
        tell(f"failed: {failure}")
        sys.exit(failure.status)
    if worker is None:
        for said in family.last_words:
            tell(f"{said['by']} said {len(said['words'])}")
        tell("ended")
        server.leave(0)
    if mode == "broken" or os.environ.get("POISONED"):
        os._exit(3)
    if mode == "slow":
        announce({"by": os.getpid()})
        time.sleep(1000)
    if mode == "stuck":
        server.DRAIN_SECONDS = 60.0

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/sleep":
            time.sleep(float(environ["QUERY_STRING"]))
        asked = worker.siblings.ask(path.encode()) if path == "/siblings" else []
        said = {"pid": os.getpid(), "parent": parent, "opens": worker.opens, "siblings": [int(each) for each in asked]}
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(said).encode()]

    worker.siblings.answer(lambda _: str(os.getpid()).encode())
    server.serve(
        app,
        sockets[worker.number],
        on_ready=lambda: worker.report({"by": os.getpid()}),
        stop_signals=workers.WORKER_STOP_SIGNALS,
    )
    if mode == "talkative":
        worker.report({"by": os.getpid(), "words": 200_000 * "-"})
    server.leave(0)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
