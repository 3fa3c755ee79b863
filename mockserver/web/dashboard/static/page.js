// What all pages do: questions before what cannot be undone, and copying.
"use strict";

document.addEventListener("htmx:confirm", (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  const dialog = document.getElementById("confirm");
  document.getElementById("confirm-question").textContent = event.detail.question;
  dialog.returnValue = "no";
  dialog.addEventListener("close", () => dialog.returnValue === "yes" && event.detail.issueRequest(true), { once: true });
  dialog.showModal();
});

// What was pressed is gone with the content that it stood in: then the new content is where to go on.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id === "main" && document.activeElement === document.body) {
    document.getElementById("main").focus({ preventScroll: true });
  }
});

// What loads itself anew stays as it is if it is the same, or is not there in an answer that says what is wrong: nobody
// who scrolls or reads in it is disturbed.
let opened = []; // ids of what is open in it
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, xhr } = event.detail;
  const content = target.dataset?.content;
  if (content === undefined) return;
  const loaded = xhr.responseText.split(`id="${target.id}" data-content="`, 2)[1];
  if (loaded === undefined || loaded.startsWith(`${content}"`)) event.detail.swapOverride = "none";
  else opened = [...target.querySelectorAll("details[open]")].map(({ id }) => id);
});

document.addEventListener("htmx:afterSwap", () => {
  for (const id of opened.splice(0)) document.getElementById(id)?.setAttribute("open", "");
});

document.addEventListener("htmx:sendError", () => {
  const alert = document.createElement("p");
  alert.className = "alert";
  alert.textContent = "The mock does not answer: is it still running?";
  document.getElementById("alert").replaceChildren(alert);
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const copied = button.parentElement.querySelector("pre");
  if (!navigator.clipboard) {
    getSelection().selectAllChildren(copied); // over plain http from elsewhere, browsers let no script copy
    return;
  }
  await navigator.clipboard.writeText(copied.textContent);
  const text = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = text), 1500);
});

// One menu at a time, and Escape closes it.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
