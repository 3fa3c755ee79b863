// The journal as it goes on. However many requests there are, the page holds the newest MOST of them, and draws few a frame.
"use strict";
(() => {
  const MOST = 200;
  const A_FRAME = 25; // rows: each frame stays short
  const place = document.getElementById("traffic");
  if (!place) return;
  const body = place.querySelector("tbody");
  const state = document.getElementById("state");
  const pause = document.getElementById("pause");
  const labels = new Map(
    [...document.querySelectorAll("#field-key option[data-label]")].map((option) => [option.value, option.dataset.label]),
  );
  let source = null;
  let waiting = []; // rows, newest first
  let anew = false;
  let frame = 0;
  let seen = 0;
  let leftOut = 0;

  const cell = (row, text, kind = "td") => {
    const made = row.appendChild(document.createElement(kind));
    made.textContent = text;
    return made;
  };

  const drawn = (told) => {
    const row = document.createElement("tr");
    cell(row, told.arrived.slice(5, 19).replace("T", " ")).title = told.arrived;
    cell(row, told.method);
    const link = document.createElement("a");
    link.href = `${place.dataset.request}?id=${encodeURIComponent(told.id)}`;
    link.textContent = told.query ? `${told.path}?${told.query}` : told.path;
    link.title = link.textContent;
    cell(row, "").append(link);
    const badge = document.createElement("span");
    badge.className = `badge ${told.status < 400 ? "good" : told.status < 500 ? "warn" : "bad"}`;
    badge.textContent = told.status;
    cell(row, "").append(badge);
    cell(row, told.why ?? "").title = told.why ?? "";
    cell(row, told.key ? (labels.get(told.key) ?? told.key) : "–");
    cell(row, told.ms.toFixed(2)).className = "number";
    return row;
  };

  const draw = () => {
    frame = 0;
    if (anew) body.replaceChildren();
    anew = false;
    const rows = document.createDocumentFragment();
    for (const told of waiting.splice(-A_FRAME)) rows.append(drawn(told)); // the oldest of those that wait
    body.prepend(rows);
    if (waiting.length) frame = requestAnimationFrame(draw);
    while (body.childElementCount > MOST) body.lastElementChild.remove();
    const any = body.childElementCount > 0;
    place.hidden = !any;
    document.getElementById("nothing").hidden = any;
    say();
  };

  const say = () => {
    if (pause.getAttribute("aria-pressed") === "true") state.textContent = "Paused: what comes now is not shown here.";
    else if (source?.readyState === EventSource.OPEN) {
      const more = leftOut ? `; ${leftOut.toLocaleString("en")} more came too fast to be drawn` : "";
      state.textContent = `Live: the newest ${Math.min(seen, MOST)} requests${more}`;
    } else state.textContent = "Not connected: trying again …";
  };

  const heard = (event) => {
    const told = JSON.parse(event.data);
    if (told.first) {
      anew = true;
      waiting = [];
      seen = leftOut = 0;
    }
    waiting = told.rows.concat(waiting).slice(0, MOST);
    seen += told.rows.length;
    leftOut += told.left_out;
    frame ||= requestAnimationFrame(draw);
  };

  const open = () => {
    if (source) return;
    source = new EventSource(place.dataset.stream);
    source.onmessage = heard;
    source.onerror = source.onopen = say;
  };

  const close = () => {
    source?.close();
    source = null;
    say();
  };

  const follow = () =>
    document.visibilityState === "visible" && pause.getAttribute("aria-pressed") === "false" ? open() : close();

  pause.addEventListener("click", () => {
    pause.setAttribute("aria-pressed", pause.getAttribute("aria-pressed") === "false");
    follow();
  });
  document.addEventListener("visibilitychange", follow);
  addEventListener("pagehide", close);
  addEventListener("pageshow", follow);
})();
