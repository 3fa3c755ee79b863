// Puts what stands in the week's table where its minutes belong: styles in attributes are forbidden, those of scripts not.
"use strict";

const LEAST = 56; // pixels of an hour
const MOST = 170;
const LINE = 22; // pixels that the shortest booking should have

function place(week) {
  const top = Number(week.dataset.top);
  const lengths = [...week.querySelectorAll(".block")].map((block) => block.dataset.bottom - block.dataset.top);
  const hour = Math.max(LEAST, Math.min(MOST, (60 * LINE) / Math.min(60, ...lengths)));
  const pixels = (minutes) => `${(minutes * hour) / 60}px`;
  for (const part of week.querySelectorAll("[data-top]")) {
    const { lane = 0, lanes = 1 } = part.dataset;
    part.style.top = pixels(part.dataset.top - top);
    if (part.dataset.bottom) part.style.height = pixels(part.dataset.bottom - part.dataset.top);
    if (part.dataset.lane) {
      part.style.left = `${(100 * lane) / lanes}%`;
      part.style.width = `${100 / lanes}%`;
    }
  }
  for (const cell of week.querySelectorAll("tbody td")) cell.style.height = pixels(week.dataset.bottom - top);
  week.classList.add("placed");
}

function placeAll() {
  document.querySelectorAll(".week:not(.placed)").forEach(place);
}

document.addEventListener("htmx:afterSwap", placeAll); // before it is seen
placeAll();
