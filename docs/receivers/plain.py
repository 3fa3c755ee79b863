"""A receiver of webhooks on Python's standard library: SECRET=whsec_… PORT=8000 python plain.py"""

import hmac
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = os.environ.get("SECRET", "").encode()
taken: set[str] = set()  # ids of deliveries; a real receiver keeps them where they outlive it


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        signed = self.headers["X-Kordless-Timestamp"].encode() + b"." + body
        signature = hmac.digest(SECRET, signed, "sha256").hex()
        if not hmac.compare_digest(signature, self.headers["X-Kordless-Signature"]):
            self.answer(400)
            return
        delivery = self.headers["X-Kordless-Webhook-Id"]
        if delivery not in taken:  # or it is one that was taken before, whose answer got lost
            taken.add(delivery)
            event = json.loads(body)
            print(event["event"], event["data"]["booking"]["confirmation_number"], flush=True)
        self.answer(204)

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.end_headers()


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Receiver).serve_forever()
