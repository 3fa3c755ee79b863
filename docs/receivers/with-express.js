// A receiver of webhooks in Express (npm install express): SECRET=whsec_… PORT=8000 node with-express.js
const crypto = require("node:crypto");
const express = require("express");

const secret = process.env.SECRET;
const taken = new Set(); // ids of deliveries; a real receiver keeps them where they outlive it
const app = express();

// The body as it was sent: JSON that is written anew has another signature.
app.post("/hook", express.raw({ type: "application/json" }), (request, response) => {
  const hmac = crypto.createHmac("sha256", secret).update(`${request.get("X-Kordless-Timestamp")}.`);
  const signature = hmac.update(request.body).digest();
  const given = Buffer.from(request.get("X-Kordless-Signature") ?? "", "hex");
  if (given.length !== signature.length || !crypto.timingSafeEqual(given, signature)) {
    return response.sendStatus(400);
  }
  const delivery = request.get("X-Kordless-Webhook-Id");
  if (!taken.has(delivery)) { // or it is one that was taken before, whose answer got lost
    taken.add(delivery);
    const event = JSON.parse(request.body);
    console.log(event.event, event.data.booking.confirmation_number);
  }
  response.sendStatus(204);
});

app.listen(Number(process.env.PORT), "127.0.0.1");
