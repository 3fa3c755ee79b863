"""A mock's sender with an inbox at the other end: what is delivered opens no socket."""

import time

from contracts.delivery import Delivery
from contracts.harness.inbox import Inbox
from mockserver.ports import Answer, Post


class HandsOver:
    """Endpoints are the inbox's URL with a path of its own."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    def send(self, post: Post, seconds: float) -> Answer:
        headers = {name.lower(): value for name, value in post.headers.items()}
        path = post.url.removeprefix(self._inbox.url)
        reply = self._inbox.take(Delivery(post.method, path, headers, post.body, time.time()))
        return Answer(0, reply.status) if reply.after < seconds else Answer(0, None, "no answer in time")
