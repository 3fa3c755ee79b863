// Sends what the form says, from this page to the mock that it came from, and shows what is answered: as text.
"use strict";

function request(form) {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  const options = { method: form.dataset.method, headers: {}, cache: "no-store", redirect: "manual" };
  for (const field of form.querySelectorAll("[data-place]")) {
    const { place, name } = field.dataset;
    if (place === "path") path = path.replace(`{${name}}`, encodeURIComponent(field.value));
    else if (place === "body") {
      options.body = field.value;
      options.headers["Content-Type"] = "application/json";
    } else if (field.value === "") continue;
    else if (place === "query") query.append(name, field.value);
    else options.headers[name] = field.value;
  }
  const asked = query.size ? `?${query}` : "";
  return [`${form.dataset.base}${path}${asked}`, options];
}

function readable(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function show(answer, said) {
  for (const [name, text] of Object.entries(said)) answer.querySelector(`[data-answer="${name}"]`).textContent = text;
  answer.hidden = false;
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form.try");
  if (!form) return;
  event.preventDefault();
  const answer = form.parentElement.querySelector(".answer");
  const began = performance.now();
  const took = () => `${Math.round(performance.now() - began)} ms`;
  try {
    const response = await fetch(...request(form));
    const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
    const body = readable(await response.text());
    show(answer, { status: `${response.status} ${response.statusText}`, time: took(), headers, body });
  } catch (error) {
    const body = `No whole answer came: ${error.message}. A fault may be in force (see Faults), or a value cannot be sent.`;
    show(answer, { status: "No answer", time: took(), headers: "", body });
  }
});
