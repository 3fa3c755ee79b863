// Light or dark: as the system says, unless somebody chose here. Runs before the page is drawn.
"use strict";
(() => {
  const root = document.documentElement;
  const chosen = localStorage.getItem("kordkit-theme");
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;

  const isDark = () =>
    root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;

  const label = () => {
    for (const button of document.querySelectorAll("[data-theme-switch]")) {
      button.textContent = isDark() ? "Light" : "Dark";
      button.setAttribute("aria-label", `Switch to ${isDark() ? "light" : "dark"} colours`);
    }
  };

  document.addEventListener("DOMContentLoaded", label);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", label);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-switch]")) return;
    root.dataset.theme = isDark() ? "light" : "dark";
    localStorage.setItem("kordkit-theme", root.dataset.theme);
    label();
    document.dispatchEvent(new CustomEvent("themechange")); // charts are drawn in colours
  });
})();
