"""The port `Sender` over HTTP."""

from mockserver.ports import Answer, Post


class HttpSender:
    def send(self, post: Post, seconds: float) -> Answer:
        from mockserver.adapters.posting import posted  # HTTP and TLS, of which mocks without webhooks have no need

        return posted(post, seconds)
