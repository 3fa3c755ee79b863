"""A receiver of webhooks in Flask: SECRET=whsec_… flask --app with_flask run --port 8000"""

import hmac
import os

from flask import Flask, request

SECRET = os.environ.get("SECRET", "").encode()
app = Flask(__name__)
taken: set[str] = set()  # ids of deliveries; a real receiver keeps them where they outlive it


@app.post("/hook")
def receive() -> tuple[str, int]:
    body = request.get_data()  # as it was sent: JSON that is written anew has another signature
    signed = request.headers["X-Kordless-Timestamp"].encode() + b"." + body
    signature = hmac.digest(SECRET, signed, "sha256").hex()
    if not hmac.compare_digest(signature, request.headers["X-Kordless-Signature"]):
        return "", 400
    delivery = request.headers["X-Kordless-Webhook-Id"]
    if delivery not in taken:  # or it is one that was taken before, whose answer got lost
        taken.add(delivery)
        event = request.get_json()
        print(event["event"], event["data"]["booking"]["confirmation_number"], flush=True)
    return "", 204
