// What every page loads: the look, htmx, and the small manners that make pages pleasant.
// Everything here adds to pages that already work without it.
import "./app.css";
import htmx from "htmx.org";

window.htmx = htmx;

// --- Menus are <details class="menu">: one open at a time, closed by a click elsewhere or Escape.
function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}
document.addEventListener("click", (event) => {
  closeMenus(event.target.closest("details.menu"));
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const open = document.querySelector("details.menu[open]");
    if (open) {
      open.open = false;
      open.querySelector("summary").focus();
    }
  }
  // "/" goes to the page's search box, as people know it from elsewhere.
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing) {
    const search = document.querySelector("input[type=search]");
    if (search) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  }
});

// --- The theme button changes the page at once and remembers the choice in a cookie.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-theme-form]") && event.submitter) {
    event.preventDefault();
    const chosen = event.submitter.value;
    const root = document.documentElement;
    const dark = chosen === "dark" || (chosen === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
    root.dataset.theme = chosen;
    root.setAttribute("data-bs-theme", dark ? "dark" : "light");
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `theme=${chosen}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
    for (const button of form.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.value === chosen));
    }
    closeMenus();
    document.dispatchEvent(new CustomEvent("themechange"));
  }
});

// --- A form that narrows a list submits itself; without this script its button does.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-autosubmit]");
  if (form && event.target.name && event.target.matches("select, input[type=checkbox], input[type=date], input[type=radio]")) {
    form.requestSubmit();
  }
});

// --- Leave empty fields out of an address, so that a filtered list's link stays short.
document.addEventListener("formdata", (event) => {
  if (!event.target.matches("form[data-tidy]")) return;
  for (const [name, value] of [...event.formData.entries()]) {
    if (value === "") event.formData.delete(name);
  }
});

// --- A second press on a submit button would send the form twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  for (const button of form.querySelectorAll("button[type=submit], button:not([type])")) {
    button.setAttribute("aria-disabled", "true");
    button.classList.add("btn-sending");
  }
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll(".btn-sending")) {
      button.removeAttribute("aria-disabled");
      button.classList.remove("btn-sending");
    }
  }
});

// --- Messages and panels that can be put away.
document.addEventListener("click", (event) => {
  const closer = event.target.closest("[data-dismiss]");
  if (closer) closer.closest("[data-dismissable]").remove();
});

// --- After an htmx swap that moved the page on, put the reader where the news is.
document.addEventListener("htmx:afterSwap", (event) => {
  const target = event.detail.target.querySelector("[data-autofocus]");
  if (target) target.focus();
});
